/** Complete evidence of named clusters: what the engine's and every face's tests start from. */
import type {Evidence, HostPortPod, NodeEvidence, Observation} from '../../source/evidence/evidence.ts';
import {
	agentStatus,
	cilium,
	configurationFile,
	evidence,
	natTable,
	node,
	observation,
	pod,
	port,
	portmapHooks,
	portmapRules,
	times,
	workingPortmap,
	binary,
} from './builders.ts';

const nodeNames = ['node-1', 'node-2', 'node-3'] as const;
const addressOf = (index: number) => `10.88.0.${11 + index}`;

function minorOf(version: string): number {
	return Number(version.split('.')[1]);
}

/** The file that Cilium of this version writes, as its agent writes it. */
export function writtenFile(version: string, chained: boolean, modified: string = times.fileWritten) {
	const minor = minorOf(version);
	const cniVersion = minor >= 20 ? '1.0.0' : '0.3.1';
	const plugin = {
		...(minor <= 13 ? {name: 'cilium'} : {}),
		type: 'cilium-cni',
		'enable-debug': false,
		...(minor >= 12 ? {'log-file': '/var/run/cilium/cilium-cni.log'} : {}),
	};
	const portmap = {type: 'portmap', capabilities: {portMappings: true}};
	if (chained) {
		return configurationFile('05-cilium.conflist', {cniVersion, name: 'portmap', plugins: [plugin, portmap]}, modified);
	}

	return minor <= 13
		? configurationFile('05-cilium.conf', {cniVersion, ...plugin}, modified)
		: configurationFile('05-cilium.conflist', {cniVersion, name: 'cilium', plugins: [plugin]}, modified);
}

/** On each node one collector with two hostPorts, and on the first node a web pod: the objects of the story. */
export function storyPods(names: readonly string[] = nodeNames): HostPortPod[] {
	const collectors = names.map((name, index) =>
		pod(`otel-collector-${index + 1}`, name, `10.0.${index}.17`, [port(4317, 4317), port(4318, 4318)], {
			namespace: 'observability',
			owner: 'DaemonSet/otel-collector',
			labels: {app: 'otel-collector'},
		}),
	);
	const first = names[0];
	return first === undefined ? collectors : [...collectors, pod('web-6f7d9c-x2x4k', first, '10.0.0.5', [port(8080, 80)])];
}

/** The rules that portmap made for every hostPort of these pods on this node. */
export function rulesFor(pods: readonly HostPortPod[], nodeName: string): string[] {
	const mappings = pods
		.filter(({node}) => node === nodeName)
		.flatMap(({name, podIPs, ports}) =>
			ports.flatMap(({hostPort, containerPort, protocol, hostIP}) =>
				portmapRules({
					sandbox: `sandbox-of-${name}-${hostPort}`,
					hostPort,
					target: `${podIPs[0] ?? ''}:${containerPort}`,
					protocol: protocol.toLowerCase(),
					hostIP,
				}),
			),
		);
	return [...portmapHooks, ...mappings];
}

/** The HostPort entries that the agent made for every hostPort of these pods on this node; before 1.17 they have no protocol (recording 1.15.19). */
export function entriesFor(
	pods: readonly HostPortPod[],
	nodeName: string,
	address: string,
	version = '1.17.4',
): NonNullable<Observation['serviceEntries']> {
	return pods
		.filter(({node}) => node === nodeName)
		.flatMap(({podIPs, ports}) =>
			ports.map(({hostPort, containerPort, protocol, hostIP}) => ({
				ip: hostIP === '' ? address : hostIP,
				port: hostPort,
				protocol: minorOf(version) < 17 ? '' : protocol,
				backends: [{ip: podIPs[0] ?? '', port: containerPort}],
			})),
		);
}

/** What Cilium of this version reports when hostPort is off. */
export function statusOff(version: string) {
	return agentStatus(version, {
		kubeProxyReplacement: minorOf(version) <= 13 ? 'disabled' : 'false',
		chainingMode: minorOf(version) >= 14 ? 'none' : '',
	});
}

/** The key that keeps kube-proxy, in this version's words. */
export function replacementOff(version: string): Record<string, string> {
	return {'kube-proxy-replacement': minorOf(version) <= 13 ? 'disabled' : 'false'};
}

const autoDisabling =
	'level=info msg="Auto-disabling \\"enable-node-port\\", \\"enable-external-ips\\", \\"enable-host-reachable-services\\", \\"enable-host-port\\", \\"enable-session-affinity\\" features and falling back to \\"enable-host-legacy-routing\\"" subsys=daemon';

/** The story's cluster before anything was changed: hostPort is on neither way (HP01). */
export function pathlessEvidence(version = '1.10.16', names: readonly string[] = nodeNames): Evidence {
	const nodes = names.map((name, index) =>
		node(
			name,
			addressOf(index),
			observation({
				configurationFolder: {host: '/etc/cni/net.d', files: [writtenFile(version, false)]},
				agentStatus: statusOff(version),
				agentLog: minorOf(version) <= 11 ? [autoDisabling] : [],
			}),
		),
	);
	return evidence({cilium: cilium(version, replacementOff(version)), nodes, pods: storyPods(names)});
}

/** Naver Cloud, Kubernetes 1.26, Cilium 1.10.16, kernel 5.4: no path, and a log line that misleads (HP01). */
export function nksEvidence(): Evidence {
	return pathlessEvidence('1.10.16');
}

