import {afterEach, describe, expect, test} from 'vitest';
import type {DemoClusterOptions} from '../../source/demo/demo-cluster.ts';
import {nameOf, openDemo, podsByNode, type Body, type Demo} from './demo-client.ts';

/** The demo as something to repair: what a person would do by hand has the effect that it has on a real cluster. */

const merge = 'application/merge-patch+json';
const strategic = 'application/strategic-merge-patch+json';
const agents = 'k8s-app=cilium';
const configMap = '/api/v1/namespaces/kube-system/configmaps/cilium-config';
const ciliumDaemonSet = '/apis/apps/v1/namespaces/kube-system/daemonsets/cilium';
const webDeployment = '/apis/apps/v1/namespaces/default/deployments/web';

let opened: Demo | undefined;
async function open(options: DemoClusterOptions): Promise<Demo> {
	opened = await openDemo(options);
	return opened;
}
afterEach(async () => opened?.stop());

async function onNode(demo: Demo, node: string, script: string, ...words: readonly string[]): Promise<string> {
	const agent = (await podsByNode(demo, agents)).get(node);
	return (await demo.exec(nameOf(agent), {command: ['sh', '-c', script, 'sh', ...words]})).stdout;
}

/** Puts a working plugin on a node, as a repair would over exec. */
async function installPortmap(demo: Demo, node: string): Promise<void> {
	const agent = (await podsByNode(demo, agents)).get(node);
	const text = '#!/bin/sh\necho \'{"cniVersion":"1.0.0","supportedVersions":["0.3.1","1.0.0"]}\'\n';
	const {status} = await demo.exec(nameOf(agent), {
		command: [
			'sh',
			'-c',
			'head -c "$2" >"$1/.portmap" && chmod 755 "$1/.portmap" && mv "$1/.portmap" "$1/portmap"',
			'sh',
			'/host/opt/cni/bin',
			String(text.length),
		],
		stdin: text,
	});
	expect(status?.status).toBe('Success');
}

async function restart(demo: Demo, path: string): Promise<void> {
	const template = {metadata: {annotations: {'kubectl.kubernetes.io/restartedAt': new Date().toISOString()}}};
	expect((await demo.send('PATCH', path, {spec: {template}}, strategic)).status).toBe(200);
}

/** Waits as `kubectl rollout status` does. */
async function rolledOut(demo: Demo, path: string): Promise<void> {
	await demo.until(async () => {
		const {metadata, status, spec} = (await demo.get(path)).body;
		const wanted = status['desiredNumberScheduled'] ?? spec.replicas;
		const updated = status['updatedNumberScheduled'] ?? status['updatedReplicas'];
		const available = status['numberAvailable'] ?? status['availableReplicas'];
		const replicas = status['replicas'] ?? wanted;
		return status['observedGeneration'] === metadata.generation && updated === wanted && available === wanted && replicas === wanted
			? true
			: undefined;
	});
}

async function chain(demo: Demo, mode: string): Promise<void> {
	await demo.send('PATCH', configMap, {data: {'cni-chaining-mode': mode}}, merge);
	await restart(demo, ciliumDaemonSet);
	await rolledOut(demo, ciliumDaemonSet);
}

const webPods = async (demo: Demo): Promise<readonly Body[]> =>
	(await demo.get('/api/v1/namespaces/default/pods?labelSelector=app%3Dweb')).body.items;
const waitingReason = (pod: Body) => pod.status.containerStatuses?.[0]?.state.waiting?.reason;

