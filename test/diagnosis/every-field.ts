import type {Evidence} from '../../source/evidence/evidence.ts';
import {nksEvidence} from './scenes.ts';

/** Evidence of a broken cluster in which every field has a value: what is omitted by a scene would be omitted of what is tried with it. */
export function everyField(): Evidence {
	const scene = nksEvidence();
	const [first] = scene.nodes;
	const observation = first?.observation;
	if (first === undefined || observation === null || observation === undefined || scene.cilium === null) throw new Error('no such scene');
	const {configMap, daemonSet} = scene.cilium;
	if (configMap === null || daemonSet === null) throw new Error('no such scene');
	const nat = {
		available: true,
		rules: ['-A CNI-DN-1 -j DNAT --to-destination 10.0.0.5:80'],
		rules6: ['-N CNI-X'],
		truncated: false,
		error: 'why',
		others: ['filter -A FORWARD -j DROP'],
		others6: ['filter -A FORWARD -j DROP'],
	};
	return {
		...scene,
		namespace: 'default',
		kubeProxyMode: 'iptables',
		otherDaemonSets: ['kube-system/kube-proxy'],
		portmapKeepers: [{name: 'kube-system/keeper', desired: 1, ready: 0}],
		cilium: {
			...scene.cilium,
			configMap: {
				...configMap,
				labels: {app: 'x'},
				annotations: {note: 'x'},
				managers: [{manager: 'helm', operation: 'Update', time: null, keys: ['cni-chaining-mode']}],
				lastChanged: '2026-01-01T00:00:00Z',
			},
			daemonSet: {
				...daemonSet,
				labels: {app: 'x'},
				annotations: {note: 'x'},
				templateAnnotations: {note: 'x'},
				args: ['--config-dir=/tmp'],
				env: {CILIUM_CNI_CHAINING_MODE: ''},
				hostPaths: [{volume: 'v', host: '/opt/cni/bin', seen: '/host/opt/cni/bin'}],
				portmapInstaller: 'install-portmap-cni-plugin',
			},
			nodeConfigs: [
				{
					name: 'c',
					namespace: 'kube-system',
					matchLabels: {pool: 'a'},
					matchExpressions: ['pool In a'],
					defaults: {'cni-chaining-mode': 'portmap'},
				},
			],
		},
		nodes: scene.nodes.map((node, index) => ({
			...node,
			labels: {...node.labels, pool: 'a'},
			readyMessage: 'why',
			taints: ['key=value:NoSchedule'],
			addresses: [{type: 'InternalIP', address: '10.88.0.11'}],
			attempts: [{via: 'agent', ok: false, reason: 'why'}],
			skipped: index === 2 ? 'not Ready: why' : '',
			observation:
				index === 2 || node.observation === null
					? null
					: {
							...node.observation,
							nat: {nft: nat, legacy: {...nat, available: false}},
							nftables: {
								rules: ['dnat to 10.0.0.5:80'],
								rules6: ['dnat to [fd00::5]:80'],
								tables: ['inet firewalld'],
								chains: ['hostports'],
							},
							serviceEntries: [{ip: '0.0.0.0', port: 8080, protocol: 'TCP', backends: [{ip: '10.0.0.5', port: 80}]}],
							listeners: [{protocol: 'TCP', address: '0.0.0.0', port: 8080}],
							probes: [{address: '10.0.0.5', port: 80, answer: 'refused'}],
							localAddresses: ['10.88.0.11'],
							sandboxes: [
								{
									sandbox: 's',
									network: 'n',
									pod: 'default/web',
									uid: 'u',
									addresses: ['10.0.0.5'],
									mappings: [{hostPort: 8080, containerPort: 80, protocol: 'tcp', hostIP: ''}],
								},
							],
							udpConnections: [{destination: '10.88.0.11', port: 53, answeredBy: '10.0.0.5'}],
							runtime: {binaryFolders: ['/opt/cni/bin'], configurationFolder: '/etc/cni/net.d', source: 'config.toml'},
							agentLog: ['level=fatal msg=x'],
							facts: {firewalld: 'active since 2024-02-07T01:58:00Z'},
							errors: ['/opt/cni/bin: permission denied'],
						},
		})),
		pods: scene.pods.map(pod => ({...pod, labels: {...pod.labels, tier: 'x'}, trouble: 'CrashLoopBackOff: why'})),
		events: [
			{
				reason: 'FailedCreatePodSandBox',
				message: 'failed to find plugin "portmap" in path [/opt/cni/bin]',
				namespace: 'default',
				object: 'Pod/web',
				node: 'node-1',
				count: 3,
				lastSeen: '2026-01-01T00:00:00Z',
				podIs: 'waiting',
			},
		],
		services: [
			{
				namespace: 'default',
				name: 's',
				type: 'LoadBalancer',
				clusterIPs: ['10.96.0.9'],
				externalIPs: ['203.0.113.9'],
				selector: {app: 'x'},
				ports: [{port: 8080, nodePort: null, protocol: 'TCP'}],
			},
		],
		networkPolicies: [
			{
				kind: 'CiliumNetworkPolicy',
				namespace: 'default',
				name: 'p',
				matchLabels: {app: 'x'},
				matchExpressions: ['app In x'],
				ingressEntities: ['host'],
			},
		],
		gaps: [{of: 'events', what: 'events', reason: 'missing permission: list events', hint: 'Grant list events'}],
	};
}
