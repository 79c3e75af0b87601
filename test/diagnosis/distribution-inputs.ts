/**
 * Inputs of distributions that keep their folders, runtime and rules in their own way, and of what stands around portmap there; in the form
 * of reported-inputs.ts. What is right was written down before each was judged for the first time.
 */
import type {Evidence, HostPortPod, Observation} from '../../source/evidence/evidence.ts';
import type {FilterMatch, FilterRule} from '../../source/evidence/packet-filter.ts';
import {parseRuntime} from '../../source/evidence/parse-runtime.ts';
import {agentStatus, binary, configurationFile, natTable, pod, port, portmapHooks, portmapRules, workingPortmap} from './builders.ts';
import {
	agentFailing,
	asNode,
	enforcing,
	having,
	list,
	native,
	notRun,
	own,
	portmap,
	type ReportedInput,
	sandbox,
	seen,
	withEvent,
	withFacts,
	withFiles,
	withPlugins,
	withRules,
	withRuntime,
	withSettings,
} from './reported-inputs.ts';
import {pathlessEvidence, withWaitingPod, writtenFile} from './scenes.ts';

export type DistributionInput = ReportedInput & {readonly group: string};

export const named = (
	group: string,
	...inputs: ReadonlyArray<Omit<ReportedInput, 'report'> & {readonly report?: string}>
): DistributionInput[] => inputs.map(input => ({...input, report: input.report ?? '', group}));

// --- CRI-O maps hostPorts itself

const hooksOfRuntime = [
	':KUBE-HOSTPORTS - [0:0]',
	'-A PREROUTING -m comment --comment "kube hostport portals" -m addrtype --dst-type LOCAL -j KUBE-HOSTPORTS',
	'-A OUTPUT -m comment --comment "kube hostport portals" -m addrtype --dst-type LOCAL -j KUBE-HOSTPORTS',
];

function runtimeRules(pods: readonly HostPortPod[]): string[] {
	return pods.flatMap(({name, podIPs, ports}) =>
		ports.flatMap(({hostPort, containerPort, protocol}) => {
			const chain = `KUBE-HP-${Buffer.from(`${name}${hostPort}`).toString('hex').toUpperCase().padEnd(16, '0').slice(-16)}`;
			const [tcp, comment] = [protocol.toLowerCase(), `-m comment --comment "${name}_default hostport ${hostPort}"`];
			return [
				`:${chain} - [0:0]`,
				`-A KUBE-HOSTPORTS -p ${tcp} ${comment} -m ${tcp} --dport ${hostPort} -j ${chain}`,
				`-A ${chain} -s ${podIPs[0] ?? ''}/32 ${comment} -j KUBE-MARK-MASQ`,
				`-A ${chain} -p ${tcp} ${comment} -m ${tcp} -j DNAT --to-destination ${podIPs[0] ?? ''}:${containerPort}`,
			];
		}),
	);
}

const plain = withSettings(portmap, {'cni-chaining-mode': 'none'});
const carriedByRuntime = withRules(plain, [...hooksOfRuntime, ...runtimeRules(plain.pods)]);

function crioRuntime(network: string): Observation['runtime'] {
	return parseRuntime([{key: 'runtime', value: `/etc/crio/crio.conf.d/00-default\n[crio.network]\n${network}\n`}]);
}

const crio = (network: string, ...files: ReturnType<typeof configurationFile>[]): Evidence =>
	asNode(seen(withFiles(withPlugins(carriedByRuntime, 'bridge', 'host-local'), ...files), {runtime: crioRuntime(network)}), {
		containerRuntime: 'cri-o://1.30.2',
	});
const bridgeList = (name: string, network: string): ReturnType<typeof configurationFile> =>
	configurationFile(name, {
		cniVersion: '0.4.0',
		name: network,
		plugins: [{type: 'bridge', bridge: 'cni0', ipam: {type: 'host-local'}}],
	});
const unchained = writtenFile('1.17.4', false);

// --- OpenShift: CRI-O calls Multus by its name, and Multus reads what the network writes into a folder of its own

const rhcos = 'Red Hat Enterprise Linux CoreOS 417.94.202410090854-0';
const openshiftNetwork = `network_dir = "/etc/kubernetes/cni/net.d/"
plugin_dirs = ["/var/lib/cni/bin", "/usr/libexec/cni"]
cni_default_network = "multus-cni-network"`;

function openshift({
	folder = '/var/run/multus/cni/net.d',
	binaries = '/var/lib/cni/bin',
	rules = [...hooksOfRuntime, ...runtimeRules(plain.pods)],
}: {
	readonly folder?: string;
	readonly binaries?: string;
	readonly rules?: readonly string[];
} = {}): Evidence {
	const base = seen(withRules(plain, rules), {
		configurationFolder: {host: folder, files: [unchained]},
		binaryFolder: {host: binaries, files: [binary('cilium-cni'), binary('loopback')]},
		runtime: crioRuntime(openshiftNetwork),
	});
	return asNode(base, {containerRuntime: 'cri-o://1.30.5-2.rhaos4.17', osImage: rhcos});
}

const waitingPod = (evidence: Evidence): Evidence =>
	having(
		evidence,
		pod('second', 'node-1', '', [port(8080, 80)], {
			phase: 'Pending',
			node: '',
			podIPs: [],
			ready: false,
			trouble: "Unschedulable: 0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports.",
		}),
	);

// --- containerd in other folders

const inFolder = (binaries: string, ...names: string[]): Evidence =>
	withRuntime(
		seen(portmap, {
			binaryFolder: {
				host: binaries,
				files: [binary('cilium-cni'), binary('loopback'), ...names.map(name => (name === 'portmap' ? workingPortmap() : binary(name)))],
			},
		}),
		[binaries],
	);
const gke = (...names: string[]): Evidence =>
	asNode(inFolder('/home/kubernetes/bin', ...names), {osImage: 'Container-Optimized OS from Google', kernel: '6.1.112+'});
const ptp = configurationFile('10-gke-ptp.conflist', {
	cniVersion: '0.3.1',
	name: 'k8s-pod-network',
	plugins: [
		{type: 'ptp', mtu: 1460, ipam: {type: 'host-local'}},
		{type: 'portmap', capabilities: {portMappings: true}},
	],
});
const kubeRouter = configurationFile('10-kuberouter.conflist', {
	cniVersion: '0.3.1',
	name: 'mynet',
	plugins: [
		{type: 'bridge', bridge: 'kube-bridge', isDefaultGateway: true, ipam: {type: 'host-local'}},
		{type: 'portmap', capabilities: {snat: true, portMappings: true}},
	],
});
const canal = configurationFile('10-canal.conflist', {
	cniVersion: '0.3.1',
	name: 'k8s-pod-network',
	plugins: [{type: 'calico'}, {type: 'portmap', snat: true, capabilities: {portMappings: true}}],
});
const flannelFile = configurationFile('10-flannel.conflist', {
	name: 'cbr0',
	cniVersion: '0.3.1',
	plugins: [
		{type: 'flannel', delegate: {hairpinMode: true}},
		{type: 'portmap', capabilities: {portMappings: true}},
	],
});
const failing = (words: string): string => `${sandbox}plugin type="portmap" failed (add): ${words}`;
const k3s = (evidence: Evidence, kubernetes: string): Evidence => ({...evidence, kubernetes});

