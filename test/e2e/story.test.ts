import os from 'node:os';
import path from 'node:path';
import {mkdtemp, rm} from 'node:fs/promises';
import {beforeAll, describe, expect, test} from 'vitest';
import {patchCiliumConfig, resetCluster, restartAgents} from './support/cilium.ts';
import {kubectl, list, rollOut, until, waitForRollOut} from './support/kubectl.ts';
import {fetchFrom, installPortmap, nodes} from './support/nodes.ts';
import {check, hostport} from './support/product.ts';
import {needsOwnCluster, nothingStaysBehind} from './support/suite.ts';
import {isOwnCluster, namespace, root, runFolder} from './support/tested-cluster.ts';
import {versions} from './support/versions.ts';

const web = path.join(root, 'test/e2e/workloads/web.yaml');
const otelCollector = path.join(root, 'test/e2e/workloads/otel-collector.yaml');
const bothNodes = nodes.map(({name}) => name);

nothingStaysBehind('at the end');

// The case as the write-up tells it, one step a test: each starts from what the one before it left.
describe.each(versions)('the case on Cilium $version', ({version, plainFile, via, halfOn, halfOff}) => {
	beforeAll(async () => {
		if (!isOwnCluster) return;
		await resetCluster(version);
		await rollOut(web, 'deployment/web');
	});

	test('neither replacement nor chaining: HP01 first, with kernel, binaries and two unwired hostPorts', async context => {
		needsOwnCluster(context, 'it decides how Cilium is configured');
		for (const {address} of nodes) expect(await fetchFrom('outside', address, 8080)).toBe('refused');

		const {result, codes, exitCode} = await check();

		expect(codes[0]).toBe('HP01');
		expect(exitCode).toBe(1);
		expect(result.cluster.cilium).toEqual({version, namespace: 'kube-system', path: 'none'});
		expect(result.nodes.map(({name}) => name).sort()).toEqual(bothNodes);
		for (const node of result.nodes) {
			expect(node).toMatchObject({verdict: 'broken', kernel: os.release(), arch: 'amd64', via});
			expect(node.cni).toEqual({file: plainFile, plugins: ['cilium-cni'], binaries: ['cilium-cni', 'loopback'], binDir: '/opt/cni/bin'});
		}

		expect(result.hostPorts.map(port => [port.owner, port.hostPort, port.containerPort, port.protocol, port.state])).toEqual([
			['Deployment/web', 8080, 80, 'TCP', 'unwired'],
			['Deployment/web', 8080, 80, 'TCP', 'unwired'],
		]);
		expect(result.findings[0]?.nodes.toSorted()).toEqual(bothNodes);
		expect(result.findings[0]?.hostPorts).toHaveLength(2);
		expect(result.findings[0]?.because.map(({says}) => says).join('\n')).toContain('kube-proxy-replacement');
	});

	test('diff shows the CNI file and the ConfigMap as they should be, and ends with 1', async context => {
		needsOwnCluster(context, 'it decides how Cilium is configured');

		const {stdout, exitCode} = await hostport(['diff']);

		for (const node of bothNodes) expect(stdout).toContain(`--- ${node}:/etc/cni/net.d/${plainFile}`);
		expect(stdout).toMatch(/^\+.*"type": "portmap"/mu);
		expect(stdout).toMatch(/^\+.*cni-chaining-mode.*portmap/mu);
		expect(exitCode).toBe(1);
	});

	test('saved evidence gives the same findings with the cluster out of reach', async context => {
		needsOwnCluster(context, 'it decides how Cilium is configured');
		const folder = await mkdtemp(path.join(os.tmpdir(), 'hostport-e2e-'));
		try {
			const file = path.join(folder, 'evidence.json');
			const live = await check(['--save', file, '--no-redact']);
			const saved = await check(['--from', file], {kubeconfig: path.join(folder, 'no-such-kubeconfig')});

			expect(saved.result.findings).toEqual(live.result.findings);
			expect(saved.result.nodes).toEqual(live.result.nodes);
			expect(saved.result.hostPorts).toEqual(live.result.hostPorts);
			expect([live.exitCode, saved.exitCode]).toEqual([1, 1]);
		} finally {
			await rm(folder, {recursive: true});
		}
	});

	test('a user who may only view gets exit 3 and the names of the missing rights, and makes nothing', async context => {
		needsOwnCluster(context, 'it has such a user ready');
		const before = await everything();

		const {result, exitCode, stdout, stderr} = await check([], {kubeconfig: path.join(runFolder, 'viewer.conf')});

		expect(exitCode).toBe(3);
		expect(stdout + stderr).toContain('list nodes');
		expect(stdout + stderr).toContain(via === 'agent' ? 'get pods/exec' : 'create pods');
		expect(result.hostPorts.map(port => port.hostPort)).toEqual([8080, 8080]);
		expect(await everything()).toEqual(before);
	});

	test(`hostPort switched on by its own key alone: ${halfOn.code}, not the folklore`, async context => {
		needsOwnCluster(context, 'it changes cilium-config');
		await patchCiliumConfig(halfOn.keys);
		await restartAgents();

		const {codes, result, exitCode} = await check();

		expect(codes[0]).toBe(halfOn.code);
		expect(result.hostPorts.map(({state}) => state)).toEqual(['unwired', 'unwired']);
		expect(exitCode).toBe(1);
		await patchCiliumConfig(halfOff);
		await restartAgents();
	});

	test('chaining in the ConfigMap, agents not restarted: HP03 first', async context => {
		needsOwnCluster(context, 'it changes cilium-config');
		await patchCiliumConfig({'cni-chaining-mode': 'portmap'});

		const {codes, result, exitCode} = await check();

		expect(codes[0]).toBe('HP03');
		expect(result.findings[0]?.nodes.toSorted()).toEqual(bothNodes);
		expect(exitCode).toBe(1);
	});

	test('chained without the binary: HP02 first, with the folder searched and both nodes', async context => {
		needsOwnCluster(context, 'it changes cilium-config');
		await restartAgents();
		await kubectl(['--namespace', namespace, 'apply', '--filename', otelCollector]);
		await until('the failed sandboxes on both nodes', 60, async () => {
			const events = await list('events', '--namespace', namespace, '--field-selector', 'reason=FailedCreatePodSandBox');
			const hosts = new Set(
				events.filter(({message}) => message?.includes('failed to find plugin "portmap"')).map(({source}) => source?.host),
			);
			return hosts.size === nodes.length || undefined;
		});

		const {codes, result, exitCode} = await check();

		expect(codes[0]).toBe('HP02');
		const [first] = result.findings;
		expect(first?.nodes.toSorted()).toEqual(bothNodes);
		expect(first?.because.map(({says}) => says).join('\n')).toContain('/opt/cni/bin');
		for (const node of result.nodes) {
			expect(node.verdict).toBe('broken');
			expect(node.cni).toMatchObject({
				file: '05-cilium.conflist',
				plugins: ['cilium-cni', 'portmap'],
				binaries: ['cilium-cni', 'loopback'],
			});
		}

		expect(exitCode).toBe(1);
	});

	test('the binary is there, the new pods answer, the older ones do not: HP04 first', async context => {
		needsOwnCluster(context, 'it puts a file on its nodes');
		await installPortmap();
		await waitForRollOut('daemonset/otel-collector');
		for (const {address} of nodes) {
			expect(await fetchFrom('outside', address, 4318)).toBe('otel');
			expect(await fetchFrom('outside', address, 8080)).toBe('refused');
		}

		const {codes, result, exitCode} = await check();

		expect(codes[0]).toBe('HP04');
		expect(result.cluster.cilium.path).toBe('portmap');
		const states = result.hostPorts.map(port => `${port.owner} ${port.hostPort} ${port.state}`).sort();
		expect(states).toEqual([
			'DaemonSet/otel-collector 4317 wired',
			'DaemonSet/otel-collector 4317 wired',
			'DaemonSet/otel-collector 4318 wired',
			'DaemonSet/otel-collector 4318 wired',
			'Deployment/web 8080 unwired',
			'Deployment/web 8080 unwired',
		]);
		expect(result.findings[0]?.hostPorts.every(name => name.startsWith(`${namespace}/web-`))).toBe(true);
		for (const node of result.nodes) expect(node.verdict).toBe('degraded');
		expect(exitCode).toBe(1);
	});

	test('new pods: nothing wrong, exit 0, and every hostPort answers from outside and from the other node', async context => {
		needsOwnCluster(context, 'it has hands on the nodes');
		await kubectl(['--namespace', namespace, 'delete', 'pods', '--selector', 'app=web']);
		await waitForRollOut('deployment/web');
		for (const {name, address} of nodes) {
			const other = name === 'node-1' ? 'node-2' : 'node-1';
			for (const [port, page] of [
				[8080, 'web'],
				[4317, 'otel'],
				[4318, 'otel'],
			] as const) {
				expect(await fetchFrom('outside', address, port)).toBe(page);
				expect(await fetchFrom(other, address, port)).toBe(page);
			}
		}

		const {result, exitCode} = await check();

		expect(result.findings.filter(({severity}) => severity !== 'info')).toEqual([]);
		expect(result.hostPorts).toHaveLength(6);
		expect(result.hostPorts.every(({state}) => state === 'wired')).toBe(true);
		expect(result.nodes.map(({verdict}) => verdict)).toEqual(['ok', 'ok']);
		expect(exitCode).toBe(0);

		const diff = await hostport(['diff']);
		expect(diff.stdout).toBe('');
		expect(diff.exitCode).toBe(0);
	});
});

/** Every pod that is to stay, and what Cilium is made of; how an agent fares at the moment is its own affair. */
async function everything(): Promise<readonly string[]> {
	const pods = await list('pods', '--all-namespaces');
	const agents = await list('daemonsets', '--all-namespaces');
	const configMaps = await list('configmaps', '--all-namespaces', '--field-selector', 'metadata.name=cilium-config');
	return [
		...pods.flatMap(({metadata}) => (metadata.deletionTimestamp === undefined ? [metadata.uid] : [])),
		...agents.map(({metadata}) => `${metadata.name} ${metadata.generation}`),
		...configMaps.map(({metadata}) => `${metadata.name} ${metadata.resourceVersion}`),
	].sort();
}
