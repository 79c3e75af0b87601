import type {Explanation} from './explanation.ts';

export const cannotCallPortmap: Explanation = {
	code: 'HP02',
	title: 'The CNI file names portmap and the node cannot run it',
	meaning:
		'With portmap in the CNI file and no binary that runs in the folder that the runtime searches, every pod of the node that is not on the host network fails to start and to stop, also pods without a hostPort. No Cilium image brings portmap.',
	proof: [
		'event `failed to find plugin "portmap" in path [...]`: the list in it is the folders that the runtime searched',
		'listing of that folder: portmap is missing, a folder, a link to nothing, without execute bit, no program at all, or its ELF header names another architecture',
		'`CNI_COMMAND=VERSION portmap` ends by a signal or without a plugin’s answer; other failures inside a pod are only likely ones, until an event, a look on the node itself or a pod that did start decides',
	],
	toldApart: ['HP01: there pods start and only the port is dead', 'HP24: there the event names something else'],
	cure: [
		'Put portmap into the folder that the event names, mode 0755, and run it once. Pods then start by themselves.',
		'Nodes that join later need it too: the node image, the init script or a small DaemonSet (`kubectl hostport manifest`).',
		'Going back: the CNI file first, the binary last or never. Tear-down calls it too.',
	],
	falseLeads: [
		'That the file is there proves nothing: architecture, mode, a noexec mount or another folder in the runtime’s configuration stop it just so.',
	],
	sources: [
		'kubernetes/kops#18588',
		'cilium/cilium#41300',
		'cilium/cilium#15508',
		'flannel-io/flannel#1730',
		'nutanix-cloud-native/cluster-api-runtime-extensions-nutanix#1340',
	],
};

export const otherFile: Explanation = {
	code: 'HP05',
	title: 'Another CNI file wins',
	meaning:
		'The runtime loads the first file by name among `.conf`, `.conflist` and `.json` (CRI-O another, where `cni_default_network` names its network; that is not read). A file that sorts before `05-cilium` decides, whatever Cilium writes into its own. Where the first is no valid configuration, or nothing is left to load, containerd refuses the folder and no pod starts. With `custom-cni-conf` Cilium leaves the folder alone, so the chaining mode has no effect.',
	proof: [
		'sorted listing of the folder: the first file is not `05-cilium.conflist` (or `05-cilium.conf`)',
		'`custom-cni-conf` is true, or `read-cni-conf` names a list that Cilium copies',
		'the agent’s status says that it could not write its file',
		'a file of somebody’s own names portmap without `capabilities.portMappings`, or a plugin that is not on the node',
		'the runtime’s own configuration (containerd, its imports, K3s, CRI-O, flags of cri-dockerd) names another folder than the one that Cilium’s DaemonSet mounts, and neither is a link to the other',
		'nothing in the folder ends in `.conf`, `.conflist` or `.json` (`*.cilium_bak` only), or the first that does is not JSON',
		'it is a list and ends in `.conf` or `.json`, a single plugin and ends in `.conflist`, has no name, or a plugin without a type',
		'a value is of another kind than the runtime takes: a capability that is neither true nor false, a version that is no text',
		'portmap stands first in it: it refuses to be called before a plugin that has made the network',
		'rule comments bear another network’s name',
	],
	toldApart: [
		'HP03: there the first file is Cilium’s own and only old',
		'HP24: there the agent is not ready, and has not written its file yet',
	],
	cure: [
		'Find out who writes the other file. A leftover is moved away, and Cilium’s own then counts, with `cni-chaining-mode: portmap`.',
		'Multus, or another network’s own list, stays: portmap is added to the list that it calls, where that is made, and Multus’ own file gets `capabilities.portMappings`. Moved away, its pods lose their other networks.',
		'A plugin that somebody added to Cilium’s own file (istio-cni, linkerd-cni) is taken out by Cilium’s next write and has to be added again: `fix` refuses there.',
		'With `cni-exclusive: "true"` Cilium 1.14 and later renames all others; 1.10 to 1.13 delete other `*cilium*` files when the agent starts.',
	],
	falseLeads: ['Editing `05-cilium.conflist` by hand does not last: the agent writes it anew.'],
	sources: ['kubernetes-sigs/kubespray#12814', 'cilium/cilium#26760', 'cilium/cilium#30614', 'cilium/cilium#39695'],
};