// --- nftables' own tables

const matching = (field: string, ...values: string[]): FilterMatch => ({field, isNot: false, values});
/** One base chain of a table of somebody's own that sends TCP to a port elsewhere. */
function sending(priority: number, to: string, dport = '8080', isAfter = true): Evidence {
	const chain = {name: 'ip other pre', hook: 'prerouting', priority, policy: 'accept' as const};
	const rule: FilterRule = {
		chain: chain.name,
		says: `tcp dport ${dport} dnat to ${to}`,
		matches: [matching('tcp dport', dport)],
		deed: 'send',
		to: '',
		sendsTo: to,
		map: null,
	};
	const tables = isAfter ? ['ip nat', 'ip other'] : ['ip other', 'ip nat'];
	return withFacts(
		seen(portmap, {nftables: {rules: [], rules6: [], tables, chains: [], filter: {chains: [chain], rules: [rule], isCut: false}}}),
		{'default-devices': 'eth0'},
	);
}

const web = '10.0.0.5:80';
const ownChain = /-j (CNI-DN-\S+)$/.exec(own.find(line => line.includes('--dports 8080')) ?? '')?.[1] ?? '';
/** A rule at the head of the pod's own chain. */
const before = (rule: string): string[] => {
	const at = own.findIndex(line => line.startsWith(`-A ${ownChain} `));
	return [...own.slice(0, at), `-A ${ownChain} ${rule}`, ...own.slice(at)];
};
const netavark = (hostPort: number): string[] => [
	':NETAVARK-HOSTPORT-DNAT - [0:0]',
	':NETAVARK-DN-1D8721804F16F - [0:0]',
	'-A PREROUTING -m addrtype --dst-type LOCAL -j NETAVARK-HOSTPORT-DNAT',
	`-A NETAVARK-HOSTPORT-DNAT -p tcp -m tcp --dport ${hostPort} -m comment --comment "dnat name: podman id: 4f2" -j NETAVARK-DN-1D8721804F16F`,
	`-A NETAVARK-DN-1D8721804F16F -p tcp -m tcp --dport ${hostPort} -j DNAT --to-destination 10.89.0.2:80`,
];
const sidecarPod = pod('mesh', 'node-1', '10.0.0.70', [port(15_020, 15_020, {init: true, sidecar: true, container: 'proxy'})]);

const floating = pod('vip', 'node-1', '10.0.0.50', [port(9000, 80, {hostIP: '10.88.0.100'})]);

/** A pod and a node of IPv6 alone. */
function sixOnly(isMapped: boolean): Evidence {
	const six = pod('six', 'node-1', 'fd00::40', [port(9443, 443)]);
	const base = asNode({...portmap, pods: [six]}, {addresses: [{type: 'InternalIP', address: 'fd00:88::11'}]});
	const hooks6 = [...portmapHooks];
	return withRules(base, [], [...hooks6, ...(isMapped ? portmapRules({sandbox: 'six', hostPort: 9443, target: '[fd00::40]:443'}) : [])]);
}

/** A pod of both families on a node of both, by eBPF. */
function bothFamilies(hasSix: boolean): Evidence {
	const both = pod('both', 'node-1', '', [port(9443, 443)], {podIPs: ['10.0.0.40', 'fd00::40']});
	const addresses = ['10.88.0.11', 'fd00:88::11'].map(address => ({type: 'InternalIP', address}));
	const entries = native.nodes[0]?.observation?.serviceEntries ?? [];
	const entry = entries[0];
	const made =
		entry === undefined
			? []
			: [
					{...entry, ip: '10.88.0.11', port: 9443, backends: [{ip: '10.0.0.40', port: 443}]},
					...(hasSix ? [{...entry, ip: 'fd00:88::11', port: 9443, backends: [{ip: 'fd00::40', port: 443}]}] : []),
				];
	return seen(asNode({...native, pods: [both]}, {addresses}), {serviceEntries: made});
}

