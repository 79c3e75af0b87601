import {mkdtemp, rm} from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import {beforeAll, describe, expect, test} from 'vitest';
import {parseAllDocuments} from 'yaml';
import {kubectl, until} from './support/kubectl.ts';
import {expectRealWeb} from './support/places.ts';
import {check, hostport} from './support/product.ts';
import {portmap, startOver, stateOfNodes, ways} from './support/real-cluster.ts';
import {bindRoles, makeServiceAccount, removeRoles} from './support/service-account.ts';
import {makeSshFiles, type SshFiles} from './support/ssh-files.ts';
import {nothingStaysBehind} from './support/suite.ts';

nothingStaysBehind();
beforeAll(async () => startOver(ways.none));

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
		const before = await stateOfNodes();
		const {exitCode, stdout, stderr} = await hostport([
			'fix',
			'--yes',
			'--strategy',
			'portmap',
			'--portmap',
			portmap,
			'--helper-namespace',
			name,
		]);
		expect(exitCode, stdout + stderr).not.toBe(0);
		expect(stderr).toMatch(/Pod ?Security|violates/u);
		expect(stderr).toMatch(/--via ssh|--helper-namespace|pod-security\.kubernetes\.io/u);
		expect(await stateOfNodes()).toEqual(before);
	});
});

describe('SSH to nodes that have no crictl', () => {
	let files: SshFiles;
	beforeAll(async () => {
		files = await makeSshFiles();
		return async () => files.remove();
	});
	const ssh = (): string[] => [
		'--via=ssh',
		'--ssh-user=root',
		`--ssh-key=${files.key}`,
		`--ssh-known-hosts=${files.knownHosts}`,
		`--ssh-config=${files.config}`,
	];

	test('check says why the agent was not asked and which access does, and knows the rest', async () => {
		const {result, exitCode, stdout, stderr} = await check(ssh());
		expect(exitCode, stderr).not.toBe(0);
		expect(stdout + stderr).toMatch(/crictl/u);
		expect(stdout + stderr).toMatch(/--via pod|without --via|--via agent/u);
		expect(result.nodes.map(({via, cni}) => [via, cni.file])).toEqual([
			['ssh', '05-cilium.conflist'],
			['ssh', '05-cilium.conflist'],
		]);
	});

	test('fix and rollback write by it', async () => {
		const before = await stateOfNodes();
		const fixed = await hostport(['fix', '--yes', '--strategy=portmap', `--portmap=${portmap}`, ...ssh()], {timeoutSeconds: 300});
		expect(fixed.exitCode, fixed.stdout + fixed.stderr).toBe(0);
		await expectRealWeb('web');
		const undone = await hostport(['rollback', '--yes', ...ssh()], {timeoutSeconds: 300});
		expect(undone.exitCode, undone.stderr).toBe(0);
		expect(await stateOfNodes()).toEqual(before);
		await expectRealWeb('refused');
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
		expect(stdout + stderr).toMatch(/create pods\/exec/u);
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
	return parseAllDocuments(manifest)
		.map(document => document.toJS() as {metadata: {name: string}; rules: Array<{resources: string[]; verbs: string[]}>})
		.map(role => ({
			...role,
			metadata: {...role.metadata, name: 'kubectl-hostport-short'},
			rules: role.rules.map(rule => (rule.resources.includes('pods/exec') ? {...rule, verbs: ['get']} : rule)),
		}))
		.map(role => JSON.stringify(role))
		.join('\n---\n');
}
