import type {Explanation} from './explanation.ts';

export const olderPod: Explanation = {
	code: 'HP04',
	title: 'The pod is older than the CNI file that names portmap',
	meaning:
		'portmap makes its rules when a pod’s sandbox is made. A pod from before the change has none and gets none until it is made again.',
	proof: [
		'no `CNI-DN` rule leads to the pod',
		'the pod started before the CNI file was written, or before another file came or went in its folder',
		'surest, over SSH: the runtime’s CNI cache has no mapping for the pod’s sandbox',
		'portmap is chained and its binary is there',
	],
	toldApart: ['HP08: there the pod is newer than the file, so its rules did exist'],
	cure: ['Make the pod again: its owner replaces it.'],
	falseLeads: ['Restarting the container or the agent makes no rules: only a new sandbox does.'],
	sources: ['Cilium docs: "will not apply to any pod that is already running"'],
};

export const staleRules: Explanation = {
	code: 'HP07',
	title: 'An older rule catches the traffic',
	meaning:
		'Two `CNI-DN` chains serve one port, and the first leads to a pod that is gone: its removal did not run or failed. Traffic goes nowhere or only sometimes arrives. One that stands behind, or for a port that nobody has, waits for the next pod.',
	proof: [
		'two mappings of one port in one table; the first one’s target is not the pod that has the hostPort now: a fault',
		'a rule that is not portmap’s stands before its jump in PREROUTING and has the port: a fault too',
		'so does a `dnat` or `redirect` of nftables’ own tables in a chain at prerouting with a priority before -100 (`nft list ruleset`, read by `--via pod` and `--via ssh`)',
		'rules for some senders, other addresses, or devices that nobody comes by from outside (bridges, tunnels, lo) are passed over',
		'a mapping behind the pod’s own, or a second one to the same pod: a warning',
		'a mapping whose target is no pod with that hostPort, where all pods could be listed: told only',
	],
	toldApart: ['HP10: there the eBPF entry is wrong, not a rule'],
	cure: [
		'Delete the stale jump in `CNI-HOSTPORT-DNAT` and its chain on that node, or make the pod again after that.',
		'`KUBE-HOSTPORTS` is a container runtime’s own: nothing in it is deleted by hand. What a runtime of before has left goes with a restart of the node.',
	],
	falseLeads: ['The pod itself is well: its IP answers.'],
	sources: ['cilium/cilium#18227', 'containernetworking/plugins#683', 'aws/amazon-vpc-cni-k8s#2362'],
};

export const flushed: Explanation = {
	code: 'HP08',
	title: 'The rules of a pod are gone',
	meaning:
		'The pod is newer than the CNI file that names portmap, so rules were made for it, and there are none now. Nobody puts them back: portmap only runs when a pod starts and stops. A reload of firewalld or a flush of nat takes them away.',
	proof: [
		'the pod started after the file was written',
		'no `CNI-DN` rule leads to it, or nothing leads to its chain',
		'the jump to `CNI-HOSTPORT-DNAT` is gone from PREROUTING (nobody gets an answer) or from OUTPUT (only the node itself gets none)',
		'surest, over SSH: the runtime’s CNI cache has the mapping that the table lacks; firewalld, ufw or nftables is active',
		'where there is an nft: the table `cni_hostport` has none either',
	],
	toldApart: [
		'HP04: there the pod is older than the file. Agents write their file anew when they start, so a table that was emptied counts for more than the file’s time',
		'HP05: there a file of somebody’s own names portmap without the capability',
		'HP17: on CRI-O there are no such rules at all',
	],
	cure: ['Make the pod again. Find what flushes nat: firewalld, ufw or a script.'],
	falseLeads: [
		'Since 1.6.0 portmap turns to nftables (table `cni_hostport`) on a node without iptables: then iptables shows nothing, and nothing is wrong.',
		'portmap without `capabilities.portMappings` in the CNI file gets no mappings from the runtime: looks the same, and the file shows it.',
	],
	sources: ['cilium/cilium#16644', 'kubernetes/kubernetes#93091', 'containernetworking/plugins#512', 'containernetworking/plugins#275'],
};

export const twoWorlds: Explanation = {
	code: 'HP09',
	title: 'Two iptables builds, or none',
	meaning:
		'Rules of kube-proxy and of portmap are in different builds of iptables (nft and legacy), so that their order is not what either expects; or the node has no iptables or nft for portmap to use, and pods do not start.',
	proof: [
		'`KUBE-SERVICES` in one table, `CNI-HOSTPORT-DNAT` in the other; or `CNI-HOSTPORT-DNAT` in both',
		'event `could not find nftables binary` or `neither iptables nor ip6tables is usable`',
	],
	toldApart: ['HP08: there the rules are in neither'],
	cure: ['Bring both to one build (`update-alternatives` on the node), or set portmap’s backend; then make the pods again.'],
	falseLeads: ['`KUBE-IPTABLES-HINT` and `KUBE-KUBELET-CANARY` are the kubelet’s and tell nothing of kube-proxy.'],
	sources: ['containernetworking/plugins#225', 'siderolabs/talos#9883', 'siderolabs/talos#12617', 'containernetworking/plugins#1115'],
};