describe('the case, repaired in the right order', () => {
	test('binary, list, agents, pods: every hostPort gets its rule', async () => {
		const demo = await open({scene: 'nks'});
		const nodes = ['nks-pool-a-0001', 'nks-pool-a-0002', 'nks-pool-a-0003'];
		const before = await podsByNode(demo, agents);
		for (const node of nodes) await installPortmap(demo, node);
		await chain(demo, 'portmap');
		const after = await podsByNode(demo, agents);
		for (const node of nodes) {
			expect(after.get(node)?.metadata.uid).not.toBe(before.get(node)?.metadata.uid);
			const files = await onNode(demo, node, 'cd "$1" && ls && cat 05-cilium.conflist', '/host/etc/cni/net.d');
			expect(files).toMatch(/^05-cilium\.conflist\n\{/u);
			expect(files).toContain('"type": "portmap"');
			expect(await onNode(demo, node, 'iptables-legacy-save -t nat')).not.toContain('CNI-');
		}
		await restart(demo, webDeployment);
		await rolledOut(demo, webDeployment);
		const pods = await webPods(demo);
		expect(pods).toHaveLength(2);
		for (const pod of pods) {
			expect(await onNode(demo, pod.spec.nodeName ?? '', 'iptables-legacy-save -t nat')).toContain(
				`--dport 8080 -j DNAT --to-destination ${pod.status.podIP}:80\n`,
			);
		}
	});
});

describe('the same without the binary', () => {
	test('new pods hang and say why, helper pods on the host’s network start, and the binary heals it', async () => {
		const demo = await open({scene: 'nks'});
		await chain(demo, 'portmap');
		const [victim] = await webPods(demo);
		expect((await demo.send('DELETE', `/api/v1/namespaces/default/pods/${victim?.metadata.name}`)).status).toBe(200);
		const node = victim?.spec.nodeName ?? '';
		await demo.until(async () => {
			const {items} = (
				await demo.get(
					`/api/v1/events?fieldSelector=${encodeURIComponent(`reason=FailedKillPod,involvedObject.name=${victim?.metadata.name}`)}`,
				)
			).body;
			return items[0];
		});
		expect((await webPods(demo)).find(pod => pod.metadata.uid === victim?.metadata.uid)?.metadata.deletionTimestamp).toBeTruthy();
		await demo.send('DELETE', `/api/v1/namespaces/default/pods/${victim?.metadata.name}?gracePeriodSeconds=0`);
		await demo.until(async () => (await webPods(demo)).find(pod => waitingReason(pod) === 'ContainerCreating'));
		await installPortmap(demo, node);
		for (const other of ['nks-pool-a-0001', 'nks-pool-a-0002', 'nks-pool-a-0003']) if (other !== node) await installPortmap(demo, other);
		await rolledOut(demo, webDeployment);
	});

	test('taking the list back starts them too, and a pod made then has no rule', async () => {
		const demo = await open({scene: 'missing-binary'});
		await chain(demo, 'none');
		expect(await onNode(demo, 'nks-pool-a-0001', 'ls "$1"', '/host/etc/cni/net.d')).toBe('05-cilium.conf\n');
		await rolledOut(demo, webDeployment);
		await demo.until(async () => ((await webPods(demo)).every(pod => pod.metadata.deletionTimestamp === undefined) ? true : undefined));
		expect(await onNode(demo, 'nks-pool-a-0001', 'iptables-legacy-save -t nat')).not.toContain('CNI-');
	});
});

describe('agents', () => {
	test('read the configuration when their pod is made, and not before', async () => {
		const demo = await open({scene: 'nks'});
		const native = {'kube-proxy-replacement': 'partial', 'enable-node-port': 'true', 'enable-host-port': 'true'};
		await demo.send('PATCH', configMap, {data: native}, merge);
		expect(await onNode(demo, 'nks-pool-a-0001', 'cilium status --verbose')).toContain('HostPort:       Disabled');
		const agent = (await podsByNode(demo, agents)).get('nks-pool-a-0001');
		await demo.send('DELETE', `/api/v1/namespaces/kube-system/pods/${agent?.metadata.name}`);
		const next = await demo.until(async () => {
			const pod = (await podsByNode(demo, agents)).get('nks-pool-a-0001');
			return pod?.metadata.uid !== agent?.metadata.uid && pod?.status.phase === 'Running' ? pod : undefined;
		});
		expect(next.metadata.name).not.toBe(agent?.metadata.name);
		expect(await onNode(demo, 'nks-pool-a-0001', 'cilium status --verbose')).toContain('HostPort:       Enabled');
		expect(await onNode(demo, 'nks-pool-a-0001', 'cilium service list')).toMatch(/:8080 +HostPort +1 => 10\.0\.0\.\d+:80/u);
		expect(await onNode(demo, 'nks-pool-a-0002', 'cilium status --verbose')).toContain('HostPort:       Disabled');
	});

	test('are replaced no faster than the DaemonSet allows, and with OnDelete not at all', async () => {
		const demo = await open({scene: 'nks', nodes: 6});
		let fewest = 6;
		await restart(demo, ciliumDaemonSet);
		await demo.until(async () => {
			const {status, metadata} = (await demo.get(ciliumDaemonSet)).body;
			fewest = Math.min(fewest, Number(status['numberReady']));
			// Before the controller has seen the restart, the status tells of the pods that are to go.
			if (status['observedGeneration'] !== metadata.generation) return undefined;
			return status['updatedNumberScheduled'] === 6 && status['numberReady'] === 6 ? true : undefined;
		});
		expect(fewest).toBeGreaterThanOrEqual(4);
		await demo.send('PATCH', ciliumDaemonSet, {spec: {updateStrategy: {type: 'OnDelete', rollingUpdate: null}}}, strategic);
		const before = [...(await podsByNode(demo, agents)).values()].map(pod => pod.metadata.uid);
		await restart(demo, ciliumDaemonSet);
		await demo.until(async () => ((await demo.get(ciliumDaemonSet)).body.status['updatedNumberScheduled'] === 0 ? true : undefined));
		expect([...(await podsByNode(demo, agents)).values()].map(pod => pod.metadata.uid)).toEqual(before);
	});

	test('follow a CiliumNodeConfig that selects their node', async () => {
		const demo = await open({scene: 'mixed'});
		const spec = {nodeSelector: {matchLabels: {'kubernetes.io/hostname': 'pool-a-0001'}}, defaults: {'cni-chaining-mode': 'none'}};
		const made = await demo.send('POST', '/apis/cilium.io/v2/namespaces/kube-system/ciliumnodeconfigs', {metadata: {name: 'canary'}, spec});
		expect(made.status).toBe(201);
		for (const node of ['pool-a-0001', 'pool-a-0002']) {
			const agent = (await podsByNode(demo, agents)).get(node);
			await demo.send('DELETE', `/api/v1/namespaces/kube-system/pods/${agent?.metadata.name}`);
		}
		await demo.until(async () => ((await onNodeOrNothing(demo, 'pool-a-0001')).includes('portmap') ? undefined : true));
		expect(await onNodeOrNothing(demo, 'pool-a-0002')).toContain('portmap');
	});
});

/** The CNI file of a node whose agent may just be on its way; `portmap` where it cannot be read. */
async function onNodeOrNothing(demo: Demo, node: string): Promise<string> {
	return demo.until(async () => {
		const agent = (await podsByNode(demo, agents)).get(node);
		if (agent?.status.phase !== 'Running' || agent.metadata.deletionTimestamp !== undefined) return undefined;
		return (await demo.exec(nameOf(agent), {command: ['sh', '-c', 'cat "$1"/*', 'sh', '/host/etc/cni/net.d']})).stdout;
	});
}

const reader = (node: string, name: string, path = '/opt/cni/bin') => ({
	metadata: {name, labels: {'app.kubernetes.io/managed-by': 'kubectl-hostport'}},
	spec: {
		nodeName: node,
		hostNetwork: true,
		terminationGracePeriodSeconds: 1,
		containers: [
			{
				name: 'reader',
				image: 'quay.io/cilium/cilium:v1.17.4',
				securityContext: {capabilities: {drop: ['ALL']}},
				volumeMounts: [{name: 'bin', mountPath: '/host/bin', readOnly: true}],
			},
		],
		volumes: [{name: 'bin', hostPath: {path, type: 'Directory'}}],
	},
});
const asking = (name: string) => ({
	metadata: {name},
	spec: {containers: [{name: 'one', image: 'nginx', ports: [{containerPort: 80, hostPort: 8080}]}]},
});

describe('pods that a client makes', () => {
	const pods = '/api/v1/namespaces/kube-system/pods';

	test('run after a moment, see what they mount and nothing else, and go when they are deleted', async () => {
		const demo = await open({scene: 'mixed'});
		expect((await demo.send('POST', pods, reader('pool-b-0004', 'reader-1'))).body.status.phase).toBe('Pending');
		const pod = await demo.until(async () => {
			const {body} = await demo.get(`${pods}/reader-1`);
			return body.status.phase === 'Running' ? body : undefined;
		});
		expect(pod.status.podIP).toBe(pod.status.hostIP);
		expect(
			(
				await demo.exec('kube-system/reader-1', {
					command: ['sh', '-c', 'ls "$1"', 'sh', 'bin=/host/bin'].map(word => word.replace('bin=', '')),
				})
			).stdout,
		).toBe('cilium-cni\nloopback\n');
		const rules = await demo.exec('kube-system/reader-1', {command: ['iptables-nft-save', '-t', 'nat']});
		expect([rules.stdout, rules.status?.details.causes[0]?.message]).toEqual(['', '4']);
		expect((await demo.exec('kube-system/reader-1', {command: ['cilium-dbg', 'status']})).status?.status).toBe('Failure');
		const deleted = await demo.send('DELETE', `${pods}/reader-1`);
		expect(deleted.body.metadata.deletionGracePeriodSeconds).toBe(1);
		await demo.until(async () => ((await demo.get(`${pods}/reader-1`)).status === 404 ? true : undefined));
	});

	test('wait with an event where a folder is not there, and for ever where the node is down', async () => {
		const demo = await open({scene: 'mixed'});
		await demo.send('POST', pods, reader('pool-a-0001', 'reader-2', '/usr/libexec/cni'));
		await demo.send('POST', pods, reader('pool-b-0007', 'reader-3'));
		const event = await demo.until(
			async () => (await demo.get('/api/v1/namespaces/kube-system/events?fieldSelector=reason%3DFailedMount')).body.items[0],
		);
		expect(event.message).toContain('hostPath type check failed: /usr/libexec/cni is not a directory');
		expect((await demo.get(`${pods}/reader-3`)).body.status.phase).toBe('Pending');
		await demo.send('DELETE', `${pods}/reader-3?gracePeriodSeconds=0`);
		expect((await demo.get(`${pods}/reader-3`)).status).toBe(404);
	});

	test('without a node are placed where the hostPort is free, and wait where it is nowhere', async () => {
		const demo = await open({scene: 'nks'});
		for (const name of ['first', 'second']) await demo.send('POST', '/api/v1/namespaces/default/pods', asking(name));
		const first = await demo.until(async () => {
			const {body} = await demo.get('/api/v1/namespaces/default/pods/first');
			return body.status.phase === 'Running' ? body : undefined;
		});
		expect(first.spec.nodeName).toBe('nks-pool-a-0003');
		const second = await demo.until(async () => (await demo.get('/api/v1/namespaces/default/pods/second')).body.status.conditions?.[0]);
		expect(second.message).toContain("didn't have free ports for the requested pod ports");
	});

	test('are evicted unless a budget forbids it', async () => {
		const demo = await open({scene: 'nks'});
		const [pod] = await webPods(demo);
		const budgets = '/apis/policy/v1/namespaces/default/poddisruptionbudgets';
		await demo.send('POST', budgets, {
			metadata: {name: 'web'},
			spec: {selector: {matchLabels: {app: 'web'}}},
			status: {disruptionsAllowed: 0},
		});
		const evict = () =>
			demo.send('POST', `/api/v1/namespaces/default/pods/${pod?.metadata.name}/eviction`, {
				apiVersion: 'policy/v1',
				kind: 'Eviction',
				metadata: {name: pod?.metadata.name},
			});
		expect((await evict()).body).toMatchObject({code: 429, reason: 'TooManyRequests'});
		await demo.send('DELETE', `${budgets}/web`);
		expect((await evict()).status).toBe(201);
		await demo.until(async () =>
			(await demo.get(`/api/v1/namespaces/default/pods/${pod?.metadata.name}`)).status === 404 ? true : undefined,
		);
	});

	test('go with the DaemonSet that made them', async () => {
		const demo = await open({scene: 'nks'});
		const template = {metadata: {labels: {app: 'guard'}}, spec: {hostNetwork: true, containers: [{name: 'guard', image: 'busybox'}]}};
		const sets = '/apis/apps/v1/namespaces/default/daemonsets';
		await demo.send('POST', sets, {metadata: {name: 'guard'}, spec: {selector: {matchLabels: {app: 'guard'}}, template}});
		await rolledOut(demo, `${sets}/guard`);
		expect((await podsByNode(demo, 'app=guard')).size).toBe(3);
		await demo.send('DELETE', `${sets}/guard`);
		await demo.until(async () => ((await podsByNode(demo, 'app=guard')).size === 0 ? true : undefined));
	});
});
