import {describe, expect, test} from 'vitest';
import type {Evidence} from '../../source/evidence/evidence.ts';
import {clusterEvidence, type ClusterQuestion} from '../../source/evidence/cluster-evidence.ts';
import {ClusterError} from '../../source/cluster/cluster-error.ts';
import {fakeCluster, refusal, type FakeParts} from './fake-cluster.ts';
import {agentPod, agentSpec, clusterObjects, daemonSet, node, podList, workload} from './objects.ts';

const names = ['node-1', 'node-2'];

async function seen(objects: Record<string, unknown>, question: Partial<ClusterQuestion> = {}, parts: FakeParts = {}): Promise<Evidence> {
	const client = fakeCluster({objects: {...clusterObjects(names), ...objects}, ...parts});
	const asked = {nodes: [], selector: undefined, namespace: undefined, version: '1.0.0', signal: new AbortController().signal, ...question};
	return (await clusterEvidence(client, asked)).evidence;
}

test('a healthy cluster gives nodes, agents, Cilium and its configuration, without a gap', async () => {
	const evidence = await seen({});
	expect(evidence.gaps).toEqual([]);
	expect(evidence).toMatchObject({server: 'https://cluster.test:6443', kubernetes: 'v1.26.9', collectedBy: '1.0.0'});
	expect(evidence.nodes).toMatchObject([
		{
			name: 'node-1',
			ready: true,
			os: 'linux',
			kernel: '5.4.0-163-generic',
			skipped: '',
			via: 'api',
			agent: {pod: 'cilium-node-1', ready: true},
		},
		{name: 'node-2', agent: {image: 'quay.io/cilium/cilium:v1.10.16'}},
	]);
	expect(evidence.cilium).toMatchObject({
		namespace: 'kube-system',
		version: '1.10.16',
		daemonSet: {name: 'cilium', maxUnavailable: '2', desired: 3, updated: 2, ready: 1, args: ['--config-dir=/tmp/cilium/config-map']},
		configMap: {data: {'kube-proxy-replacement': 'disabled'}, lastChanged: '2026-01-03T00:00:00Z'},
	});
	expect(evidence.cilium?.daemonSet?.hostPaths).toEqual([
		{volume: 'cni-path', host: '/opt/cni/bin', seen: '/host/opt/cni/bin'},
		{volume: 'etc-cni-netd', host: '/etc/cni/net.d', seen: '/host/etc/cni/net.d'},
	]);
});

test('values that are secret by their name are not kept', async () => {
	const evidence = await seen({});
	expect(evidence.cilium?.daemonSet?.env).toEqual({CILIUM_DEBUG: 'true', API_TOKEN: '(hidden)'});
	expect(JSON.stringify(evidence)).not.toContain('verysecret');
});