export const agentFault: Explanation = {
	code: 'HP10',
	title: 'Cilium serves hostPort, but this entry is missing or wrong',
	meaning:
		'hostPort is on in the agent, and its service table has no entry for this port or one that leads to another pod: a fault of the agent. Several versions have known ones.',
	proof: [
		'`cilium status`: HostPort Enabled',
		'`cilium service list`: no HostPort entry for the port, or a backend that is not the pod’s IP, alone or beside it',
	],
	toldApart: [
		'HP37: there the protocol is SCTP',
		'HP15: a hostPort inside the NodePort range is left out on purpose',
		'HP20: a hostIP that is not on a NodePort device gets no entry',
	],
	cure: ['Make the agent pod of that node anew; it reads all pods when it starts. Upgrade where the version is known for it.'],
	falseLeads: [
		'What CNI files and portmap’s rules say of the port does not matter there. (A file that names a portmap which is missing stops every pod all the same: HP02.)',
	],
	sources: ['cilium/cilium#32805', 'cilium/cilium#48455', 'cilium/cilium#22587', 'cilium/cilium#41426', 'cilium/cilium#27530'],
};

export const policy: Explanation = {
	code: 'HP11',
	title: 'A network policy may drop it',
	meaning:
		'The pod is wired, and an ingress policy selects it. What comes through a hostPort has the identity of a node (`host`, `remote-node`) or of the outside (`world`); a policy that lets in pods only drops it.',
	proof: [
		'rule or entry is right',
		'a policy selects the pod and lets in none of these entities: likely; or not all of them: possible',
		'proof only by `hubble observe --verdict DROPPED` or a live connection',
	],
	toldApart: ['HP13: there a firewall in front drops it, and from inside it works'],
	cure: ['Let in `host`, `remote-node` and, for clients outside, `world`.'],
	falseLeads: ['From the same node it may work all the while: local host traffic is allowed by default.'],
	sources: ['cilium/cilium#31522', 'cilium/cilium#34517', 'cilium/cilium#12781'],
};

export const service: Explanation = {
	code: 'HP15',
	title: 'The port belongs to a Service, or to the NodePort range',
	meaning:
		'By eBPF a hostPort inside the NodePort range is ignored, and a Service with the same port on an address of the node (`externalIPs`, or what a load balancer such as ServiceLB gave it) takes the hostPort’s entry, also where the Service has no pod; the entry does not come back when the Service goes. In 1.18 and 1.19 the hostPort takes it back again and again. By portmap, with kube-proxy in IPVS mode, a hostPort takes the traffic of every Service on the same port, because service addresses are local there; and a Service’s nodePort of the same number, or its port on an address of the node (`externalIPs`, a load balancer’s), gets the traffic or loses it, as the rules stand.',
	proof: [
		'hostPort inside `node-port-range`, log line `colliding with the configured NodePort range`',
		'kube-proxy in mode `ipvs`, by its ConfigMap or by the interface `kube-ipvs0`, and a Service with the same port',
		'a Service whose nodePort is the hostPort',
		'no HostPort entry for the address that a Service has among its `externalIPs` or load balancer addresses, with the same port; or an entry of the type of that Service',
		'portmap’s nftables table has the chain `hostip_hostports` and not `hostports_all`: made before 1.9.0 (CVE-2025-67499)',
	],
	toldApart: ['HP10: there the port is outside the range'],
	cure: [
		'Use another hostPort. Where a Service had its entry, restart the pod afterwards. With IPVS: portmap 0.7.5 or newer, or kube-proxy in another mode.',
	],
	falseLeads: [],
	sources: [
		'CVE-2019-9946',
		'kubernetes/kubernetes#61938',
		'kubernetes/kubernetes#66103',
		'siderolabs/talos#9223',
		'deckhouse/deckhouse#2285',
	],
};

export const udp: Explanation = {
	code: 'HP16',
	title: 'UDP goes to a pod that is gone',
	meaning:
		'A conntrack entry from before keeps leading a sender’s UDP packets to the old pod as long as it goes on sending from the same port. The rule is right.',
	proof: [
		'`/proc/net/nf_conntrack`, or `conntrack -L -p udp --dport N`, shows another address than the pod’s',
		'TCP or a new source port works',
	],
	toldApart: ['HP07: there a stale rule does it, for TCP too'],
	cure: ['`conntrack -D -p udp --dport N` on the node; newer portmap does that itself.'],
	falseLeads: [
		'Making the pod again does not help: the entry outlives it.',
		'By eBPF a packet is translated before conntrack sees it: such entries hold nobody there (seen on 1.20.2).',
	],
	sources: ['kubernetes/kubernetes#66651', 'containernetworking/plugins#123', 'containernetworking/plugins#553'],
};

