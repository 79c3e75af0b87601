import type {Explanation} from './explanation.ts';

export const hostFirewall: Explanation = {
	code: 'HP12',
	title: 'Cilium’s host firewall is on with portmap',
	meaning:
		'The host firewall and portmap with kube-proxy do not work together. How much is dead differs by version: without any policy for nodes a pod of 1.15.19 gets no answer from a hostPort of its own node while every other place does; on 1.20.2 every place does.',
	proof: ['`enable-host-firewall: "true"` or HostFirewall in the status', 'portmap is the way that is live'],
	toldApart: ['HP11: there a policy of the pod drops it'],
	cure: ['One of the two: full kube-proxy replacement for hostPort, or no host firewall.'],
	falseLeads: [],
	sources: ['cilium/cilium#12541', 'cilium/cilium#12781'],
};

export const firewall: Explanation = {
	code: 'HP13',
	title: 'A firewall stands in front of the node',
	meaning:
		'From pods and other nodes it works, from outside it times out: a security group or a provider’s access rules; or a firewall on the node, which may stop other nodes too. Naver Cloud’s default rules let traffic in from nodes only.',
	proof: [
		'connection from inside works, from outside times out (not refused): `verify` tells',
		'an error where another node connected and got no answer: then the rule is not only likely to stop it',
		'the node’s own: a rule in `raw` or `mangle` PREROUTING that drops the hostPort, or one behind the translation that drops what goes to the pod or what it answers; ranges of ports and addresses, negations, TCP flags, conntrack’s states and original port, devices, and the order in FORWARD are read',
		'likely only: of other chains than FORWARD and PREROUTING it is not kept what lets a packet through before; a rule for some senders is passed over, and so is what stands in FORWARD behind `CILIUM_FORWARD`',
		'the node forwards nothing: `net.ipv4.ip_forward` is 0, or FORWARD drops all and no rule before may accept',
		'only possible: firewalld or ufw is active',
	],
	toldApart: [
		'HP01: there it is refused, and from inside too',
		'HP11: there other nodes are dropped too',
		'HP08: there a firewall’s reload took the rules away',
		'HP28: there a rule in nftables’ own tables does it, which iptables-save does not show',
	],
	cure: ['Open the port in the provider’s rules or on the node.'],
	falseLeads: [
		'A time-out speaks for a rule that drops; one that rejects is heard as a refusal or as no route to the host.',
		'A rule in INPUT does nothing to a hostPort: its packets are forwarded to the pod and never come there.',
	],
	sources: ['aws/amazon-vpc-cni-k8s#977', 'Naver Cloud guide, k8s-k8suse-acg'],
};

export const portTaken: Explanation = {
	code: 'HP14',
	title: 'The port is taken',
	meaning:
		'A hostPort can be had once a node, address and protocol. A second pod stays Pending. A process of the host on the same port is hidden by portmap’s rule, or answers instead of the pod.',
	proof: [
		"pod Pending with `didn't have free ports for the requested pod ports`",
		'who holds it: a pod with the same hostPort, also one on the host network, which holds what it only names',
		'event `cannot open hostport N … address already in use` of CRI-O (or dockershim), which holds a socket on each hostPort',
		'pod Failed with `NodePorts`: it was given its node by name, and the kubelet refused it',
		'a process of the host listens on the same port, also on 127.0.0.1 only',
	],
	toldApart: ['HP21: there the pod runs and does not answer'],
	cure: ['Find who holds it: another pod, servicelb, or a process of the host. Change one of the two.'],
	falseLeads: ['Pending is not a network fault: the scheduler decided.'],
	sources: ['kubernetes/kubernetes#60726', 'k3d-io/k3d#1150', 'k3s-io/docs#515'],
};

