/**
 * Inputs in the form of reported-inputs.ts: each fault with the healthy or undecidable thing that looks like it. Facts are from the sources that
 * the judging code names.
 */
import type {Evidence, HostPortPod, NodeEvidence, Observation} from '../../source/evidence/evidence.ts';
import {configurationFile, natTable, pod, port, portmapHooks, portmapRules} from './builders.ts';
import {named, type DistributionInput} from './distribution-inputs.ts';
import {
	asNode,
	having,
	native,
	own,
	portmap,
	sandbox,
	seen,
	withEvent,
	withFiles,
	withPlugins,
	withRules,
	withSettings,
} from './reported-inputs.ts';
import {entriesFor, writtenFile} from './scenes.ts';

// --- rules of others before, beside and behind portmap's

const docker = (target: string, hostPort = 8080): string[] => [
	':DOCKER - [0:0]',
	'-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER',
	`-A DOCKER ! -i docker0 -p tcp -m tcp --dport ${hostPort} -j DNAT --to-destination ${target}`,
];
const inLegacy = (...rules: string[]): Evidence => seen(portmap, {nat: {nft: natTable(own), legacy: natTable(rules)}});
const inNftables = (...rules: string[]): Evidence =>
	seen(portmap, {
		nat: {nft: natTable(), legacy: natTable(rules)},
		nftables: {
			chains: ['hostports', 'hostports_all', 'prerouting', 'output'],
			tables: ['ip cni_hostport'],
			rules6: [],
			rules: [
				'prerouting: fib daddr type local jump hostports_all',
				'output: fib daddr type local jump hostports_all',
				'tcp dport 8080 dnat to 10.0.0.5:80 comment "web"',
				...[4317, 4318].map(each => `tcp dport ${each} dnat to 10.0.0.17:${each} comment "otel"`),
			],
		},
	});
const podmanId = '4f'.repeat(32);
/** portmap's own nftables table with a rule for a container that is no pod here. */
function withContainer(sandboxes: Observation['sandboxes'], hostPort = 9099): Evidence {
	const base = inNftables();
	const nftables = base.nodes[0]?.observation?.nftables;
	const rule = `tcp dport ${hostPort} dnat to 10.88.9.5:80 comment "${podmanId}"`;
	return seen(base, {
		sandboxes,
		nftables: nftables ? {...nftables, rules: [...nftables.rules.slice(0, 2), rule, ...nftables.rules.slice(2)]} : null,
	});
}
const cached = (network: string, uid: string): Observation['sandboxes'] => [
	{
		sandbox: podmanId,
		network,
		pod: uid === '' ? '/' : 'default/gone',
		uid,
		addresses: ['10.88.9.5'],
		mappings: [{hostPort: 9099, containerPort: 80, protocol: 'TCP', hostIP: ''}],
	},
];
const first = (...rules: string[]): Evidence => withRules(portmap, [...rules, ...own]);
/** What kube-proxy makes for a nodePort of a Service with endpoints (pkg/proxy/iptables of Kubernetes 1.36), and its jump. */
const nodePort = (number: number, behind: readonly string[] = ['-A KUBE-EXT-A -j KUBE-SVC-A']): string[] => [
	'-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
	'-A KUBE-SERVICES -m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this chain" -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS',
	`-A KUBE-NODEPORTS -p tcp -m comment --comment "shop/cart:http" -m tcp --dport ${number} -j KUBE-EXT-A`,
	'-A KUBE-EXT-A -m comment --comment "masquerade traffic for shop/cart:http external destinations" -j KUBE-MARK-MASQ',
	...behind,
];
const cart: Evidence['services'][number] = {
	namespace: 'shop',
	name: 'cart',
	type: 'NodePort',
	clusterIPs: ['10.96.0.20'],
	selector: {app: 'cart'},
	externalIPs: [],
	ports: [{port: 80, nodePort: 8080, protocol: 'TCP'}],
};
const forwarder: HostPortPod = pod('svclb-cart-1', 'node-1', '10.0.0.70', [port(80, 80)], {owner: 'DaemonSet/svclb-cart-7c2f'});

