import type {Explanation} from './explanation.ts';

export const otherNetwork: Explanation = {
	code: 'HP18',
	title: 'The network is not Cilium, or the provider runs it',
	meaning:
		'No Cilium agent was found, or the provider runs Cilium itself (GKE Dataplane V2, AKS). Diagnosis still says what is seen; nothing is repaired there.',
	proof: [
		'no DaemonSet and no ConfigMap of Cilium in any namespace that could be read',
		'DaemonSets of a provider: `anetd`, `azure-cns`; or its labels, annotations and field managers on cilium-config (GKE, AKS, EKS, DigitalOcean)',
		'DaemonSets of another network beside Cilium, such as `aws-node`: told, for the CNI file that is loaded decides',
	],
	toldApart: ['A lacking right to list DaemonSets looks the same; it is then said'],
	cure: ['Use the provider’s own switch, or a Service of type LoadBalancer or with `internalTrafficPolicy: Local`.'],
	falseLeads: [],
	sources: ['Azure/AKS#2070', 'cilium/cilium#14287'],
};

export const nothingWrong: Explanation = {
	code: 'HP22',
	title: 'Nothing is wrong',
	meaning:
		'Every hostPort has its rule or entry on every address that its node offers, every connection that was tried was answered, and nothing is unknown. The title counts what could not be tried (UDP, `--no-connect`, a node without bash and netcat). There is no socket that listens on the port, neither by eBPF nor by portmap: that is normal.',
	proof: [
		'every hostPort has a service entry or a rule that leads to its pod, portmap’s or CRI-O’s own',
		'nftables’ own tables drop none of it, where they were read (HP28); where not, it says so',
		'over TCP the next node connected to it, and so did this machine where it reaches the nodes',
	],
	toldApart: ['HP29: mapped as well, and a connection failed'],
	cure: ['Nothing to do.'],
	falseLeads: ['`netstat` and `ss` show nothing. The client’s address in the application’s log may be a node’s: that is source NAT.'],
	sources: ['aws/amazon-vpc-cni-k8s#3079', 'projectcalico/kube-controllers#606', 'cilium/cilium#5609'],
};

export const otherNode: Explanation = {
	code: 'HP23',
	title: 'A kind of node without hostPort',
	meaning:
		'Virtual kubelets and Fargate have no host whose ports could be mapped; on Windows nodes neither Cilium nor portmap runs, and mapping is the matter of their own network. They are listed as skipped.',
	proof: ['operating system, labels and taints of the node (Virtual Kubelet, Fargate, TKE’s super nodes, KWOK, Liqo)'],
	toldApart: [],
	cure: ['Place such pods on Linux nodes.'],
	falseLeads: [],
	sources: ['Kubernetes docs, well-known labels'],
};
