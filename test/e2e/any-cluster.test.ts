import os from 'node:os';
import path from 'node:path';
import {mkdtemp, rm} from 'node:fs/promises';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {makeNamespace, resetCluster} from './support/cilium.ts';
import {kubectl, list, rollOut} from './support/kubectl.ts';
import {check, hostport} from './support/product.ts';
import {nothingStaysBehind} from './support/suite.ts';
import {isOwnCluster, namespace, root} from './support/tested-cluster.ts';

// What must hold on every cluster, however it is configured. Nothing here changes anything outside the tests' namespace,
// but for one binding of the right to view, removed at the end.
const viewer = 'hostport-e2e-viewer';

beforeAll(async () => {
	if (isOwnCluster) await resetCluster('1.17.4');
	await makeNamespace();
	await rollOut(path.join(root, 'test/e2e/workloads/web.yaml'), 'deployment/web').catch(async (error: unknown) => {
		// One node takes one such pod: on a cluster of one node the second stays pending, and that is all right.
		if ((await list('nodes')).length > 1) throw error;
	});
	await kubectl(['create', 'clusterrolebinding', viewer, '--clusterrole=view', `--user=${viewer}`]);
});

afterAll(async () => {
	await kubectl(['delete', 'clusterrolebinding', viewer, '--ignore-not-found']);
	await kubectl(['--namespace', namespace, 'delete', 'deployment', 'web', '--ignore-not-found']);
});

nothingStaysBehind();

test('every node is there, with the kernel and architecture that Kubernetes knows', async () => {
	const nodes = await list('nodes');
	const {result} = await check();

	const seen = result.nodes.map(({name, kernel, arch}) => ({name, kernel, arch}));
	const known = nodes.map(({metadata, status}) => ({
		name: metadata.name,
		kernel: status?.nodeInfo?.kernelVersion,
		arch: status?.nodeInfo?.architecture,
	}));
	expect(seen.toSorted(byName)).toEqual(known.toSorted(byName));
});

test('the test pods are listed, and the exit code says what the findings say', async () => {
	const {result, exitCode} = await check(['--namespace', namespace]);

	expect(result.hostPorts.length).toBeGreaterThan(0);
	for (const port of result.hostPorts) expect(port).toMatchObject({namespace, owner: 'Deployment/web', hostPort: 8080, protocol: 'TCP'});
	const hasFaults = result.findings.some(({severity}) => severity === 'error');
	expect(hasFaults ? [1] : [0, 3]).toContain(exitCode);
	const unwired = result.hostPorts.filter(({state}) => state === 'unwired');
	expect(result.findings.length, 'an unwired hostPort has a cause').toBeGreaterThanOrEqual(unwired.length > 0 ? 1 : 0);
});

test('a node named on the command line is the only one looked at', async () => {
	const [first] = await list('nodes');
	const name = first?.metadata.name ?? '';

	const {result} = await check([name]);

	expect(result.nodes.map(node => node.name)).toEqual([name]);
});

test('saved evidence gives the same findings with the cluster out of reach, in every form of output', async () => {
	const folder = await mkdtemp(path.join(os.tmpdir(), 'hostport-e2e-'));
	const unreachable = {kubeconfig: path.join(folder, 'no-such-kubeconfig')};
	try {
		const file = path.join(folder, 'evidence.json');
		const live = await check(['--save', file]);
		const saved = await check(['--from', file], unreachable);

		expect(saved.result.findings).toEqual(live.result.findings);
		expect(saved.exitCode).toBe(live.exitCode);
		for (const format of ['table', 'wide', 'yaml', 'name', 'junit', 'markdown']) {
			const {stdout, exitCode} = await hostport(['check', '--from', file, '--output', format], unreachable);
			expect(stdout.trim(), `as ${format}`).not.toBe('');
			expect(exitCode, `as ${format}`).toBe(live.exitCode);
		}
	} finally {
		await rm(folder, {recursive: true});
	}
});

test('a user who may only view is told which rights are missing, and still sees the hostPorts', async () => {
	const {result, exitCode, stdout, stderr} = await check(['--as', viewer, '--namespace', namespace]);

	expect(stdout + stderr).toContain('pods/exec');
	expect(result.hostPorts.length).toBeGreaterThan(0);
	expect([1, 3]).toContain(exitCode);
});

test('a server that does not answer: one line, one hint, exit 3', async () => {
	const {exitCode, stdout, stderr, seconds} = await hostport(['check', '--server', 'https://127.0.0.1:1']);

	expect(exitCode).toBe(3);
	expect(stdout).toBe('');
	expect(stderr).toContain('127.0.0.1:1');
	expect(stderr.trim().split('\n').length).toBeLessThanOrEqual(2);
	expect(seconds).toBeLessThan(30);
});

test('wrong words: exit 2', async () => {
	expect((await hostport(['check', '--output', 'xml'])).exitCode).toBe(2);
});

function byName(a: {name: string}, b: {name: string}): number {
	return a.name.localeCompare(b.name);
}
