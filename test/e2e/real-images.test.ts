import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {agentArchive, busyboxArchive, hostAddress, isSparedProgram, makePullSecret, runAgentsOf} from './support/agent-image.ts';
import {startImageServer, type ImageServer} from './support/image-server.ts';
import {kubectl, list} from './support/kubectl.ts';
import {expectRealWeb} from './support/places.ts';
import {check, hostport} from './support/product.ts';
import {bothNodes, ciliumKeys, loadedFiles, portmap, startOver, takePortmap, chartValues} from './support/real-cluster.ts';
import {makeSshFiles, type SshFiles} from './support/ssh-files.ts';
import {nothingStaysBehind} from './support/suite.ts';

nothingStaysBehind();

const fix = ['fix', '--yes', '--strategy', 'portmap', '--portmap', portmap];
/** By the pod's status, or by an event that came before it. */
const unpulled = /(?:ErrImagePull|ImagePullBackOff|Failed to pull image)/u;
const long = {timeoutSeconds: 300};
let server: ImageServer;
let ssh: SshFiles;
let bySsh: readonly string[];
beforeAll(async () => {
	await startOver(chartValues.none);
	server = await startImageServer(hostAddress);
	ssh = await makeSshFiles();
	bySsh = ['--via', 'ssh', '--ssh-user', 'root', '--ssh-key', ssh.key, '--ssh-known-hosts', ssh.knownHosts, '--ssh-config', ssh.config];
});
afterAll(async () => {
	await ssh.remove();
	await server.close();
});

const settings = async (): Promise<unknown> => ({keys: await ciliumKeys(), files: await loadedFiles()});

