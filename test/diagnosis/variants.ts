/** The same causes in other clothes: shapes of clusters, pods, rules and files that people have, each with what must come first. */
import type {Evidence, HostPortPod, NodeEvidence} from '../../source/evidence/evidence.ts';
import {agentStatus, binary, cilium, configurationFile, natTable, pod, port, portmapHooks, portmapRules} from './builders.ts';
import {
	apiOnly,
	entriesFor,
	healthyNativeEvidence,
	healthyPortmapEvidence,
	missingBinaryEvidence,
	pathlessEvidence,
	replacementOff,
	rulesFor,
	withNode,
	withObservation,
	writtenFile,
} from './scenes.ts';

export type Variant = {readonly name: string; readonly make: () => Evidence; readonly first: string; readonly nodes?: readonly string[]};

const all = ['node-1', 'node-2', 'node-3'];

function withPods(base: Evidence, ...pods: HostPortPod[]): Evidence {
	return {...base, pods: [...base.pods, ...pods]};
}

function withData(base: Evidence, data: Record<string, string | undefined>, parts: object = {}): Evidence {
	const set = base.cilium;
	if (!set?.configMap) return base;
	const merged = Object.fromEntries(
		Object.entries({...set.configMap.data, ...data}).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
	);
	return {...base, cilium: {...set, configMap: {...set.configMap, data: merged, ...parts}}};
}

function everyNode(base: Evidence, change: (node: NodeEvidence, index: number) => NodeEvidence): Evidence {
	return {...base, nodes: base.nodes.map(change)};
}

function withFiles(base: Evidence, name: string, ...files: ReturnType<typeof configurationFile>[]): Evidence {
	return withObservation(base, name, {configurationFolder: {host: '/etc/cni/net.d', files}});
}

/** Portmap cluster on which one more pod runs on node-1, with rules of portmap for it in one family. */
function withRules(made: HostPortPod, rules: readonly string[], rules6: readonly string[] = []): Evidence {
	const base = withPods(healthyPortmapEvidence('1.17.4'), made);
	return withObservation(base, 'node-1', {
		nat: {nft: natTable([...rulesFor(healthyPortmapEvidence('1.17.4').pods, 'node-1'), ...rules], rules6), legacy: natTable()},
	});
}

/** Native cluster on which one more pod runs on node-1; the last entry made is the last in the list. */
function nativeWith(
	version: string,
	made: HostPortPod,
	change = (entries: ReturnType<typeof entriesFor>): ReturnType<typeof entriesFor> => entries,
): Evidence {
	const base = withPods(healthyNativeEvidence(version), made);
	return withObservation(base, 'node-1', {serviceEntries: change(entriesFor(base.pods, 'node-1', '10.88.0.11', version))});
}

const dualStack = pod('edge', 'node-1', '', [port(9443, 443)], {podIPs: ['10.0.0.40', 'fd00::40']});
const six = pod('six', 'node-1', 'fd00::41', [port(9443, 443)]);
const v6Rules = (target: string, sandbox = 'six') => portmapRules({sandbox, hostPort: 9443, target});

