import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import {beforeAll, describe, expect, test} from 'vitest';
import {parseAllDocuments} from 'yaml';
import {kubectl, list, until} from './support/kubectl.ts';
import {expectRealWeb} from './support/places.ts';
import {atOnce, makePod, removePod} from './support/pods.ts';
import {run} from './support/processes.ts';
import {check, hostport} from './support/product.ts';
import {bothNodes, ciliumKeys, portmap, startOver, stateOfNodes, chartValues} from './support/real-cluster.ts';
import {tells} from './support/real-scene.ts';
import {bindRoles, makeServiceAccount, removeRoles} from './support/service-account.ts';
import {makeSshFiles, type SshFiles} from './support/ssh-files.ts';
import {nothingStaysBehind} from './support/suite.ts';
import {clusterScripts, runFolder} from './support/tested-cluster.ts';
import {userWith} from './support/users.ts';

nothingStaysBehind();
beforeAll(async () => startOver(chartValues.none));

const fix = ['fix', '--yes', '--strategy', 'portmap', '--portmap', portmap];
const journals = async (): Promise<number> =>
	(await list('configmaps', '--namespace', 'kube-system', '--selector', 'app.kubernetes.io/managed-by=kubectl-hostport')).length;

const sshTo = ({key, knownHosts, config}: SshFiles): readonly string[] =>
	`--via ssh --ssh-user root --ssh-key ${key} --ssh-known-hosts ${knownHosts} --ssh-config ${config}`.split(' ');

describe.each(['baseline', 'restricted'] as const)('Pod Security %s on the namespace of our pods', level => {
	const name = `e2e-${level}`;
	beforeAll(async () => {
		const manifest = {apiVersion: 'v1', kind: 'Namespace', metadata: {name, labels: {'pod-security.kubernetes.io/enforce': level}}};
		await kubectl(['apply', '--filename', '-'], JSON.stringify(manifest));
		await until('its service account', 30, async () =>
			(await kubectl(['--namespace', name, 'get', 'serviceaccounts', '--output=name'])).includes('default') ? true : undefined,
		);
		return async () => kubectl(['delete', 'namespace', name, '--timeout=60s']);
	});

	test('check says which rule refuses them and what works, and finds by the agent what the agent can see', async () => {
		const {result, codes, exitCode, stdout, stderr} = await check(['--helper-namespace', name]);
		expect(codes[0]).toBe('HP01');
		expect([1, 3], stderr).toContain(exitCode);
		expect(stdout + stderr).toMatch(/Pod ?Security/u);
		expect(stdout + stderr).toContain(level);
		expect(stdout + stderr).toMatch(/--via ssh|--helper-namespace/u);
		expect(result.nodes.every(({via}) => via === 'agent')).toBe(true);
	});

	test('fix refuses before anything is written, and says what works instead', async () => {
		const before = [await stateOfNodes(), await journals()];
		const {exitCode, stdout, stderr} = await hostport([...fix, '--helper-namespace', name]);
		expect(exitCode, stdout + stderr).toBe(3);
		expect(stderr).toMatch(/violates PodSecurity/u);
		expect(stderr).toMatch(/Nothing was changed\. Use .*--helper-namespace.*--via ssh/u);
		expect([await stateOfNodes(), await journals()]).toEqual(before);
	});
});