export const wrongAddress: Explanation = {
	code: 'HP20',
	title: 'It answers on another address',
	meaning:
		'With a hostIP the port answers on that address only, and only if the node has it. By eBPF it answers on the addresses of Cilium’s devices that nodeport-addresses lets in, and of those families for which there is an entry; 127.0.0.1, a floating IP, a second NIC or even the address by which Kubernetes knows the node may be none of them.',
	proof: [
		'hostIP is not an address of the node by its own routing tables; by what Kubernetes knows of it, it is only likely',
		'hostIP, `0.0.0.0` and `::` included, is of a family that the pod has no address of: neither portmap nor eBPF maps it',
		'the rules ask for packets to `0.0.0.0`: a portmap of before took the unspecified hostIP for an address',
		'pod and node have both families, no hostIP was asked for, and one family has no rule; likely only where nothing of ip6tables was seen',
		'hostIP is a loopback address: it answers on the node itself alone, which is told and is no fault (by portmap, and by eBPF up to 1.15; HP27 tells of later versions)',
		'hostIP is a loopback address that its own node does not reach either, an error: ::1 by rules, which the kernel never serves; any by eBPF without the socket programs (node port beside kube-proxy, socketLB off)',
		'the service entry exists for other addresses only: an error where the node’s InternalIP is left out, a warning for its ExternalIP and a second address of one of Cilium’s devices',
		'the jump to the pod’s chain, or the one to portmap’s chain, asks for more than the port: `conditionsV4` or `conditionsV6` of portmap lets in some senders or addresses only; an error where no address of the node is let in',
	],
	toldApart: ['HP10: there no address has the entry'],
	cure: [
		'Leave hostIP empty, or use an address of the node; see `devices` and `nodeport-addresses` in cilium-config. Without the latter Cilium serves one address a family of each device, a private one before a public one.',
	],
	falseLeads: ['`curl localhost:PORT` may fail while the node’s IP answers; ::1 never works by portmap.'],
	sources: ['cilium/cilium#12116', 'cilium/cilium#34792', 'cilium/cilium#24805', 'cilium/cilium#24481', 'containernetworking/plugins#643'],
};

export const application: Explanation = {
	code: 'HP21',
	title: 'The application does not answer',
	meaning:
		'The mapping leads to the pod, and the pod does not listen on containerPort, listens on 127.0.0.1, or is not ready or does not run.',
	proof: [
		'pod IP and containerPort refused from its own node: `check` connects to them',
		'or no answer at all (timed out, unreachable) from its own node: packets may be lost on the way. A warning, and an error where another node got none at the hostPort either, or where the pod’s interface on the node is down',
		'the pod is not ready, or says why it does not run, or is being made for more than ten minutes',
	],
	toldApart: ['all others: test this first'],
	cure: ['Look at the pod: its log, its listening address, its containerPort.'],
	falseLeads: ['Connection refused with a right rule speaks for this, not for Cilium.'],
	sources: ['open-telemetry/opentelemetry-helm-charts#849'],
};

export const newNode: Explanation = {
	code: 'HP25',
	title: 'A new node will be broken',
	meaning:
		'hostPort works by portmap, and portmap was put on the nodes after they had joined. cilium-config is the cluster’s and the binary is the node’s: the next node that joins gets a CNI list that names portmap and has no such binary, so that no pod starts there.',
	proof: [
		'portmap is the way that is live',
		'the binary was written later than a minute after its node had joined; ten, where nodes joined at different times',
		'no DaemonSet `kubectl-hostport-portmap` keeps it (one that is ready nowhere does not), and no node that joined since had it',
	],
	toldApart: ['HP02: there the node has joined and is broken already'],
	cure: [
		'`kubectl hostport fix --daemonset` installs a DaemonSet that keeps it on every node, new ones included; `manifest daemonset` prints it.',
		'`kubectl hostport manifest init-script` puts it there before the node joins, where node pools take an init script.',
		'Or build it into the node image.',
	],
	falseLeads: ['That all nodes of today work says nothing about the next.'],
	sources: ['nutanix-cloud-native/cluster-api-runtime-extensions-nutanix#1340', 'kubernetes/kops#18588'],
};

export const reversePathFilter: Explanation = {
	code: 'HP31',
	title: 'A reverse-path filter drops the traffic',
	meaning:
		'The kernel or a firewall drops packets whose way back is not the device that they came by. Traffic of Cilium’s own devices fails that test by design, so pods do not even answer their own node.',
	proof: [
		'a rule with `-m rpfilter … -j DROP`, or in a chain of that name, on the node',
		'the pod did not answer a connection from its own node, though the hostPort is mapped',
	],
	toldApart: ['HP13: there a rule names the port or the pod', 'HP21: there no such rule was seen, or the pod itself refuses'],
	cure: ['Exempt `cilium_+` and `lxc+` from the filter, or make it loose; on NixOS `networking.firewall.checkReversePath = "loose"`.'],
	falseLeads: ['The rule alone is no fault: where pods answer their node it lets Cilium’s traffic through.'],
	sources: ['cilium/cilium#31565', 'cilium/cilium#10645'],
};

