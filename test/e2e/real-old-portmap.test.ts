import {readFile, rm} from 'node:fs/promises';
import {beforeAll, describe, expect, test} from 'vitest';
import {kubectl, list} from './support/kubectl.ts';
import {expectRealWeb} from './support/places.ts';
import {makePod, removePod, waitForPod} from './support/pods.ts';
import {check, hostport} from './support/product.ts';
import {
	binaryOf,
	bothNodes,
	givePortmap,
	givePortmapOf,
	isBefore,
	oldPortmap,
	portmap,
	startOver,
	stateOfNodes,
	takePortmap,
	chartValues,
} from './support/real-cluster.ts';
import {tells} from './support/real-scene.ts';
import {expectPodsStart} from './support/repair.ts';
import {nothingStaysBehind} from './support/suite.ts';
import type {ClusterNode} from './support/tested-cluster.ts';

nothingStaysBehind();

const fixWith = (file: string, ...words: readonly string[]) => ['fix', '--yes', '--strategy=portmap', `--portmap=${file}`, ...words];
const long = {timeoutSeconds: 300};
const tooOld = /portmap from .* knows CNI up to 0\.4\.0, and the CNI file asks for 1\.0\.0: no pod could start or stop/u;
const sameAs = async (file: string, ...names: readonly ClusterNode[]): Promise<readonly boolean[]> => {
	const content = await readFile(file);
	return Promise.all(names.map(async name => (await readFile(binaryOf(name))).equals(content)));
};
const journals = async (): Promise<number> =>
	(await list('configmaps', '--namespace', 'kube-system', '--selector', 'app.kubernetes.io/managed-by=kubectl-hostport')).length;

// The list that Cilium 1.20 writes is of CNI 1.0.0; that of 1.15 is of 0.3.1, which 0.8.7 knows.
describe.skipIf(isBefore('1.20'))('portmap 0.8.7 on the nodes, and not chained yet', () => {
	let before: unknown;
	beforeAll(async () => {
		await startOver(chartValues.none);
		await givePortmapOf(oldPortmap, ...bothNodes);
		before = await stateOfNodes();
		return async () => takePortmap(...bothNodes);
	});

	test('a dry run tells that it would not do, and what takes its place', async () => {
		expect((await check()).codes[0]).toBe('HP01');
		const {exitCode, stdout, stderr} = await hostport([...fixWith(portmap).filter(word => word !== '--yes'), '--dry-run=client']);
		expect(exitCode, stderr).toBe(0);
		for (const node of bothNodes)
			expect(stdout).toMatch(
				new RegExp(`${node}: .*now: portmap knows CNI 0\\.1\\.0, .*0\\.4\\.0, but the CNI file asks for 1\\.0\\.0`, 'u'),
			);
	});

	test('fix refuses to bring it along, before anything is written', async () => {
		const {exitCode, stderr} = await hostport(fixWith(oldPortmap));
		expect(exitCode, stderr).toBe(3);
		expect(stderr).toMatch(tooOld);
		expect(stderr).toMatch(/Nothing was changed\. .*release:1\.9\.1/u);
		expect([await stateOfNodes(), await journals()]).toEqual([before, 0]);
	});

	test('with a newer one it is replaced before it is chained, and everything answers', async () => {
		const {exitCode, stdout, stderr} = await hostport(fixWith(portmap), long);
		expect(exitCode, stderr + stdout).toBe(0);
		expect(await sameAs(portmap, ...bothNodes)).toEqual([true, true]);
		await expectRealWeb('web');
	});

	test('rollback brings the old one back to the byte', async () => {
		const {exitCode, stderr} = await hostport(['rollback', '--yes'], long);
		expect(exitCode, stderr).toBe(0);
		expect(await stateOfNodes()).toEqual(before);
		expect(await sameAs(oldPortmap, ...bothNodes)).toEqual([true, true]);
		await expectRealWeb('refused');
		await expectPodsStart();
	});
});