// No pod that runs is stopped by it: agents run on, and none that is restarted comes back.
describe.each(['baseline', 'restricted'] as const)('Pod Security %s on the namespace of Cilium itself', level => {
	const label = 'pod-security.kubernetes.io/enforce';
	beforeAll(async () => {
		await kubectl(['label', 'namespace', 'kube-system', '--overwrite', `${label}=${level}`]);
		return async () => kubectl(['label', 'namespace', 'kube-system', `${label}-`]);
	});

	test('check falls back to the agents, and a namespace that lets our pods pass makes it whole', async () => {
		const {codes, stdout} = await check();
		expect(codes[0]).toBe('HP01');
		expect(stdout).toMatch(/violates PodSecurity/u);
		await kubectl(['create', 'namespace', 'e2e-open']);
		try {
			const whole = await check(['--helper-namespace', 'e2e-open']);
			expect([whole.codes[0], whole.exitCode]).toEqual(['HP01', 1]);
			expect(whole.result.nodes.every(({cni}) => cni.binaries.includes('loopback'))).toBe(true);
		} finally {
			await kubectl(['delete', 'namespace', 'e2e-open', '--timeout=60s']);
		}
	});

	test.each(['portmap', 'native'])('fix by %s restarts no agent that would not come back', async strategy => {
		const before = [await stateOfNodes(), await journals()];
		const {exitCode, stderr} = await hostport([
			'fix',
			'--yes',
			'--strategy',
			strategy,
			...(strategy === 'portmap' ? ['--portmap', portmap] : []),
		]);
		expect(exitCode).toBe(3);
		expect(stderr).toMatch(/a restarted agent of kube-system\/cilium is not admitted: .*violates PodSecurity/u);
		expect(stderr).toMatch(/Nothing was changed\. .*kubectl label namespace kube-system/u);
		expect([await stateOfNodes(), await journals()]).toEqual(before);
	});
});

// Exec goes over WebSocket v5, which is a GET; this server wants `create` too.
describe.each([
	[['get'], 'create'],
	[['create'], 'get'],
] as const)('a user who has %s of the two rights of exec', (verbs, missing) => {
	let kubeconfig = '';
	beforeAll(async () => {
		const user = await userWith(`exec-${verbs[0]}`, [
			{apiGroups: [''], resources: ['nodes', 'pods', 'events', 'services', 'configmaps'], verbs: ['get', 'list']},
			{apiGroups: [''], resources: ['pods'], verbs: ['create', 'delete']},
			{apiGroups: ['apps', 'cilium.io', 'networking.k8s.io'], resources: ['*'], verbs: ['get', 'list']},
			{apiGroups: [''], resources: ['pods/exec'], verbs},
		]);
		({kubeconfig} = user);
		return async () => user.remove();
	});

	test('is told the one that is missing, and no pod is left', async () => {
		const {stdout, exitCode} = await check([], {kubeconfig});
		expect(exitCode).toBe(3);
		const {nodes} = JSON.parse(stdout) as {nodes: Array<{verdict: string; attempts: Array<{via: string; ok: boolean; reason: string}>}>};
		for (const {verdict, attempts} of nodes) {
			expect(verdict).toBe('unknown');
			expect(attempts[0]?.reason).toMatch(
				new RegExp(`(?:missing permission: ${missing} pods/exec|${missing} on pods/exec).*--via ssh`, 'u'),
			);
		}
	});

	test('repairs nothing', async () => {
		const before = await ciliumKeys();
		const {exitCode, stderr} = await hostport(fix, {kubeconfig});
		expect(exitCode).not.toBe(0);
		expect(stderr).toMatch(new RegExp(`${missing} pods/exec`, 'u'));
		expect(await ciliumKeys()).toEqual(before);
	});
});

describe('SSH to nodes without crictl', () => {
	let files: SshFiles;
	let ssh: readonly string[];
	beforeAll(async () => {
		files = await makeSshFiles();
		ssh = sshTo(files);
		return async () => files.remove();
	});

	test('the agent is asked in its container, so check is whole', async () => {
		const {codes, exitCode, result} = await check(ssh);
		expect([codes[0], exitCode]).toEqual(['HP01', 1]);
		expect(result.nodes.map(({via, verdict}) => [via, verdict])).toEqual(bothNodes.map(() => ['ssh', 'broken']));
		expect(result.findings[0]?.because.map(({source}) => source)).toContain('cilium status on node-1 and node-2');
	});

	test('fix and rollback write by it', async () => {
		const before = await stateOfNodes();
		const fixed = await hostport(['fix', '--yes', '--strategy=portmap', `--portmap=${portmap}`, ...ssh], {timeoutSeconds: 300});
		expect(fixed.exitCode, fixed.stdout + fixed.stderr).toBe(0);
		await expectRealWeb('web');
		const undone = await hostport(['rollback', '--yes', ...ssh], {timeoutSeconds: 300});
		expect(undone.exitCode, undone.stderr).toBe(0);
		expect(await stateOfNodes()).toEqual(before);
		await expectRealWeb('refused');
	});
});

