import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import type {DemoScene} from '../../source/demo/demo-cluster.ts';
import {nameOf, openDemo, podsByNode, type Body, type Demo} from './demo-client.ts';

const agents = 'k8s-app=cilium';

function scene(name: DemoScene): () => Demo {
	let demo: Demo;
	beforeAll(async () => {
		demo = await openDemo({scene: name});
	});
	afterAll(async () => demo.stop());
	return () => demo;
}

/** What a command prints in the agent's pod of a node. */
async function onNode(demo: Demo, node: string, ...command: readonly string[]): Promise<string> {
	const agent = (await podsByNode(demo, agents)).get(node);
	return (await demo.exec(nameOf(agent), {command})).stdout;
}

const script = (text: string, ...words: readonly string[]) => ['sh', '-c', text, 'sh', ...words] as const;
const conflist = script('cat "$1"/05-cilium.*', '/host/etc/cni/net.d');
const binaries = script('ls "$1"', '/host/opt/cni/bin');
const ready = (node: Body) => node.status.conditions?.find(({type}) => type === 'Ready')?.status;
const hostPortsOf = (pod: Body | undefined) => pod?.spec.containers.flatMap(({ports = []}) => ports.map(({hostPort}) => hostPort));
async function ciliumConfig(demo: Demo): Promise<Body> {
	return (await demo.get('/api/v1/namespaces/kube-system/configmaps/cilium-config')).body;
}
async function events(demo: Demo, reason: string): Promise<readonly Body[]> {
	return (await demo.get(`/api/v1/events?fieldSelector=reason%3D${reason}`)).body.items;
}

test('no node gets two pods with the same hostPort, however few nodes there are', async () => {
	const one = await openDemo({scene: 'nks', nodes: 1});
	try {
		const {items} = (await one.get('/api/v1/namespaces/default/pods?labelSelector=app%3Dweb')).body;
		expect(items).toHaveLength(1);
	} finally {
		await one.stop();
	}
});