export const distributionInputs: readonly DistributionInput[] = [
	...named(
		'OpenShift',
		{
			name: 'OpenShift: Multus reads what Cilium writes from a folder of its own',
			twin: true,
			make: () => openshift(),
			first: 'HP22 info',
			verdict: 'ok',
		},
		{
			name: 'OpenShift: Cilium installed with the chart’s usual folder for its file',
			make: () => openshift({folder: '/etc/cni/net.d', rules: []}),
			first: 'HP05 error',
			verdict: 'broken',
		},
		{
			name: 'OpenShift: cilium-cni where the chart puts it, CRI-O searches elsewhere',
			make: () =>
				withEvent(
					openshift({binaries: '/opt/cni/bin'}),
					'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to create pod network sandbox k8s_waits(9f): error adding pod default_waits to CNI network "multus-cni-network": plugin type="multus-shim" name="multus-cni-network" failed (add): CmdAdd (shim): [default/waits:cilium]: error adding container to network "cilium": failed to find plugin "cilium-cni" in path [/opt/multus/bin /var/lib/cni/bin /usr/libexec/cni]',
				),
			first: 'HP24 error',
			verdict: 'broken',
		},
		{name: 'OpenShift: a router has the port already', make: () => waitingPod(openshift()), first: 'HP14 error', verdict: 'ok'},
		{
			name: 'OpenShift: SELinux lets nobody run cilium-cni',
			make: () =>
				withEvent(
					withFacts(openshift(), enforcing),
					`${sandbox}plugin type="cilium-cni" failed (add): fork/exec /var/lib/cni/bin/cilium-cni: permission denied`,
				),
			first: 'HP34 error',
			verdict: 'broken',
		},
		{
			name: 'OpenShift: an enforcing node on which all is well',
			twin: true,
			make: () => withFacts(openshift(), enforcing),
			first: 'HP22 info',
			verdict: 'ok',
		},
		{
			name: 'OpenShift: CRI-O has lost its rules',
			make: () => openshift({rules: hooksOfRuntime}),
			first: 'HP08 error',
			verdict: 'degraded',
		},
	),
	...named(
		'CRI-O',
		{
			name: 'cni_default_network names another network than Cilium’s',
			report: 'crio.conf(5)',
			make: () =>
				crio('network_dir = "/etc/cni/net.d"\ncni_default_network = "crio"', unchained, bridgeList('10-crio-bridge.conflist', 'crio')),
			first: 'HP05 warning',
			verdict: 'ok',
		},
		{
			name: 'cni_default_network names Cilium’s, and another file sorts first',
			twin: true,
			make: () =>
				crio('network_dir = "/etc/cni/net.d"\ncni_default_network = "cilium"', bridgeList('00-podman.conflist', 'podman'), unchained),
			first: 'HP22 info',
			verdict: 'ok',
		},
		{
			name: 'cni_default_network names a network that no file has',
			make: () =>
				asNode(crio('network_dir = "/etc/cni/net.d"\ncni_default_network = "crio"', unchained), {
					ready: false,
					readyMessage:
						'KubeletNotReady: container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: No CNI configuration file in /etc/cni/net.d/. Has your network provider started?',
				}),
			first: 'HP05 error',
			verdict: 'broken',
		},
		{
			name: 'no cni_default_network: the first file by name counts',
			make: () => crio('network_dir = "/etc/cni/net.d"', bridgeList('00-podman.conflist', 'podman'), unchained),
			first: 'HP05 warning',
			verdict: 'ok',
		},
		{
			name: 'a sidecar’s hostPort under CRI-O',
			report: 'kubernetes/kubernetes#132037',
			make: () => having(crio('network_dir = "/etc/cni/net.d"', unchained), sidecarPod),
			first: 'HP32 error',
			verdict: 'degraded',
		},
	),
	...named(
		'GKE',
		{
			name: 'GKE Dataplane V2 that serves',
			twin: true,
			make: () => ({...native, otherDaemonSets: ['kube-system/anetd', 'kube-system/netd']}),
			first: 'HP18 info',
			verdict: 'ok',
		},
		{
			name: 'GKE Dataplane V2: an entry is lacking',
			make: () => ({
				...seen(native, {serviceEntries: (native.nodes[0]?.observation?.serviceEntries ?? []).filter(entry => entry.port !== 8080)}),
				otherDaemonSets: ['kube-system/anetd', 'kube-system/netd'],
			}),
			first: 'HP10 error',
			verdict: 'degraded',
		},
		{
			name: 'GKE with Cilium’s chart: portmap chained, and not in /home/kubernetes/bin',
			make: () => withRules(gke(), []),
			first: 'HP02 error',
			verdict: 'broken',
		},
		{
			name: 'GKE with Cilium’s chart: portmap in /home/kubernetes/bin',
			twin: true,
			make: () => gke('portmap'),
			first: 'HP22 info',
			verdict: 'ok',
		},
		{
			name: 'GKE: cni.binPath left at /opt, which is read-only there',
			make: () =>
				asNode(
					agentFailing(
						"Init:CrashLoopBackOff; install-cni-binaries: mkdir: cannot create directory '/host/opt/cni': Read-only file system",
						{},
					),
					{osImage: 'Container-Optimized OS from Google'},
				),
			first: 'HP24 error',
			verdict: 'degraded',
		},
		{
			name: 'GKE: netd’s own list stands behind Cilium’s',
			twin: true,
			make: () => withFiles(gke('portmap', 'ptp', 'host-local'), list(), ptp),
			first: 'HP22 info',
			verdict: 'ok',
		},
		{
			name: 'GKE: netd’s own list alone is there',
			make: () => withFiles(gke('portmap', 'ptp', 'host-local'), ptp),
			first: 'HP05 warning',
			verdict: 'ok',
		},
	),
	...named(
		'k0s',
		{
			name: 'k0s: kube-router’s list stands behind Cilium’s',
			twin: true,
			make: () => withRuntime(withFiles(portmap, list(), kubeRouter), ['/opt/cni/bin'], '/etc/cni/net.d', '/run/k0s/containerd-cri.toml'),
			first: 'HP22 info',
			verdict: 'ok',
		},
		{
			name: 'k0s: kube-router’s list is loaded, and its bridge is gone',
			make: () => withRules(withFiles(portmap, kubeRouter), []),
			first: 'HP05 error',
			verdict: 'broken',
		},
		{
			name: 'k0s: kube-router’s list is loaded, with all that it calls',
			make: () => withFiles(withPlugins(portmap, 'bridge', 'host-local'), kubeRouter),
			first: 'HP05 warning',
			verdict: 'ok',
		},
		{
			name: 'k0s: portmap copied by hand without the right to run it',
			make: () =>
				withRuntime(
					seen(withRules(portmap, []), {
						binaryFolder: {
							host: '/opt/cni/bin',
							files: [binary('cilium-cni'), binary('loopback'), binary('portmap', {mode: '644', versionExitCode: 126})],
						},
					}),
					['/opt/cni/bin'],
					'/etc/cni/net.d',
					'/run/k0s/containerd-cri.toml',
				),
			first: 'HP02 error',
			verdict: 'broken',
		},
	),
	...named(
		'Flatcar',
		{
			name: 'Flatcar: /usr is read-only, and the plugins are in /opt',
			twin: true,
			make: () => asNode(portmap, {osImage: 'Flatcar Container Linux by Kinvolk 3975.2.2 (Oklo)', kernel: '6.6.54-flatcar'}),
			first: 'HP22 info',
			verdict: 'ok',
		},
		{
			name: 'Flatcar: cni.binPath under /usr',
			make: () =>
				agentFailing(
					"Init:CrashLoopBackOff; install-cni-binaries: cp: cannot create regular file '/host/usr/lib/cni/.cilium-cni.new': Read-only file system",
					{},
				),
			first: 'HP24 error',
			verdict: 'degraded',
		},
		{
			name: 'Flatcar: iptables-restore.service has put its own nat table in place after the pods',
			make: () =>
				withFacts(withRules(portmap, [':CNI-HOSTPORT-DNAT - [0:0]', '-A POSTROUTING -s 10.0.0.0/8 -j MASQUERADE']), {
					'iptables-restore': 'active since 2024-02-07T01:58:00Z',
				}),
			first: 'HP08 error',
			verdict: 'degraded',
		},
	),
	...named(
		'Bottlerocket',
		{
			name: 'Bottlerocket: SELinux enforces, and all is well',
			twin: true,
			make: () =>
				asNode(withFacts(portmap, {selinux: 'enforcing', 'selinux:': 'system_u:object_r:os_t:s0'}), {
					osImage: 'Bottlerocket OS 1.26.1 (aws-k8s-1.30)',
				}),
			first: 'HP22 info',
			verdict: 'ok',
		},
		{
			name: 'Bottlerocket: SELinux lets nobody run portmap',
			make: () =>
				withEvent(
					withFacts(withRules(portmap, []), {...enforcing, 'selinux:/portmap': 'system_u:object_r:unlabeled_t:s0'}),
					notRun('portmap'),
				),
			first: 'HP34 error',
			verdict: 'broken',
		},
		{
			name: 'Bottlerocket: no iptables on the host’s PATH',
			make: () =>
				withEvent(withRules(portmap, []), failing('failed to open iptables: exec: "iptables": executable file not found in $PATH')),
			first: 'HP09 error',
			verdict: 'degraded',
		},
		{
			name: 'Bottlerocket: no shell on the host, so its nft was not asked',
			twin: true,
			make: () =>
				seen(portmap, {nftables: null, errors: ['the node has no shell: nsenter: failed to execute sh: No such file or directory']}),
			first: 'HP22 info',
			verdict: 'ok',
		},
	),
	...named(
		'Talos',
		{
			name: 'Talos: full replacement by KubePrism’s address',
			twin: true,
			make: () =>
				asNode(withSettings(native, {'k8s-api-server': 'https://localhost:7445', 'kube-proxy-replacement': 'true'}), {
					osImage: 'Talos (v1.8.1)',
					kernel: '6.6.54-talos',
				}),
			first: 'HP22 info',
			verdict: 'ok',
		},
		{
			name: 'Talos: portmap in legacy tables, kube-proxy in nft’s',
			report: 'siderolabs/talos#9883',
			make: () =>
				seen(portmap, {
					nat: {nft: natTable([':KUBE-SERVICES - [0:0]', '-A PREROUTING -j KUBE-SERVICES']), legacy: natTable(own)},
				}),
			first: 'HP09 warning',
			verdict: 'ok',
		},
		{
			name: 'Talos: portmap finds neither iptables nor nft',
			report: 'siderolabs/talos#12617',
			make: () =>
				withEvent(withRules(portmap, []), failing('could not find nftables binary: exec: "nft": executable file not found in $PATH')),
			first: 'HP09 error',
			verdict: 'degraded',
		},
		{
			name: 'Talos: its own flannel was not switched off',
			make: () => ({...withFiles(portmap, list(), flannelFile), otherDaemonSets: ['kube-system/kube-flannel', 'kube-system/kube-proxy']}),
			first: 'HP18 info',
			verdict: 'ok',
		},
		{
			name: 'Talos: a file of flannel from before behind Cilium’s',
			twin: true,
			make: () => withFiles(portmap, list(), flannelFile),
			first: 'HP22 info',
			verdict: 'ok',
		},
	),
	...named(
		'MicroK8s',
		{
			name: 'MicroK8s: Cilium by its chart, with the chart’s own folders',
			make: () =>
				withRuntime(
					withRules(portmap, []),
					['/var/snap/microk8s/7231/opt/cni/bin'],
					'/var/snap/microk8s/7231/args/cni-network',
					'/var/snap/microk8s/current/args/containerd.toml',
				),
			first: 'HP05 error',
			verdict: 'broken',
		},
		{
			name: 'MicroK8s: portmap is not in the snap’s folder',
			make: () =>
				withRuntime(
					seen(withRules(portmap, []), {
						configurationFolder: {host: '/var/snap/microk8s/current/args/cni-network', files: [list()]},
						binaryFolder: {host: '/var/snap/microk8s/current/opt/cni/bin', files: [binary('cilium-cni'), binary('loopback')]},
					}),
					['/var/snap/microk8s/7231/opt/cni/bin'],
					'/var/snap/microk8s/7231/args/cni-network',
					'/var/snap/microk8s/current/args/containerd.toml',
				),
			first: 'HP02 error',
			verdict: 'broken',
		},
	),
	...named(
		'RKE2',
		{
			name: 'RKE2: replacement serves, and its chart chains portmap all the same',
			report: 'rancher/rke2#5355',
			twin: true,
			make: () =>
				k3s(
					withSettings(
						seen(native, {
							configurationFolder: {host: '/etc/cni/net.d', files: [list()]},
							binaryFolder: {host: '/opt/cni/bin', files: [binary('cilium-cni'), binary('loopback'), workingPortmap()]},
							nat: {nft: natTable(own), legacy: natTable()},
						}),
						{'cni-chaining-mode': 'portmap'},
					),
					'v1.30.5+rke2r1',
				),
			first: 'HP22 info',
			verdict: 'ok',
		},
		{
			name: 'RKE2: an upgrade turned replacement off, and nothing is chained',
			report: 'rancher/rke2#2325',
			make: () => k3s(pathlessEvidence('1.17.4', ['node-1']), 'v1.30.5+rke2r1'),
			first: 'HP01 error',
			verdict: 'broken',
		},
		{
			name: 'RKE2: what installs portmap cannot be pulled',
			make: () => agentFailing('Init:ImagePullBackOff; install-portmap-cni-plugin', {}),
			first: 'HP24 error',
			verdict: 'degraded',
		},
		{
			name: 'RKE2: canal’s list of before stands behind Cilium’s',
			twin: true,
			make: () => withFiles(portmap, list(), canal),
			first: 'HP22 info',
			verdict: 'ok',
		},
		{
			name: 'RKE2: Multus in front by the path of Cilium’s file',
			twin: true,
			make: () =>
				withPlugins(
					withFiles(
						portmap,
						configurationFile('00-multus.conf', {
							cniVersion: '0.3.1',
							name: 'multus-cni-network',
							type: 'multus',
							capabilities: {portMappings: true},
							clusterNetwork: '/host/etc/cni/net.d/05-cilium.conflist',
						}),
						list(),
					),
					'multus',
				),
			first: 'HP05 info',
			verdict: 'ok',
		},
	),
	...named(
		'rules',
		{
			name: 'RETURN in the pod’s own chain, before it is sent on',
			make: () => withRules(portmap, before('-p tcp -m tcp --dport 8080 -j RETURN')),
			first: 'HP07 error',
			verdict: 'degraded',
		},
		{
			name: 'RETURN of everything in the pod’s own chain',
			make: () => withRules(portmap, before('-j RETURN')),
			first: 'HP07 error',
			verdict: 'degraded',
		},
		{
			name: 'RETURN of another port in the pod’s own chain',
			twin: true,
			make: () => withRules(portmap, before('-p tcp -m tcp --dport 8081 -j RETURN')),
			first: 'HP22 info',
			verdict: 'ok',
		},
		{
			name: 'RETURN for some senders in the pod’s own chain',
			make: () => withRules(portmap, before('-s 192.0.2.0/24 -p tcp -m tcp --dport 8080 -j RETURN')),
			first: 'HP07 warning',
			verdict: 'ok',
		},
		{
			name: 'ACCEPT in the pod’s own chain',
			make: () => withRules(portmap, before('-p tcp -m tcp --dport 8080 -j ACCEPT')),
			first: 'HP07 error',
			verdict: 'degraded',
		},
		{
			name: 'a native nat chain at portmap’s own priority, made after it',
			make: () => sending(-100, '10.0.0.99:80'),
			first: 'HP07 warning',
			verdict: 'ok',
		},
		{
			name: 'a native nat chain at portmap’s own priority, made before it',
			make: () => sending(-100, '10.0.0.99:80', '8080', false),
			first: 'HP07 warning',
			verdict: 'ok',
		},
		{
			name: 'a native nat chain at portmap’s own priority that leads to the pod itself',
			twin: true,
			make: () => sending(-100, web),
			first: 'HP22 info',
			verdict: 'ok',
		},
		{
			name: 'a native nat chain at portmap’s own priority for another port',
			twin: true,
			make: () => sending(-100, '10.0.0.99:80', '8081'),
			first: 'HP22 info',
			verdict: 'ok',
		},
		{
			name: 'a native nat chain just before portmap’s priority',
			make: () => sending(-101, '10.0.0.99:80'),
			first: 'HP07 error',
			verdict: 'degraded',
		},
		{
			name: 'a native nat chain just behind portmap’s priority',
			twin: true,
			make: () => sending(-99, '10.0.0.99:80'),
			first: 'HP22 info',
			verdict: 'ok',
		},
		{
			name: 'a native nat chain at portmap’s own priority, and the port was answered',
			twin: true,
			make() {
				const base = sending(-100, '10.0.0.99:80');
				return {...base, clientProbes: [{address: '10.88.0.11', port: 8080, answer: 'open'}]};
			},
			first: 'HP22 info',
			verdict: 'ok',
		},
		{
			name: 'podman’s rules (netavark) for the same port, first',
			make: () => withRules(portmap, [...netavark(8080), ...own]),
			first: 'HP07 error',
			verdict: 'degraded',
		},
		{
			name: 'podman’s rules (netavark) for another port, first',
			twin: true,
			make: () => withRules(portmap, [...netavark(9091), ...own]),
			first: 'HP22 info',
			verdict: 'ok',
		},
		{
			name: 'podman’s rules (netavark) for the same port, behind',
			twin: true,
			make: () => withRules(portmap, [...own, ...netavark(8080)]),
			first: 'HP22 info',
			verdict: 'ok',
		},
		{
			name: 'portmap’s hooks twice, as two builds of it left them',
			twin: true,
			make: () => withRules(portmap, [...portmapHooks, ...own]),
			first: 'HP22 info',
			verdict: 'ok',
		},
	),
	...named(
		'plugins that fail',
		{
			name: 'portmap: another program holds the lock of xtables',
			make: () =>
				withEvent(
					withRules(portmap, []),
					failing(
						'unable to setup DNAT: running [/usr/sbin/iptables -t nat -C PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT --wait]: exit status 4: Another app is currently holding the xtables lock.',
					),
				),
			first: 'HP30 error',
			verdict: 'degraded',
		},
		{
			name: 'portmap: the nft build knows no multiport',
			make: () =>
				withEvent(
					withRules(portmap, []),
					failing(
						'unable to create chain: running [/usr/sbin/iptables -t nat -A CNI-HOSTPORT-DNAT -m multiport -p tcp --destination-ports 8080 -j CNI-DN-1 --wait]: exit status 2: Warning: Extension multiport revision 0 not supported, missing kernel module?',
					),
				),
			first: 'HP30 error',
			verdict: 'degraded',
		},
		{
			name: 'cilium-cni is turned away by the agent, in a network named portmap',
			make: () =>
				withEvent(
					portmap,
					`${sandbox}plugin type="cilium-cni" name="portmap" failed (add): unable to create endpoint: [PUT /endpoint/{id}][429] putEndpointIdTooManyRequests`,
				),
			first: 'HP24 error',
			verdict: 'degraded',
		},
		{
			name: 'bandwidth, added to the list by somebody, fails',
			make: () => withEvent(portmap, `${sandbox}plugin type="bandwidth" failed (add): cannot create ifb device: operation not supported`),
			first: 'HP24 error',
			verdict: 'degraded',
		},
		{
			name: 'cilium-cni is built for another machine',
			make: () =>
				withEvent(portmap, `${sandbox}plugin type="cilium-cni" failed (add): fork/exec /opt/cni/bin/cilium-cni: exec format error`),
			first: 'HP24 error',
			verdict: 'broken',
		},
		{
			name: 'an event of portmap’s failure that a later start refutes',
			twin: true,
			make: () => {
				const base = withWaitingPod(portmap, failing('unable to setup DNAT: exit status 4'), {reason: 'FailedCreatePodSandBox'});
				return {
					...base,
					pods: base.pods.filter(({name}) => name !== 'waits'),
					events: base.events.map(each => ({...each, podIs: 'gone' as const})),
				};
			},
			first: 'HP22 info',
			verdict: 'ok',
		},
		{
			name: 'linkerd’s plugin is named, and gone',
			report: 'linkerd/linkerd2: linkerd-cni',
			make: () =>
				withFiles(
					portmap,
					configurationFile('05-cilium.conflist', {
						cniVersion: '0.3.1',
						name: 'portmap',
						plugins: [{type: 'cilium-cni'}, {type: 'portmap', capabilities: {portMappings: true}}, {type: 'linkerd-cni'}],
					}),
				),
			first: 'HP24 error',
			verdict: 'broken',
		},
		{
			name: 'a sidecar’s hostPort by eBPF, with its entry',
			twin: true,
			make: () => {
				const base = having(native, sidecarPod);
				const entry = (native.nodes[0]?.observation?.serviceEntries ?? []).find(({port: number}) => number === 8080);
				return entry === undefined
					? base
					: seen(base, {
							serviceEntries: [
								...(native.nodes[0]?.observation?.serviceEntries ?? []),
								{...entry, port: 15_020, backends: [{ip: '10.0.0.70', port: 15_020}]},
							],
						});
			},
			first: 'HP22 info',
			verdict: 'ok',
		},
		{
			name: 'replacement without its own status yet, entries right',
			twin: true,
			make: () => seen(native, {agentStatus: agentStatus('1.17.4', {kubeProxyReplacement: '', starting: true})}),
			first: 'HP22 info',
			verdict: 'ok',
		},
	),
	...named(
		'further: plugins',
		{
			name: 'portmap is handed a newer CNI version than it knows, by its own words',
			make: () =>
				withEvent(
					withRules(portmap, []),
					failing('incompatible CNI versions; config is "1.1.0", plugin supports ["0.1.0" "0.2.0" "0.3.0" "0.3.1" "0.4.0" "1.0.0"]'),
				),
			first: 'HP30 error',
			verdict: 'broken',
		},
		{
			name: 'portmap gets no address from the plugin before it',
			make: () => withEvent(portmap, failing('must be called as chained plugin')),
			first: 'HP30 error',
			verdict: 'broken',
		},
		{
			name: 'the kernel has no nat table for IPv6',
			make: () =>
				withEvent(
					portmap,
					failing(
						"unable to create chain CNI-HOSTPORT-SETMARK: running [/usr/sbin/ip6tables -t nat -N CNI-HOSTPORT-SETMARK --wait]: exit status 3: modprobe: FATAL: Module ip6_tables not found in directory /lib/modules/6.1.0\nip6tables v1.8.9 (legacy): can't initialize ip6tables table `nat': Table does not exist (do you need to insmod?)",
					),
				),
			first: 'HP30 error',
			verdict: 'degraded',
		},
		{
			name: 'no room for the lock of xtables',
			make: () => withEvent(portmap, failing('could not initialize iptables protocol 0: open /run/xtables.lock: no space left on device')),
			first: 'HP30 error',
			verdict: 'degraded',
		},
		{
			name: 'portmap lies on a file system that runs nothing (noexec)',
			make: () => withEvent(withRules(portmap, []), notRun('portmap')),
			first: 'HP02 error',
			verdict: 'broken',
		},
		{
			name: 'the sandbox itself does not start: seccomp',
			make: () =>
				withEvent(
					portmap,
					'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error loading seccomp filter into kernel: invalid argument',
				),
			first: 'HP24 error',
			verdict: 'degraded',
		},
		{
			name: 'a pod named portmap-0 whose image cannot be pulled',
			make: () =>
				having(
					portmap,
					pod('portmap-0', 'node-1', '', [port(7000, 80)], {
						phase: 'Pending',
						podIPs: [],
						ready: false,
						trouble: 'ImagePullBackOff; Back-off pulling image "portmap:1"',
					}),
				),
			first: 'HP21 warning',
			verdict: 'ok',
		},
		{
			name: 'tuning, added to Cilium’s list, with its binary',
			twin: true,
			make: () =>
				withPlugins(
					withFiles(
						withSettings(portmap, {'custom-cni-conf': 'true'}),
						configurationFile('05-cilium.conflist', {
							cniVersion: '0.3.1',
							name: 'portmap',
							plugins: [
								{type: 'cilium-cni'},
								{type: 'portmap', capabilities: {portMappings: true}},
								{type: 'tuning', sysctl: {'net.core.somaxconn': '500'}},
							],
						}),
					),
					'tuning',
				),
			first: 'HP22 info',
			verdict: 'ok',
		},
		{
			name: 'containerd 1.7 without its loopback',
			make: () =>
				asNode(seen(portmap, {binaryFolder: {host: '/opt/cni/bin', files: [binary('cilium-cni'), workingPortmap()]}}), {
					containerRuntime: 'containerd://1.7.22',
				}),
			first: 'HP24 error',
			verdict: 'broken',
		},
		{
			name: 'containerd 2.0 without a loopback of its own',
			twin: true,
			make: () =>
				asNode(seen(portmap, {binaryFolder: {host: '/opt/cni/bin', files: [binary('cilium-cni'), workingPortmap()]}}), {
					containerRuntime: 'containerd://2.0.1',
				}),
			first: 'HP22 info',
			verdict: 'ok',
		},
		{
			name: 'an agent that runs out of memory again and again',
			make: () => agentFailing('CrashLoopBackOff; OOMKilled', {}),
			first: 'HP24 error',
			verdict: 'degraded',
		},
	),
	...named(
		'further: files',
		{
			name: 'the plain file of an older Cilium sorts before its list',
			make: () =>
				withRules(
					withFiles(portmap, configurationFile('05-cilium.conf', {cniVersion: '0.3.1', name: 'cilium', type: 'cilium-cni'}), list()),
					[],
				),
			first: 'HP05 error',
			verdict: 'broken',
		},
		{
			name: 'a list of Weave from before sorts first, and Weave is gone',
			make: () =>
				withRules(
					withFiles(
						portmap,
						configurationFile('00-weave.conflist', {
							cniVersion: '0.3.0',
							name: 'weave',
							plugins: [
								{type: 'weave-net', hairpinMode: true},
								{type: 'portmap', capabilities: {portMappings: true}},
							],
						}),
						list(),
					),
					[],
				),
			first: 'HP05 error',
			verdict: 'broken',
		},
		{
			name: 'CRI-O’s example lists sort behind',
			twin: true,
			make: () =>
				crio(
					'network_dir = "/etc/cni/net.d"',
					unchained,
					bridgeList('100-crio-bridge.conflist', 'crio'),
					bridgeList('11-crio-ipv4-bridge.conflist', 'crio'),
				),
			first: 'HP22 info',
			verdict: 'ok',
		},
		{
			name: 'a thick Multus hands portmap nothing',
			make: () =>
				withPlugins(
					withFiles(
						portmap,
						configurationFile('00-multus.conf', {
							cniVersion: '0.3.1',
							name: 'multus-cni-network',
							type: 'multus-shim',
							clusterNetwork: '/host/etc/cni/net.d/05-cilium.conflist',
						}),
						list(),
					),
					'multus-shim',
				),
			first: 'HP05 warning',
			verdict: 'degraded',
		},
		{
			name: 'K3s’ folder is a link to the usual one',
			twin: true,
			make: () =>
				withFacts(withRuntime(portmap, ['/opt/cni/bin'], '/var/lib/rancher/k3s/agent/etc/cni/net.d'), {
					'same-folder:/var/lib/rancher/k3s/agent/etc/cni/net.d': 'yes',
				}),
			first: 'HP22 info',
			verdict: 'ok',
		},
		{
			name: 'containerd is told a folder for Multus, and Cilium writes into the usual one',
			make: () => withRuntime(withRules(portmap, []), ['/opt/cni/bin'], '/etc/cni/multus/net.d'),
			first: 'HP05 error',
			verdict: 'broken',
		},
		{
			name: 'CRI-O is told Multus’ network, whose file calls Cilium’s',
			twin: true,
			make: () =>
				withPlugins(
					crio(
						'network_dir = "/etc/cni/net.d"\ncni_default_network = "multus-cni-network"',
						unchained,
						configurationFile('10-multus.conf', {
							cniVersion: '0.3.1',
							name: 'multus-cni-network',
							type: 'multus',
							capabilities: {portMappings: true},
							clusterNetwork: 'cilium',
						}),
					),
					'multus',
				),
			first: 'HP05 info',
			verdict: 'ok',
		},
	),
	...named(
		'further: rules',
		{
			name: 'FORWARD drops by its policy, and Cilium’s chain accepts',
			twin: true,
			make: () =>
				seen(portmap, {
					nat: {
						nft: {
							...natTable(own),
							others: [
								'filter :FORWARD DROP [0:0]',
								'filter -A FORWARD -m comment --comment "cilium-feeder: CILIUM_FORWARD" -j CILIUM_FORWARD',
								'filter -A CILIUM_FORWARD -o cilium_host -j ACCEPT',
								'filter -A CILIUM_FORWARD -i lxc+ -j ACCEPT',
								'filter -A CILIUM_FORWARD -i cilium_host -j ACCEPT',
							],
						},
						legacy: natTable(),
					},
				}),
			first: 'HP22 info',
			verdict: 'ok',
		},
		{
			name: 'FORWARD drops by its policy, and nothing accepts',
			make: () => seen(portmap, {nat: {nft: {...natTable(own), others: ['filter :FORWARD DROP [0:0]']}, legacy: natTable()}}),
			first: 'HP13 warning',
			verdict: 'ok',
		},
		{
			name: 'Docker publishes another port',
			twin: true,
			make: () =>
				withRules(portmap, [
					':DOCKER - [0:0]',
					'-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER',
					'-A DOCKER ! -i docker0 -p tcp -m tcp --dport 5000 -j DNAT --to-destination 172.17.0.2:5000',
					...own,
				]),
			first: 'HP22 info',
			verdict: 'ok',
		},
		{
			name: 'Docker publishes the same port at loopback alone',
			twin: true,
			make: () =>
				withRules(portmap, [
					':DOCKER - [0:0]',
					'-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER',
					'-A DOCKER -d 127.0.0.1/32 ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80',
					...own,
				]),
			first: 'HP22 info',
			verdict: 'ok',
		},
		{
			name: 'Docker publishes the same port of UDP',
			twin: true,
			make: () =>
				withRules(portmap, [
					':DOCKER - [0:0]',
					'-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER',
					'-A DOCKER ! -i docker0 -p udp -m udp --dport 8080 -j DNAT --to-destination 172.17.0.2:80',
					...own,
				]),
			first: 'HP22 info',
			verdict: 'ok',
		},
		{
			name: 'a redirection of some senders, by a set',
			make: () =>
				withRules(portmap, ['-A PREROUTING -p tcp -m tcp --dport 8080 -m set --match-set blocked src -j REDIRECT --to-ports 9', ...own]),
			first: 'HP07 warning',
			verdict: 'ok',
		},
		{
			name: 'a range of ports is sent to a proxy first',
			make: () => withRules(portmap, ['-A PREROUTING -i eth0 -p tcp -m tcp --dport 8000:9000 -j REDIRECT --to-ports 3128', ...own]),
			first: 'HP07 error',
			verdict: 'degraded',
		},
		{
			name: 'nerdctl publishes the same port, first',
			make: () => {
				const theirs = [
					':CNI-DN-aaaaaaaaaaaaaaaaaaaaa - [0:0]',
					`-A CNI-HOSTPORT-DNAT -p tcp -m comment --comment "dnat name: \\"bridge\\" id: \\"default-${'a'.repeat(64)}\\"" -m multiport --dports 8080 -j CNI-DN-aaaaaaaaaaaaaaaaaaaaa`,
					'-A CNI-DN-aaaaaaaaaaaaaaaaaaaaa -p tcp -m tcp --dport 8080 -j DNAT --to-destination 10.4.0.2:80',
				];
				return withRules(portmap, [...own.slice(0, portmapHooks.length), ...theirs, ...own.slice(portmapHooks.length)]);
			},
			first: 'HP07 error',
			verdict: 'degraded',
		},
		{
			name: 'IPv6 alone, with its rules',
			twin: true,
			make: () => sixOnly(true),
			first: 'HP22 info',
			verdict: 'ok',
		},
		{name: 'IPv6 alone, and its rules were flushed', make: () => sixOnly(false), first: 'HP08 error', verdict: 'degraded'},
		{
			name: 'CRI-O 1.33 maps by nftables alone',
			twin: true,
			make: () =>
				asNode(
					seen(withFiles(withRules(plain, []), unchained), {
						nftables: {
							rules: [],
							rules6: [],
							tables: ['ip crio-hostports'],
							chains: [],
							filter: {chains: [], rules: [], isCut: false},
							runtimeMappings: plain.pods.flatMap(({podIPs, ports}) =>
								ports.map(({hostPort, containerPort, protocol}) => ({
									protocol,
									hostPort,
									hostIP: '',
									targetIP: podIPs[0] ?? '',
									targetPort: containerPort,
								})),
							),
						},
					}),
					{containerRuntime: 'cri-o://1.33.1'},
				),
			first: 'HP22 info',
			verdict: 'ok',
		},
		{
			name: 'CRI-O 1.33, a chain of an older one, and nftables was not read',
			twin: true,
			make: () => asNode(withFiles(withRules(plain, hooksOfRuntime), unchained), {containerRuntime: 'cri-o://1.33.1'}),
			first: 'HP17 info',
			verdict: 'unknown',
		},
	),
	...named(
		'further: eBPF',
		{
			name: 'both families asked for, and no entry of IPv6',
			make: () => bothFamilies(false),
			first: 'HP20 error',
			verdict: 'degraded',
		},
		{name: 'both families asked for, each with its entry', twin: true, make: () => bothFamilies(true), first: 'HP22 info', verdict: 'ok'},
		{
			name: 'an init container’s port that nobody maps',
			twin: true,
			make: () => having(portmap, pod('once', 'node-1', '10.0.0.71', [port(7001, 7001, {init: true, sidecar: false, container: 'setup'})])),
			first: 'HP22 info',
			verdict: 'ok',
		},
		{
			name: 'a listener of the host on the port that eBPF serves',
			make: () => seen(native, {listeners: [{address: '0.0.0.0', port: 8080, protocol: 'TCP'}]}),
			first: 'HP14 warning',
			verdict: 'ok',
		},
		{
			name: 'a policy that lets in one namespace alone',
			make: () => ({
				...native,
				networkPolicies: [
					{kind: 'NetworkPolicy', namespace: 'default', name: 'web', matchLabels: {app: 'web'}, matchExpressions: [], ingressEntities: []},
				],
			}),
			first: 'HP11 warning',
			verdict: 'ok',
		},
	),
	...named(
		'further: settings and addresses',
		{
			name: 'the chaining mode written in capital letters on 1.14',
			make: () => withSettings(pathlessEvidence('1.14.19', ['node-1']), {'cni-chaining-mode': 'PortMap'}),
			first: 'HP03 error',
			verdict: 'broken',
		},
		{
			name: 'CRI-O maps nothing, and eBPF serves',
			twin: true,
			make: () =>
				asNode(seen(native, {runtime: crioRuntime('network_dir = "/etc/cni/net.d"\n[crio.runtime]\ndisable_hostport_mapping = true')}), {
					containerRuntime: 'cri-o://1.30.2',
				}),
			first: 'HP22 info',
			verdict: 'ok',
		},
		{
			name: 'CRI-O maps nothing, and nobody else does',
			make: () =>
				asNode(
					seen(pathlessEvidence('1.17.4', ['node-1']), {
						runtime: crioRuntime('network_dir = "/etc/cni/net.d"\n[crio.runtime]\ndisable_hostport_mapping = true'),
					}),
					{containerRuntime: 'cri-o://1.30.2'},
				),
			first: 'HP01 error',
			verdict: 'broken',
		},
		{
			name: 'Cilium in a namespace of Deckhouse’s',
			twin: true,
			make: () => ({...portmap, cilium: portmap.cilium && {...portmap.cilium, namespace: 'd8-cni-cilium'}}),
			first: 'HP22 info',
			verdict: 'ok',
		},
		{
			name: 'devices names one card, and the node is known by the other',
			report: 'cilium/cilium#26882',
			make: () =>
				withSettings(
					asNode(seen(native, {agentStatus: native.nodes[0]?.observation?.agentStatus ?? null}), {
						addresses: [{type: 'InternalIP', address: '192.168.7.11'}],
					}),
					{devices: 'eth1'},
				),
			first: 'HP20 error',
			verdict: 'degraded',
		},
		{
			name: 'nodeport-addresses leaves the node’s own range out',
			make: () =>
				withSettings(asNode(native, {addresses: [{type: 'InternalIP', address: '192.168.7.11'}]}), {'nodeport-addresses': '10.0.0.0/8'}),
			first: 'HP20 error',
			verdict: 'degraded',
		},
		{
			name: 'hostIP is a floating address that another node has now',
			make: () =>
				withRules(seen(having(portmap, floating), {localAddresses: ['10.88.0.11', '127.0.0.1']}), [
					...own,
					...portmapRules({sandbox: 'vip', hostPort: 9000, target: '10.0.0.50:80', hostIP: '10.88.0.100'}),
				]),
			first: 'HP20 error',
			verdict: 'degraded',
		},
		{
			name: 'hostIP is a floating address that this node has now',
			twin: true,
			make: () =>
				withRules(seen(having(portmap, floating), {localAddresses: ['10.88.0.11', '10.88.0.100', '127.0.0.1']}), [
					...own,
					...portmapRules({sandbox: 'vip', hostPort: 9000, target: '10.0.0.50:80', hostIP: '10.88.0.100'}),
				]),
			first: 'HP22 info',
			verdict: 'ok',
		},
		{
			name: 'one number for TCP and UDP, and only TCP has a rule',
			make: () =>
				withRules(having(portmap, pod('dns', 'node-1', '10.0.0.53', [port(53, 5353), port(53, 5353, {protocol: 'UDP'})])), [
					...own,
					...portmapRules({sandbox: 'dns', hostPort: 53, target: '10.0.0.53:5353'}),
				]),
			first: 'HP08 error',
			verdict: 'degraded',
		},
		{
			name: 'a pod that is being removed has no rule any more',
			twin: true,
			make: () => having(portmap, pod('leaving', 'node-1', '10.0.0.54', [port(9100, 9100)], {trouble: 'Terminating', ready: false})),
			first: 'HP22 info',
			verdict: 'ok',
		},
		{
			name: 'rules in legacy tables alone, where there is no other build',
			twin: true,
			make: () => seen(portmap, {nat: {nft: null, legacy: natTable(own)}}),
			first: 'HP22 info',
			verdict: 'ok',
		},
		{
			name: 'portmap was cut off while it was copied',
			make: () =>
				seen(withRules(portmap, []), {
					binaryFolder: {
						host: '/opt/cni/bin',
						files: [binary('cilium-cni'), binary('loopback'), binary('portmap', {size: 0, architecture: 'none', versionExitCode: 126})],
					},
				}),
			first: 'HP02 error',
			verdict: 'broken',
		},
		{
			name: 'ServiceLB’s pods have ports 80 and 443, mapped by portmap',
			twin: true,
			make: () =>
				withRules(
					having(
						portmap,
						pod('svclb-traefik-1', 'node-1', '10.0.0.80', [port(80, 80), port(443, 443)], {owner: 'DaemonSet/svclb-traefik-1'}),
					),
					[
						...own,
						...portmapRules({sandbox: 'lb', hostPort: 80, target: '10.0.0.80:80'}),
						...portmapRules({sandbox: 'lb2', hostPort: 443, target: '10.0.0.80:443'}),
					],
				),
			first: 'HP22 info',
			verdict: 'ok',
		},
		{
			name: 'a process of the host has the number that portmap maps',
			make: () => seen(portmap, {listeners: [{address: '10.88.0.11', port: 8080, protocol: 'tcp'}]}),
			first: 'HP14 warning',
			verdict: 'ok',
		},
		{
			name: 'a pod with three ports behind one jump',
			twin: true,
			make: () =>
				withRules(having(portmap, pod('three', 'node-1', '10.0.0.90', [port(7001, 71), port(7002, 72), port(7003, 73)])), [
					...own,
					':CNI-DN-bbbbbbbbbbbbbbbbbbbbb - [0:0]',
					'-A CNI-HOSTPORT-DNAT -p tcp -m comment --comment "dnat name: \\"portmap\\" id: \\"three\\"" -m multiport --dports 7001,7002,7003 -j CNI-DN-bbbbbbbbbbbbbbbbbbbbb',
					...[71, 72, 73].flatMap(to => [
						`-A CNI-DN-bbbbbbbbbbbbbbbbbbbbb -s 10.0.0.90/32 -p tcp -m tcp --dport 70${String(to).padStart(2, '0').replace('7', '0')} -j CNI-HOSTPORT-SETMARK`,
						`-A CNI-DN-bbbbbbbbbbbbbbbbbbbbb -p tcp -m tcp --dport 70${String(to).padStart(2, '0').replace('7', '0')} -j DNAT --to-destination 10.0.0.90:${to}`,
					]),
				]),
			first: 'HP22 info',
			verdict: 'ok',
		},
		{
			name: 'kOps keeps cilium-config, and neither way is on',
			make: () => {
				const base = pathlessEvidence('1.17.4', ['node-1']);
				const {cilium} = base;
				return cilium?.configMap
					? {...base, cilium: {...cilium, configMap: {...cilium.configMap, labels: {'addon.kops.k8s.io/name': 'networking.cilium.io'}}}}
					: base;
			},
			first: 'HP01 error',
			verdict: 'broken',
		},
	),
];
