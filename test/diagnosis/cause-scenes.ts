/** One cluster for each cause: a healthy or pathless one in which exactly one thing is otherwise. */
import type {Evidence} from '../../source/evidence/evidence.ts';
import {binary, cilium, configurationFile, natTable, pod, port, portmapHooks, portmapRules, workingPortmap} from './builders.ts';
import {
	healthyNativeEvidence,
	healthyPortmapEvidence,
	pathlessEvidence,
	replacementOff,
	rulesFor,
	withNode,
	withObservation,
	writtenFile,
} from './scenes.ts';

const changed = '2024-02-06T12:00:00Z';
const webPod = 'web-6f7d9c-x2x4k';

function withData(
	base: Evidence,
	data: Record<string, string>,
	parts: Partial<NonNullable<NonNullable<Evidence['cilium']>['configMap']>> = {},
): Evidence {
	const configMap = base.cilium?.configMap;
	return configMap ? {...base, cilium: base.cilium && {...base.cilium, configMap: {...configMap, data, ...parts}}} : base;
}

function withBinaries(base: Evidence, ...files: ReturnType<typeof binary>[]): Evidence {
	const own = [binary('cilium-cni'), binary('loopback')];
	return withObservation(base, 'node-2', {binaryFolder: {host: '/opt/cni/bin', files: [...own, ...files]}});
}

/** No hostPort pod runs on the node: what is wrong there is wrong for every pod. */
function emptied(base: Evidence, nodeName: string): Evidence {
	return {...base, pods: base.pods.filter(({node}) => node !== nodeName)};
}

function event(nodeName: string, message: string, lastSeen = '2024-02-07T01:58:00Z'): Evidence['events'][number] {
	return {
		reason: 'FailedCreatePodSandBox',
		message,
		namespace: 'default',
		object: 'Pod/new-1',
		node: nodeName,
		count: 3,
		lastSeen,
		podIs: '',
	};
}

const notFound = (folder: string) => `plugin type="portmap" failed (add): failed to find plugin "portmap" in path [${folder}]`;

export function halfOn(): Evidence {
	return withData(pathlessEvidence(), {'kube-proxy-replacement': 'partial', 'enable-host-port': 'true'});
}

export function wrongArchitecture(): Evidence {
	return emptied(withBinaries(healthyPortmapEvidence(), binary('portmap', {architecture: 'arm64'})), 'node-2');
}

export function notExecutable(): Evidence {
	return emptied(withBinaries(healthyPortmapEvidence(), binary('portmap', {mode: '644'})), 'node-2');
}

export function failingBinary(): Evidence {
	return withNode(doubtfulBinary(), 'node-2', item => ({...item, via: 'ssh'}));
}

export function doubtfulBinary(): Evidence {
	const base = withObservation(healthyPortmapEvidence(), 'node-2', {nat: {nft: natTable(), legacy: natTable()}});
	return emptied(withBinaries(base, workingPortmap({versionExitCode: 127, versionAnswer: 'not found'})), 'node-2');
}

export function otherFolder(): Evidence {
	return {...emptied(healthyPortmapEvidence(), 'node-2'), events: [event('node-2', notFound('/usr/libexec/cni'))]};
}

export function missingByEvent(): Evidence {
	const base = withObservation(emptied(healthyPortmapEvidence('1.17.4'), 'node-2'), 'node-2', {binaryFolder: null});
	return {...base, events: [event('node-2', notFound('/opt/cni/bin'))]};
}

export function refutedEvent(): Evidence {
	const base = withObservation(healthyPortmapEvidence('1.17.4'), 'node-2', {binaryFolder: null});
	return {...base, events: [event('node-2', notFound('/opt/cni/bin'), '2024-02-01T09:00:00Z')], collectedAt: '2024-02-01T09:30:00Z'};
}

export function oldEvent(): Evidence {
	const base = withObservation(emptied(healthyPortmapEvidence('1.17.4'), 'node-2'), 'node-2', {binaryFolder: null});
	return {...base, events: [event('node-2', notFound('/opt/cni/bin'), '2024-02-06T01:58:00Z')]};
}

export function notRestarted(): Evidence {
	return withData(pathlessEvidence(), {...replacementOff('1.10.16'), 'cni-chaining-mode': 'portmap'}, {lastChanged: changed});
}

export function olderPod(): Evidence {
	const base = healthyPortmapEvidence('1.17.4');
	const others = base.pods.filter(({name}) => name !== webPod);
	const made = {
		...base,
		pods: base.pods.map(item =>
			item.name === webPod ? item : {...item, createdAt: '2024-02-06T13:00:00Z', startedAt: '2024-02-06T13:00:02Z'},
		),
	};
	return withObservation(made, 'node-1', {
		configurationFolder: {host: '/etc/cni/net.d', files: [writtenFile('1.17.4', true, changed)]},
		nat: {nft: natTable(rulesFor(others, 'node-1')), legacy: natTable()},
	});
}

