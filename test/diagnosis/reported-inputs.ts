/**
 * Inputs rebuilt from public reports in the words of evidence, each with what `check` must say first, and beside it what looks like it and is
 * something else. Names and addresses are made up. `twin`: the healthy or other one.
 */
import type {Evidence, HostPortPod, NodeEvidence, Observation} from '../../source/evidence/evidence.ts';
import {agentStatus, binary, configurationFile, natTable, node, pod, port, portmapHooks, portmapRules, workingPortmap} from './builders.ts';
import {
	entriesFor,
	healthyNativeEvidence,
	healthyPortmapEvidence,
	pathlessEvidence,
	rulesFor,
	statusOff,
	withNode,
	withObservation,
	writtenFile,
	withWaitingPod,
} from './scenes.ts';

export type ReportedInput = {
	readonly name: string;
	/** Where it was reported, or what states what is right; empty for a twin of our own. */
	readonly report: string;
	readonly twin?: true;
	readonly make: () => Evidence;
	/** Code and severity of the first finding. */
	readonly first: string;
	/** What the first finding has to say in its title, proofs or remedy, where its code alone is not enough. */
	readonly says?: RegExp;
	/** Of the node that it is about, `node-1` unless told. */
	readonly verdict: string;
	readonly node?: string;
};

export const portmap = healthyPortmapEvidence('1.17.4', ['node-1']);
export const native = healthyNativeEvidence('1.17.4', ['node-1']);
export const own = rulesFor(portmap.pods, 'node-1');

export const having = (base: Evidence, ...pods: HostPortPod[]): Evidence => ({...base, pods: [...base.pods, ...pods]});
export const seen = (base: Evidence, parts: Partial<Observation>): Evidence => withObservation(base, 'node-1', parts);
export const asNode = (base: Evidence, parts: Partial<NodeEvidence>): Evidence => withNode(base, 'node-1', each => ({...each, ...parts}));
export const withRules = (base: Evidence, rules: readonly string[], rules6: readonly string[] = []): Evidence =>
	seen(base, {nat: {nft: natTable(rules, rules6), legacy: natTable()}});
const withOthers = (...others: string[]): Evidence => seen(portmap, {nat: {nft: {...natTable(own), others}, legacy: natTable()}});
export const withFiles = (base: Evidence, ...files: ReturnType<typeof configurationFile>[]): Evidence =>
	seen(base, {configurationFolder: {host: '/etc/cni/net.d', files}});
export const withPlugins = (base: Evidence, ...names: string[]): Evidence =>
	seen(base, {
		binaryFolder: {
			host: '/opt/cni/bin',
			files: [binary('cilium-cni'), binary('loopback'), workingPortmap(), ...names.map(name => binary(name))],
		},
	});
export const withFacts = (base: Evidence, facts: Observation['facts']): Evidence => seen(base, {facts});
export const withRuntime = (
	base: Evidence,
	binaryFolders: string[],
	configurationFolder = '/etc/cni/net.d',
	source = '/etc/containerd/config.toml',
): Evidence => seen(base, {runtime: {binaryFolders, configurationFolder, source}});

export function withSettings(base: Evidence, data: Record<string, string>): Evidence {
	const {cilium} = base;
	return cilium?.configMap
		? {...base, cilium: {...cilium, configMap: {...cilium.configMap, data: {...cilium.configMap.data, ...data}}}}
		: base;
}

export const sandbox = 'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "86": ';
export const withEvent = (base: Evidence, message: string, reason = 'FailedCreatePodSandBox'): Evidence =>
	withWaitingPod(base, message, {reason});

export const list = (entry: object = {}, parts: object = {}): ReturnType<typeof configurationFile> =>
	configurationFile('05-cilium.conflist', {
		cniVersion: '0.3.1',
		name: 'portmap',
		plugins: [{type: 'cilium-cni'}, {type: 'portmap', capabilities: {portMappings: true}, ...entry}],
		...parts,
	});
const flannelList = configurationFile('05-cilium.conflist', {
	cniVersion: '0.3.1',
	name: 'cbr0',
	plugins: [
		{type: 'flannel', delegate: {hairpinMode: true}},
		{type: 'portmap', capabilities: {portMappings: true}},
		{type: 'cilium-cni', 'chaining-mode': 'generic-veth'},
	],
});
const flannel = withFiles(withSettings(portmap, {'cni-chaining-mode': 'flannel', 'custom-cni-conf': 'true'}), flannelList);

const joined = (network: string, before: object[], mode: string): ReturnType<typeof configurationFile> =>
	configurationFile('05-cilium.conflist', {
		cniVersion: '0.3.1',
		name: network,
		plugins: [...before, {type: 'cilium-cni', 'chaining-mode': mode}],
	});
const mapping = {type: 'portmap', capabilities: {portMappings: true}, snat: true};

function aws(maps: boolean): Evidence {
	const files = [joined('aws-cni', [{name: 'aws-cni', type: 'aws-cni'}, ...(maps ? [mapping] : [])], 'aws-cni')];
	const base = withPlugins(
		withFiles(withSettings(portmap, {'cni-chaining-mode': 'aws-cni', 'cni-exclusive': 'false'}), ...files),
		'aws-cni',
	);
	return {...(maps ? base : withRules(base, [])), otherDaemonSets: ['kube-system/aws-node', 'kube-system/kube-proxy']};
}

function azure(maps: boolean, ipam = 'azure-vnet-ipam'): Evidence {
	const vnet = {type: 'azure-vnet', mode: 'transparent', ipam: {type: ipam}};
	const settings = {'cni-chaining-mode': 'generic-veth', 'custom-cni-conf': 'true', 'cni-exclusive': 'false'};
	const base = withFiles(withSettings(portmap, settings), joined('azure', [vnet, ...(maps ? [mapping] : [])], 'generic-veth'));
	return withPlugins(maps ? base : withRules(base, []), 'azure-vnet', ...(ipam === 'azure-vnet-ipam' ? [ipam] : []));
}

const edge = (hostIP: string, parts: Partial<HostPortPod> = {}): HostPortPod =>
	pod('edge', 'node-1', '10.0.0.50', [port(9000, 80, {hostIP})], parts);