test.each([
	['Windows node', node('n', {os: 'windows'})],
	['virtual kubelet', node('n', {labels: {type: 'virtual-kubelet'}})],
	['virtual kubelet', node('n', {taints: [{key: 'virtual-kubelet.io/provider', value: 'azure', effect: 'NoSchedule'}]})],
	['not Ready: KubeletReady: PLEG is not healthy', node('n', {ready: 'False', message: 'PLEG is not healthy'})],
	['', node('n', {ready: 'False', message: 'container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady'})],
	[
		'not Ready: KubeletReady: Kubelet stopped posting node status.',
		node('n', {ready: 'Unknown', message: 'Kubelet stopped posting node status.'}),
	],
	['', node('n', {taints: [{key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule'}]})],
])('a node is skipped with the reason: %s', async (skipped, object) => {
	const evidence = await seen({'/api/v1/nodes': [object]});
	expect(evidence.nodes).toMatchObject([{name: 'n', skipped}]);
});

test.each([
	[{restartPolicy: 'Always'}, {init: true, sidecar: true}],
	[{restartPolicy: 'OnFailure'}, {init: true, sidecar: undefined}],
	[{}, {init: true, sidecar: undefined}],
])('a port of an init container with %j', async (parts, expected) => {
	const game = workload('game', 'node-1', {hostPort: 0});
	const spec = {
		...(game as {spec: object}).spec,
		initContainers: [{name: 'sdk', ports: [{containerPort: 7654, hostPort: 7200}], ...parts}],
	};
	const {pods} = await seen({'/api/v1/nodes': [node('node-1')], '/api/v1/pods': [{...game, spec}]});
	expect(pods[0]?.ports.map(({init, sidecar}) => ({init, sidecar}))).toEqual([expected]);
});

test('hostPort pods are kept with the top of their owners, hostNetwork marked, finished ones omitted', async () => {
	const workloads = [
		workload('web-abc-x', 'node-1', {owner: ['ReplicaSet', 'web-abc']}),
		workload('web-abc-y', 'node-2', {owner: ['ReplicaSet', 'web-abc']}),
		workload('collector', 'node-1', {owner: ['DaemonSet', 'collector'], hostPort: 4317}),
		workload('nightly-1', 'node-1', {owner: ['Job', 'nightly'], hostPort: 9000}),
		workload('bare', 'node-2', {hostPort: 7000}),
		workload('exporter', 'node-1', {hostNetwork: true, hostPort: 9100}),
		workload('done', 'node-1', {phase: 'Succeeded'}),
		workload('plain', 'node-1', {hostPort: 0}),
	];
	const objects = {
		'/api/v1/pods': podList([agentPod('node-1')], workloads),
		'/apis/apps/v1/namespaces/default/replicasets/web-abc': {
			metadata: {ownerReferences: [{kind: 'Deployment', name: 'web', controller: true}]},
		},
		'/apis/batch/v1/namespaces/default/jobs/nightly': {metadata: {ownerReferences: [{kind: 'CronJob', name: 'night', controller: true}]}},
	};
	const client = fakeCluster({objects: {...clusterObjects(names), ...objects}});
	const signal = new AbortController().signal;
	const {evidence} = await clusterEvidence(client, {nodes: [], selector: undefined, namespace: undefined, version: '1', signal});
	expect(evidence.pods.map(({name, owner, hostNetwork}) => `${name} ${owner}${hostNetwork ? ' hostNetwork' : ''}`)).toEqual([
		'bare ',
		'collector DaemonSet/collector',
		'exporter  hostNetwork',
		'nightly-1 CronJob/night',
		'web-abc-x Deployment/web',
		'web-abc-y Deployment/web',
	]);
	expect(evidence.pods[0]).toMatchObject({podIPs: ['10.1.0.5'], ports: [{hostPort: 7000, containerPort: 80, hostIP: '', init: false}]});
	expect(client.requests.filter(({path}) => path.includes('replicasets'))).toHaveLength(1);
});

test('a list that starts over after an expired page counts no pod twice', async () => {
	const workloads = [workload('a', 'node-1'), workload('b', 'node-1')];
	const evidence = await seen({'/api/v1/pods': podList([], [...workloads, ...workloads])});
	expect(evidence.pods.map(({name}) => name)).toEqual(['a', 'b']);
});

const grant = (right: string): string => `Grant ${right}; kubectl hostport manifest rbac prints a role`;

test('what may not be read is a gap that names the right, and stops nothing', async () => {
	const evidence = await seen({
		'/api/v1/nodes': refusal(403, 'missing permission: list nodes'),
		'/api/v1/events': refusal(403, 'missing permission: list events'),
		'/apis/networking.k8s.io/v1/networkpolicies': refusal(500, 'broken'),
		'/api/v1/pods': podList([agentPod('node-1')], [workload('web', 'node-9')]),
	});
	expect(evidence.nodes.map(({name, ready}) => `${name} ${ready}`)).toEqual(['node-1 null', 'node-9 null']);
	expect(evidence.gaps).toContainEqual({
		of: 'nodes',
		what: 'nodes',
		reason: 'missing permission: list nodes',
		hint: grant('list nodes'),
	});
	expect(evidence.gaps).toContainEqual({what: 'networkpolicies', reason: 'broken', hint: 'a hint'});
	expect(evidence.gaps.filter(({hint}) => hint === grant('list events'))).toHaveLength(4);
});

test('kinds that the cluster does not have are no gap', async () => {
	expect((await seen({})).cilium?.nodeConfigs).toEqual([]);
	const config = {metadata: {name: 'canary', namespace: 'kube-system'}, spec: {nodeSelector: {matchLabels: {a: 'b'}}, defaults: {x: 'y'}}};
	const older = await seen({
		'/apis/cilium.io/v2': {resources: [{name: 'ciliumnetworkpolicies'}]},
		'/apis/cilium.io/v2alpha1': {resources: [{name: 'ciliumnodeconfigs'}]},
		'/apis/cilium.io/v2alpha1/ciliumnodeconfigs': [config],
	});
	expect(older.cilium?.nodeConfigs).toMatchObject([{name: 'canary', matchLabels: {a: 'b'}, defaults: {x: 'y'}}]);
	expect(older.gaps).toEqual([]);
});

test('a kind that is there and forbidden is a gap; one that is not there is none, though its list is forbidden too', async () => {
	const evidence = await seen({
		'/apis/cilium.io/v2': {resources: [{name: 'ciliumnodeconfigs'}]},
		'/apis/cilium.io/v2/ciliumnodeconfigs': refusal(403, 'no'),
		'/apis/cilium.io/v2/ciliumnetworkpolicies': refusal(403, 'no'),
	});
	expect(evidence.gaps).toMatchObject([{of: 'node-configs', what: 'CiliumNodeConfigs', hint: grant('list ciliumnodeconfigs.cilium.io')}]);
});

test('an agent that finds no place yet belongs to the node that its DaemonSet made it for', async () => {
	const affinity = {
		nodeAffinity: {
			requiredDuringSchedulingIgnoredDuringExecution: {
				nodeSelectorTerms: [{matchFields: [{key: 'metadata.name', operator: 'In', values: ['node-2']}]}],
			},
		},
	};
	const pending = {
		metadata: {name: 'cilium-x', namespace: 'kube-system', uid: 'x', labels: {'k8s-app': 'cilium'}},
		spec: {containers: [{name: 'cilium-agent'}], affinity},
		status: {
			phase: 'Pending',
			conditions: [
				{type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/2 nodes are available: 1 Insufficient cpu.'},
			],
		},
	};
	const evidence = await seen({'/api/v1/pods': podList([agentPod('node-1'), pending], [])});
	expect(evidence.nodes.map(({agent}) => [agent?.phase, agent?.ready, agent?.trouble])).toEqual([
		['Running', true, ''],
		['Pending', false, 'Unschedulable: 0/2 nodes are available: 1 Insufficient cpu.'],
	]);
});

test('a user who sees only kube-system still finds the agents there', async () => {
	const evidence = await seen({
		'/api/v1/pods': refusal(403, 'no pods'),
		'/api/v1/namespaces/kube-system/pods': [agentPod('node-1')],
		'/apis/apps/v1/daemonsets': refusal(403, 'no'),
		'/apis/apps/v1/namespaces/kube-system/daemonsets': [daemonSet('cilium', 'kube-system', {'k8s-app': 'cilium'})],
	});
	expect(evidence.nodes[0]?.agent?.pod).toBe('cilium-node-1');
	expect(evidence.cilium?.daemonSet?.name).toBe('cilium');
	expect(evidence.gaps.map(({what}) => what)).toContain('pods in all namespaces');
});

test('agents are not confused with the operator or Envoy; other networks are named', async () => {
	const evidence = await seen({
		'/apis/apps/v1/daemonsets': [
			daemonSet('cilium-envoy', 'kube-system', {'k8s-app': 'cilium-envoy'}),
			daemonSet('cilium', 'cni', {'app.kubernetes.io/name': 'cilium-agent'}),
			daemonSet('kube-proxy', 'kube-system', {'k8s-app': 'kube-proxy'}),
			daemonSet('aws-node', 'kube-system'),
			daemonSet('web', 'default'),
		],
		'/api/v1/pods': podList([agentPod('node-1', {namespace: 'cni'})], []),
		'/api/v1/namespaces/kube-system/configmaps/kube-proxy': {data: {'config.conf': 'apiVersion: x\nmode: "ipvs"\n'}},
	});
	expect(evidence.cilium).toMatchObject({namespace: 'cni', daemonSet: {name: 'cilium'}});
	expect(evidence.otherDaemonSets).toEqual(['kube-system/aws-node', 'kube-system/kube-proxy']);
	expect(evidence.kubeProxyMode).toBe('ipvs');
});

describe('a stranger who may create pods and DaemonSets in a namespace of his own', () => {
	const labels = {'k8s-app': 'cilium'};
	const spec = {containers: [{name: 'cilium-agent', image: 'evil.example/rootkit:v1.15.3'}]};
	/** As Pod Security of the level `baseline` lets it in. */
	const pod = {
		...agentPod('node-1', {namespace: 'aaa'}),
		spec: {...spec, nodeName: 'node-1'},
	};
	// The server's lists are in the order of namespaces, so his comes first; and his runs on more nodes.
	const wanting = (podSpec: object): object => ({
		...daemonSet('web', 'aaa', labels),
		spec: {template: {metadata: {labels}, spec: podSpec}},
		status: {desiredNumberScheduled: 9, currentNumberScheduled: 9, updatedNumberScheduled: 9, numberReady: 9},
	});

	test.each([
		['plain', spec],
		['asking for what is not let in', agentSpec()],
	])('is not taken for Cilium by a label, with a DaemonSet %s', async (_, template) => {
		const evidence = await seen({
			'/apis/apps/v1/daemonsets': [wanting(template), daemonSet('cilium', 'kube-system', labels)],
			'/api/v1/pods': podList([pod, agentPod('node-1')], []),
		});
		expect(evidence.cilium).toMatchObject({namespace: 'kube-system', version: '1.10.16', daemonSet: {name: 'cilium'}});
		expect(evidence.nodes[0]?.agent?.pod).toBe('cilium-node-1');
		expect(JSON.stringify(evidence)).not.toContain('evil.example');
	});

	test('is no Cilium where there is none', async () => {
		const evidence = await seen({'/apis/apps/v1/daemonsets': [wanting(agentSpec())], '/api/v1/pods': podList([pod], [])});
		expect(evidence.cilium).toBeNull();
		expect(evidence.nodes.map(({agent}) => agent)).toEqual([null, null]);
	});

	test('keeps no portmap on new nodes', async () => {
		const evidence = await seen({
			'/apis/apps/v1/daemonsets': [
				{
					...wanting(spec),
					metadata: {name: 'kubectl-hostport-portmap', namespace: 'aaa', labels: {'app.kubernetes.io/managed-by': 'kubectl-hostport'}},
				},
			],
		});
		expect(evidence.portmapKeepers).toEqual([{name: 'aaa/kubectl-hostport-portmap', desired: 9, ready: 0}]);
	});
});

test('without any agent there is no Cilium', async () => {
	const evidence = await seen({'/apis/apps/v1/daemonsets': [], '/api/v1/pods': []});
	expect(evidence.cilium).toBeNull();
	expect(evidence.nodes.map(({agent}) => agent)).toEqual([null, null]);
});

test('Services that share a port with a hostPort are kept, others not; the same for policies of namespaces without one', async () => {
	const evidence = await seen({
		'/api/v1/pods': podList([], [workload('web', 'node-1'), workload('host', 'node-1', {hostNetwork: true, hostPort: 9100})]),
		'/api/v1/services': [service('same', 8080), service('by-node-port', 1, 8080), service('other', 9100)],
		'/apis/networking.k8s.io/v1/networkpolicies': [
			policy('in', 'default', {podSelector: {matchLabels: {app: 'web'}}}),
			policy('out', 'default', {podSelector: {}, policyTypes: ['Egress']}),
			policy('elsewhere', 'other', {podSelector: {}}),
		],
		'/apis/cilium.io/v2': {resources: [{name: 'ciliumclusterwidenetworkpolicies'}]},
		'/apis/cilium.io/v2/ciliumclusterwidenetworkpolicies': [
			policy('wide', '', {endpointSelector: {}, ingress: [{fromEntities: ['cluster', 'host']}]}),
		],
	});
	expect(evidence.services.map(({name}) => name)).toEqual(['by-node-port', 'same']);
	expect(evidence.networkPolicies.map(({name}) => name)).toEqual(['wide', 'in']);
	expect(evidence.networkPolicies[0]?.ingressEntities).toEqual(['cluster', 'host']);
});

test.each([
	['NetworkPolicy', 'an empty rule', {}, ['all']],
	['NetworkPolicy', 'a rule with no port in its list', {ports: []}, ['all']],
	[
		'NetworkPolicy',
		'a rule with ports alone',
		{ports: [{port: 80}, {protocol: 'UDP'}, {port: 'web', protocol: 'SCTP'}, {port: 90, endPort: 99}]},
		[],
		['TCP/80', 'UDP/0', 'SCTP/web', 'TCP/90-99'],
	],
	['CiliumNetworkPolicy', 'an empty rule', {}, []],
	[
		'CiliumNetworkPolicy',
		'a rule with ports alone',
		{
			toPorts: [
				{ports: [{port: '80'}]},
				{
					ports: [
						{port: 'Web', protocol: 'TCP'},
						{port: '90', endPort: 99},
					],
				},
			],
		},
		[],
		['ANY/80', 'TCP/web', 'ANY/90-99'],
	],
	['CiliumNetworkPolicy', 'a rule with an entry for every port', {toPorts: [{ports: [{port: '80'}]}, {}]}, ['all']],
	['CiliumNetworkPolicy', 'a rule with no entry', {toPorts: []}, ['all']],
	['CiliumNetworkPolicy', 'a rule of ICMP', {fromEntities: ['all'], icmps: [{fields: [{type: 8}]}]}, [], []],
	[
		'CiliumNetworkPolicy',
		'a rule with ports and rules of HTTP',
		{fromEntities: ['world'], toPorts: [{ports: [{port: '80', protocol: 'TCP'}], rules: {http: [{}]}}]},
		[],
		['TCP/80'],
	],
	['CiliumNetworkPolicy', 'a rule with pods', {fromEndpoints: [{}]}, []],
	['CiliumNetworkPolicy', 'a rule with an entity', {fromEntities: ['remote-node']}, ['remote-node']],
] as ReadonlyArray<readonly [string, string, object, string[], string[]?]>)(
	'whom a %s lets in by %s',
	async (kind, _rule, rule, entities, ports) => {
		const isCilium = kind !== 'NetworkPolicy';
		const spec = {[isCilium ? 'endpointSelector' : 'podSelector']: {}, ingress: [rule]};
		const evidence = await seen({
			'/api/v1/pods': podList([], [workload('web', 'node-1')]),
			'/apis/cilium.io/v2': {resources: [{name: 'ciliumnetworkpolicies'}]},
			[isCilium ? '/apis/cilium.io/v2/ciliumnetworkpolicies' : '/apis/networking.k8s.io/v1/networkpolicies']: [
				policy('one', 'default', spec),
			],
		});
		expect(evidence.networkPolicies).toMatchObject([{kind, ingressEntities: entities}]);
		const named = evidence.networkPolicies[0]?.portRules?.map(each =>
			each.ports.map(({protocol, port, endPort}) => `${protocol}/${port}${endPort === undefined ? '' : `-${endPort}`}`),
		);
		expect(named).toEqual(ports === undefined ? undefined : [ports]);
	},
);

test('a Cilium policy without default deny keeps out only whom it denies', async () => {
	const spec = (parts: object) => ({endpointSelector: {}, enableDefaultDeny: {ingress: false}, ...parts});
	const {networkPolicies} = await seen({
		'/api/v1/pods': podList([], [workload('web', 'node-1')]),
		'/apis/cilium.io/v2': {resources: [{name: 'ciliumnetworkpolicies'}]},
		'/apis/cilium.io/v2/ciliumnetworkpolicies': [
			policy('denies', 'default', spec({ingress: [{fromEndpoints: [{}]}], ingressDeny: [{fromEntities: ['world']}]})),
			policy('lets-in', 'default', spec({ingress: [{fromEndpoints: [{}]}]})),
			policy('usual', 'default', {endpointSelector: {}, enableDefaultDeny: {egress: false}, ingress: [{fromEndpoints: [{}]}]}),
		],
	});
	expect(networkPolicies).toMatchObject([
		{name: 'denies', ingressEntities: ['all'], deniedEntities: ['world']},
		{name: 'usual', ingressEntities: []},
	]);
});

test('a rule with a nodeSelector is of the host firewall and selects no pod, whatever stands beside it', async () => {
	const ofNodes = {nodeSelector: {}, ingress: [{fromEntities: ['cluster']}]};
	const ofPods = {endpointSelector: {matchLabels: {app: 'web'}}, ingress: [{fromEntities: ['remote-node']}]};
	const wide = (name: string, parts: object): object => ({metadata: {name, creationTimestamp: '2026-01-01T00:00:00Z'}, ...parts});
	const {networkPolicies} = await seen({
		'/api/v1/pods': podList([], [workload('web', 'node-1')]),
		'/apis/cilium.io/v2': {resources: [{name: 'ciliumclusterwidenetworkpolicies'}]},
		'/apis/cilium.io/v2/ciliumclusterwidenetworkpolicies': [
			wide('all-nodes', {spec: ofNodes}),
			wide('both', {specs: [ofNodes, ofPods]}),
			wide('denied', {
				spec: {
					endpointSelector: {},
					ingressDeny: [
						{fromEntities: ['world']},
						{fromEndpoints: [{}]},
						{fromEntities: ['all'], toPorts: [{ports: [{port: '22', protocol: 'TCP'}]}]},
					],
				},
			}),
			wide('some-nodes', {specs: [{...ofNodes, nodeSelector: {matchLabels: {role: 'edge'}}}]}),
		],
	});
	expect(networkPolicies).toMatchObject([
		{name: 'both', matchLabels: {app: 'web'}, ingressEntities: ['remote-node']},
		{
			name: 'denied',
			ingressEntities: [],
			deniedEntities: ['world'],
			portRules: [{entities: ['all'], denied: true, ports: [{protocol: 'TCP', port: '22'}]}],
		},
	]);
	expect(networkPolicies[0]).not.toHaveProperty('deniedEntities');
});

test('of a Service the addresses are kept that nodes take for it themselves', async () => {
	const ingress = [
		{ip: '192.0.2.9', ipMode: 'VIP'},
		{ip: '192.0.2.10'},
		{ip: '192.0.2.11', ipMode: 'Proxy'},
		{hostname: 'lb.example'},
		null,
	];
	const balanced = {...service('same', 8080), status: {loadBalancer: {ingress}}};
	const {services} = await seen({
		'/api/v1/pods': podList([], [workload('web', 'node-1')]),
		'/api/v1/services': [balanced, service('waiting', 8080)],
	});
	expect(services.map(({loadBalancerIPs}) => loadBalancerIPs)).toEqual([['192.0.2.9', '192.0.2.10'], []]);
});

test('events of the last hour are kept, the newest first', async () => {
	const {events} = await seen({'/api/v1/events': [event('older', 50), event('newest', 1), event('too-old', 90)]});
	expect(events).toMatchObject([{message: 'newest', object: 'Pod/web', node: 'node-1', count: 3}, {message: 'older'}]);
});

test('named nodes are asked for by name; a wrong one names those near it', async () => {
	const evidence = await seen({}, {nodes: ['node-2']});
	expect(evidence.nodes.map(({name}) => name)).toEqual(['node-2']);
	await expect(seen({}, {nodes: ['nod-2', 'node-1']})).rejects.toMatchObject({
		exitCode: 2,
		message: 'node not found: nod-2',
		hint: expect.stringContaining('node-2') as string,
	});
});

test('a node that may be got and is not there is none, though nodes cannot be listed', async () => {
	const forbidden = {'/api/v1/nodes': refusal(403, 'no')};
	await expect(seen(forbidden, {nodes: ['nod-2']})).rejects.toMatchObject({exitCode: 2, message: 'node not found: nod-2'});
	const evidence = await seen({...forbidden, '/api/v1/nodes/nod-2': refusal(403, 'no')}, {nodes: ['nod-2']});
	expect(evidence.nodes.map(({name}) => name)).toEqual(['nod-2']);
	expect(evidence.gaps.map(({what}) => what)).toContain('nodes');
});

describe('a namespace that was named', () => {
	const namespaces = {'/api/v1/namespaces': [{metadata: {name: 'default'}}, {metadata: {name: 'team-a'}}]};
	const there = {'/api/v1/namespaces/team-a': {metadata: {name: 'team-a'}}};
	const gapsOf = async (objects: Record<string, unknown>): Promise<string[]> =>
		(await seen(objects, {namespace: 'team-a'})).gaps
			.filter(({what}) => what.startsWith('whether'))
			.map(({what, hint}) => `${what}: ${hint}`);

	test('and is not there is wrong usage, with those near it', async () => {
		await expect(seen(namespaces, {namespace: 'team-b'})).rejects.toMatchObject({
			exitCode: 2,
			message: 'namespace not found: team-b',
			hint: 'Similar names: team-a',
		});
	});

	test('is so too where namespaces cannot be listed', async () => {
		const forbidden = {'/api/v1/namespaces': refusal(403, 'no')};
		await expect(seen(forbidden, {namespace: 'team-b'})).rejects.toMatchObject({exitCode: 2, hint: 'Check the name.'});
	});

	test('and has no hostPort is looked at and found without fault', async () => {
		expect(await gapsOf({...namespaces, ...there})).toEqual([]);
	});

	test('and cannot be asked for is a gap', async () => {
		expect(await gapsOf({'/api/v1/namespaces/team-a': refusal(403, 'no')})).toEqual([
			`whether the namespace team-a exists: ${grant('get namespaces')}`,
		]);
	});

	test('with a pod in it is not asked for', async () => {
		const pod = workload('web', 'node-1');
		const own = {...pod, metadata: {...(pod as {metadata: object}).metadata, namespace: 'team-a'}};
		expect(await gapsOf({'/api/v1/namespaces/team-a/pods': [own], '/api/v1/namespaces/team-a': refusal(403, 'no')})).toEqual([]);
	});

	test('for helper pods has to be there too', async () => {
		await expect(seen(namespaces, {helperNamespace: 'team-b'})).rejects.toMatchObject({exitCode: 2});
	});
});

test('pods of nodes that were not asked for are omitted', async () => {
	const workloads = [workload('one', 'node-1'), workload('two', 'node-2'), workload('pending', '')];
	const objects = {'/api/v1/pods': podList([], workloads)};
	expect((await seen(objects, {nodes: ['node-2']})).pods.map(({name}) => name)).toEqual(['two']);
	expect((await seen(objects)).pods).toHaveLength(3);
});

test('a selector goes to the server; one that selects nothing or cannot be evaluated is an error, never all nodes', async () => {
	await expect(seen({'/api/v1/nodes': []}, {selector: 'a=b'})).rejects.toMatchObject({exitCode: 2});
	await expect(seen({'/api/v1/nodes': refusal(403, 'no')}, {selector: 'a=b'})).rejects.toMatchObject({exitCode: 3});
	await expect(seen({'/api/v1/nodes': refusal(400, 'bad selector')}, {selector: '='})).rejects.toMatchObject({exitCode: 2});
});

test('a server that does not answer at all is one error, not twenty gaps', async () => {
	const down = new ClusterError('connection refused', 'a hint', {verb: 'get', resource: 'version'}, {reason: 'ConnectionRefused'});
	await expect(seen({'/version': down})).rejects.toBe(down);
	await expect(seen({'/version': refusal(401, 'expired')})).rejects.toMatchObject({status: 401});
	expect((await seen({'/version': refusal(403, 'no')})).gaps).toHaveLength(1);
});

function service(name: string, port: number, nodePort?: number): object {
	return {
		metadata: {name, namespace: 'default'},
		spec: {clusterIP: '10.96.0.9', ports: [{port, nodePort, protocol: 'TCP'}]},
	};
}

function policy(name: string, namespace: string, spec: object): object {
	return {metadata: {name, namespace}, spec};
}

function event(name: string, minutesAgo: number): object {
	return {
		metadata: {name, namespace: 'default', uid: name},
		reason: 'FailedCreatePodSandBox',
		message: `${name}\u001B[31m`,
		involvedObject: {kind: 'Pod', name: 'web', namespace: 'default'},
		source: {host: 'node-1'},
		count: 3,
		lastTimestamp: new Date(Date.now() - minutesAgo * 60_000).toISOString(),
	};
}

test('what manifest daemonset made is known by its label, whatever its namespace', async () => {
	const kept = {
		...daemonSet('kubectl-hostport-portmap', 'network', {'app.kubernetes.io/managed-by': 'kubectl-hostport'}),
		spec: {template: {spec: agentSpec()}},
	};
	const evidence = await seen({'/apis/apps/v1/daemonsets': [daemonSet('cilium', 'kube-system', {'k8s-app': 'cilium'}), kept]});
	expect(evidence.otherDaemonSets).toEqual(['network/kubectl-hostport-portmap']);
	expect(evidence.portmapKeepers).toEqual([{name: 'network/kubectl-hostport-portmap', desired: 3, ready: 1}]);
});

test('a gap says which part of the evidence it is, where others depend on it', async () => {
	const no = refusal(500, 'no');
	const everything = await seen(
		Object.fromEntries(
			[
				'/api/v1/nodes',
				'/api/v1/pods',
				'/api/v1/events',
				'/api/v1/services',
				'/apis/apps/v1/daemonsets',
				'/apis/cilium.io/v2',
				'/apis/networking.k8s.io/v1/networkpolicies',
			].map(path => [path, no]),
		),
	);
	expect([...new Set(everything.gaps.map(({of}) => of ?? 'none'))].toSorted()).toEqual([
		'agents',
		'daemonsets',
		'events',
		'node-configs',
		'nodes',
		'none',
		'pods',
		'services',
	]);
	const config = await seen({'/api/v1/namespaces/kube-system/configmaps/cilium-config': no});
	expect(config.gaps).toMatchObject([{of: 'cilium-config'}]);
});

test.each([
	[[], '100'],
	[['node-1'], undefined],
])(
	'it is known at which version each part was listed, of the agents’ two lists the older one; nodes by name %j',
	async (nodes, version) => {
		const client = fakeCluster({objects: {...clusterObjects(names), '/api/v1/nodes/node-1': node('node-1')}});
		const list: typeof client.list = async (path, options) => {
			const all = await client.list<never>(path, options);
			options?.onVersion?.(String(options.query?.['labelSelector']).startsWith('app') ? '99' : '100');
			return all;
		};
		const signal = new AbortController().signal;
		const {versions} = await clusterEvidence(
			{...client, list},
			{nodes, selector: undefined, namespace: undefined, version: '1.0.0', signal},
		);
		expect(versions.get('agents')).toBe('99');
		expect(versions.get('nodes')).toBe(version);
		expect(versions.get('pods')).toBe('100');
		expect(versions.has('cilium-config')).toBe(false);
	},
);