export const nativeDrop: Explanation = {
	code: 'HP28',
	title: 'A native nftables rule drops the traffic',
	meaning:
		'Tables of nftables’ own, which iptables-save does not show, stand on the way of a hostPort too. A drop in any of them counts: an accept ends one base chain alone. The mapping is right, and the port is dead from outside.',
	proof: [
		'a rule of a base chain at ingress, prerouting, forward or postrouting, or of a chain that it leads to, drops or rejects what is sent to the hostPort (before portmap translates it, at priority -100) or to the pod’s own port (after that)',
		'or the chain’s policy is drop and no rule accepts it; sets, verdict maps, ranges, negations and devices are read',
		'the same for what the pod answers',
		'`notrack` before priority -200: portmap’s translation needs conntrack',
	],
	toldApart: [
		'HP13: there iptables’ own tables name the port',
		'HP31: there a reverse-path filter drops it, whatever the port',
		'a rule in the hook input or output is not on the way: what portmap or eBPF sends on is forwarded',
		'a rule for some senders only is told, or passed over: it is no fault',
	],
	cure: [
		'Accept the port in the chain that drops it, where its table is made (`/etc/nftables.conf`, the firewall’s own service). No pod has to be restarted.',
		'In a forward chain with policy drop: `ct state established,related accept` and `ct status dnat accept`.',
	],
	falseLeads: [
		'`iptables-save` shows nothing of it.',
		'The agent’s image has no nft: only `--via pod`, which enters the node itself for it, and `--via ssh` read these tables. Where they were not read, or the node has no nft either, the all-clear says so.',
		'By eBPF netfilter sees the pod’s address and port alone, and with BPF host routing nothing: a rule for the hostPort’s number does no harm there.',
	],
	sources: ['nft(8), “Verdict statements” and “Chains”', 'libnftables-json(5)', 'moby/moby#31508'],
};

export const openLoopback: Explanation = {
	code: 'HP27',
	title: 'A private hostPort is public',
	meaning:
		'A pod asks for hostIP 127.0.0.1 so that only its node reaches it. Under eBPF Cilium 1.20 makes an entry for the node’s addresses all the same: other nodes, pods and clients outside get an answer. Up to 1.15 it does not; of 1.16 to 1.19 it is not known.',
	proof: ['the datapath has an entry for an address of the node that leads to the pod (`cilium bpf lb list`)'],
	toldApart: ['HP20: there the loopback address alone answers, as was asked for'],
	cure: [
		'A network policy that lets in the entity host alone; or hostNetwork and a listener on 127.0.0.1 instead of a hostPort.',
		'portmap keeps a loopback hostIP private.',
	],
	falseLeads: ['`cilium service list` shows 0.0.0.0 alone: what packets meet is in `cilium bpf lb list`.'],
	sources: ['cilium/cilium#21366', 'recording of Cilium 1.20.2'],
};

export const lateAddress: Explanation = {
	code: 'HP33',
	title: 'An address of the node is younger than the agent',
	meaning:
		'The node got an address after its agent had looked for those of its devices: by DHCP, by a VIP that moved, by hand. Cilium has no entry for it, so hostPorts answer on the older addresses alone.',
	proof: [
		'the address is on a device that the agent serves, the agent’s `deviceList` does not have it there, and no entry of eBPF is for it',
		'`nodeport-addresses` holds it, or without that option it is the node’s InternalIP',
	],
	toldApart: [
		'HP20: there `devices` or `nodeport-addresses` leave the address out, or its device is none that the agent found; a restart changes nothing then',
		'HP15: there a Service has the entry of that address',
		'a second address of a device without `nodeport-addresses`: Cilium serves the primary one alone, by design',
	],
	cure: ['Restart the agent pod of that node.'],
	falseLeads: ['The pod, its rules and its application are right: it answers on the other addresses.'],
	sources: ['rancher/rke2#3516', 'Cilium documentation: `nodePort.addresses`'],
};

export const selinuxDenies: Explanation = {
	code: 'HP34',
	title: 'SELinux keeps the runtime from a plugin',
	meaning:
		'SELinux is enforcing, and the container runtime may not run a CNI plugin whose mode would allow it, or portmap may not write its rules. Mostly the files were put there with a label that the policy does not let it run, or the policy package of the distribution is not installed.',
	proof: [
		'`/sys/fs/selinux/enforce` is 1',
		'an event with “permission denied” on `fork/exec` of a plugin that is executable by its mode, or of portmap itself',
		'or the agent’s pod does not start, and its last words are “Permission denied”: its init containers write plugins and a mount helper into folders of the node',
	],
	toldApart: [
		'HP02: there the file is missing, not executable, or for another machine; or SELinux does not decide',
		'HP30: there portmap fails for another reason',
		'a mount with `noexec`: the same words, and SELinux is not enforcing',
	],
	cure: [
		'`ausearch -m AVC -ts recent` names the denial; `restorecon -Rv` restores labels; the packages container-selinux, k3s-selinux and rke2-selinux bring the policy.',
	],
	falseLeads: ['`ls -l` shows a file that everybody may run.'],
	sources: ['rancher/rke2-selinux#65', 'k3s-io/k3s-selinux'],
};