export function otherFileFirst(): Evidence {
	const bridge = configurationFile('00-bridge.conflist', {cniVersion: '0.3.1', name: 'bridge', plugins: [{type: 'bridge'}]});
	return withObservation(healthyPortmapEvidence(), 'node-1', {
		configurationFolder: {host: '/etc/cni/net.d', files: [writtenFile('1.10.16', true), bridge]},
		binaryFolder: {host: '/opt/cni/bin', files: [binary('bridge'), binary('cilium-cni'), binary('loopback'), workingPortmap()]},
		nat: {nft: natTable(), legacy: natTable()},
	});
}

export function customConfiguration(): Evidence {
	return withData(pathlessEvidence(), {...replacementOff('1.10.16'), 'cni-chaining-mode': 'portmap', 'custom-cni-conf': 'true'});
}

export function overridden(): Evidence {
	const base = withObservation(healthyPortmapEvidence('1.17.4'), 'node-2', {
		configurationFolder: {host: '/etc/cni/net.d', files: [writtenFile('1.17.4', false)]},
		nat: {nft: natTable(), legacy: natTable()},
	});
	const nodeConfig = {
		name: 'plain',
		namespace: 'kube-system',
		matchLabels: {},
		matchExpressions: ['kubernetes.io/hostname In node-2,node-9'],
		defaults: {'cni-chaining-mode': 'none'},
	};
	return {...base, cilium: base.cilium && {...base.cilium, nodeConfigs: [nodeConfig]}};
}

export function notTaken(): Evidence {
	return withData(pathlessEvidence('1.17.4'), {...replacementOff('1.17.4'), 'cni-chaining-mode': 'portmap'});
}

export function undone(): Evidence {
	return withData(healthyPortmapEvidence('1.17.4'), replacementOff('1.17.4'), {
		annotations: {'meta.helm.sh/release-name': 'cilium'},
		lastChanged: changed,
	});
}

export function shadowed(): Evidence {
	const base = healthyPortmapEvidence();
	const stale = portmapRules({sandbox: 'gone', hostPort: 8080, target: '10.0.0.99:80'});
	const rules = rulesFor(base.pods, 'node-1');
	return withObservation(base, 'node-1', {nat: {nft: natTable([...stale, ...rules]), legacy: natTable()}});
}

export function flushed(): Evidence {
	return withObservation(healthyPortmapEvidence(), 'node-2', {nat: {nft: natTable([...portmapHooks]), legacy: natTable()}});
}

export function withoutAnyHook(): Evidence {
	return withObservation(healthyPortmapEvidence(), 'node-2', {nat: {nft: natTable(), legacy: natTable()}});
}

export function withoutCapability(): Evidence {
	const list = {cniVersion: '0.3.1', name: 'portmap', plugins: [{type: 'cilium-cni'}, {type: 'portmap'}]};
	const base = healthyPortmapEvidence('1.17.4');
	return base.nodes.reduce(
		(all, {name}) =>
			withObservation(all, name, {
				configurationFolder: {host: '/etc/cni/net.d', files: [configurationFile('05-cilium.conflist', list)]},
				nat: {nft: natTable(), legacy: natTable()},
			}),
		base,
	);
}

export function twoBuilds(): Evidence {
	const base = healthyPortmapEvidence();
	return withObservation(base, 'node-1', {
		nat: {nft: natTable(rulesFor(base.pods, 'node-1')), legacy: natTable([':KUBE-SERVICES - [0:0]', '-A PREROUTING -j KUBE-SERVICES'])},
	});
}

export function withoutIptables(): Evidence {
	const message = 'plugin type="portmap" failed (add): could not find nftables binary: exec: "nft": executable file not found in $PATH';
	return {...emptied(healthyPortmapEvidence(), 'node-2'), events: [event('node-2', message)]};
}

export function missingEntry(): Evidence {
	const base = healthyNativeEvidence();
	const entries = base.nodes[1]?.observation?.serviceEntries ?? [];
	return withObservation(base, 'node-2', {serviceEntries: entries.filter(entry => entry.port !== 4318)});
}

export function staleEntry(): Evidence {
	const base = healthyNativeEvidence();
	const entries = base.nodes[1]?.observation?.serviceEntries ?? [];
	return withObservation(base, 'node-2', {
		serviceEntries: entries.map(entry => (entry.port === 4318 ? {...entry, backends: [{ip: '10.0.1.3', port: 4318}]} : entry)),
	});
}