export const noOwnMapping: Explanation = {
	code: 'HP17',
	title: 'CRI-O maps ports itself',
	meaning:
		'CRI-O keeps hostPort rules of its own (chains `KUBE-HOSTPORTS`, `KUBE-HP-…`; its nftables backend a table `crio-hostports`) and hands none to CNI plugins. On its nodes chaining portmap brings nothing. The kubelet did the same with dockershim and kubenet up to 1.23.',
	proof: [
		'the node’s `containerRuntimeVersion` begins with `cri-o://`',
		'the CNI file names portmap and there are no `CNI-DN` rules',
		'a `KUBE-HP` rule leads to the pod: its hostPort is mapped, and nothing is to be repaired',
		'`disable_hostport_mapping = true` in CRI-O’s configuration, where it could be read: then nothing maps',
	],
	toldApart: [
		'HP04: there the runtime is another, and newer pods do have rules',
		'HP07: a `KUBE-HP` rule that leads to no pod is left over; the chains are the runtime’s all the same',
	],
	cure: ['Leave hostPort to CRI-O, or use kube-proxy replacement with `disable_hostport_mapping` in CRI-O’s configuration.'],
	falseLeads: [
		'The missing `CNI-HOSTPORT-DNAT` chain is no fault there.',
		'`KUBE-HOSTPORTS` is not kube-proxy’s, and deleting it takes the mappings of running pods.',
	],
	sources: ['cri-o/cri-o#7217', 'cri-o/cri-o#3914', 'kubernetes-sigs/kubespray#7601', 'cilium/cilium#24741'],
};

export const otherSandboxFault: Explanation = {
	code: 'HP24',
	title: 'Pods do not start for another reason',
	meaning:
		'Sandboxes fail, or the Cilium agent does not run, but not because of portmap. It is named so that it is not taken for a hostPort fault.',
	proof: [
		'event `FailedCreatePodSandBox` of a pod that still waits, whose last `plugin type=` is another plugin; the word portmap anywhere else proves nothing, for Cilium’s chained network is itself named portmap',
		'event `failed to find plugin "cilium-cni" in path [/usr/libexec/cni]`, with the plugin in another folder: both must use one',
		'a plugin that the file names (`cilium-cni`), one that such a plugin starts itself (`bridge` of flannel, what `ipam` names), or the runtime’s own `loopback`, is not in the folder that is searched',
		'the node is NotReady and says that its runtime has no network for pods, and nothing that was seen explains it',
		'the agent pod of the node is not ready, or there is none beside nodes that have one',
		'`cilium-config` holds a value of `kube-proxy-replacement` that this version does not take',
	],
	toldApart: ['HP02: there the event names portmap as the plugin that is missing or cannot be run', 'HP30: there portmap itself fails'],
	cure: [
		'Read the event and the agent’s log. With `strict` or `true` a failed kernel probe ends the agent: see the log of its previous run.',
	],
	falseLeads: ['An agent that is starting prints the same sandbox errors for some seconds.'],
	sources: ['flannel-io/flannel#1432', 'Cilium source: daemon/cmd/kube_proxy_replacement.go'],
};

export const portmapFails: Explanation = {
	code: 'HP30',
	title: 'portmap runs and fails',
	meaning:
		'The runtime finds portmap and calls it, and portmap itself ends with an error: the kernel lacks a netfilter module, iptables is too old or locked, it may not write rules, or it does not know the CNI version of the file. Pods with a hostPort do not start; with a CNI version that it does not know, no pod does.',
	proof: [
		'event whose last `plugin type=` is portmap, with words that portmap or iptables wrote',
		'`cniVersion` of the loaded file is not among the binary’s `supportedVersions`; this needs no event',
		'its entry in the file has what it refuses: `markMasqBit` beside `externalSetMarkChain`, a bit beyond 31, conditions that are no list; no event needed either',
		'a warning before any pod fails: the file that the agent writes at its next start asks for such a version (CNI 1.0.0 from Cilium 1.20 on)',
	],
	toldApart: [
		'HP02: there the runtime cannot call portmap at all',
		'HP09: there portmap finds no iptables or nft, or rules are in two builds',
		'HP24: there another plugin fails',
	],
	cure: [
		'For a CNI version that portmap does not know: `kubectl hostport fix` with a newer portmap; it keeps the old one, and `rollback` puts it back.',
		'What the words name: `modprobe xt_multiport xt_comment xt_mark xt_addrtype iptable_nat`, a newer portmap or iptables, or whoever holds the xtables lock.',
	],
	falseLeads: [
		'portmap answers `CNI_COMMAND=VERSION` and is all the same unable to make a rule.',
		'The pod’s image and its probes have nothing to do with it.',
	],
	sources: [
		'kubernetes-sigs/kind#3170',
		'k3s-io/k3s#6324',
		'awslabs/amazon-eks-ami#2605',
		'containernetworking/plugins#378',
		'k0sproject/k0s#2141',
		'hashicorp/nomad#26724',
		'containernetworking/cni: pkg/version/reconcile.go',
	],
};