describe('containerd whose configuration imports another folder of CNI binaries', () => {
	const own = path.join(runFolder, 'node-1', 'containerd.toml');
	const imported = path.join(runFolder, 'node-1', 'e2e-folder.toml');
	// Whole, whichever way containerd merges tables; the older key is there and empty, as in its default file.
	const other = `version = 3
[plugins.'io.containerd.cri.v1.runtime']
  restrict_oom_score_adj = true
  [plugins.'io.containerd.cri.v1.runtime'.cni]
    bin_dir = ''
    bin_dirs = ['/opt/e2e/bin']
    conf_dir = '/etc/cni/net.d'
  [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
    runtime_type = 'io.containerd.runc.v2'
`;
	let before: string;
	let files: SshFiles;
	const restartContainerd = async (): Promise<void> => {
		await run(path.join(clusterScripts, 'restart'), ['node-1-containerd'], {timeoutSeconds: 60});
		await kubectl(['wait', '--for=condition=Ready', 'node/node-1', '--timeout=90s']);
	};

	beforeAll(async () => {
		files = await makeSshFiles();
		before = await readFile(own, 'utf8');
		await writeFile(imported, other);
		await writeFile(own, before.replace(/^version = 3$/mu, `version = 3\nimports = ['${path.dirname(own)}/e2e-*.toml']`));
		await restartContainerd();
		return async () => {
			await writeFile(own, before);
			await rm(imported);
			await restartContainerd();
			await removePod('waiting', ...atOnce);
			await files.remove();
		};
	});

	test('no pod can start there, as its event tells, and check names both folders', async () => {
		await makePod('waiting', {hostPort: 8192, node: 'node-1'});
		await tells('in path [/opt/e2e/bin]')('waiting');
		const {result} = await check(sshTo(files));
		const lacking = result.findings.find(({code}) => code === 'HP24');
		expect(lacking, JSON.stringify(result.findings)).toMatchObject({severity: 'error', nodes: ['node-1']});
		expect(lacking?.title).toMatch(
			/(?:Cilium installs [^,]+ into|(?:is|are) in) \/opt\/cni\/bin, but the runtime searches \/opt\/e2e\/bin/u,
		);
		expect(lacking?.remedy).toContain('bin_dirs');
	});
});

describe('pods of runs that were killed', () => {
	const label = {'app.kubernetes.io/managed-by': 'kubectl-hostport', 'hostport.dev/run': 'e2ekilled'};
	const pod = (name: string, seconds: number, labels: object = label): string =>
		JSON.stringify({
			apiVersion: 'v1',
			kind: 'Pod',
			metadata: {name, namespace: 'kube-system', labels},
			spec: {
				nodeName: 'node-1',
				hostNetwork: true,
				restartPolicy: 'Never',
				activeDeadlineSeconds: 300,
				terminationGracePeriodSeconds: 1,
				containers: [
					{name: 'reader', image: 'docker.io/library/busybox:1.36', imagePullPolicy: 'Never', command: ['sleep', String(seconds)]},
				],
			},
		});
	const there = async (): Promise<readonly string[]> =>
		(await list('pods', '--namespace', 'kube-system'))
			.map(({metadata}) => metadata.name)
			.filter(name => name.startsWith('hostport-reader-e2e'));

	test('the next look removes what has ended, says so, and leaves what a living run may use', async () => {
		await kubectl(['apply', '--filename', '-'], pod('hostport-reader-e2eold', 1));
		await kubectl(['apply', '--filename', '-'], pod('hostport-reader-e2efar', 1, {app: 'hostport-reader'}));
		await until('it has ended for a minute', 200, async () => {
			const ended = await kubectl([
				'--namespace',
				'kube-system',
				'get',
				'pod',
				'hostport-reader-e2eold',
				'--output=jsonpath={.status.containerStatuses[0].state.terminated.finishedAt}',
			]);
			return ended !== '' && Date.now() - Date.parse(ended) > 62_000 ? true : undefined;
		});
		await kubectl(['apply', '--filename', '-'], pod('hostport-reader-e2enew', 280));
		try {
			const cleanup = await hostport(['cleanup', '--dry-run=client']);
			expect(cleanup.stdout).toContain('hostport-reader-e2eold');
			expect(await there()).toHaveLength(3);
			const {stderr} = await check();
			expect(stderr).toBe('removed 1 leftover helper pod of runs that have ended: kube-system/hostport-reader-e2eold\n');
			expect(await there()).toEqual(['hostport-reader-e2efar', 'hostport-reader-e2enew']);
			expect((await check()).stderr).toBe('');
		} finally {
			await kubectl([
				'--namespace',
				'kube-system',
				'delete',
				'pods',
				'hostport-reader-e2efar',
				'hostport-reader-e2enew',
				'--ignore-not-found',
				'--grace-period=0',
				'--force',
			]);
		}
	});
});