export const sharedEntry: Explanation = {
	code: 'HP26',
	title: 'One hostPort for two protocols shares one entry',
	meaning:
		'Before 1.17 Cilium’s entries tell no protocols apart: of two hostPorts with one number, TCP and UDP, the entry that is made last wins. The other protocol is dead, or another pod answers on it. 1.18.0 and 1.18.1 have a fault with the same look.',
	proof: [
		'two hostPorts of one node have the same number and different protocols',
		'the one entry leads to the other’s pod or containerPort (`cilium bpf lb list`, `cilium service list`)',
	],
	toldApart: ['HP10: there no other protocol has the number', 'HP14: there two pods ask for the same protocol, and one waits'],
	cure: ['Use different hostPorts, or one containerPort of one pod for both protocols; or upgrade to 1.17, from 1.18 on to 1.18.2.'],
	falseLeads: ['A restart of the agent makes the same entry again: which protocol wins may change, that one is dead does not.'],
	sources: ['cilium/cilium#33434', 'cilium/cilium#41426'],
};

export const sidecarPort: Explanation = {
	code: 'HP32',
	title: 'The hostPort of a sidecar is not mapped',
	meaning:
		'The port stands in an init container with `restartPolicy: Always`. The kubelet hands the container runtime the ports of ordinary containers only, so portmap and CRI-O never hear of it; the scheduler reserves the port all the same.',
	proof: [
		'the pod runs, no rule leads to the port, and the rules were read',
		'the container’s `restartPolicy` is Always, or a port that only it has answers on the pod’s IP while the pod is ready',
	],
	toldApart: [
		'HP04, HP08: there the port stands in an ordinary container',
		'a port of an init container that has ended: nothing listens, and nothing should be mapped',
		'HP10: with eBPF, Cilium 1.12 and later read the ports of init containers by themselves',
	],
	cure: [
		'Name the port, with the same `containerPort` and `hostPort`, in an ordinary container of the pod: all its containers share one network.',
		'Or let eBPF serve hostPorts, on Cilium 1.12 and later.',
	],
	falseLeads: ['Restarting the pod changes nothing.'],
	sources: [
		'kubernetes/kubernetes: pkg/kubelet/kuberuntime/kuberuntime_sandbox.go (1.36)',
		'kubernetes/kubernetes#132037',
		'googleforgames/agones#4358',
		'cilium/cilium#18850',
	],
};

export const programRefused: Explanation = {
	code: 'HP36',
	title: 'The kernel refuses Cilium’s program',
	meaning:
		'The agent’s entries are there, in `service list` and `bpf lb list`, and the program that should look at them is not on the node’s devices: the kernel’s verifier refused it, or it did not compile. The node’s own sockets and its pods may still get an answer, other nodes and outside do not.',
	proof: [
		'by `bpftool net` one of Cilium’s devices has no program for what comes in; or `endpoint-N-regeneration-recovery` is among the failing controllers of the status',
		'log line `Error while rewriting endpoint BPF program` (later `reloading`), with `identity=1` for the node itself: then an error, else a warning',
	],
	toldApart: ['HP10: there the entry is missing', 'HP20: there one address is not served, and the others are'],
	cure: ['Another release of Cilium, or another kernel; or turn off the feature that the refused program is for.'],
	falseLeads: ['`cilium status` says Ok, and every entry is there.'],
	sources: ['measured: Cilium 1.15.19 with IPv6 on Linux 6.18 (docs/paths.md)', 'Cilium documentation, system requirements'],
};

export const sctp: Explanation = {
	code: 'HP37',
	title: 'eBPF does not serve SCTP',
	meaning:
		'Where Cilium serves hostPorts by eBPF, a hostPort of SCTP has no entry without `enable-sctp`, and with it no port is rewritten: one with another containerPort is dead. Cilium’s documentation counts kube-proxy replacement among what SCTP is not supported with.',
	proof: [
		'`cilium status`: HostPort Enabled; the port’s protocol is SCTP',
		'`cilium service list` has no entry for it, or hostPort and containerPort differ: an error',
		'an entry, and one number for both: a warning, for whether it answers was not tried',
	],
	toldApart: ['HP10: there the protocol is TCP or UDP', 'HP26: there TCP and UDP share one number'],
	cure: [
		'One number for hostPort and containerPort, and `sctp.enabled: true` in Helm; or the host network.',
		'portmap makes rules for SCTP as for TCP.',
	],
	falseLeads: ['A restart of the agent makes no entry.'],
	sources: ['Cilium documentation, SCTP support (beta)', 'cilium/cilium#20490', 'cilium/cilium#32412'],
};