const edgeRules = (hostIP = ''): string[] => portmapRules({sandbox: 'edge', hostPort: 9000, target: '10.0.0.50:80', hostIP});
/** What portmap leaves where none of a pod's ports is of the table's family: an empty chain, and the jump to it. */
const emptyChain = [
	':CNI-DN-edge - [0:0]',
	String.raw`-A CNI-HOSTPORT-DNAT -p tcp -m comment --comment "dnat name: \"portmap\" id: \"edge\"" -m multiport --dports 9000 -j CNI-DN-edge`,
];

function dualStack(hostIP: string, rules: readonly string[], rules6: readonly string[]): Evidence {
	const made = pod('both', 'node-1', '', [port(9443, 443, {hostIP})], {podIPs: ['10.0.0.40', 'fd00::40']});
	const addresses = ['10.88.0.11', 'fd00:88::11'].map(address => ({type: 'InternalIP', address}));
	return withRules(asNode(having(portmap, made), {addresses}), [...own, ...rules], rules6);
}

const bothRules = portmapRules({sandbox: 'both', hostPort: 9443, target: '10.0.0.40:443'});
const bothRules6 = [...portmapHooks, ...portmapRules({sandbox: 'both', hostPort: 9443, target: '[fd00::40]:443'})];

const signalling = (hostPort: number): HostPortPod => pod('amf', 'node-1', '10.0.0.60', [port(hostPort, 38412, {protocol: 'SCTP'})]);
const withEntries = (base: Evidence): Evidence => seen(base, {serviceEntries: entriesFor(base.pods, 'node-1', '10.88.0.11')});

export const agentFailing = (trouble: string, facts: Observation['facts']): Evidence => {
	const base = withFacts(portmap, facts);
	return withNode(base, 'node-1', each => ({...each, agent: each.agent && {...each.agent, ready: false, phase: 'Pending', trouble}}));
};
export const enforcing = {selinux: 'enforcing', 'selinux:': 'system_u:object_r:usr_t:s0'};
export const notRun = (name: string): string =>
	`${sandbox}plugin type="${name}" failed (add): fork/exec /opt/cni/bin/${name}: permission denied`;
const crio = asNode(withFiles(withRules(withSettings(portmap, {'cni-chaining-mode': 'none'}), []), writtenFile('1.17.4', false)), {
	containerRuntime: 'cri-o://1.28.1',
});

/** A node that joined beside node-1, with a pod that has a hostPort. */
function beside(labels: Record<string, string>, taints: string[], os = 'linux'): Evidence {
	const other = node('node-2', '10.88.0.12', null, {labels, taints, os, agent: null});
	return {...having(portmap, pod('there', 'node-2', '10.0.9.2', [port(80, 80)])), nodes: [...portmap.nodes, other]};
}

const unwritable = {
	...statusOff('1.17.4'),
	chainingMode: 'portmap',
	cniFile: 'failed to write CNI configuration file /host/etc/cni/net.d/05-cilium.conflist: read-only file system',
};
const asked = withSettings(pathlessEvidence('1.17.4', ['node-1']), {'cni-chaining-mode': 'portmap'});