// Since Kubernetes 1.35 exec asks for the right to create pods/exec, however it is opened.
describe('a user with the rights that manifest rbac prints', () => {
	const kubeconfigs = new Map<'diagnose' | 'fix' | 'short', string>();
	const roles = ['kubectl-hostport-diagnose', 'kubectl-hostport-fix', 'kubectl-hostport-short'] as const;

	beforeAll(async () => {
		const folder = await mkdtemp(path.join(os.tmpdir(), 'hostport-e2e-rights-'));
		for (const mode of ['diagnose', 'fix', 'short'] as const) {
			const {subject, kubeconfig} = await makeServiceAccount(`e2e-${mode}`, folder);
			const {stdout} = await hostport(['manifest', 'rbac', '--mode', mode === 'short' ? 'diagnose' : mode]);
			await bindRoles(subject, mode === 'short' ? withoutCreateExec(stdout) : stdout, `kubectl-hostport-${mode}`);
			kubeconfigs.set(mode, kubeconfig);
		}

		return async () => {
			await removeRoles(...roles);
			await rm(folder, {recursive: true, force: true});
		};
	});

	const as = (mode: 'diagnose' | 'fix' | 'short') => ({kubeconfig: kubeconfigs.get(mode) ?? '', timeoutSeconds: 300});

	test('diagnose: check has all it needs', async () => {
		const {result, exitCode, stderr} = await check([], as('diagnose'));
		expect(result.findings[0]).toMatchObject({code: 'HP01', severity: 'error'});
		expect([exitCode, stderr]).toEqual([1, '']);
	});

	test('without create pods/exec: the right is named, and nothing is called proved', async () => {
		const {result, exitCode, stdout, stderr} = await check([], as('short'));
		expect(exitCode).toBe(3);
		expect(stdout + stderr).toMatch(/create (?:on )?pods\/exec/u);
		expect(result.findings.filter(({severity}) => severity === 'error')).toEqual([]);
	});

	test('fix: repairs, proves it and takes it back', async () => {
		const before = await stateOfNodes();
		const fixed = await hostport(['fix', '--yes', '--strategy=portmap', `--portmap=${portmap}`], as('fix'));
		expect(fixed.exitCode, fixed.stdout + fixed.stderr).toBe(0);
		await expectRealWeb('web');
		const undone = await hostport(['rollback', '--yes'], as('fix'));
		expect(undone.exitCode, undone.stderr).toBe(0);
		expect(await stateOfNodes()).toEqual(before);
	});
});

/** The printed roles under another name, with exec by `get` alone, as was enough up to Kubernetes 1.34. */
function withoutCreateExec(manifest: string): string {
	const items = parseAllDocuments(manifest)
		.map(document => document.toJS() as {metadata: {name: string}; rules: Array<{resources: string[]; verbs: string[]}>})
		.map(role => ({
			...role,
			metadata: {...role.metadata, name: 'kubectl-hostport-short'},
			rules: role.rules.map(rule => (rule.resources.includes('pods/exec') ? {...rule, verbs: ['get']} : rule)),
		}));
	return JSON.stringify({apiVersion: 'v1', kind: 'List', items});
}
