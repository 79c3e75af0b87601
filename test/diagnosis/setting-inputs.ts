/** Settings of Cilium as public reports have them, and entries of eBPF that follow from them. */
import type {Evidence} from '../../source/evidence/evidence.ts';
import {agentStatus, binary, natTable, pod, port, portmapHooks, portmapRules} from './builders.ts';
import {asNode, having, native, portmap, seen, withRules, withSettings, type ReportedInput} from './reported-inputs.ts';
import {entriesFor, healthyNativeEvidence, healthyPortmapEvidence, pathlessEvidence, rulesFor} from './scenes.ts';

const off = (version: string, settings: Record<string, string>): Evidence => withSettings(pathlessEvidence(version, ['node-1']), settings);
const served = (version: string, parts: Parameters<typeof agentStatus>[1] = {}): ReturnType<typeof agentStatus> =>
	agentStatus(version, {
		kubeProxyReplacement: 'true',
		hostPortEnabled: true,
		nodePortEnabled: true,
		nodePortRange: {from: 30_000, to: 32_767},
		chainingMode: 'none',
		devices: ['eth0'],
		...parts,
	});
/** Every pod has the entry that an agent of this version makes. */
const withEntries = (base: Evidence, version: string, address = '10.88.0.11'): Evidence =>
	seen(base, {serviceEntries: entriesFor(base.pods, 'node-1', address, version)});
const startedWith = (args: string[], env: Record<string, string> = {}): Evidence => {
	const base = off('1.15.3', {'kube-proxy-replacement': 'true'});
	const {cilium} = base;
	return cilium?.daemonSet ? {...base, cilium: {...cilium, daemonSet: {...cilium.daemonSet, args, env}}} : base;
};
const dns = (version: string): Evidence =>
	withEntries(
		having(healthyNativeEvidence(version, ['node-1']), pod('dns', 'node-1', '10.0.0.53', [port(53, 53), port(53, 53, {protocol: 'UDP'})])),
		version,
	);
/** The pods of the conformance test: one number, three pods, by hostIP and protocol. */
const conformance = (base: Evidence): Evidence =>
	having(
		base,
		pod('pod2', 'node-1', '10.0.0.62', [port(54_323, 8080, {hostIP: '10.88.0.11'})]),
		pod('pod3', 'node-1', '10.0.0.63', [port(54_323, 8081, {hostIP: '10.88.0.11', protocol: 'UDP'})]),
	);
const rke2 = (hasPortmap: boolean): Evidence => {
	const base = withSettings(healthyPortmapEvidence('1.16.3', ['node-1']), {
		'kube-proxy-replacement': 'true',
		'cni-chaining-mode': 'portmap',
	});
	const both = withEntries(seen(base, {agentStatus: served('1.16.3', {chainingMode: 'portmap'})}), '1.16.3');
	return hasPortmap
		? both
		: seen(both, {
				nat: {nft: natTable(), legacy: natTable()},
				binaryFolder: {host: '/opt/cni/bin', files: [binary('cilium-cni'), binary('loopback')]},
			});
};
const six = (base: Evidence): Evidence =>
	asNode(
		{...base, pods: base.pods.map(each => ({...each, podIPs: [`fd00::${each.podIPs[0]?.split('.').at(-1) ?? ''}`]}))},
		{addresses: [{type: 'InternalIP', address: 'fc00:c111::3'}]},
	);

const withExternal = (address: string): Evidence =>
	asNode(native, {
		addresses: [
			{type: 'InternalIP', address: '10.88.0.11'},
			{type: 'ExternalIP', address},
		],
	});