// --- starts and stops that fail

const fails = (words: string, base: Evidence = portmap): Evidence => withEvent(base, `${sandbox}${words}`);
/** A pod that is on its way out, and whose sandbox is not removed. */
const killing = (words: string): Evidence => ({
	...portmap,
	events: [
		{
			...(fails('').events[0] as Evidence['events'][number]),
			reason: 'FailedKillPod',
			message: `error killing pod: failed to "KillPodSandbox" for "b3" with KillPodSandboxError: "rpc error: code = Unknown desc = failed to destroy network for sandbox \\"86\\": ${words}"`,
		},
	],
});
const multus = (inner: string): Evidence =>
	fails(
		`plugin type="multus" name="multus-cni-network" failed (add): [default/waits:macvlan-conf]: error adding container to network "macvlan-conf": ${inner}`,
	);

// --- what is not there

const crioOf = (version: string, nftables: Observation['nftables']): Evidence =>
	asNode(seen(withFiles(withRules(withSettings(portmap, {'cni-chaining-mode': 'none'}), []), writtenFile('1.17.4', false)), {nftables}), {
		containerRuntime: `cri-o://${version}`,
	});
const emptyNftables: NonNullable<Observation['nftables']> = {
	chains: [],
	rules: [],
	rules6: [],
	tables: [],
	filter: {chains: [], rules: [], isCut: false},
	runtimeMappings: [],
};
const delegated = (ipam: object): Evidence =>
	withFiles(native, configurationFile('05-cilium.conflist', {cniVersion: '0.3.1', name: 'cilium', plugins: [{type: 'cilium-cni', ipam}]}));
/** The agent's list has 0.0.0.0 alone. */
const unspecifiedOnly = (addresses: NodeEvidence['addresses']): Evidence =>
	asNode(seen(native, {serviceEntries: entriesFor(native.pods, 'node-1', '0.0.0.0')}), {addresses});
/** A pod of both families, asked at both of its addresses. */
function bothProbed(ofSix: 'open' | 'refused'): Evidence {
	const made = pod('both', 'node-1', '', [port(9443, 443)], {podIPs: ['10.0.0.40', 'fd00::40']});
	const addresses = ['10.88.0.11', 'fd00:88::11'].map(address => ({type: 'InternalIP', address}));
	const [rules, rules6] = ['10.0.0.40:443', '[fd00::40]:443'].map(target => portmapRules({sandbox: 'both', hostPort: 9443, target}));
	const base = withRules(asNode(having(portmap, made), {addresses}), [...own, ...(rules ?? [])], [...portmapHooks, ...(rules6 ?? [])]);
	return seen(base, {
		probes: [
			{address: '10.0.0.40', port: 443, answer: 'open'},
			{address: 'fd00::40', port: 443, answer: ofSix},
		],
	});
}
const notReady = {
	ready: false,
	readyMessage:
		'KubeletNotReady: container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized',
};