export const reportedInputs: readonly ReportedInput[] = [
	// --- rule dumps
	{
		name: 'iptables-save -c of a sysdump: counters before every rule',
		report: 'aws/amazon-vpc-cni-k8s#2362',
		make: () =>
			withRules(
				portmap,
				own.map(line => (line.startsWith('-A') ? `[958177:57490620] ${line}` : line)),
			),
		first: 'HP22 info',
		verdict: 'ok',
	},
	{
		name: 'the same, with a rule of a pod that is gone first',
		report: 'aws/amazon-vpc-cni-k8s#2362',
		make: () =>
			withRules(
				portmap,
				[...portmapHooks, ...portmapRules({sandbox: 'gone', hostPort: 8080, target: '10.0.0.99:80'}), ...own].map(line =>
					line.startsWith('-A') ? `[0:0] ${line}` : line,
				),
			),
		first: 'HP07 error',
		verdict: 'degraded',
	},
	{
		name: 'portmap that marks with kube-proxy’s chain (externalSetMarkChain)',
		report: 'containernetworking/plugins: plugins/meta/portmap/README.md',
		twin: true,
		make: () =>
			withRules(
				withFiles(portmap, list({externalSetMarkChain: 'KUBE-MARK-MASQ'})),
				own
					.filter(line => !/^(?:-A |:)CNI-HOSTPORT-(?:MASQ|SETMARK)|-j CNI-HOSTPORT-MASQ/.test(line))
					.map(line => line.replace('CNI-HOSTPORT-SETMARK', 'KUBE-MARK-MASQ')),
			),
		first: 'HP22 info',
		verdict: 'ok',
	},
	{
		name: 'portmap without source translation (snat: false)',
		report: 'containernetworking/plugins: plugins/meta/portmap/README.md',
		twin: true,
		make: () =>
			withRules(
				withFiles(portmap, list({snat: false})),
				own.filter(line => !/SETMARK|MASQ/.test(line)),
			),
		first: 'HP22 info',
		verdict: 'ok',
	},
	{
		name: 'portmap that translates every source (masqAll)',
		report: 'containernetworking/plugins: plugins/meta/portmap/README.md',
		twin: true,
		make: () =>
			withRules(
				withFiles(portmap, list({masqAll: true})),
				own.map(line => line.replace('-s 127.0.0.1/32', '-s 0.0.0.0/0')),
			),
		first: 'HP22 info',
		verdict: 'ok',
	},
	// --- firewalls of the node
	{
		name: 'ufw-docker keeps new connections from private ranges of containers',
		report: 'chaifeng/ufw-docker#16',
		make: () =>
			withOthers(
				'filter -A FORWARD -j DOCKER-USER',
				'filter -A DOCKER-USER -d 10.0.0.0/8 -p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j DROP',
			),
		first: 'HP13 warning',
		verdict: 'ok',
	},
	{
		name: 'the same rule of ufw-docker behind Cilium’s own chain',
		report: '',
		twin: true,
		make: () =>
			withOthers(
				'filter -A FORWARD -m comment --comment "cilium-feeder: CILIUM_FORWARD" -j CILIUM_FORWARD',
				'filter -A FORWARD -j DOCKER-USER',
				'filter -A DOCKER-USER -d 10.0.0.0/8 -p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j DROP',
			),
		first: 'HP22 info',
		verdict: 'ok',
	},
	{
		name: 'DOCKER-USER drops by the port that was asked for first',
		report: 'moby/moby#4737',
		make: () =>
			withOthers(
				'filter -A FORWARD -j DOCKER-USER',
				'filter -A DOCKER-USER -i eth0 -p tcp -m conntrack --ctorigdstport 8080 --ctdir ORIGINAL -j DROP',
			),
		first: 'HP13 warning',
		verdict: 'ok',
	},
	{
		name: 'the same for some senders only',
		report: 'moby/moby#4737',
		twin: true,
		make: () =>
			withOthers(
				'filter -A FORWARD -j DOCKER-USER',
				'filter -A DOCKER-USER -s 192.168.1.0/24 -p tcp -m conntrack --ctorigdstport 8080 --ctdir ORIGINAL -j DROP',
			),
		first: 'HP22 info',
		verdict: 'ok',
	},
	{
		name: 'an image of a cloud rejects all forwarding before Cilium’s chain',
		report: '',
		make: () =>
			withOthers(
				'filter -A FORWARD -j REJECT --reject-with icmp-host-prohibited',
				'filter -A FORWARD -m comment --comment "cilium-feeder: CILIUM_FORWARD" -j CILIUM_FORWARD',
			),
		first: 'HP13 warning',
		verdict: 'ok',
	},
	{
		name: 'the same behind Cilium’s chain',
		report: '',
		twin: true,
		make: () =>
			withOthers(
				'filter -A FORWARD -m comment --comment "cilium-feeder: CILIUM_FORWARD" -j CILIUM_FORWARD',
				'filter -A FORWARD -j REJECT --reject-with icmp-host-prohibited',
			),
		first: 'HP22 info',
		verdict: 'ok',
	},
	{
		name: 'MicroK8s accepts its pods’ range before a rule that drops it',
		report: 'canonical/microk8s#3108',
		twin: true,
		make: () =>
			withOthers(
				'filter -A FORWARD -s 10.0.0.0/16 -m comment --comment "generated for MicroK8s pods" -j ACCEPT',
				'filter -A FORWARD -d 10.0.0.0/16 -m comment --comment "generated for MicroK8s pods" -j ACCEPT',
				'filter -A FORWARD -d 10.0.0.0/8 -j DROP',
			),
		first: 'HP22 info',
		verdict: 'ok',
	},
	{
		name: 'a range of ports closed in raw',
		report: '',
		make: () => withOthers('raw -A PREROUTING -p tcp -m multiport --dports 135,8000:8999 -j DROP'),
		first: 'HP13 warning',
		verdict: 'ok',
	},
	{
		name: 'ufw closes the pod’s own port for what the node itself gets',
		report: '',
		twin: true,
		make: () =>
			withOthers('filter -A ufw-user-input -p tcp -m tcp --dport 80 -j DROP', 'filter -A INPUT -p tcp -m tcp --dport 8080 -j REJECT'),
		first: 'HP22 info',
		verdict: 'ok',
	},
	{
		name: 'hardening that forwards no IPv6',
		report: '',
		twin: true,
		make: () =>
			seen(portmap, {
				nat: {
					nft: {
						...natTable(own),
						others: [],
						others6: ['filter :FORWARD DROP [0:0]', 'filter -A FORWARD -j DROP', 'raw -A PREROUTING -p tcp -m tcp --dport 8080 -j DROP'],
					},
					legacy: natTable(),
				},
			}),
		first: 'HP22 info',
		verdict: 'ok',
	},
	{
		name: 'the same of a pod of both families',
		report: '',
		make() {
			const base = dualStack('', bothRules, bothRules6);
			return seen(base, {
				nat: {
					nft: {...natTable([...own, ...bothRules], bothRules6), others6: ['raw -A PREROUTING -p tcp -m tcp --dport 9443 -j DROP']},
					legacy: natTable(),
				},
			});
		},
		first: 'HP13 warning',
		verdict: 'ok',
	},
	{
		name: 'left-over chains of Calico',
		report: '',
		twin: true,
		make: () =>
			withOthers(
				'filter -A FORWARD -m comment --comment "cali:wUHhoiAYhphO9Mso" -j cali-FORWARD',
				'filter -A cali-from-wl-dispatch -m comment --comment "cali:zTj6P0TIgYvgz-md" -m comment --comment "Unknown interface" -j DROP',
				'filter -A cali-to-wl-dispatch -m comment --comment "Unknown interface" -j DROP',
			),
		first: 'HP22 info',
		verdict: 'ok',
	},
	{
		name: 'a tunnel’s own redirection before portmap’s chain',
		report: '',
		twin: true,
		make: () => withRules(portmap, ['-A PREROUTING -i tailscale0 -p tcp -m tcp --dport 8080 -j REDIRECT --to-ports 41641', ...own]),
		first: 'HP22 info',
		verdict: 'ok',
	},
	{
		name: 'a transparent proxy takes every TCP port first',
		report: '',
		make: () =>
			withRules(portmap, [
				'-A PREROUTING -p tcp -j ISTIO_INBOUND',
				'-A ISTIO_INBOUND -p tcp -m tcp --dport 22 -j RETURN',
				'-A ISTIO_INBOUND -p tcp -j ISTIO_IN_REDIRECT',
				'-A ISTIO_IN_REDIRECT -p tcp -j REDIRECT --to-ports 15006',
				...own,
			]),
		first: 'HP07 error',
		verdict: 'degraded',
	},
	// --- hostIP
	{
		name: 'portmap wrote 0.0.0.0 as a destination',
		report: 'containernetworking/plugins#643',
		make: () => withRules(having(portmap, edge('0.0.0.0')), [...own, ...edgeRules('0.0.0.0')]),
		first: 'HP20 error',
		verdict: 'degraded',
	},
	{
		name: 'a newer portmap left it out',
		report: 'containernetworking/plugins: plugins/meta/portmap/portmap.go',
		twin: true,
		make: () => withRules(having(portmap, edge('0.0.0.0')), [...own, ...edgeRules()]),
		first: 'HP22 info',
		verdict: 'ok',
	},
	{
		name: 'hostIP :: of a pod with IPv4 alone',
		report: 'containernetworking/plugins#378',
		make: () => withRules(having(portmap, edge('::')), [...own, ...emptyChain]),
		first: 'HP20 error',
		verdict: 'degraded',
	},
	{
		name: 'hostIP of the node’s IPv6 of a pod with IPv4 alone, by eBPF',
		report: '',
		make: () => having(native, edge('2001:db8::5')),
		first: 'HP20 error',
		verdict: 'degraded',
	},
	{
		name: 'hostIP :: of a pod with both, whose IPv4 nobody asked for',
		report: '',
		twin: true,
		make: () => dualStack('::', [], bothRules6),
		first: 'HP22 info',
		verdict: 'ok',
	},
	{
		name: 'hostIP 0.0.0.0 of a pod with both, whose IPv6 nobody asked for',
		report: 'containernetworking/plugins#378',
		twin: true,
		make: () => dualStack('0.0.0.0', bothRules, [...portmapHooks]),
		first: 'HP22 info',
		verdict: 'ok',
	},
	{
		name: 'both families asked for, and no rule of IPv6',
		report: 'cilium/cilium#27121',
		make: () => dualStack('', bothRules, [...portmapHooks]),
		first: 'HP20 error',
		verdict: 'degraded',
	},
	{
		name: 'both families asked for, and nothing was seen of ip6tables',
		report: '',
		make: () => dualStack('', bothRules, []),
		first: 'HP20 warning',
		verdict: 'ok',
	},
	{
		name: 'both families, each with its rule',
		report: '',
		twin: true,
		make: () => dualStack('', bothRules, bothRules6),
		first: 'HP22 info',
		verdict: 'ok',
	},
	// --- protocols
	{
		name: 'SCTP by eBPF without enable-sctp',
		report: 'cilium/cilium#32412',
		make: () => having(native, signalling(38_412)),
		first: 'HP37 error',
		verdict: 'degraded',
	},
	{
		name: 'SCTP by eBPF with another hostPort than containerPort',
		report: 'Cilium documentation, SCTP support (beta)',
		make: () => withEntries(withSettings(having(native, signalling(8412)), {'enable-sctp': 'true'})),
		first: 'HP37 error',
		verdict: 'degraded',
	},
	{
		name: 'SCTP by eBPF with one number for both',
		report: 'Cilium documentation, SCTP support (beta)',
		make: () => withEntries(withSettings(having(native, signalling(38_412)), {'enable-sctp': 'true'})),
		first: 'HP37 warning',
		verdict: 'ok',
	},
	{
		name: 'SCTP by portmap',
		report: '',
		twin: true,
		make: () =>
			withRules(having(portmap, signalling(8412)), [
				...own,
				...portmapRules({sandbox: 'amf', hostPort: 8412, target: '10.0.0.60:38412', protocol: 'sctp'}),
			]),
		first: 'HP22 info',
		verdict: 'ok',
	},
	{
		name: 'one number for TCP, UDP and SCTP, each with its rule',
		report: 'cilium/cilium#21060',
		twin: true,
		make: () =>
			withRules(
				having(
					portmap,
					pod(
						'dns',
						'node-1',
						'10.0.0.42',
						['TCP', 'UDP', 'SCTP'].map(protocol => port(5353, 53, {protocol})),
					),
				),
				[
					...own,
					...['tcp', 'udp', 'sctp'].flatMap(protocol => portmapRules({sandbox: 'dns', hostPort: 5353, target: '10.0.0.42:53', protocol})),
				],
			),
		first: 'HP22 info',
		verdict: 'ok',
	},
	// --- CNI files
	{
		name: 'markMasqBit and externalSetMarkChain at once',
		report: 'containernetworking/plugins: plugins/meta/portmap/main.go',
		make: () => withFiles(portmap, list({markMasqBit: 14, externalSetMarkChain: 'KUBE-MARK-MASQ'})),
		first: 'HP30 error',
		verdict: 'broken',
	},
	{
		name: 'markMasqBit of kube-proxy’s mark, as a value and not a bit',
		report: 'containernetworking/plugins: plugins/meta/portmap/main.go',
		make: () => withFiles(portmap, list({markMasqBit: 16_384})),
		first: 'HP30 error',
		verdict: 'broken',
	},
	{
		name: 'markMasqBit 14',
		report: '',
		twin: true,
		make: () => withFiles(portmap, list({markMasqBit: 14})),
		first: 'HP22 info',
		verdict: 'ok',
	},
	{
		name: 'conditionsV4 as one text',
		report: 'containernetworking/plugins: plugins/meta/portmap/main.go',
		make: () => withFiles(portmap, list({conditionsV4: '! -d 192.0.2.0/24'})),
		first: 'HP30 error',
		verdict: 'broken',
	},
	{
		name: 'portMappings as a text',
		report: 'containernetworking/cni: pkg/types',
		make: () => withFiles(portmap, list({capabilities: {portMappings: 'true'}})),
		first: 'HP05 error',
		verdict: 'broken',
	},
	{
		name: 'the backend is named, and iptables’ rules are of before',
		report: 'containernetworking/plugins#1115',
		twin: true,
		make: () => withFiles(portmap, list({backend: 'iptables'})),
		first: 'HP22 info',
		verdict: 'ok',
	},
	{
		name: 'a file with carriage returns',
		report: '',
		twin: true,
		make: () => withFiles(portmap, {...list(), content: list().content.replaceAll('\n', '\r\n')}),
		first: 'HP22 info',
		verdict: 'ok',
	},
	{
		name: 'a file with a byte order mark',
		report: '',
		make: () => withFiles(portmap, {...list(), content: `\uFEFF${list().content}`}),
		first: 'HP05 error',
		verdict: 'broken',
	},
	{
		name: 'an invisible character in the plugin’s name, from a web page',
		report: '',
		make: () =>
			withFiles(portmap, {
				...list(),
				content: list().content.replace('"portmap",', '"port\u200Bmap",').replace('"type": "portmap"', '"type": "port\u200Bmap"'),
			}),
		first: 'HP24 error',
		verdict: 'broken',
	},
	{
		name: 'flannel hands the network to bridge, which does not exist',
		report: 'flannel-io/flannel#890',
		make: () => withPlugins(flannel, 'flannel', 'host-local'),
		first: 'HP24 error',
		verdict: 'broken',
	},
	{
		name: 'flannel with what it needs',
		report: '',
		twin: true,
		make: () => withPlugins(flannel, 'flannel', 'bridge', 'host-local'),
		first: 'HP22 info',
		verdict: 'ok',
	},
	{
		name: 'cni.configMap with a list without portmap, and cni-chaining-mode portmap beside it',
		report: 'containernetworking/plugins#683',
		make: () => withSettings(asked, {'read-cni-conf': '/tmp/cni-configuration/cni-config'}),
		first: 'HP05 error',
		verdict: 'broken',
	},
	{
		name: 'the agent cannot write its file: read-only file system',
		report: '',
		make: () => seen(asked, {agentStatus: unwritable}),
		first: 'HP05 error',
		verdict: 'broken',
	},
	{
		name: 'the agent wrote its file, and is only behind',
		report: '',
		twin: true,
		make: () => seen(asked, {agentStatus: {...unwritable, cniFile: 'successfully wrote CNI configuration file'}}),
		first: 'HP06 error',
		verdict: 'broken',
	},
	{
		name: 'Istio’s plugin added to Cilium’s list, cni-exclusive false',
		report: 'cilium/cilium#26760',
		twin: true,
		make: () =>
			withPlugins(
				withFiles(
					withSettings(portmap, {'cni-exclusive': 'false'}),
					list({}, {plugins: [{type: 'cilium-cni'}, {type: 'portmap', capabilities: {portMappings: true}}, {type: 'istio-cni'}]}),
				),
				'istio-cni',
			),
		first: 'HP22 info',
		verdict: 'ok',
	},
	{
		name: 'a copy of Cilium’s list of before, with Istio’s plugin, that sorts first',
		report: '',
		make: () =>
			withPlugins(
				withFiles(
					withSettings(portmap, {'cni-exclusive': 'false'}),
					configurationFile('02-istio-cni.conflist', {
						cniVersion: '0.3.1',
						name: 'cilium',
						plugins: [{type: 'cilium-cni'}, {type: 'istio-cni'}],
					}),
					writtenFile('1.17.4', true),
				),
				'istio-cni',
			),
		first: 'HP05 warning',
		verdict: 'broken',
	},
	{
		name: 'podman’s list and a loopback file behind Cilium’s',
		report: 'containers/podman: 87-podman-bridge.conflist',
		twin: true,
		make: () =>
			withFiles(
				portmap,
				list(),
				configurationFile('87-podman-bridge.conflist', {
					cniVersion: '0.4.0',
					name: 'podman',
					plugins: [{type: 'bridge'}, {type: 'portmap'}],
				}),
				configurationFile('99-loopback.conf', {cniVersion: '0.3.1', name: 'lo', type: 'loopback'}),
			),
		first: 'HP22 info',
		verdict: 'ok',
	},
	// --- folders
	{
		name: 'the runtime searches a folder that is a link to Cilium’s',
		report: 'cilium/cilium#23870',
		twin: true,
		make: () => withFacts(withRuntime(portmap, ['/usr/libexec/cni']), {'same-folder:/usr/libexec/cni': 'yes'}),
		first: 'HP22 info',
		verdict: 'ok',
	},
	{
		name: 'the same, and portmap is not in it',
		report: 'cilium/cilium#23870',
		make: () =>
			seen(withFacts(withRuntime(withRules(portmap, []), ['/usr/lib/cni']), {'same-folder:/usr/lib/cni': 'yes'}), {
				binaryFolder: {host: '/opt/cni/bin', files: [binary('cilium-cni'), binary('loopback')]},
			}),
		first: 'HP02 error',
		verdict: 'broken',
	},
	{
		name: 'MicroK8s: the number of a snap for its link current',
		report: 'canonical/microk8s#1432',
		twin: true,
		make: () =>
			withRuntime(
				seen(portmap, {
					configurationFolder: {host: '/var/snap/microk8s/current/args/cni-network', files: [list()]},
					binaryFolder: {
						host: '/var/snap/microk8s/current/opt/cni/bin',
						files: [binary('cilium-cni'), binary('loopback'), workingPortmap()],
					},
				}),
				['/var/snap/microk8s/6876/opt/cni/bin'],
				'/var/snap/microk8s/6876/args/cni-network',
				'/var/snap/microk8s/current/args/containerd.toml',
			),
		first: 'HP22 info',
		verdict: 'ok',
	},
	{
		name: 'K3s keeps its own folder, Cilium writes into the usual one',
		report: 'onedr0p/cluster-template#1402',
		make: () => withRuntime(withRules(portmap, []), ['/opt/cni/bin'], '/var/lib/rancher/k3s/agent/etc/cni/net.d'),
		first: 'HP05 error',
		verdict: 'broken',
	},
	// --- SELinux
	{
		name: 'SELinux lets nobody run cilium-cni',
		report: 'SUSE/elemental#529, rancher/rke2-selinux#83',
		make: () => withEvent(withFacts(portmap, enforcing), notRun('cilium-cni')),
		first: 'HP34 error',
		verdict: 'broken',
	},
	{
		name: 'cilium-cni that nobody may run by its mode, on an enforcing node',
		report: '',
		twin: true,
		make: () =>
			seen(withEvent(withFacts(portmap, enforcing), notRun('cilium-cni')), {
				binaryFolder: {host: '/opt/cni/bin', files: [binary('cilium-cni', {mode: '644'}), binary('loopback'), workingPortmap()]},
			}),
		first: 'HP24 error',
		verdict: 'broken',
	},
	{
		name: 'SELinux keeps the agent’s installer out',
		report: 'SUSE/elemental#529',
		make: () =>
			agentFailing(
				"Init:CrashLoopBackOff; install-cni-binaries: cp: cannot create regular file '/host/opt/cni/bin/cilium-cni': Permission denied",
				enforcing,
			),
		first: 'HP34 error',
		verdict: 'degraded',
	},
	{
		name: 'the same where SELinux does not decide: a profile of the container',
		report: 'cilium/cilium#23838',
		twin: true,
		make: () =>
			agentFailing("CrashLoopBackOff; mount-cgroup: cp: cannot create regular file '/hostbin/cilium-mount': Permission denied", {}),
		first: 'HP24 error',
		verdict: 'degraded',
	},
	{
		name: 'the agent’s socket may not be opened, on an enforcing node',
		report: '',
		twin: true,
		make: () =>
			withEvent(
				withFacts(portmap, enforcing),
				`${sandbox}plugin type="cilium-cni" failed (add): unable to connect to Cilium agent: dial unix /var/run/cilium/cilium.sock: connect: permission denied`,
			),
		first: 'HP24 error',
		verdict: 'broken',
	},
	// --- what events say
	{
		name: 'CRI-O cannot open the hostPort',
		report: 'cri-o/cri-o: internal/hostport',
		make: () =>
			withEvent(
				crio,
				'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to add hostport mapping for sandbox k8s_waits(9f): cannot open hostport 7000 for pod k8s_waits: listen tcp4 :7000: bind: address already in use',
			),
		first: 'HP14 error',
		verdict: 'degraded',
	},
	{
		name: 'an application that finds its own port taken',
		report: '',
		twin: true,
		make: () =>
			having(
				portmap,
				pod('app', 'node-1', '', [port(7000, 80)], {
					phase: 'Pending',
					podIPs: [],
					trouble: 'CrashLoopBackOff; app: bind: address already in use',
				}),
			),
		first: 'HP21 warning',
		verdict: 'ok',
	},
	{
		name: 'iptables cannot read what a newer one wrote',
		report: '',
		make: () =>
			withEvent(
				portmap,
				`${sandbox}plugin type="portmap" name="portmap" failed (add): failed to list chains: running [/usr/sbin/iptables -t nat -S --wait]: exit status 1: iptables v1.8.4 (nf_tables): table \`nat' is incompatible, use 'nft' tool.`,
			),
		first: 'HP30 error',
		verdict: 'degraded',
	},
	{
		name: 'the kubelet says that the network is not ready',
		report: '',
		make: () =>
			withEvent(
				portmap,
				'network is not ready: container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized',
				'NetworkNotReady',
			),
		first: 'HP24 error',
		verdict: 'broken',
	},
	{
		name: 'a pod that has been made for half an hour, and no event tells why',
		report: '',
		make: () =>
			having(
				portmap,
				pod('slow', 'node-1', '', [port(7000, 80)], {
					phase: 'Pending',
					podIPs: [],
					trouble: 'ContainerCreating',
					createdAt: '2024-02-07T01:30:00Z',
				}),
			),
		first: 'HP21 warning',
		verdict: 'ok',
	},
	{
		name: 'one that is being made since a minute',
		report: '',
		twin: true,
		make: () =>
			having(
				portmap,
				pod('new', 'node-1', '', [port(7000, 80)], {
					phase: 'Pending',
					podIPs: [],
					trouble: 'ContainerCreating',
					createdAt: '2024-02-07T01:59:00Z',
				}),
			),
		first: 'HP22 info',
		verdict: 'ok',
	},
	// --- nodes without a host
	...(
		[
			[
				'Azure’s virtual node, by its taint',
				'virtual-kubelet/virtual-kubelet',
				{},
				['virtual-kubelet.io/provider=azure:NoSchedule'],
				'linux',
			],
			['a super node of TKE', 'Tencent Kubernetes Engine: super nodes', {}, ['eks.tke.cloud.tencent.com/eklet:NoSchedule'], 'linux'],
			['a node of KWOK', 'kubernetes-sigs/kwok', {type: 'kwok'}, ['kwok.x-k8s.io/node=fake:NoSchedule'], 'linux'],
			['Fargate', '', {'eks.amazonaws.com/compute-type': 'fargate'}, [], 'linux'],
			['Windows', '', {}, [], 'windows'],
		] as const
	).map(([name, report, labels, taints, os]): ReportedInput => ({
		name,
		report,
		make: () => beside({...labels}, [...taints], os),
		first: 'HP23 info',
		verdict: 'skipped',
		node: 'node-2',
	})),
	{
		name: 'a node with a taint that the agent does not tolerate',
		report: '',
		twin: true,
		make: () => beside({}, ['nvidia.com/gpu=present:NoSchedule']),
		first: 'HP24 warning',
		verdict: 'unknown',
		node: 'node-2',
	},
	{
		name: 'EKS’ hybrid node has a host',
		report: '',
		twin: true,
		make: () => asNode(portmap, {labels: {'eks.amazonaws.com/compute-type': 'hybrid'}}),
		first: 'HP22 info',
		verdict: 'ok',
	},
	// --- networks that Cilium joins
	{
		name: 'AWS VPC CNI with portmap, and Cilium behind it',
		report: 'cilium/cilium#7862',
		twin: true,
		make: () => aws(true),
		first: 'HP18 info',
		verdict: 'ok',
	},
	{
		name: 'the same without portmap in its list',
		report: 'aws/amazon-vpc-cni-k8s#144',
		make: () => aws(false),
		first: 'HP01 error',
		verdict: 'broken',
	},
	{
		name: 'Azure CNI with portmap, and Cilium behind it',
		report: 'Cilium documentation, Azure CNI',
		twin: true,
		make: () => azure(true),
		first: 'HP22 info',
		verdict: 'ok',
	},
	{
		name: 'the same without portmap in its list, as a list of one’s own',
		report: 'Cilium documentation, Azure CNI',
		make: () => azure(false),
		first: 'HP01 error',
		verdict: 'broken',
	},
	{
		name: 'Azure CNI that asks azure-cns for addresses, which is a service and no program',
		report: 'Azure/azure-container-networking, cni/azure-linux-swift-overlay.conflist',
		twin: true,
		make: () => azure(true, 'azure-cns'),
		first: 'HP22 info',
		verdict: 'ok',
	},
	{
		name: 'Azure CNI that asks azure-cns, without portmap in its list',
		report: 'Azure/azure-container-networking, cni/azure-linux-swift-overlay.conflist',
		make: () => azure(false, 'azure-cns'),
		first: 'HP01 error',
		verdict: 'broken',
	},
	{
		name: 'Azure CNI whose program for addresses is gone',
		report: '',
		make: () => azure(true, 'host-local'),
		first: 'HP24 error',
		verdict: 'broken',
	},
	{
		name: 'portmap’s chain of IPv6, which nothing leads to',
		report: '',
		make: () =>
			dualStack(
				'',
				bothRules,
				bothRules6.filter(line => !line.startsWith('-A PREROUTING ')),
			),
		first: 'HP20 error',
		verdict: 'degraded',
	},
	{
		name: 'hostIP 0.0.0.0 inside the NodePort range on 1.18',
		report: 'deckhouse/deckhouse#2285',
		make: () => {
			const base = healthyNativeEvidence('1.18.6', ['node-1']);
			return having(base, pod('edge', 'node-1', '10.0.0.50', [port(30_080, 80, {hostIP: '0.0.0.0'})]));
		},
		first: 'HP15 error',
		verdict: 'degraded',
	},
	...(
		[
			['eBPF serves', () => native, 'HP22 info', 'ok'],
			['CRI-O maps', () => asNode(withRules(portmap, []), {containerRuntime: 'cri-o://1.31.1'}), 'HP17 warning', 'unknown'],
			['portmap serves', () => portmap, 'HP05 warning', 'degraded'],
			['nobody else does', () => withRules(portmap, []), 'HP05 error', 'degraded'],
		] as const
	).map(([who, base, first, verdict]) => ({
		name: `Multus without capabilities.portMappings in front of portmap: ${who}`,
		report: 'k8snetworkplumbingwg/multus-cni#544',
		twin: true as const,
		make: () => {
			const delegates = [{cniVersion: '0.3.1', name: 'portmap', plugins: [{type: 'cilium-cni'}, mapping]}];
			const file = configurationFile('00-multus.conf', {cniVersion: '0.3.1', name: 'multus-cni-network', type: 'multus', delegates});
			return withPlugins(withFiles(withSettings(base(), {'cni-exclusive': 'false'}), file), 'multus');
		},
		first,
		verdict,
	})),
	// --- values of kube-proxy-replacement, each where its version does not take it for what it was
	...(
		[
			['1.13.18', 'disabled', {}, 'cilium/cilium#25791'],
			['1.14.19', 'disabled', {}, 'poseidon/terraform-render-bootstrap#362'],
			['1.14.19', 'strict', {}, 'cilium/cilium#32711'],
			['1.16.7', 'partial', {'enable-host-port': 'true', 'enable-node-port': 'true'}, 'poseidon/typhoon#1371'],
			['1.18.3', 'strict', {}, 'cilium/cilium#39581'],
			['1.17.4', 'False', {}, ''],
		] as const
	).map(([version, value, keys, report]): ReportedInput => ({
		name: `kube-proxy-replacement: ${value} on ${version}`,
		report,
		make: () => withSettings(pathlessEvidence(version, ['node-1']), {'kube-proxy-replacement': value, ...keys}),
		first: 'HP01 error',
		verdict: 'broken',
	})),
	{
		name: 'enable-host-port on 1.19',
		report: 'cilium/cilium#41380',
		make: () => withSettings(pathlessEvidence('1.19.6', ['node-1']), {'enable-host-port': 'true', 'enable-node-port': 'true'}),
		first: 'HP19 error',
		verdict: 'broken',
	},
	{
		name: 'enable-host-port alone on 1.16',
		report: 'cilium/cilium#38083',
		make: () => withSettings(pathlessEvidence('1.16.7', ['node-1']), {'enable-host-port': 'true'}),
		first: 'HP01b error',
		verdict: 'broken',
	},
	// --- pods
	{
		name: 'a pod that no node has the port for',
		report: 'k3s-io/k3s#1969',
		make: () =>
			having(
				portmap,
				pod('svclb', '', '', [port(8080, 80)], {
					phase: 'Pending',
					podIPs: [],
					trouble:
						"Unschedulable: 0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports. preemption: 0/1 nodes are available",
				}),
			),
		first: 'HP14 error',
		verdict: 'ok',
	},
	{
		name: 'one that no node has the memory for',
		report: '',
		twin: true,
		make: () =>
			having(
				portmap,
				pod('big', '', '', [port(8081, 80)], {
					phase: 'Pending',
					podIPs: [],
					trouble: 'Unschedulable: 0/1 nodes are available: 1 Insufficient memory.',
				}),
			),
		first: 'HP21 warning',
		verdict: 'ok',
	},
	{
		name: 'pods that have ended: evicted, and a Job that is done',
		report: 'cilium/cilium#22587',
		twin: true,
		make: () =>
			having(
				portmap,
				edge('', {name: 'evicted', phase: 'Failed', podIPs: [], trouble: 'Evicted'}),
				edge('', {name: 'job', uid: 'job', phase: 'Succeeded', ready: false, owner: 'Job/once'}),
			),
		first: 'HP22 info',
		verdict: 'ok',
	},
	{
		name: 'a static pod without a rule, younger than the list',
		report: '',
		make: () => having(portmap, edge('', {owner: 'Node/node-1'})),
		first: 'HP08 error',
		verdict: 'degraded',
	},
	{
		name: 'a pod on the host network that names a hostPort',
		report: 'k3s-io/docs#515',
		twin: true,
		make: () => having(portmap, edge('', {hostNetwork: true, podIPs: ['10.88.0.11']})),
		first: 'HP22 info',
		verdict: 'ok',
	},
	// --- portmap of before
	{
		name: 'rules of portmap 0.6, whose jump names no port',
		report: 'cilium/cilium#6499',
		twin: true,
		make: () =>
			withRules(
				portmap,
				own.map(line =>
					line.startsWith('-A CNI-HOSTPORT-DNAT') ? line.replace(/ -p tcp/, '').replace(/ -m multiport --dports \d+/, '') : line,
				),
			),
		first: 'HP22 info',
		verdict: 'ok',
	},
	{
		name: 'a rule of a list that was made by hand before, first, and its pod is gone',
		report: 'kubernetes-sigs/kubespray#12814',
		make: () =>
			withRules(portmap, [
				...portmapHooks,
				...portmapRules({sandbox: 'gone', hostPort: 8080, target: '10.0.0.99:80', list: 'cilium-portmap'}),
				...own,
			]),
		first: 'HP07 error',
		verdict: 'degraded',
	},
	// --- what somebody has changed by hand
	{
		name: 'the jump to portmap’s chain is for some senders only',
		report: '',
		make: () =>
			withRules(
				portmap,
				own.map(line => (line.startsWith('-A PREROUTING') ? line.replace('-m addrtype', '-s 10.0.0.0/8 -m addrtype') : line)),
			),
		first: 'HP20 warning',
		verdict: 'ok',
	},
	{
		name: 'portmap’s chain gives a port back first',
		report: '',
		make: () =>
			withRules(portmap, [
				...own.slice(0, portmapHooks.length),
				'-A CNI-HOSTPORT-DNAT -p tcp -m tcp --dport 8080 -j RETURN',
				...own.slice(portmapHooks.length),
			]),
		first: 'HP07 error',
		verdict: 'degraded',
	},
	{
		name: 'the same for another port',
		report: '',
		twin: true,
		make: () =>
			withRules(portmap, [
				...own.slice(0, portmapHooks.length),
				'-A CNI-HOSTPORT-DNAT -p tcp -m tcp --dport 8081 -j RETURN',
				...own.slice(portmapHooks.length),
			]),
		first: 'HP22 info',
		verdict: 'ok',
	},
	{
		name: 'an entry of eBPF leads to the pod and to one that is gone',
		report: 'cilium/cilium#32805',
		make: () =>
			seen(native, {
				serviceEntries: (native.nodes[0]?.observation?.serviceEntries ?? []).map(entry =>
					entry.port === 8080 ? {...entry, backends: [...entry.backends, {ip: '10.0.0.99', port: 80}]} : entry,
				),
			}),
		first: 'HP10 error',
		verdict: 'degraded',
	},
	{
		name: 'a local redirect on the same port and another address',
		report: 'Cilium documentation, local redirect policy',
		twin: true,
		make: () =>
			seen(native, {
				serviceEntries: [
					...(native.nodes[0]?.observation?.serviceEntries ?? []),
					{type: 'LocalRedirect', ip: '169.254.20.10', port: 8080, protocol: 'TCP', backends: [{ip: '10.0.0.9', port: 53}]},
				],
			}),
		first: 'HP22 info',
		verdict: 'ok',
	},
	// --- Multus in front
	...(
		[
			['that calls Cilium’s chained list', true, true, 'HP05 info', 'ok'],
			['that calls a list without portmap', false, false, 'HP05 error', 'broken'],
		] as const
	).map(([name, maps, isTwin, first, verdict]): ReportedInput => ({
		name: `Multus ${name}`,
		report: 'k8snetworkplumbingwg/multus-cni#544',
		...(isTwin && {twin: true as const}),
		make() {
			const plugins = [{type: 'cilium-cni'}, ...(maps ? [{type: 'portmap', capabilities: {portMappings: true}}] : [])];
			const delegates = [{cniVersion: '0.3.1', name: maps ? 'portmap' : 'cilium', plugins}];
			const file = {cniVersion: '0.3.1', name: 'multus-cni-network', type: 'multus', capabilities: {portMappings: true}, delegates};
			const base = withPlugins(withFiles(portmap, configurationFile('00-multus.conf', file), writtenFile('1.17.4', true)), 'multus');
			return maps ? base : withRules(base, []);
		},
		first,
		verdict,
	})),
	// --- two families, and what was not asked
	...(
		[
			['Docker publishes the same port on IPv6 alone, before portmap', true, 'HP07 error', 'degraded'],
			['the same behind portmap', false, 'HP22 info', 'ok'],
		] as const
	).map(([name, isFirst, first, verdict]): ReportedInput => {
		const docker = [
			'-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER',
			'-A DOCKER ! -i docker0 -p tcp -m tcp --dport 9443 -j DNAT --to-destination [fd00:d::2]:443',
		];
		return {
			name,
			report: isFirst ? 'moby/moby#31508' : '',
			...(!isFirst && {twin: true as const}),
			make: () => dualStack('', bothRules, isFirst ? [...docker, ...bothRules6] : [...bothRules6, ...docker]),
			first,
			verdict,
		};
	}),
	{
		name: 'the agent’s own list has a Service’s entry at the node’s address, and the Service was not read',
		report: 'cilium/cilium#44730',
		make() {
			const base = healthyNativeEvidence('1.18.4', ['node-1']);
			const pods = [pod('edge', 'node-1', '10.0.0.50', [port(9000, 80)])];
			const entry = (type: string, ip: string, backend: string) => ({
				type,
				ip,
				port: 9000,
				protocol: 'TCP',
				backends: [{ip: backend, port: 80}],
			});
			return seen(
				{...base, pods},
				{serviceEntries: [entry('HostPort', '0.0.0.0', '10.0.0.50'), entry('LoadBalancer', '10.88.0.11', '10.0.0.99')]},
			);
		},
		first: 'HP15 error',
		verdict: 'degraded',
	},
	{
		name: 'a node that was not asked says that its runtime has no network',
		report: '',
		make() {
			const readyMessage =
				'NetworkReady=false reason:NetworkPluginNotReady message: No CNI configuration file in /etc/kubernetes/cni/net.d/.';
			return asNode(portmap, {via: 'api', observation: null, ready: false, readyMessage});
		},
		first: 'HP24 warning',
		verdict: 'unknown',
	},
	{
		name: 'a CRI-O of iptables alone without a rule of its own',
		report: '',
		make: () => asNode(pathlessEvidence('1.17.4', ['node-1']), {containerRuntime: 'cri-o://1.31.2'}),
		first: 'HP17 warning',
		verdict: 'unknown',
	},
	// --- settings
	{
		name: 'a node of its own mode by CiliumNodeConfig, that serves by eBPF already',
		report: 'Cilium documentation, per-node configuration',
		make() {
			const base = pathlessEvidence('1.17.4', ['node-1', 'node-2']);
			const serving = agentStatus('1.17.4', {kubeProxyReplacement: 'true', hostPortEnabled: true, nodePortEnabled: true});
			const nodeConfig = {
				name: 'kpr',
				namespace: 'kube-system',
				matchLabels: {'kubernetes.io/hostname': 'node-1'},
				matchExpressions: [],
				defaults: {'kube-proxy-replacement': 'true'},
			};
			return {
				...seen(base, {agentStatus: serving, serviceEntries: entriesFor(base.pods, 'node-1', '10.88.0.11')}),
				cilium: base.cilium && {...base.cilium, nodeConfigs: [nodeConfig]},
			};
		},
		first: 'HP01 error',
		verdict: 'ok',
	},
];