export const settingInputs: readonly ReportedInput[] = [
	// --- nothing serves hostPort
	{
		name: 'disabled and enable-host-port on 1.13',
		report: 'cilium/cilium#25791',
		make: () => off('1.13.3', {'kube-proxy-replacement': 'disabled', 'enable-host-port': 'true'}),
		first: 'HP01 error',
		verdict: 'broken',
	},
	{
		name: 'hostPort alone without replacement on 1.16.7',
		report: 'cilium/cilium#38083',
		make: () => off('1.16.7', {'kube-proxy-replacement': 'false', 'enable-host-port': 'true'}),
		first: 'HP01b error',
		verdict: 'broken',
	},
	{
		name: 'EKS after the upgrade to a chart whose default is disabled',
		report: 'cilium/cilium#22139',
		make: () => off('1.12.3', {'kube-proxy-replacement': 'disabled'}),
		first: 'HP01 error',
		verdict: 'broken',
	},
	{
		name: 'Kubespray that asks for hostPort and not for NodePort on 1.13',
		report: 'kubernetes-sigs/kubespray#12814',
		make: () => off('1.13.4', {'kube-proxy-replacement': 'partial', 'enable-host-port': 'true', 'enable-node-port': 'false'}),
		first: 'HP01b error',
		verdict: 'broken',
	},
	{
		name: 'keys that 1.19 no longer reads',
		report: 'cilium/cilium#42781',
		make: () => off('1.19.1', {'kube-proxy-replacement': 'false', 'enable-host-port': 'true', 'enable-node-port': 'true'}),
		first: 'HP19 error',
		verdict: 'broken',
	},
	{
		name: 'an argument of the agent against cilium-config',
		report: 'cilium/cilium: Documentation/network/kubernetes/configuration.rst',
		make: () => startedWith(['--config-dir=/tmp/cilium/config-map', '--kube-proxy-replacement=false']),
		first: 'HP06 error',
		verdict: 'broken',
		says: /the agent's arguments override cilium-config/u,
	},
	{
		name: 'an environment variable of the agent against cilium-config',
		report: 'cilium/cilium: Documentation/network/kubernetes/configuration.rst',
		make: () => startedWith(['--config-dir=/tmp/cilium/config-map'], {CILIUM_KUBE_PROXY_REPLACEMENT: 'false'}),
		first: 'HP06 error',
		verdict: 'broken',
		says: /the agent's environment overrides cilium-config/u,
	},
	{
		name: 'generic-veth that joins the list of another network',
		report: 'cilium/cilium#20135',
		make: () => off('1.16.3', {'cni-chaining-mode': 'generic-veth', 'cni-chaining-target': 'aws-cni'}),
		first: 'HP01 error',
		verdict: 'broken',
		says: /Add portmap to that network's own CNI config \(aws-cni\)/u,
	},
	// --- healthy looks-alike
	{
		name: 'full replacement on 1.10 of a provider',
		report: 'volcengine/cello#15',
		twin: true,
		make: () => healthyNativeEvidence('1.10.4', ['node-1']),
		first: 'HP22 info',
		verdict: 'ok',
	},
	{
		name: 'NodePort and hostPort without full replacement on 1.17',
		report: 'cilium/cilium#38083',
		twin: true,
		make: () =>
			seen(
				withSettings(healthyNativeEvidence('1.17.2', ['node-1']), {
					'kube-proxy-replacement': 'false',
					'enable-host-port': 'true',
					'enable-node-port': 'true',
				}),
				{agentStatus: served('1.17.2', {kubeProxyReplacement: 'false'})},
			),
		first: 'HP20 info',
		verdict: 'ok',
	},
	{
		name: 'hostPort that WireGuard alone keeps on',
		report: 'cilium/cilium#31532',
		twin: true,
		make: () =>
			seen(
				withSettings(healthyNativeEvidence('1.15.1', ['node-1']), {
					'kube-proxy-replacement': 'false',
					'enable-host-port': 'true',
					'enable-wireguard': 'true',
				}),
				{agentStatus: served('1.15.1', {kubeProxyReplacement: 'false', nodePortEnabled: false})},
			),
		first: 'HP20 info',
		verdict: 'ok',
	},
	{
		name: 'RKE2 with full replacement and portmap beside it',
		report: 'rancher/rke2#5355',
		twin: true,
		make: () => rke2(true),
		first: 'HP22 info',
		verdict: 'ok',
	},
	{
		name: 'the same where portmap is gone',
		report: 'rancher/rke2#5355',
		make: () => rke2(false),
		first: 'HP02 error',
		verdict: 'broken',
	},
	// --- entries
	{
		name: 'DNS on 53 over both protocols on 1.18.0',
		report: 'cilium/cilium#41426',
		make: () => {
			const base = dns('1.18.0');
			const entries = base.nodes[0]?.observation?.serviceEntries ?? [];
			return seen(base, {serviceEntries: entries.filter(entry => !(entry.port === 53 && entry.protocol === 'TCP'))});
		},
		first: 'HP26 error',
		verdict: 'degraded',
		says: /Upgrade Cilium to 1\.18\.2|1\.18\.2/u,
	},
	{
		name: 'the same on 1.18.2',
		report: '',
		twin: true,
		make: () => dns('1.18.2'),
		first: 'HP22 info',
		verdict: 'ok',
	},
	{
		name: 'the same on 1.15, one entry for both',
		report: '',
		twin: true,
		make: () => dns('1.15.19'),
		first: 'HP22 info',
		verdict: 'ok',
	},
	{
		name: 'a NodePort range that begins at 80',
		report: 'cilium/cilium#12116',
		make: () =>
			seen(withSettings(native, {'node-port-range': '80,32767'}), {
				agentStatus: served('1.17.4', {nodePortRange: {from: 80, to: 32_767}}),
				serviceEntries: [],
			}),
		first: 'HP15 error',
		verdict: 'degraded',
	},
	{
		name: 'a NodePort range that was moved below a hostPort of 30080',
		report: '',
		twin: true,
		make: () => {
			const base = having(withSettings(native, {'node-port-range': '20000,22767'}), pod('np', 'node-1', '10.0.0.60', [port(30_080, 80)]));
			return withEntries(seen(base, {agentStatus: served('1.17.4', {nodePortRange: {from: 20_000, to: 22_767}})}), '1.17.4');
		},
		first: 'HP22 info',
		verdict: 'ok',
	},
	{
		name: 'two VLANs, of which Cilium serves the untagged one',
		report: 'cilium/cilium#26882',
		make: () =>
			seen(
				asNode(native, {
					addresses: ['192.168.55.11', '10.88.0.11'].map(address => ({type: 'InternalIP', address})),
				}),
				{agentStatus: served('1.17.4', {devices: ['enp36s0f0'], deviceAddresses: ['10.88.0.11']})},
			),
		first: 'HP20 error',
		verdict: 'degraded',
		says: /do not answer on 192\.168\.55\.11/u,
	},
	{
		name: 'the node’s address on its loopback device, announced by BGP',
		report: 'cilium/cilium#12317',
		make: () =>
			withEntries(
				seen(withSettings(asNode(native, {addresses: [{type: 'InternalIP', address: '10.189.20.54'}]}), {devices: 'eth0'}), {
					agentStatus: served('1.17.4', {deviceAddresses: ['10.129.119.3']}),
					localAddresses: ['127.0.0.1', '10.189.20.54', '10.129.119.3'],
				}),
				'1.17.4',
				'10.129.119.3',
			),
		first: 'HP20 error',
		verdict: 'degraded',
		says: /Add the device that has 10\.189\.20\.54 to devices/u,
	},
	{
		name: 'an entry that leads to the pod from before the restart',
		report: 'cilium/cilium#13123',
		make: () => {
			const base = withEntries(
				having(healthyNativeEvidence('1.8.3', ['node-1']), pod('jaeger', 'node-1', '10.0.3.99', [port(6832, 6832, {protocol: 'UDP'})])),
				'1.8.3',
			);
			const entries = base.nodes[0]?.observation?.serviceEntries ?? [];
			return seen(base, {
				serviceEntries: entries.map(entry => (entry.port === 6832 ? {...entry, backends: [{ip: '10.0.3.212', port: 6832}]} : entry)),
			});
		},
		first: 'HP10 error',
		verdict: 'degraded',
	},
	{
		name: 'one number for two pods by hostIP and protocol, by eBPF',
		report: '',
		twin: true,
		make: () => withEntries(conformance(native), '1.17.4'),
		first: 'HP22 info',
		verdict: 'ok',
	},
	{
		name: 'one number for two pods by hostIP and protocol, by portmap',
		report: '',
		twin: true,
		make: () => {
			const base = conformance(portmap);
			return withRules(base, rulesFor(base.pods, 'node-1'));
		},
		first: 'HP22 info',
		verdict: 'ok',
	},
	{
		name: 'a cluster of IPv6 alone, by eBPF',
		report: '',
		twin: true,
		make: () => withEntries(six(healthyNativeEvidence('1.18.4', ['node-1'])), '1.18.4', 'fc00:c111::3'),
		first: 'HP22 info',
		verdict: 'ok',
	},
	{
		name: 'a cluster of IPv6 alone, by portmap',
		report: '',
		twin: true,
		make: () => {
			const base = six(healthyPortmapEvidence('1.18.4', ['node-1']));
			const rules = base.pods.flatMap(({name, podIPs, ports}) =>
				ports.flatMap(({hostPort, containerPort}) =>
					portmapRules({sandbox: `${name}-${hostPort}`, hostPort, target: `[${podIPs[0] ?? ''}]:${containerPort}`}),
				),
			);
			return withRules(
				base,
				[],
				[...portmapHooks, ...rules].map(line => line.replace('127.0.0.1/32', '::1/128')),
			);
		},
		first: 'HP22 info',
		verdict: 'ok',
	},
	// --- addresses
	{
		name: 'a public address that the cloud translates, which no device has',
		report: '',
		twin: true,
		make: () =>
			seen(withExternal('54.1.2.3'), {
				localAddresses: ['127.0.0.1', '10.88.0.11'],
				agentStatus: served('1.17.4', {deviceAddresses: ['10.88.0.11']}),
			}),
		first: 'HP22 info',
		verdict: 'ok',
	},
	{
		name: 'a public address on a device that is not among devices',
		report: 'cilium/cilium#16019',
		make: () =>
			seen(withSettings(withExternal('5.75.1.2'), {devices: 'enp7s0'}), {
				localAddresses: ['127.0.0.1', '10.88.0.11', '5.75.1.2'],
				agentStatus: served('1.17.4', {devices: ['enp7s0'], deviceAddresses: ['10.88.0.11']}),
			}),
		first: 'HP20 warning',
		verdict: 'ok',
		says: /add the device that has it to devices/u,
	},
	{
		name: 'a second address on a device that Cilium serves',
		report: 'cilium/cilium#21471',
		make: () =>
			seen(withExternal('5.75.1.2'), {
				localAddresses: ['127.0.0.1', '10.88.0.11', '5.75.1.2'],
				agentStatus: served('1.17.4', {deviceAddresses: ['10.88.0.11', '5.75.1.2']}),
			}),
		first: 'HP20 warning',
		verdict: 'ok',
		says: /set nodeport-addresses/u,
	},
	{
		name: 'entries on the public and the private device',
		report: '',
		twin: true,
		make: () => {
			const base = withExternal('5.75.1.2');
			return seen(base, {
				localAddresses: ['127.0.0.1', '10.88.0.11', '5.75.1.2'],
				agentStatus: served('1.17.4', {devices: ['eth0', 'enp7s0'], deviceAddresses: ['10.88.0.11', '5.75.1.2']}),
				serviceEntries: ['10.88.0.11', '5.75.1.2'].flatMap(address => entriesFor(base.pods, 'node-1', address)),
			});
		},
		first: 'HP22 info',
		verdict: 'ok',
	},
	{
		name: 'K3s with a Tailscale address as its node’s own',
		report: 'cilium/cilium#12317',
		make: () =>
			withEntries(
				seen(asNode(native, {addresses: [{type: 'InternalIP', address: '100.101.1.2'}]}), {
					localAddresses: ['127.0.0.1', '10.88.0.11', '100.101.1.2'],
					facts: {'device:100.101.1.2': 'tailscale0'},
					agentStatus: served('1.17.4', {deviceAddresses: ['10.88.0.11']}),
				}),
				'1.17.4',
			),
		first: 'HP20 error',
		verdict: 'degraded',
		says: /do not answer on 100\.101\.1\.2/u,
	},
	{
		name: 'nodes of both families, and a Cilium of IPv4',
		report: '',
		twin: true,
		make: () =>
			withSettings(
				asNode(native, {
					addresses: ['10.88.0.11', 'fd00:88::11'].map(address => ({type: 'InternalIP', address})),
				}),
				{'enable-ipv6': 'false'},
			),
		first: 'HP22 info',
		verdict: 'ok',
	},
	...Object.entries({
		DSR: {'bpf-lb-mode': 'dsr', 'routing-mode': 'native'},
		XDP: {'bpf-lb-acceleration': 'native'},
		WireGuard: {'enable-wireguard': 'true'},
		'the egress gateway': {'enable-ipv4-egress-gateway': 'true', 'enable-bpf-masquerade': 'true'},
		'L2 announcements': {'enable-l2-announcements': 'true'},
		'the Ingress controller': {'enable-ingress-controller': 'true', 'enable-envoy-config': 'true'},
		'local redirect policies': {'enable-local-redirect-policy': 'true'},
		'socket load balancing of the host alone': {'bpf-lb-sock-hostns-only': 'true'},
		netkit: {'datapath-mode': 'netkit'},
		'the host firewall': {'enable-host-firewall': 'true'},
	}).map(([what, settings]) => ({
		name: `eBPF with ${what}`,
		report: '',
		twin: true as const,
		make: () => withSettings(native, settings),
		first: 'HP22 info',
		verdict: 'ok',
	})),
	...Object.entries({
		WireGuard: {'enable-wireguard': 'true'},
		'BPF masquerade': {'enable-bpf-masquerade': 'true'},
		'endpoint routes': {'enable-endpoint-routes': 'true'},
		'native routing': {'routing-mode': 'native'},
	}).map(([what, settings]) => ({
		name: `portmap with ${what}`,
		report: '',
		twin: true as const,
		make: () => withSettings(portmap, settings),
		first: 'HP22 info',
		verdict: 'ok',
	})),
	// --- what could not be read
	{
		name: 'iptables cannot read its own nat table, and legacy has no rule',
		report: 'k0sproject/k0s#2141',
		make: () =>
			seen(portmap, {
				nat: {
					nft: {...natTable(), available: false, error: "iptables-nft-save: table `nat' is incompatible, use 'nft' tool."},
					legacy: natTable(),
				},
			}),
		first: ' ',
		verdict: 'unknown',
	},
	{
		name: 'a kernel without the tables of iptables-legacy',
		report: '',
		twin: true,
		make: () => {
			const base = withRules(portmap, portmapHooks);
			const error = "iptables-legacy-save: can't initialize iptables table `nat': Table does not exist (do you need to insmod?)";
			return seen(base, {nat: {nft: natTable(portmapHooks), legacy: {...natTable(), available: false, error}}});
		},
		first: 'HP08 error',
		verdict: 'degraded',
	},
	{
		name: 'an agent without iptables, by its own access',
		report: 'deckhouse/deckhouse#7225',
		make: () => seen(portmap, {nat: {nft: null, legacy: null}}),
		first: ' ',
		verdict: 'unknown',
	},
	{
		name: 'entries of the datapath alone',
		report: '',
		twin: true,
		make: () => {
			const entries = native.nodes[0]?.observation?.serviceEntries ?? [];
			return seen(native, {
				serviceEntries: null,
				datapathEntries: entries.map(({ip, ...entry}) => ({...entry, type: 'HostPort', address: ip, isLoopback: false})),
			});
		},
		first: 'HP22 info',
		verdict: 'ok',
	},
	{
		name: 'cilium-config of Gardener, which puts it back',
		report: 'gardener/gardener: docs/concepts/resource-manager.md',
		make: () => {
			const base = off('1.16.5', {});
			const {cilium} = base;
			return cilium?.configMap
				? {
						...base,
						cilium: {...cilium, configMap: {...cilium.configMap, labels: {'resources.gardener.cloud/managed-by': 'gardener'}}},
					}
				: base;
		},
		first: 'HP01 error',
		verdict: 'broken',
		says: /Gardener/u,
	},
	{
		name: 'kube-proxy that still runs beside full replacement',
		report: '',
		twin: true,
		make: () => ({...native, otherDaemonSets: ['kube-system/kube-proxy'], kubeProxyMode: 'iptables'}),
		first: 'HP22 info',
		verdict: 'ok',
	},
	{
		name: 'minikube, whose runtime reads a folder of its own',
		report: 'kubernetes/minikube: pkg/minikube/cni',
		make: () =>
			seen(withRules(portmap, []), {
				runtime: {binaryFolders: ['/opt/cni/bin'], configurationFolder: '/etc/cni/net.mk', source: '/etc/containerd/config.toml'},
			}),
		first: 'HP05 error',
		verdict: 'broken',
		says: /net\.mk/u,
	},
	{
		name: 'k0s with the folders that Cilium uses',
		report: '',
		twin: true,
		make: () =>
			seen(portmap, {
				runtime: {binaryFolders: ['/opt/cni/bin'], configurationFolder: '/etc/cni/net.d', source: '/etc/k0s/containerd.toml'},
			}),
		first: 'HP22 info',
		verdict: 'ok',
	},
];