/** The story's step 6: chaining is on everywhere, the binary nowhere, so no pod can start or stop (HP02). */
export function missingBinaryEvidence(version = '1.10.16', names: readonly string[] = nodeNames): Evidence {
	const nodes = names.map((name, index) =>
		node(
			name,
			addressOf(index),
			observation({
				configurationFolder: {host: '/etc/cni/net.d', files: [writtenFile(version, true)]},
				agentStatus: {...statusOff(version), chainingMode: minorOf(version) >= 14 ? 'portmap' : ''},
			}),
		),
	);
	const events = names.map((name, index) => ({
		reason: 'FailedCreatePodSandBox',
		message: `Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "dae2e2ca": plugin type="portmap" failed (add): failed to find plugin "portmap" in path [/opt/cni/bin]`,
		namespace: 'default',
		object: `Pod/web-new-${index + 1}`,
		node: name,
		count: 12,
		lastSeen: '2024-02-07T01:58:00Z',
		podIs: 'waiting' as const,
	}));
	const data = {...replacementOff(version), 'cni-chaining-mode': 'portmap'};
	return evidence({cilium: cilium(version, data), nodes, pods: storyPods(names), events});
}

/** Every hostPort wired by portmap, with binary and chained list on every node. */
export function healthyPortmapEvidence(version = '1.10.16', names: readonly string[] = nodeNames): Evidence {
	const pods = storyPods(names);
	const nodes = names.map((name, index) =>
		node(
			name,
			addressOf(index),
			observation({
				configurationFolder: {host: '/etc/cni/net.d', files: [writtenFile(version, true)]},
				binaryFolder: {host: '/opt/cni/bin', files: [binary('cilium-cni'), binary('loopback'), workingPortmap()]},
				agentStatus: {...statusOff(version), chainingMode: minorOf(version) >= 14 ? 'portmap' : ''},
				nat: {nft: natTable(rulesFor(pods, name)), legacy: natTable()},
			}),
		),
	);
	return evidence({cilium: cilium(version, {...replacementOff(version), 'cni-chaining-mode': 'portmap'}), nodes, pods});
}

/** Full kube-proxy replacement: every hostPort is an eBPF service entry. */
export function healthyNativeEvidence(version = '1.17.4', names: readonly string[] = nodeNames): Evidence {
	const pods = storyPods(names);
	const replacement = minorOf(version) <= 13 ? 'strict' : 'true';
	const nodes = names.map((name, index) =>
		node(
			name,
			addressOf(index),
			observation({
				kernel: '5.15.0-105-generic',
				configurationFolder: {host: '/etc/cni/net.d', files: [writtenFile(version, false)]},
				agentStatus: agentStatus(version, {
					kubeProxyReplacement: replacement,
					hostPortEnabled: true,
					nodePortEnabled: true,
					nodePortRange: {from: 30_000, to: 32_767},
					chainingMode: minorOf(version) >= 14 ? 'none' : '',
					devices: ['eth0'],
				}),
				serviceEntries: entriesFor(pods, name, addressOf(index), version),
			}),
			{kernel: '5.15.0-105-generic'},
		),
	);
	return evidence({cilium: cilium(version, {'kube-proxy-replacement': replacement}), otherDaemonSets: [], kubeProxyMode: '', nodes, pods});
}

/** A cluster with nothing to repair. */
export function healthyEvidence(version = '1.10.16'): Evidence {
	return healthyPortmapEvidence(version);
}

/** A copy in which one node is another: the words of a scene that differs in one place. */
export function withNode(base: Evidence, name: string, change: (node: NodeEvidence) => NodeEvidence): Evidence {
	return {...base, nodes: base.nodes.map(item => (item.name === name ? change(item) : item))};
}

/** The same, for what was seen on that node. */
export function withObservation(base: Evidence, name: string, parts: Partial<Observation>): Evidence {
	return withNode(base, name, item => ({...item, observation: item.observation && {...item.observation, ...parts}}));
}

/** Only the API server was asked: no node was looked into. */
export function apiOnly(base: Evidence): Evidence {
	return {...base, nodes: base.nodes.map(item => ({...item, via: 'api' as const, observation: null}))};
}

/** Two nodes are well, the third joined after the repair and has no portmap (HP02 on one node). */
export function mixedEvidence(version = '1.10.16'): Evidence {
	return withObservation(healthyPortmapEvidence(version), 'node-3', {
		binaryFolder: {host: '/opt/cni/bin', files: [binary('cilium-cni'), binary('loopback')]},
		nat: {nft: natTable(), legacy: natTable()},
	});
}

/** The same with a pod on node-1 that waits for its network, and an event that tells why. */
export function withWaitingPod(base: Evidence, message: string, parts: Partial<Evidence['events'][number]> = {}): Evidence {
	const waiting = pod('waits', 'node-1', '', [port(7000, 80)], {phase: 'Pending', podIPs: [], createdAt: times.collected});
	const event: Evidence['events'][number] = {
		reason: 'FailedCreatePodSandBox',
		message,
		namespace: 'default',
		object: 'Pod/waits',
		node: 'node-1',
		count: 7,
		lastSeen: times.collected,
		podIs: 'waiting',
		...parts,
	};
	return {...base, pods: [...base.pods, waiting], events: [event]};
}