describe('nks: the case', () => {
	const demo = scene('nks');

	test('has three Ready nodes of Kubernetes 1.26 on kernel 5.4', async () => {
		const {items} = (await demo().get('/api/v1/nodes')).body;
		expect(items.map(node => node.metadata.name)).toEqual(['nks-pool-a-0001', 'nks-pool-a-0002', 'nks-pool-a-0003']);
		expect(items[0]?.status['nodeInfo']).toMatchObject({
			kernelVersion: '5.4.0-163-generic',
			kubeletVersion: 'v1.26.9',
			architecture: 'amd64',
		});
	});

	test('its nodes say that their addresses are made up, so that nothing else connects to them', async () => {
		const {items} = (await demo().get('/api/v1/nodes?labelSelector=hostport.dev/demo')).body;
		expect(items).toHaveLength(3);
	});

	test('cilium-config is helm’s, replacement is off and nothing is chained', async () => {
		const {data, metadata} = await ciliumConfig(demo());
		expect(data['kube-proxy-replacement']).toBe('disabled');
		expect(data).not.toHaveProperty('cni-chaining-mode');
		expect(metadata.managedFields?.map(({manager}) => manager)).toEqual(['helm']);
	});

	test('a plain CNI file, two binaries, no CNI chain in either backend', async () => {
		expect(JSON.parse(await onNode(demo(), 'nks-pool-a-0002', ...conflist))).toEqual({
			cniVersion: '0.3.1',
			name: 'cilium',
			type: 'cilium-cni',
			'enable-debug': false,
		});
		expect(await onNode(demo(), 'nks-pool-a-0002', ...binaries)).toBe('cilium-cni\nloopback\n');
		expect(await onNode(demo(), 'nks-pool-a-0002', 'iptables-legacy-save', '-t', 'nat')).toMatch(/^\*nat\n(?!.*CNI-)/su);
		expect(await onNode(demo(), 'nks-pool-a-0002', 'iptables-nft-save', '-t', 'nat')).toBe('');
	});

	test('the agent reports replacement Disabled, and as a 1.10 it does not tell the chaining', async () => {
		const status = JSON.parse(await onNode(demo(), 'nks-pool-a-0001', 'cilium', 'status', '-o', 'json')) as Record<
			string,
			{mode?: string; features?: {hostPort: object}; msg?: string}
		>;
		expect(status['kube-proxy-replacement']).toMatchObject({mode: 'Disabled', features: {hostPort: {}, nodePort: {}}});
		expect(status['cilium']?.msg).toMatch(/^1\.10\.16 /u);
		expect(status).not.toHaveProperty('cni-chaining');
		expect(await onNode(demo(), 'nks-pool-a-0001', 'cilium', 'status', '--verbose')).toMatch(/^\s*-\s*HostPort:\s+Disabled$/mu);
		expect(await onNode(demo(), 'nks-pool-a-0001', 'cilium', 'service', 'list', '-o', 'json')).not.toContain('HostPort');
	});

	test('the agent’s log has the line that the write-up misread', async () => {
		const agent = (await podsByNode(demo(), agents)).get('nks-pool-a-0001');
		const log = await demo().get(`/api/v1/namespaces/kube-system/pods/${agent?.metadata.name}/log?container=cilium-agent`);
		expect(log.text).toMatch(/Auto-disabling .*enable-host-port.* falling back to \\"enable-host-legacy-routing\\"" subsys=daemon/u);
		const tail = await demo().get(`/api/v1/namespaces/kube-system/pods/${agent?.metadata.name}/log?container=cilium-agent&tailLines=1`);
		expect(tail.text).toBe('level=info msg="Daemon initialization completed" subsys=daemon\n');
	});

	test('collectors run on every node with 4317 and 4318, the web server with 8080', async () => {
		const collectors = await podsByNode(demo(), 'app.kubernetes.io/name=otel-collector');
		expect(collectors.size).toBe(3);
		expect([...collectors.values()].map(pod => [pod.metadata.namespace, pod.status.phase])).toEqual(
			Array.from({length: 3}, () => ['observability', 'Running']),
		);
		expect(hostPortsOf(collectors.get('nks-pool-a-0003'))).toEqual([4317, 4318]);
		const web = await podsByNode(demo(), 'app=web');
		expect([...web.values()].map(hostPortsOf)).toEqual([[8080], [8080]]);
		const owner = [...web.values()][0]?.metadata.ownerReferences?.[0];
		const replicaSet = await demo().get(`/apis/apps/v1/namespaces/default/replicasets/${owner?.name}`);
		expect(replicaSet.body.metadata.ownerReferences?.[0]).toMatchObject({kind: 'Deployment', name: 'web'});
	});
});

describe('missing-binary: step 6', () => {
	const demo = scene('missing-binary');

	test('portmap is chained by hand and by restarted agents, and lies on no node', async () => {
		const {metadata} = await ciliumConfig(demo());
		const edit = metadata.managedFields?.find(({manager}) => manager === 'kubectl-edit');
		expect(edit?.fieldsV1).toEqual({'f:data': {'.': {}, 'f:cni-chaining-mode': {}}});
		const agent = (await podsByNode(demo(), agents)).get('nks-pool-a-0001');
		expect(Date.parse(agent?.status.startTime ?? '')).toBeGreaterThan(Date.parse(edit?.time ?? ''));
		expect(await onNode(demo(), 'nks-pool-a-0001', ...conflist)).toContain('"portmap"');
		expect(await onNode(demo(), 'nks-pool-a-0001', ...binaries)).toBe('cilium-cni\nloopback\n');
	});

	test('pods hang in ContainerCreating and Terminating, and events tell why in the real words', async () => {
		const web = (await demo().get('/api/v1/namespaces/default/pods?labelSelector=app%3Dweb')).body.items;
		const waiting = web.filter(pod => pod.status.containerStatuses?.[0]?.state.waiting?.reason === 'ContainerCreating');
		expect(waiting).toHaveLength(2);
		expect(web.filter(pod => pod.metadata.deletionTimestamp !== undefined)).toHaveLength(1);
		const [created] = await events(demo(), 'FailedCreatePodSandBox');
		expect(created?.message).toMatch(
			/^Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "[\da-f]{64}": plugin type="portmap" failed \(add\): failed to find plugin "portmap" in path \[\/opt\/cni\/bin\]$/u,
		);
		expect(waiting.map(pod => pod.metadata.name)).toContain(created?.involvedObject.name);
		const [killed] = await events(demo(), 'FailedKillPod');
		expect(killed?.message).toContain(
			'plugin type=\\"portmap\\" failed (delete): failed to find plugin \\"portmap\\" in path [/opt/cni/bin]',
		);
	});
});

describe('healthy: step 8', () => {
	const demo = scene('healthy');

	test('the binary answers VERSION, and every hostPort pod has its chain', async () => {
		const version = await onNode(demo(), 'nks-pool-a-0001', ...script('CNI_COMMAND=VERSION "$1"', '/host/opt/cni/bin/portmap'));
		expect(JSON.parse(version)).toMatchObject({
			cniVersion: '1.0.0',
			supportedVersions: expect.arrayContaining(['0.3.1', '1.0.0']) as unknown,
		});
		const rules = await onNode(demo(), 'nks-pool-a-0001', 'iptables-legacy-save', '-t', 'nat');
		for (const chain of ['CNI-HOSTPORT-DNAT', 'CNI-HOSTPORT-SETMARK', 'CNI-HOSTPORT-MASQ']) expect(rules).toContain(`:${chain} - [0:0]`);
		const web = (await podsByNode(demo(), 'app=web')).get('nks-pool-a-0001');
		expect(rules).toMatch(
			new RegExp(`^-A CNI-DN-[\\da-f]{21} -p tcp -m tcp --dport 8080 -j DNAT --to-destination ${web?.status.podIP}:80$`, 'mu'),
		);
		expect(rules.match(/^:CNI-DN-/gmu)).toHaveLength(2);
		expect(rules).toMatch(/--comment "dnat name: \\"portmap\\" id: \\"[\da-f]{64}\\"" -m multiport --dports 4317,4318 -j CNI-DN-/u);
	});

	test('pods are younger than the agents, agents than the change', async () => {
		const {metadata} = await ciliumConfig(demo());
		const changed = Date.parse(metadata.managedFields?.find(({manager}) => manager === 'kubectl-edit')?.time ?? '');
		const agent = Date.parse((await podsByNode(demo(), agents)).get('nks-pool-a-0001')?.status.startTime ?? '');
		const web = Date.parse((await podsByNode(demo(), 'app=web')).get('nks-pool-a-0001')?.metadata.creationTimestamp ?? '');
		expect(changed).toBeLessThan(agent);
		expect(agent).toBeLessThan(web);
		const written = Number(
			await onNode(
				demo(),
				'nks-pool-a-0001',
				...script('stat -c %Y "$1" 2>/dev/null || stat -f %m "$1"', '/host/etc/cni/net.d/05-cilium.conflist'),
			),
		);
		expect(Math.abs(written * 1000 - agent)).toBeLessThan(10_000);
	});
});

describe('mixed: a week after the repair', () => {
	const demo = scene('mixed');

	test('one node is down and one runs Windows, without an agent', async () => {
		const {items} = (await demo().get('/api/v1/nodes')).body;
		expect(items.filter(node => ready(node) !== 'True').map(node => node.metadata.name)).toEqual(['pool-b-0007']);
		expect(items.filter(node => node.metadata.labels?.['kubernetes.io/os'] === 'windows').map(node => node.metadata.name)).toEqual([
			'win-pool-0001',
		]);
		expect((await podsByNode(demo(), agents)).has('win-pool-0001')).toBe(false);
	});

	test('CiliumNodeConfigs exist, in both versions of their API', async () => {
		for (const version of ['v2', 'v2alpha1']) {
			const {status, body} = await demo().get(`/apis/cilium.io/${version}/ciliumnodeconfigs`);
			expect([status, body.apiVersion, body.items]).toEqual([200, `cilium.io/${version}`, []]);
		}
	});

	test('the status tells the chaining mode', async () => {
		const status = JSON.parse(await onNode(demo(), 'pool-a-0001', 'cilium-dbg', 'status', '-o', 'json')) as unknown;
		expect(status).toMatchObject({'cni-chaining': {mode: 'portmap'}, 'kube-proxy-replacement': {mode: 'False'}});
	});

	test('on the forgotten node the new pod has its rule and the old one has none', async () => {
		const rules = await onNode(demo(), 'pool-b-0006', 'iptables-nft-save', '-t', 'nat');
		expect(rules).toContain('--dport 4318');
		expect(rules).not.toContain('--dport 8080');
		const web = (await podsByNode(demo(), 'app=web')).get('pool-b-0006');
		expect(web?.status.phase).toBe('Running');
	});

	test('on the new nodes pods hang', async () => {
		const collectors = await podsByNode(demo(), 'app.kubernetes.io/name=otel-collector');
		expect(
			[...collectors]
				.filter(([, pod]) => pod.status.phase === 'Pending')
				.map(([node]) => node)
				.sort(),
		).toEqual(['pool-b-0004', 'pool-b-0005']);
	});
});