describe('agents whose image has no shell', () => {
	const busybox = ['--image', 'docker.io/library/busybox:1.36'];
	let before: unknown;
	beforeAll(async () => {
		const putBack = await runAgentsOf({image: await server.add('open/cilium-without-shell', agentArchive, isSparedProgram)});
		before = await settings();
		return putBack;
	});

	test('check asks what needs none, calls the rest unknown and says what would tell it', async () => {
		const {stdout, exitCode, stderr} = await check();
		expect(exitCode, stderr).toBe(3);
		for (const {via, attempts} of nodesOf(stdout)) {
			expect(via).toBe('agent');
			expect(attempts.map(({reason}) => reason).join('\n')).toMatch(/no shell.*--image IMAGE.*--via ssh/u);
		}
	});

	test.each([
		['with an image that has one', busybox],
		['by SSH', () => bySsh],
	])('%s check is whole', async (_, flags) => {
		const {result, codes, exitCode} = await check(wordsOf(flags));
		expect([codes[0], exitCode]).toEqual(['HP01', 1]);
		expect(result.nodes.map(({verdict, cni}) => [verdict, cni.plugins, cni.binaries.includes('loopback')])).toEqual(
			bothNodes.map(() => ['broken', ['cilium-cni'], true]),
		);
		expect(result.hostPorts.map(({state}) => state)).toEqual(result.hostPorts.map(() => 'unwired'));
	});

	test('diff says what it did not see, and shows it with --image', async () => {
		const without = await hostport(['diff']);
		expect(without.exitCode).toBeGreaterThan(1);
		expect(without.stderr).toMatch(/no shell.*--image/u);
		const {stdout, exitCode} = await hostport(['diff', ...busybox]);
		expect(exitCode).toBe(1);
		expect(stdout).toContain('"type": "portmap"');
	});

	test('fix, verify and the DaemonSet say what works instead, and nothing is changed', async () => {
		const refused = await hostport(fix);
		expect(refused.exitCode).toBe(3);
		expect(refused.stderr).toMatch(/no shell/u);
		expect(refused.stderr).toMatch(/Nothing was changed\..*--image.*--via ssh/u);
		const verified = await hostport(['verify']);
		expect(verified.exitCode).not.toBe(0);
		expect(verified.stdout + verified.stderr).toMatch(/no shell.*--image/u);
		const manifest = await hostport(['manifest', 'daemonset', '--portmap', `file:${portmap}`]);
		expect([manifest.exitCode, manifest.stdout]).toEqual([2, '']);
		expect(manifest.stderr).toMatch(/no shell.*\n.*--image/u);
		expect(await settings()).toEqual(before);
		expect(await list('configmaps', '--namespace', 'kube-system', '--selector', 'app.kubernetes.io/managed-by=kubectl-hostport')).toEqual(
			[],
		);
	});

	test('with --image it is repaired, proved, guarded and rolled back', async () => {
		const done = await hostport([...fix, ...busybox, '--daemonset', '--output', 'json'], long);
		expect(done.exitCode, done.stderr + done.stdout).toBe(0);
		await expectRealWeb('web');
		const verified = await hostport(['verify', '--with-pods', ...busybox, '--output', 'json'], long);
		const proof = JSON.parse(verified.stdout) as {results: Array<{from: string; hostPort: string; verdict: string}>; unasked: string[]};
		const tcp = proof.results.filter(({hostPort}) => hostPort.endsWith('/TCP'));
		expect(new Set(tcp.map(({from}) => from))).toEqual(new Set(['same-node', 'other-node', 'pod', 'pod-itself', 'client']));
		expect(tcp.filter(({verdict}) => verdict !== 'works')).toEqual([]);
		const back = await hostport(['rollback', '--yes', ...busybox], long);
		expect(back.exitCode, back.stderr).toBe(0);
		expect(await settings()).toEqual(before);
		await expectRealWeb('refused');
	});

	test('rollback needs it too, and says so before it undoes anything; by SSH it does', async () => {
		await takePortmap(...bothNodes);
		const done = await hostport([...fix, ...busybox], long);
		expect(done.exitCode, done.stderr).toBe(0);
		const refused = await hostport(['rollback', '--yes']);
		expect(refused.exitCode).not.toBe(0);
		expect(refused.stderr).toMatch(/no shell.*\n.*Nothing was changed\..*--image/u);
		await expectRealWeb('web');
		const back = await hostport(['rollback', '--yes', ...bySsh], long);
		expect(back.exitCode, back.stderr).toBe(0);
		expect(await settings()).toEqual(before);
	});

	test('by SSH it is repaired with an image for the test pod alone', async () => {
		const refused = await hostport([...fix, ...bySsh]);
		expect(refused.stderr).toMatch(/no shell, and the test pod would use that image\n.*--image/u);
		const done = await hostport([...fix, ...bySsh, ...busybox], long);
		expect(done.exitCode, done.stderr + done.stdout).toBe(0);
		await expectRealWeb('web');
		const back = await hostport(['rollback', '--yes', ...bySsh], long);
		expect(back.exitCode, back.stderr).toBe(0);
		expect(await settings()).toEqual(before);
	});
});