describe.skipIf(isBefore('1.20'))('portmap 0.8.7 where Cilium chains portmap', () => {
	beforeAll(async () => {
		await startOver(chartValues.portmap);
		await givePortmapOf(oldPortmap, 'node-2');
		await makePod('waiting', {hostPort: 8190, node: 'node-2'});
		await tells('FailedCreatePodSandBox')('waiting');
		return async () => {
			await rm(binaryOf('node-2'), {force: true});
			await givePortmap('node-2');
			await removePod('waiting');
		};
	});

	test('check finds the node on which no pod starts, and why', async () => {
		const {exitCode, result} = await check();
		expect(exitCode).toBe(1);
		const [first] = result.findings;
		expect(first, JSON.stringify(result.findings)).toMatchObject({code: 'HP30', severity: 'error', nodes: ['node-2'], repairable: true});
		expect(first?.title).toBe('no pod can start on node-2: portmap is too old for the CNI file, which asks for CNI 1.0.0');
	});

	test('fix with the same refuses; with a newer one the pod starts', async () => {
		const refused = await hostport(fixWith(oldPortmap));
		expect(refused.exitCode, refused.stderr).toBe(3);
		expect(refused.stderr).toMatch(tooOld);
		const done = await hostport(fixWith(portmap), long);
		expect(done.exitCode, done.stderr + done.stdout).toBe(0);
		await waitForPod('waiting');
		await expectRealWeb('web');
		await expectPodsStart();
	});
});

describe.skipIf(isBefore('1.20'))('a DaemonSet that keeps portmap 0.8.7 on the nodes, made when nothing asked for more', () => {
	const ours = ['--selector', 'app.kubernetes.io/name=kubectl-hostport-portmap'];
	const daemonSet = async (...words: readonly string[]) => hostport(['manifest', 'daemonset', '--portmap', `file:${oldPortmap}`, ...words]);
	beforeAll(async () => {
		await startOver(chartValues.none);
		return async () => {
			await kubectl(['--namespace', 'kube-system', 'delete', 'daemonset,configmap', ...ours]);
			await kubectl(['--namespace', 'kube-system', 'wait', '--for=delete', 'pods', ...ours, '--timeout=60s']);
			await takePortmap(...bothNodes);
		};
	});

	test('manifest daemonset makes none for this Cilium; for one that it does not know it warns', async () => {
		const refused = await daemonSet();
		expect([refused.exitCode, refused.stdout]).toEqual([3, '']);
		expect(refused.stderr).toMatch(tooOld);
		const warned = await daemonSet('--namespace=kube-system', '--cni-bin-dir=/opt/cni/bin', '--image=docker.io/library/busybox:1.36');
		expect(warned.exitCode).toBe(0);
		expect(warned.stderr).toMatch(/^warning: .*Cilium 1\.20 asks for 1\.0\.0/mu);
		await kubectl(['apply', '--filename', '-'], warned.stdout);
		await kubectl(['--namespace', 'kube-system', 'rollout', 'status', 'daemonset/kubectl-hostport-portmap', '--timeout=120s']);
		expect(await sameAs(oldPortmap, ...bothNodes)).toEqual([true, true]);
	});

	test('fix does not put a newer one where the DaemonSet would take it away again', async () => {
		const before = [await stateOfNodes(), await journals()];
		const {exitCode, stderr} = await hostport(fixWith(portmap));
		expect(exitCode, stderr).toBe(1);
		expect(stderr).toMatch(/DaemonSet kube-system\/kubectl-hostport-portmap keeps a portmap .* too old.*\n.*--daemonset/u);
		expect([await stateOfNodes(), await journals()]).toEqual(before);
	});

	test('with --daemonset it gets the newer one first, and it stays', async () => {
		const {exitCode, stdout, stderr} = await hostport(fixWith(portmap, '--daemonset'), long);
		expect(exitCode, stderr + stdout).toBe(0);
		await expectRealWeb('web');
		expect(await sameAs(portmap, ...bothNodes)).toEqual([true, true]);
		await expectPodsStart();
		const undone = await hostport(['rollback', '--yes'], long);
		expect(undone.exitCode, undone.stderr).toBe(0);
		await expectRealWeb('refused');
	});
});