export function hostFirewall(): Evidence {
	const base = healthyPortmapEvidence();
	return withData(base, {...base.cilium?.configMap?.data, 'enable-host-firewall': 'true'});
}

export function portTaken(): Evidence {
	const base = healthyPortmapEvidence();
	const waiting = pod('web-second', '', '', [port(8080, 80)], {
		phase: 'Pending',
		ready: false,
		startedAt: null,
		trouble: "Unschedulable: 0/3 nodes are available: 3 node(s) didn't have free ports for the requested pod ports.",
	});
	return {...base, pods: [...base.pods, waiting]};
}

export function hiddenListener(): Evidence {
	return withObservation(healthyPortmapEvidence(), 'node-1', {listeners: [{protocol: 'TCP', address: '0.0.0.0', port: 8080}]});
}

export function inNodePortRange(): Evidence {
	const base = healthyNativeEvidence();
	return {...base, pods: [...base.pods, pod('game', 'node-1', '10.0.0.31', [port(30_080, 80)])]};
}

export function underIpvs(): Evidence {
	const web = {
		namespace: 'default',
		name: 'web',
		type: 'ClusterIP',
		clusterIPs: ['10.96.0.20'],
		selector: {},
		externalIPs: [],
		ports: [{port: 8080, nodePort: null, protocol: 'TCP'}],
	};
	return {...healthyPortmapEvidence(), kubeProxyMode: 'ipvs', services: [web]};
}

export function criO(): Evidence {
	const base = healthyPortmapEvidence();
	return base.nodes.reduce(
		(all, {name}) =>
			withNode(withObservation(all, name, {nat: {nft: natTable(), legacy: natTable()}}), name, item => ({
				...item,
				containerRuntime: 'cri-o://1.26.1',
			})),
		base,
	);
}

export function noCilium(): Evidence {
	return {...pathlessEvidence(), cilium: null, otherDaemonSets: ['kube-system/calico-node']};
}

export function upgraded(): Evidence {
	return withData(pathlessEvidence('1.19.6'), {'kube-proxy-replacement': 'false', 'enable-host-port': 'true', 'enable-node-port': 'true'});
}

export function foreignHostIP(): Evidence {
	const base = healthyNativeEvidence();
	return {...base, pods: [...base.pods, pod('edge', 'node-1', '10.0.0.32', [port(443, 8443, {hostIP: '203.0.113.7'})])]};
}

export function loopbackHostIP(): Evidence {
	const base = healthyNativeEvidence('1.12.19');
	return {...base, pods: [...base.pods, pod('local', 'node-1', '10.0.0.33', [port(9000, 9000, {hostIP: '127.0.0.1'})])]};
}

export function notReady(): Evidence {
	const base = healthyPortmapEvidence();
	return {
		...base,
		pods: base.pods.map(item => (item.name === webPod ? {...item, ready: false, trouble: 'CrashLoopBackOff: back-off 5m0s'} : item)),
	};
}

export function agentDown(): Evidence {
	return withNode(healthyPortmapEvidence(), 'node-2', item => ({
		...item,
		agent: item.agent && {...item.agent, ready: false, trouble: 'CrashLoopBackOff: back-off 5m0s restarting failed container'},
	}));
}

export function otherSandboxFault(): Evidence {
	return {...healthyPortmapEvidence(), events: [event('node-2', 'Failed to create pod sandbox: no IP addresses available in range set')]};
}

export function oneNotAsked(): Evidence {
	return withNode(pathlessEvidence(), 'node-3', item => ({
		...item,
		via: 'api',
		observation: null,
		attempts: [{via: 'ssh', ok: false, reason: 'connection refused'}],
	}));
}

export function underPolicy(ingressEntities: readonly string[] = []): Evidence {
	const policy = {
		kind: 'NetworkPolicy',
		namespace: 'default',
		name: 'only-pods',
		matchLabels: {app: 'web'},
		matchExpressions: [],
		ingressEntities: [...ingressEntities],
	};
	return {...healthyPortmapEvidence(), networkPolicies: [policy]};
}

export function windowsNode(): Evidence {
	const base = emptied(healthyPortmapEvidence(), 'node-2');
	return withNode(base, 'node-2', item => ({...item, os: 'windows', observation: null, via: 'api'}));
}

/** Cilium set up with arguments that win over its ConfigMap. */
export function argued(): Evidence {
	const base = pathlessEvidence('1.17.4');
	const set = cilium('1.17.4', {'kube-proxy-replacement': 'true'});
	return {
		...base,
		cilium: {...set, daemonSet: set.daemonSet && {...set.daemonSet, args: ['--kube-proxy-replacement=false']}},
	};
}