// A kubelet of 1.35 and later asks again whether a pod may have an image that it pulled with a secret; what was put there by hand is exempt.
describe.each(['the pods', 'the service account'] as const)('an image that the kubelets pulled with a secret of %s', holder => {
	const secret = 'e2e-images';
	beforeAll(async () => {
		const image = await server.add(`own/cilium-${holder === 'the pods' ? 'pods' : 'account'}`, agentArchive, () => false);
		await makePullSecret('kube-system', secret, server.host);
		const ofAccount = async (names: readonly string[]): Promise<string> =>
			kubectl([
				'--namespace',
				'kube-system',
				'patch',
				'serviceaccount',
				'cilium',
				'--type=merge',
				'--patch',
				JSON.stringify({imagePullSecrets: names.map(name => ({name}))}),
			]);
		if (holder === 'the service account') await ofAccount([secret]);
		const putBack = await runAgentsOf({image, ...(holder === 'the pods' && {secrets: [secret]})});
		return async () => {
			if (holder === 'the service account') await ofAccount([]);
			await putBack();
			await kubectl(['--namespace', 'kube-system', 'delete', 'secret', secret]);
		};
	});

	test('a pod without it is refused the image, so the scene is what it says', async () => {
		const [{image}] = await agentImages();
		const pod = {
			apiVersion: 'v1',
			kind: 'Pod',
			metadata: {name: 'e2e-without', namespace: 'kube-system'},
			spec: {
				nodeName: 'node-1',
				hostNetwork: true,
				restartPolicy: 'Never',
				containers: [{name: 'x', image, imagePullPolicy: 'IfNotPresent', command: ['true']}],
			},
		};
		await kubectl(['apply', '--filename', '-'], JSON.stringify(pod));
		try {
			const waiting = '{.status.containerStatuses[0].state.waiting.reason}';
			await kubectl(['--namespace', 'kube-system', 'wait', 'pod/e2e-without', `--for=jsonpath=${waiting}=ErrImagePull`, '--timeout=60s']);
		} finally {
			await kubectl(['--namespace', 'kube-system', 'delete', 'pod', 'e2e-without', '--grace-period=0', '--force']);
		}
	});

	test('check, fix with its pods and DaemonSet, and the pods that verify makes come by it', async () => {
		const {codes, exitCode, result} = await check();
		expect([codes[0], exitCode]).toEqual(['HP01', 1]);
		expect(result.nodes.every(({cni}) => cni.binaries.includes('loopback'))).toBe(true);
		const done = await hostport([...fix, '--daemonset', '--output', 'json'], long);
		expect(done.exitCode, done.stderr + done.stdout).toBe(0);
		const verified = await hostport(['verify', '--with-pods', '--output', 'json'], long);
		const {results} = JSON.parse(verified.stdout) as {results: Array<{from: string; verdict: string}>};
		expect(results.filter(({verdict}) => verdict === 'fails')).toEqual([]);
		expect(results.some(({from}) => from === 'pod')).toBe(true);
		const printed = await hostport(['manifest', 'daemonset', '--portmap', `file:${portmap}`]);
		expect(printed.stdout).toMatch(/imagePullSecrets:\n\s+- name: e2e-images/u);
		const back = await hostport(['rollback', '--yes'], long);
		expect(back.exitCode, back.stderr).toBe(0);
	});

	test('where the pods are in a namespace without it, what helps is named before anything is changed', async () => {
		await kubectl(['create', 'namespace', 'e2e-elsewhere']);
		try {
			const {stdout, exitCode} = await check(['--helper-namespace', 'e2e-elsewhere']);
			expect([1, 3]).toContain(exitCode);
			expect(nodesOf(stdout)[0]?.attempts.at(-1)?.reason).toMatch(
				new RegExp(`${unpulled.source}.*--image-pull-secret NAME.*--image IMAGE`, 'u'),
			);
			const refused = await hostport([...fix, '--helper-namespace', 'e2e-elsewhere']);
			expect(refused.stderr).toMatch(unpulled);
			expect(refused.stderr).toMatch(/Nothing was changed\..*--image-pull-secret/u);
			await makePullSecret('e2e-elsewhere', 'mine', server.host);
			const whole = await check(['--helper-namespace', 'e2e-elsewhere', '--image-pull-secret', 'mine']);
			expect([whole.codes[0], whole.exitCode]).toEqual(['HP01', 1]);
		} finally {
			await kubectl(['delete', 'namespace', 'e2e-elsewhere', '--timeout=60s']);
		}
	});

	test('an image of one’s own for the pods is pulled with the agents’ secret too', async () => {
		const image = await server.add(`own/busybox-${holder === 'the pods' ? 'pods' : 'account'}`, busyboxArchive);
		const {stdout} = await check(['--via', 'pod', '--image', image]);
		expect(nodesOf(stdout).map(({attempts}) => attempts[0]?.ok)).toEqual([true, true]);
		expect(server.log.some(line => line.includes('busybox') && line.endsWith('by puller'))).toBe(true);
	});
});

type Attempts = ReadonlyArray<{
	readonly attempts: ReadonlyArray<{readonly via: string; readonly ok: boolean; readonly reason: string}>;
	readonly via: string;
}>;
const nodesOf = (stdout: string): Attempts => (JSON.parse(stdout) as {nodes: Attempts}).nodes;
const wordsOf = (flags: readonly string[] | (() => readonly string[])): readonly string[] =>
	typeof flags === 'function' ? flags() : flags;

async function agentImages(): Promise<[{image: string}]> {
	const image = await kubectl([
		'--namespace',
		'kube-system',
		'get',
		'daemonset',
		'cilium',
		'--output=jsonpath={.spec.template.spec.containers[0].image}',
	]);
	return [{image}];
}