export const variants: readonly Variant[] = [
	// --- what carries a port
	{
		name: 'a pod of IPv6 only, wired in ip6tables only',
		make: () => withRules(six, [], [...portmapHooks, ...v6Rules('[fd00::41]:443')]),
		first: 'HP22',
	},
	{
		name: 'a pod of IPv6 only without a rule in ip6tables',
		make: () => withRules(six, [], [...portmapHooks]),
		first: 'HP08',
		nodes: ['node-1'],
	},
	{
		name: 'an older rule before the pod’s own in ip6tables only',
		make: () =>
			withRules(dualStack, v6Rules('10.0.0.40:443', 'edge'), [
				...portmapHooks,
				...v6Rules('[fd00::99]:443', 'gone'),
				...v6Rules('[fd00::40]:443', 'edge6'),
			]),
		first: 'HP07',
		nodes: ['node-1'],
	},
	{
		name: 'a UDP port with its rule',
		make: () =>
			withRules(
				pod('dns', 'node-1', '10.0.0.42', [port(5353, 53, {protocol: 'UDP'})]),
				portmapRules({sandbox: 'dns', hostPort: 5353, target: '10.0.0.42:53', protocol: 'udp'}),
			),
		first: 'HP22',
	},
	{
		name: 'TCP and UDP on one port, of which UDP alone has no rule',
		make: () =>
			withRules(
				pod('dns', 'node-1', '10.0.0.42', [port(5353, 53), port(5353, 53, {protocol: 'UDP'})]),
				portmapRules({sandbox: 'dns', hostPort: 5353, target: '10.0.0.42:53'}),
			),
		first: 'HP08',
		nodes: ['node-1'],
	},
	{
		name: 'UDP senders that conntrack holds to the pod before',
		make: () =>
			withObservation(
				withRules(
					pod('dns', 'node-1', '10.0.0.42', [port(5353, 53, {protocol: 'UDP'})]),
					portmapRules({sandbox: 'dns', hostPort: 5353, target: '10.0.0.42:53', protocol: 'udp'}),
				),
				'node-1',
				{udpConnections: [{destination: '10.88.0.11', port: 5353, answeredBy: '10.0.0.9'}]},
			),
		first: 'HP16',
		nodes: ['node-1'],
	},
	{
		name: 'UDP that conntrack holds to the pod before, by eBPF, which translates before netfilter looks',
		make: () =>
			withObservation(nativeWith('1.20.2', pod('dns', 'node-1', '10.0.0.42', [port(5353, 53, {protocol: 'UDP'})])), 'node-1', {
				udpConnections: [{destination: '10.88.0.11', port: 5353, answeredBy: '10.0.0.9'}],
			}),
		first: 'HP22',
	},
	{
		name: 'TCP and UDP of one number with one containerPort of one pod, by the one entry of Cilium 1.15',
		make: () =>
			nativeWith('1.15.19', pod('dns', 'node-1', '10.0.0.42', [port(5353, 53), port(5353, 53, {protocol: 'UDP'})]), entries =>
				entries.slice(0, -1),
			),
		first: 'HP22',
	},
	{
		name: 'TCP and UDP of one number with two containerPorts of one pod, by the one entry of Cilium 1.15',
		make: () =>
			nativeWith('1.15.19', pod('dns', 'node-1', '10.0.0.42', [port(5353, 53), port(5353, 54, {protocol: 'UDP'})]), entries =>
				entries.slice(0, -1),
			),
		first: 'HP26',
		nodes: ['node-1'],
	},
	{
		name: 'a hostIP that portmap has a rule for',
		make: () =>
			withRules(
				pod('edge', 'node-1', '10.0.0.43', [port(9000, 80, {hostIP: '10.88.0.11'})]),
				portmapRules({sandbox: 'edge', hostPort: 9000, target: '10.0.0.43:80', hostIP: '10.88.0.11'}),
			),
		first: 'HP22',
	},
	{
		name: 'two pods on one port with different hostIPs, each with its rule, one on loopback only',
		make: () =>
			withPods(
				withRules(pod('one', 'node-1', '10.0.0.44', [port(9000, 80, {hostIP: '10.88.0.11'})]), [
					...portmapRules({sandbox: 'two', hostPort: 9000, target: '10.0.0.45:80', hostIP: '127.0.0.1'}),
					...portmapRules({sandbox: 'one', hostPort: 9000, target: '10.0.0.44:80', hostIP: '10.88.0.11'}),
				]),
				pod('two', 'node-1', '10.0.0.45', [port(9000, 80, {hostIP: '127.0.0.1'})]),
			),
		first: 'HP20',
	},
	{
		name: 'the port of an init container, which has ended',
		make: () => withRules(pod('late', 'node-1', '10.0.0.46', [port(9001, 80, {init: true})]), []),
		first: 'HP22',
	},
	{
		name: 'rules of portmap’s own nftables backend',
		make: () => {
			const base = healthyPortmapEvidence('1.17.4');
			return everyNode(base, item => ({
				...item,
				observation: item.observation && {
					...item.observation,
					nat: {nft: natTable(), legacy: natTable()},
					nftables: {
						rules: base.pods
							.filter(({node}) => node === item.name)
							.flatMap(({podIPs, ports}) =>
								ports.map(({hostPort, containerPort}) => `tcp dport ${hostPort} dnat to ${podIPs[0]}:${containerPort}`),
							),
						rules6: [],
						tables: ['ip cni_hostport'],
						chains: [],
					},
				},
			}));
		},
		first: 'HP22',
	},
	{
		name: 'no chain of portmap anywhere, and nft says that its table is not there either',
		make: () =>
			withObservation(healthyPortmapEvidence('1.17.4'), 'node-2', {
				nat: {nft: natTable(), legacy: natTable()},
				nftables: {rules: [], rules6: [], tables: [], chains: []},
			}),
		first: 'HP08',
		nodes: ['node-2'],
	},
	{
		name: 'a target written into the common chain by hand, before the pod’s own',
		make: () => {
			const base = healthyPortmapEvidence();
			const [hooks, rest] = [portmapHooks, rulesFor(base.pods, 'node-1').slice(portmapHooks.length)];
			const forged = '-A CNI-HOSTPORT-DNAT -p tcp -m tcp --dport 8080 -j DNAT --to-destination 10.9.9.9:80';
			return withObservation(base, 'node-1', {nat: {nft: natTable([...hooks, forged, ...rest]), legacy: natTable()}});
		},
		first: 'HP07',
		nodes: ['node-1'],
	},
	{
		name: 'both iptables builds hold a rule for the port, to different pods',
		make: () => {
			const base = healthyPortmapEvidence();
			const old = [...portmapHooks, ...portmapRules({sandbox: 'old', hostPort: 8080, target: '10.0.0.99:80'})];
			return withObservation(base, 'node-1', {nat: {nft: natTable(rulesFor(base.pods, 'node-1')), legacy: natTable(old)}});
		},
		first: 'HP09',
		nodes: ['node-1'],
	},
	// --- pods
	{
		name: 'a bare pod from before the chained list',
		make: () => {
			const base = healthyPortmapEvidence('1.17.4');
			return withPods(base, pod('bare', 'node-2', '10.0.1.60', [port(7000, 70)], {owner: '', startedAt: '2024-01-10T09:00:00Z'}));
		},
		first: 'HP04',
		nodes: ['node-2'],
	},
	{
		name: 'a pod of a StatefulSet whose rule is lost',
		make: () => withPods(healthyPortmapEvidence('1.17.4'), pod('db-0', 'node-2', '10.0.1.61', [port(7001, 70)], {owner: 'StatefulSet/db'})),
		first: 'HP08',
		nodes: ['node-2'],
	},
	{
		name: 'a pod that is being removed and has lost its rule',
		make: () =>
			withPods(healthyPortmapEvidence(), pod('going', 'node-2', '10.0.1.62', [port(7002, 70)], {ready: false, trouble: 'Terminating'})),
		first: 'HP22',
	},
	{
		name: 'a pod whose image cannot be pulled',
		make: () =>
			withPods(
				healthyPortmapEvidence(),
				pod('new', 'node-2', '', [port(7003, 70)], {phase: 'Pending', ready: false, trouble: 'ImagePullBackOff: back-off pulling image'}),
			),
		first: 'HP21',
		nodes: ['node-2'],
	},
	{
		name: 'a pod in CrashLoopBackOff, well wired',
		make: () => {
			const base = healthyPortmapEvidence();
			return {
				...base,
				pods: base.pods.map(item => (item.name.startsWith('web') ? {...item, ready: false, trouble: 'CrashLoopBackOff'} : item)),
			};
		},
		first: 'HP21',
		nodes: ['node-1'],
	},
	{
		name: 'an application that refuses at the pod’s own address',
		make: () => withObservation(healthyPortmapEvidence(), 'node-1', {probes: [{address: '10.0.0.5', port: 80, answer: 'refused'}]}),
		first: 'HP21',
		nodes: ['node-1'],
	},
	{
		name: 'the same by eBPF',
		make: () => withObservation(healthyNativeEvidence(), 'node-1', {probes: [{address: '10.0.0.5', port: 80, answer: 'refused'}]}),
		first: 'HP21',
		nodes: ['node-1'],
	},
	{
		name: 'an application that answers, and one that does not within a second',
		make: () =>
			withObservation(healthyPortmapEvidence(), 'node-1', {
				probes: [
					{address: '10.0.0.5', port: 80, answer: 'open'},
					{address: '10.0.0.17', port: 4317, answer: 'silent'},
				],
			}),
		first: 'HP21',
		nodes: ['node-1'],
	},
	{
		name: 'a dead application on a cluster without a way',
		make: () => withObservation(pathlessEvidence(), 'node-1', {probes: [{address: '10.0.0.5', port: 80, answer: 'refused'}]}),
		first: 'HP01',
		nodes: all,
	},
	{
		name: 'a process that listens on the node’s own address',
		make: () => withObservation(healthyPortmapEvidence(), 'node-1', {listeners: [{protocol: 'TCP', address: '10.88.0.11', port: 8080}]}),
		first: 'HP14',
		nodes: ['node-1'],
	},
	{
		name: 'a process that listens on the port of another protocol',
		make: () => withObservation(healthyPortmapEvidence(), 'node-1', {listeners: [{protocol: 'UDP', address: '0.0.0.0', port: 8080}]}),
		first: 'HP22',
	},
	{
		name: 'a process that listens on loopback, which portmap takes too',
		make: () => withObservation(healthyPortmapEvidence(), 'node-1', {listeners: [{protocol: 'TCP', address: '127.0.0.1', port: 8080}]}),
		first: 'HP14',
		nodes: ['node-1'],
	},
	{
		name: 'a failed start that the same pod has got over',
		make: () => ({
			...healthyPortmapEvidence(),
			events: [
				{
					reason: 'FailedCreatePodSandBox',
					message: 'failed to setup network for sandbox "0": unable to connect to Cilium daemon',
					namespace: 'default',
					object: 'Pod/web-6f7d9c-x2x4k',
					node: 'node-1',
					count: 2,
					lastSeen: '2024-02-07T01:58:00Z',
					podIs: '',
				},
			],
		}),
		first: 'HP22',
	},
	// --- agents
	{
		name: 'a node without an agent beside others that have one',
		make: () => withNode(healthyPortmapEvidence(), 'node-3', item => ({...item, agent: null, observation: null, via: 'api'})),
		first: 'HP24',
		nodes: ['node-3'],
	},
	{
		name: 'an agent that crashes on a value of an older version',
		make: () => {
			const base = withData(pathlessEvidence('1.18.3'), {'kube-proxy-replacement': 'strict'});
			return everyNode(base, item => ({
				...item,
				agent: item.agent && {...item.agent, ready: false, trouble: 'CrashLoopBackOff: back-off restarting failed container'},
				observation: item.observation && {...item.observation, agentStatus: null, serviceEntries: null},
			}));
		},
		first: 'HP24',
		nodes: all,
	},
	{
		name: 'an agent that is not ready and a folder without a CNI file',
		make: () =>
			withFiles(
				withNode(healthyPortmapEvidence('1.17.4'), 'node-2', item => ({
					...item,
					agent: item.agent && {...item.agent, ready: false, trouble: ''},
				})),
				'node-2',
			),
		first: 'HP24',
		nodes: ['node-2'],
	},
	// --- cilium-config and what wins over it
	{
		name: 'Cilium in a namespace of its own',
		make: () => {
			const base = pathlessEvidence();
			return {...base, cilium: base.cilium && {...base.cilium, namespace: 'cilium'}};
		},
		first: 'HP01',
		nodes: all,
	},
	{
		name: 'no ConfigMap to be seen',
		make: () => {
			const base = pathlessEvidence();
			return {...base, cilium: base.cilium && {...base.cilium, configMap: null}};
		},
		first: 'HP01',
		nodes: all,
	},
	{
		name: 'a CiliumNodeConfig that turns chaining on for one node only',
		make: () => {
			const well = healthyPortmapEvidence('1.17.4');
			const base = withNode(pathlessEvidence('1.17.4'), 'node-1', item => well.nodes.find(({name}) => name === item.name) ?? item);
			const canary = {
				name: 'canary',
				namespace: 'kube-system',
				matchLabels: {'kubernetes.io/hostname': 'node-1'},
				matchExpressions: [],
				defaults: {'cni-chaining-mode': 'portmap'},
			};
			return {...base, cilium: base.cilium && {...base.cilium, nodeConfigs: [canary]}};
		},
		first: 'HP01',
		nodes: ['node-2', 'node-3'],
	},
	{
		name: 'a CiliumNodeConfig in another namespace, which no agent reads',
		make: () => {
			const base = pathlessEvidence('1.17.4');
			const stray = {name: 'x', namespace: 'default', matchLabels: {}, matchExpressions: [], defaults: {'cni-chaining-mode': 'portmap'}};
			return {...base, cilium: base.cilium && {...base.cilium, nodeConfigs: [stray]}};
		},
		first: 'HP01',
		nodes: all,
	},
	{
		name: 'environment of the DaemonSet that turns the replacement off',
		make: () => {
			const set = cilium('1.17.4', {'kube-proxy-replacement': 'true'});
			return {
				...pathlessEvidence('1.17.4'),
				cilium: {...set, daemonSet: set.daemonSet && {...set.daemonSet, env: {CILIUM_KUBE_PROXY_REPLACEMENT: 'false'}}},
			};
		},
		first: 'HP06',
		nodes: all,
	},
	{
		name: 'the chaining mode in capital letters, which 1.10 does not take',
		make: () => withData(pathlessEvidence(), {'cni-chaining-mode': 'PortMap'}),
		first: 'HP03',
		nodes: all,
	},
	{
		name: 'the chaining mode in capital letters, which 1.15 takes',
		make: () => withData(healthyPortmapEvidence('1.15.19'), {'cni-chaining-mode': 'PortMap'}),
		first: 'HP22',
	},
	{
		name: 'a chaining target whose file calls cilium-cni and portmap',
		make: () => {
			const base = withData(healthyPortmapEvidence('1.17.4'), {
				'cni-chaining-mode': 'generic-veth',
				'cni-chaining-target': 'k8s-pod-network',
			});
			const list = {
				name: 'k8s-pod-network',
				plugins: [{type: 'calico'}, {type: 'portmap', capabilities: {portMappings: true}}, {type: 'cilium-cni'}],
			};
			return everyNode(
				base,
				item =>
					withObservation(withFiles(base, item.name, configurationFile('10-calico.conflist', list)), item.name, {
						binaryFolder: {host: '/opt/cni/bin', files: ['calico', 'cilium-cni', 'loopback', 'portmap'].map(name => binary(name))},
					}).nodes.find(({name}) => name === item.name) ?? item,
			);
		},
		first: 'HP22',
	},
	{
		name: 'a setting reverted while a pod still lives on its rule',
		make: () => {
			const base = healthyPortmapEvidence();
			const back = withData(base, {'cni-chaining-mode': undefined}, {lastChanged: '2024-02-06T12:00:00Z'});
			return everyNode(back, item => ({
				...item,
				agent: item.agent && {...item.agent, startedAt: '2024-02-06T13:00:00Z'},
				observation: item.observation && {
					...item.observation,
					configurationFolder: {host: '/etc/cni/net.d', files: [writtenFile('1.10.16', false, '2024-02-06T13:00:10Z')]},
				},
			}));
		},
		first: 'HP06',
		nodes: all,
	},
	{
		name: 'chaining rolled back and the pods restarted: stale rules, no owner of the ConfigMap',
		make: () => {
			const stale = portmapRules({sandbox: 'gone', hostPort: 8080, target: '10.0.0.99:80'});
			return withObservation(pathlessEvidence(), 'node-1', {nat: {nft: natTable([...portmapHooks, ...stale]), legacy: natTable()}});
		},
		first: 'HP01',
		nodes: all,
	},
	{
		name: 'the same under Helm: the setting was reverted',
		make: () => {
			const stale = portmapRules({sandbox: 'gone', hostPort: 8080, target: '10.0.0.99:80'});
			const base = withData(pathlessEvidence(), {}, {annotations: {'meta.helm.sh/release-name': 'cilium'}});
			return everyNode(base, item => ({
				...item,
				observation: item.observation && {...item.observation, nat: {nft: natTable([...portmapHooks, ...stale]), legacy: natTable()}},
			}));
		},
		first: 'HP06',
		nodes: all,
	},
	{
		name: 'Helm owns the ConfigMap and a person set the key: it may be undone',
		make: () =>
			withData(
				healthyPortmapEvidence('1.17.4'),
				{},
				{
					labels: {'app.kubernetes.io/managed-by': 'Helm'},
					managers: [
						{manager: 'helm', operation: 'Update', time: '2024-01-10T09:00:00Z', keys: ['kube-proxy-replacement']},
						{manager: 'kubectl-patch', operation: 'Update', time: '2024-01-11T09:00:00Z', keys: ['cni-chaining-mode']},
					],
				},
			),
		first: 'HP06',
		nodes: all,
	},
	{
		name: 'an old value after an upgrade to 1.14: strict no longer means hostPort everywhere',
		make: () => withData(pathlessEvidence('1.14.19'), {'kube-proxy-replacement': 'strict'}),
		first: 'HP01',
		nodes: all,
	},
	// --- CNI folder
	{
		name: 'a hand-made list behind Cilium’s own, while cilium-config asks for portmap',
		make: () => {
			const hand = configurationFile('10-portmap.conflist', {name: 'x', plugins: [{type: 'cilium-cni'}, {type: 'portmap'}]});
			const base = withData(pathlessEvidence('1.13.18'), {'cni-chaining-mode': 'portmap'});
			return everyNode(
				base,
				item => withFiles(base, item.name, writtenFile('1.13.18', false), hand).nodes.find(({name}) => name === item.name) ?? item,
			);
		},
		first: 'HP05',
		nodes: all,
	},
	{
		name: 'a left-over .conf that sorts before the .conflist',
		make: () =>
			withObservation(
				withFiles(healthyPortmapEvidence('1.13.18'), 'node-2', writtenFile('1.13.18', false), writtenFile('1.13.18', true)),
				'node-2',
				{
					nat: {nft: natTable([...portmapHooks]), legacy: natTable()},
				},
			),
		first: 'HP05',
		nodes: ['node-2'],
	},
	{
		name: 'kubespray’s left-over list, which works',
		make: () => {
			const list = {name: 'cilium-portmap', plugins: [{type: 'cilium-cni'}, {type: 'portmap', capabilities: {portMappings: true}}]};
			return withFiles(
				healthyPortmapEvidence('1.17.4'),
				'node-1',
				configurationFile('000-cilium-portmap.conflist', list),
				writtenFile('1.17.4', false),
			);
		},
		first: 'HP05',
		nodes: ['node-1'],
	},
	{
		name: 'Multus first, with Cilium’s chained list in its own file',
		make: () => {
			const delegate = {name: 'portmap', plugins: [{type: 'cilium-cni'}, {type: 'portmap', capabilities: {portMappings: true}}]};
			const multus = configurationFile('00-multus.conf', {name: 'multus-cni-network', type: 'multus', delegates: [delegate]});
			return withFiles(healthyPortmapEvidence('1.17.4'), 'node-1', multus, writtenFile('1.17.4', true));
		},
		first: 'HP05',
		nodes: ['node-1'],
	},
	{
		name: 'Cilium’s own file with a comment in it, on a node that is no longer Ready',
		make: () =>
			withFiles(
				withNode(healthyPortmapEvidence('1.10.16'), 'node-2', item => ({
					...item,
					ready: false,
					readyMessage: 'KubeletNotReady: container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady',
				})),
				'node-2',
				configurationFile('05-cilium.conflist', '{"plugins": [ // ours\n{"type": "cilium-cni"}]}'),
			),
		first: 'HP05',
		nodes: ['node-2'],
	},
	{
		name: 'an empty folder',
		make: () => withFiles(healthyPortmapEvidence('1.10.16'), 'node-2'),
		first: 'HP05',
		nodes: ['node-2'],
	},
	{
		name: 'only renamed files',
		make: () =>
			withFiles(healthyPortmapEvidence('1.17.4'), 'node-2', {...writtenFile('1.17.4', true), name: '05-cilium.conflist.cilium_bak'}),
		first: 'HP05',
		nodes: ['node-2'],
	},
	// --- both ways, neither, none
	{
		name: 'full replacement and portmap chained as well',
		make: () => {
			const base = healthyNativeEvidence('1.17.4');
			return everyNode(withData(base, {'cni-chaining-mode': 'portmap'}), item => ({
				...item,
				observation: item.observation && {
					...item.observation,
					configurationFolder: {host: '/etc/cni/net.d', files: [writtenFile('1.17.4', true)]},
					binaryFolder: healthyPortmapEvidence().nodes[0]?.observation?.binaryFolder ?? null,
				},
			}));
		},
		first: 'HP22',
	},
	{
		name: 'full replacement, portmap chained and its binary missing',
		make: () => {
			const base = healthyNativeEvidence('1.17.4');
			return everyNode(withData(base, {'cni-chaining-mode': 'portmap'}), item => ({
				...item,
				observation: item.observation && {
					...item.observation,
					configurationFolder: {host: '/etc/cni/net.d', files: [writtenFile('1.17.4', true)]},
				},
			}));
		},
		first: 'HP02',
		nodes: all,
	},
	{
		name: 'a hostPort in a NodePort range of the user’s own',
		make: () => {
			const extra = pod('game', 'node-1', '10.0.0.31', [port(20_080, 80)]);
			const base = withPods(healthyNativeEvidence('1.17.4'), extra);
			const status = agentStatus('1.17.4', {
				kubeProxyReplacement: 'true',
				hostPortEnabled: true,
				nodePortEnabled: true,
				nodePortRange: {from: 20_000, to: 22_767},
				chainingMode: 'none',
			});
			return withObservation(base, 'node-1', {agentStatus: status});
		},
		first: 'HP15',
		nodes: ['node-1'],
	},
	{
		name: 'a hostPort in the NodePort range by portmap, where it is no fault',
		make: () =>
			withRules(
				pod('game', 'node-1', '10.0.0.31', [port(30_080, 80)]),
				portmapRules({sandbox: 'game', hostPort: 30_080, target: '10.0.0.31:80'}),
			),
		first: 'HP22',
	},
	{
		name: 'an IPv6 entry by eBPF that is missing on 1.14.0',
		make: () => withPods(healthyNativeEvidence('1.14.0'), pod('six', 'node-1', 'fd00::9', [port(9443, 443)])),
		first: 'HP10',
		nodes: ['node-1'],
	},
	{
		name: 'a pod of both families, entries for its IPv4 address',
		make: () => {
			const made = pod('edge', 'node-1', '', [port(9443, 443)], {podIPs: ['10.0.0.40', 'fd00::40']});
			const base = withPods(healthyNativeEvidence('1.17.4'), made);
			return withObservation(base, 'node-1', {serviceEntries: entriesFor(base.pods, 'node-1', '10.88.0.11')});
		},
		first: 'HP22',
	},
	{name: 'an EKS build of 1.14', make: () => pathlessVersion('1.14.5', '1.14.5-eksbuild.1'), first: 'HP01', nodes: all},
	{
		name: 'a vendor build of 1.19 with the old key',
		make: () => withData(pathlessVersion('1.19.6', 'v1.19.6-cee.1'), {'enable-host-port': 'true'}),
		first: 'HP19',
		nodes: all,
	},
	{name: 'a release candidate of 1.20', make: () => pathlessVersion('1.20.0', '1.20.0-rc.1'), first: 'HP01', nodes: all},
	{
		name: 'an image without a version, and an agent that tells it',
		make: () => ({...pathlessEvidence(), cilium: cilium('', replacementOff('1.10.16'))}),
		first: 'HP01',
		nodes: all,
	},
	{
		name: 'only the API server was asked, and the binary’s lack is in an event',
		make: () => apiOnly(missingBinaryEvidence()),
		first: 'HP02',
		nodes: all,
	},
	{name: 'Cilium 1.7, which knows portmap only', make: () => pathlessEvidence('1.7.16'), first: 'HP01', nodes: all},
];

function pathlessVersion(version: string, written: string): Evidence {
	const base = pathlessEvidence(version);
	return everyNode({...base, cilium: base.cilium && {...base.cilium, version: written}}, item => ({
		...item,
		observation: item.observation && {
			...item.observation,
			agentStatus: item.observation.agentStatus && {...item.observation.agentStatus, version: written.replace(/^v/u, '')},
		},
	}));
}