export const furtherInputs: readonly DistributionInput[] = [
	...named(
		'foreign rules',
		{
			name: 'Docker by iptables-legacy publishes the same port beside a portmap of iptables-nft',
			make: () => inLegacy(...docker('172.17.0.2:80')),
			first: 'HP07 warning',
			verdict: 'unknown',
		},
		{
			name: 'the same with another port',
			twin: true,
			make: () => inLegacy(...docker('172.17.0.2:80', 8081)),
			first: 'HP22 info',
			verdict: 'ok',
		},
		{
			name: 'the same, and nothing leads to the chain of Docker',
			twin: true,
			make: () => inLegacy(...docker('172.17.0.2:80').filter(line => !line.startsWith('-A PREROUTING'))),
			first: 'HP22 info',
			verdict: 'ok',
		},
		{
			name: 'Docker by iptables-legacy beside portmap’s own nftables backend',
			make: () => inNftables(...docker('172.17.0.2:80')),
			first: 'HP07 warning',
			verdict: 'unknown',
		},
		{
			name: 'the same with another port, by nftables',
			twin: true,
			make: () => inNftables(...docker('172.17.0.2:80', 8081)),
			first: 'HP22 info',
			verdict: 'ok',
		},
		{
			name: 'podman by portmap’s nftables, whose rules name no network',
			make: () => withContainer(null),
			first: 'HP07 info',
			verdict: 'ok',
			says: /leads to no pod that is known\n.*podman ps/u,
		},
		{
			name: 'the same, and the CNI cache tells the network of podman',
			make: () => withContainer(cached('podman', '')),
			first: 'HP07 info',
			verdict: 'ok',
			says: /belongs to podman, beside Kubernetes\nNothing to do/u,
		},
		{
			name: 'the same, and the CNI cache tells a pod that is gone',
			twin: true,
			make: () => withContainer(cached('portmap', 'uid-gone')),
			first: 'HP07 info',
			verdict: 'ok',
			says: /^1 stale rule .*\nDelete these rules by their handles/u,
		},
		{
			name: 'podman by portmap’s nftables has the port of a pod, first',
			make: () => withContainer(null, 8080),
			first: 'HP07 error',
			verdict: 'degraded',
			says: /^another rule of portmap catches .*\nCheck whether a container outside Kubernetes/u,
		},
		{
			name: 'mappings of a network that nobody knows',
			make: () => withRules(portmap, [...own, ...portmapRules({sandbox: podmanId, hostPort: 9099, target: '10.7.0.2:80', list: 'shop'})]),
			first: 'HP07 info',
			verdict: 'ok',
			says: /belongs to the network "shop"\nCheck what uses that network/u,
		},
		{
			name: 'some senders are sent elsewhere before',
			make: () => first('-A PREROUTING -s 192.0.2.0/24 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 10.9.9.9:80'),
			first: 'HP07 warning',
			verdict: 'ok',
		},
		{
			name: 'what the node sends itself is sent elsewhere',
			twin: true,
			make: () =>
				first(
					'-A PREROUTING -s 127.0.0.0/8 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 10.9.9.9:80',
					'-A PREROUTING -p tcp -m tcp --dport 8080 -m addrtype --src-type LOCAL -j REDIRECT --to-ports 9',
				),
			first: 'HP22 info',
			verdict: 'ok',
		},
		{
			name: 'all but what the node sends itself is sent elsewhere',
			make: () => first('-A PREROUTING ! -s 127.0.0.0/8 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 10.9.9.9:80'),
			first: 'HP07 error',
			verdict: 'degraded',
		},
		{
			name: 'one packet in two is sent elsewhere',
			make: () =>
				first('-A PREROUTING -p tcp -m tcp --dport 8080 -m statistic --mode random --probability 0.5 -j DNAT --to-destination 10.9.9.9:80'),
			first: 'HP07 warning',
			verdict: 'ok',
		},
		{
			name: 'a set of ports is redirected, and its members were not read',
			make: () => first('-A PREROUTING -p tcp -m set --match-set proxied dst -j REDIRECT --to-ports 3128'),
			first: 'HP07 warning',
			verdict: 'unknown',
		},
		{
			name: 'a set of ports that is only marked',
			twin: true,
			make: () => first('-A PREROUTING -p tcp -m set --match-set proxied dst -j MARK --set-xmark 0x1/0x1'),
			first: 'HP22 info',
			verdict: 'ok',
		},
		{
			name: 'a set of ports, and another port',
			twin: true,
			make: () => first('-A PREROUTING -p udp -m set --match-set proxied dst -m udp --dport 53 -j REDIRECT --to-ports 5300'),
			first: 'HP22 info',
			verdict: 'ok',
		},
		{
			name: 'packets with a mark of another engine are let through',
			twin: true,
			make: () => first('-A PREROUTING -m mark --mark 0x40000/0xff0000 -j ACCEPT'),
			first: 'HP22 info',
			verdict: 'ok',
		},
		{
			name: 'PREROUTING goes to another chain and does not come back',
			make: () => first(':own - [0:0]', '-A PREROUTING -m addrtype --dst-type LOCAL -g own', '-A own -p tcp -m tcp --dport 9 -j ACCEPT'),
			first: 'HP07 error',
			verdict: 'degraded',
		},
		{
			name: 'PREROUTING goes to another chain, which has the port',
			make: () => first('-A PREROUTING -p tcp -g own', '-A own -p tcp -m tcp --dport 8080 -j DNAT --to-destination 10.9.9.9:80'),
			first: 'HP07 error',
			verdict: 'degraded',
		},
		{
			name: 'PREROUTING goes to another chain for another port',
			twin: true,
			make: () =>
				first('-A PREROUTING -p tcp -m tcp --dport 9 -g own', '-A own -p tcp -m tcp --dport 8080 -j DNAT --to-destination 10.9.9.9:80'),
			first: 'HP22 info',
			verdict: 'ok',
		},
		{
			name: 'firewalld: a chain of zones goes to the zone’s own, and comes back to PREROUTING',
			twin: true,
			make: () =>
				first(
					'-A PREROUTING -j PREROUTING_ZONES',
					'-A PREROUTING_ZONES -i eth0 -g PRE_public',
					'-A PREROUTING_ZONES -g PRE_public',
					'-A PRE_public -j PRE_public_log',
				),
			first: 'HP22 info',
			verdict: 'ok',
		},
		{
			name: 'the nodePort of a Service, by kube-proxy’s rules before portmap’s',
			make: () => first(...nodePort(8080)),
			first: 'HP15 error',
			verdict: 'degraded',
		},
		{
			name: 'the same with the rules of endpoints too',
			make: () =>
				first(
					...nodePort(8080),
					'-A KUBE-SVC-A -m statistic --mode random --probability 0.5 -j KUBE-SEP-A',
					'-A KUBE-SVC-A -j KUBE-SEP-B',
					'-A KUBE-SEP-A -p tcp -m tcp -j DNAT --to-destination 10.0.3.1:80',
					'-A KUBE-SEP-B -p tcp -m tcp -j DNAT --to-destination 10.0.3.2:80',
				),
			first: 'HP15 error',
			verdict: 'degraded',
		},
		{
			name: 'another nodePort, by kube-proxy’s rules before portmap’s',
			twin: true,
			make: () => first(...nodePort(30_080)),
			first: 'HP22 info',
			verdict: 'ok',
		},
		{
			name: 'the same nodePort with the policy Local, and no endpoint on the node',
			twin: true,
			make: () => first(...nodePort(8080, ['-A KUBE-EXT-A -m addrtype --src-type LOCAL -j KUBE-SVC-A'])),
			first: 'HP22 info',
			verdict: 'ok',
		},
		{
			name: 'the nodePort of a Service, by kube-proxy’s rules behind portmap’s',
			twin: true,
			make: () => ({...withRules(portmap, [...own, ...nodePort(8080)]), services: [cart]}),
			first: 'HP15 warning',
			verdict: 'ok',
		},
		{
			name: 'the nodePort of a Service, kube-proxy first, and its rules not read',
			make: () => ({...first('-A PREROUTING -j KUBE-SERVICES'), services: [cart]}),
			first: 'HP15 warning',
			verdict: 'unknown',
		},
		{
			name: 'the nodePort of a Service that has the pod behind it',
			twin: true,
			make: () => ({
				...first(...nodePort(8080).map(line => line.replace('shop/cart', 'default/cart'))),
				services: [{...cart, namespace: 'default', selector: {app: 'web'}}],
			}),
			first: 'HP15 warning',
			verdict: 'ok',
		},
		{
			name: 'the nodePort of a Service, by kube-proxy’s rules, and Services were not listed',
			make: () => ({...first(...nodePort(8080)), gaps: [{what: 'services', of: 'services' as const, reason: 'forbidden', hint: ''}]}),
			first: 'HP15 warning',
			verdict: 'unknown',
		},
		{
			name: 'externalIPs of a Service with the node’s address, by kube-proxy’s rules before portmap’s',
			make: () =>
				first(
					'-A PREROUTING -j KUBE-SERVICES',
					'-A KUBE-SERVICES -d 10.88.0.11/32 -p tcp -m comment --comment "shop/cart:http external IP" -m tcp --dport 8080 -j KUBE-EXT-A',
				),
			first: 'HP15 error',
			verdict: 'degraded',
		},
		{
			name: 'K3s: a pod of ServiceLB has the port of its Service, which has the node’s address',
			twin: true,
			make: () =>
				withRules(having(portmap, forwarder), [
					'-A PREROUTING -j KUBE-SERVICES',
					'-A KUBE-SERVICES -d 10.88.0.11/32 -p tcp -m comment --comment "shop/cart:http loadbalancer IP" -m tcp --dport 80 -j KUBE-EXT-A',
					...own,
					...portmapRules({sandbox: 'svclb', hostPort: 80, target: '10.0.0.70:80'}),
				]),
			first: 'HP22 info',
			verdict: 'ok',
		},
	),
	...named(
		'starts and stops',
		{
			name: 'portmap fails when a pod is removed',
			make: () =>
				killing(
					'plugin type=\\"portmap\\" name=\\"portmap\\" failed (delete): could not teardown ipv4 dnat: Another app is currently holding the xtables lock',
				),
			first: 'HP30 error',
			verdict: 'degraded',
			says: /^no pod with a hostPort can stop on node-1: /u,
		},
		{
			name: 'portmap fails with the same words when a pod starts',
			make: () => fails('plugin type="portmap" name="portmap" failed (add): Another app is currently holding the xtables lock'),
			first: 'HP30 error',
			verdict: 'degraded',
			says: /^no pod with a hostPort can start on node-1: /u,
		},
		{
			name: 'another plugin fails when a pod is removed',
			make: () => killing('plugin type=\\"cilium-cni\\" failed (delete): unable to delete endpoint'),
			first: 'HP24 warning',
			verdict: 'ok',
			says: /^pods fail to stop on node-1: /u,
		},
		{
			name: 'runc is not there',
			make: () =>
				fails(
					'failed to create containerd task: failed to create shim task: OCI runtime create failed: fork/exec /usr/bin/runc: no such file or directory',
				),
			first: 'HP24 error',
			verdict: 'degraded',
			says: /: the runtime cannot start the sandbox’s container\n/u,
		},
		{
			name: 'macvlan of a further network of Multus cannot be run',
			make: () => multus('fork/exec /opt/cni/bin/macvlan: exec format error'),
			first: 'HP24 error',
			verdict: 'degraded',
			says: /: macvlan is for another architecture/u,
		},
		{
			name: 'macvlan of a further network of Multus is not there',
			make: () => multus('failed to find plugin "macvlan" in path [/opt/cni/bin]'),
			first: 'HP24 error',
			verdict: 'degraded',
			says: /: the plugin macvlan is not found\nInstall the node’s CNI plugins package/u,
		},
		{
			name: 'cilium-cni is for another architecture',
			make: () => fails('plugin type="cilium-cni" failed (add): fork/exec /opt/cni/bin/cilium-cni: exec format error'),
			first: 'HP24 error',
			verdict: 'broken',
			says: /: cilium-cni is for another architecture.*\n.*uname -m/u,
		},
		{
			name: 'cilium-cni wants a newer C library',
			make: () =>
				fails(
					'plugin type="cilium-cni" failed (add): netplugin failed: "/opt/cni/bin/cilium-cni: /lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.34\' not found (required by /opt/cni/bin/cilium-cni)"',
				),
			first: 'HP24 error',
			verdict: 'broken',
			says: /: cilium-cni needs a newer C library/u,
		},
		{
			name: 'cilium-cni is on a mount without the right to run programs',
			make: () => fails('plugin type="cilium-cni" failed (add): fork/exec /opt/cni/bin/cilium-cni: permission denied'),
			first: 'HP24 error',
			verdict: 'broken',
			says: /: cilium-cni may not be run\n.*noexec/u,
		},
		{
			name: 'cilium-cni without its loader',
			make: () => fails('plugin type="cilium-cni" failed (add): fork/exec /opt/cni/bin/cilium-cni: no such file or directory'),
			first: 'HP24 error',
			verdict: 'broken',
			says: /: cilium-cni lacks its loader/u,
		},
		{
			name: 'the same words of a pod that runs by now',
			twin: true,
			make: () => {
				const base = fails('plugin type="cilium-cni" failed (add): fork/exec /opt/cni/bin/cilium-cni: text file busy', portmap);
				return {...base, pods: portmap.pods, events: base.events.map(event => ({...event, podIs: 'up' as const}))};
			},
			first: 'HP22 info',
			verdict: 'ok',
		},
	),
	...named(
		'what is not there',
		{
			name: 'CRI-O 1.33 without any rule, and nftables was not read',
			make: () => crioOf('1.33.1', null),
			first: 'HP17 info',
			verdict: 'unknown',
			says: /nftables was not read\n.*--via pod/u,
		},
		{
			name: 'CRI-O 1.33 without any rule, nftables included',
			make: () => crioOf('1.33.1', emptyNftables),
			first: 'HP17 warning',
			verdict: 'unknown',
			says: /has no rule/u,
		},
		{
			name: 'azure-ipam is not in the folder of plugins',
			make: () => withPlugins(delegated({type: 'azure-ipam'})),
			first: 'HP24 error',
			verdict: 'broken',
			says: /does not find azure-ipam\n.*azure-cns/u,
		},
		{
			name: 'azure-ipam is there',
			twin: true,
			make: () => withPlugins(delegated({type: 'azure-ipam'}), 'azure-ipam'),
			first: 'HP22 info',
			verdict: 'ok',
		},
		{
			name: 'ipam of Cilium’s own, which names no program',
			twin: true,
			make: () => withPlugins(delegated({'min-allocate': 10})),
			first: 'HP22 info',
			verdict: 'ok',
		},
		{
			name: 'a node without addresses, and an entry for 0.0.0.0 alone',
			make: () => unspecifiedOnly([{type: 'Hostname', address: 'node-1'}]),
			first: ' ',
			verdict: 'unknown',
		},
		{
			name: 'a node with an external address alone, and an entry for it',
			twin: true,
			make: () =>
				asNode(seen(native, {serviceEntries: entriesFor(native.pods, 'node-1', '198.51.100.7')}), {
					addresses: [{type: 'ExternalIP', address: '198.51.100.7'}],
				}),
			first: 'HP22 info',
			verdict: 'ok',
		},
		{
			name: 'a pod of both families whose application listens in one',
			make: () => bothProbed('refused'),
			first: 'HP21 warning',
			verdict: 'ok',
			says: /refuses connections in one address family\n.*listen on ::/u,
		},
		{
			name: 'a pod of both families whose application listens in both',
			twin: true,
			make: () => bothProbed('open'),
			first: 'HP22 info',
			verdict: 'ok',
		},
		{
			name: 'a node that says that it has no network, and was not asked',
			make: () => asNode(portmap, {...notReady, observation: null, via: 'api'}),
			first: 'HP24 warning',
			verdict: 'unknown',
			says: /conf_dir.*--via ssh/u,
		},
	),
];
