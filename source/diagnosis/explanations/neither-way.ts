import type {Explanation} from './explanation.ts';

export const neitherWay: Explanation = {
	code: 'HP01',
	title: 'Neither kube-proxy replacement nor portmap serves hostPort',
	meaning:
		'Cilium does not serve hostPort by default. Without kube-proxy replacement and without CNI chaining to portmap the API accepts a hostPort, the scheduler reserves it, `kubectl describe` shows it, and nothing on the node answers. There is no event and no log line.',
	proof: [
		'`cilium-config`: `kube-proxy-replacement` is `disabled`, `false` or absent, or `partial` without the two keys; `cni-chaining-mode` is absent or `none`',
		'`cilium status` of the agent: HostPort Disabled',
		'the CNI file that the runtime loads names no `portmap`',
		'the nat table has no `CNI-HOSTPORT-DNAT` chain',
	],
	toldApart: [
		'HP03: there `cilium-config` is right and only the agents are behind',
		'HP01b: there `enable-host-port` is set and `enable-node-port` is not',
		'HP19: there the key is set, but this version no longer knows it',
		'HP02: there pods do not even start',
		'HP17: CRI-O maps hostPorts itself, and neither way is needed',
	],
	cure: [
		'Chain portmap: the binary on every node first, then `cni-chaining-mode: portmap`, then the agent pods node by node, then the hostPort pods. It keeps kube-proxy and touches new pods only.',
		'Or turn on full kube-proxy replacement (`strict` up to 1.13, `true` from 1.14). It changes the path of all services and breaks existing connections.',
		'`kubectl hostport fix` does the first in that order and can undo it.',
		'Where another network’s list decides (`cni-chaining-mode` of `aws-cni`, `generic-veth`, `flannel`; Multus; a file of somebody’s own) no key of cilium-config helps and `fix` refuses: add portmap to that list, where it is made.',
	],
	falseLeads: [
		'`Auto-disabling "enable-node-port", … "enable-host-port"` in the agent log (1.8 to 1.15) means that the agent runs with `kube-proxy-replacement=disabled`. It is not the outcome of a kernel probe.',
		'Kernel 5.4 is enough: hostPort by eBPF needs 4.19.57, 5.1.16 or 5.2. The 5.10 of the documentation is for BPF host routing, which hostPort does not need.',
		'`netstat` or `ss` shows no listener in either way; that tells nothing.',
	],
	sources: ['cilium/cilium#19863', 'cilium/cilium#25791', 'cilium/cilium#14109', 'rancher/rke2#2325', 'Cilium docs, CNI chaining: portmap'],
};

export const halfOn: Explanation = {
	code: 'HP01b',
	title: 'enable-host-port is on, enable-node-port is not',
	meaning:
		'From 1.8 to 1.18 hostPort without full kube-proxy replacement needs both keys. Without `enable-node-port` the agent turns hostPort off and logs nothing.',
	proof: [
		'`cilium-config`: `enable-host-port` is `true` and `enable-node-port` is not, with `kube-proxy-replacement` `partial` (up to 1.15) or `false` (from 1.14)',
		'`cilium status`: HostPort Disabled',
	],
	toldApart: [
		'HP01: there neither key is set, or `kube-proxy-replacement` is `disabled`, which no key changes',
		'HP19: from 1.19 on neither key is known',
	],
	cure: [
		'Chain portmap, or set `enable-node-port: "true"` too, with `enable-health-check-nodeport: "false"` beside kube-proxy, and restart the agents.',
		'With the two keys alone processes of the node itself are refused, at its address and its loopback (seen on 1.15.19). `bpf-lb-sock: "true"` with `bpf-lb-sock-hostns-only: "true"` (before 1.12 `enable-host-reachable-services`) mends that; `kubectl hostport fix --strategy native` sets them too.',
		'Charts 1.17.0 to 1.17.5 never write the key, and from 1.18 the value is gone: set it by `extraConfig`.',
	],
	falseLeads: ['The Helm value `hostPort.enabled` alone has no effect on the agent without nodePort.'],
	sources: [
		'cilium/cilium#38083',
		'cilium/cilium#31168',
		'cilium/cilium#31532',
		'cilium/cilium#14164',
		'cilium/cilium#40073',
		'cilium/cilium#40480',
	],
};

export const notTaken: Explanation = {
	code: 'HP03',
	title: 'cilium-config is right, but the agents do not run with it',
	meaning:
		'Agents read cilium-config when they start. A change of the ConfigMap, also by `helm upgrade`, restarts nothing (`rollOutCiliumPods` is off by default). Since 1.13 an init container copies the values, so a restart of the container alone keeps the old ones.',
	proof: [
		'`cilium-config` asks for a way that works',
		'the agent pod started before the last change of the ConfigMap',
		'`cilium status`, the options in the agent’s log or the CNI file show the old values',
		'or the mode is written in capital letters, which only 1.17 and later take, and the node does not chain',
	],
	toldApart: ['HP06: there the agent is newer than the change and still differs', 'HP01: there cilium-config itself asks for nothing'],
	cure: ['Make the agent pods anew, node by node. With `cni-chaining-mode: portmap` only after portmap is on every node (HP02).'],
	falseLeads: [
		'The ConfigMap shows what is wanted, not what runs. `cilium-dbg config --all` and the agent’s first log lines show what runs.',
	],
	sources: ['aws/eks-anywhere-build-tooling#4330', 'Cilium Helm chart: `rollOutCiliumPods`, init container `config` (from 1.13)'],
};

export const overridden: Explanation = {
	code: 'HP06',
	title: 'Something overrides cilium-config, or put it back',
	meaning:
		'The agent runs with other values than cilium-config although it started after the last change; or cilium-config no longer asks for what the nodes still run, so that the next restart ends hostPort, or the last one ended it and rules of the time before are still there. CiliumNodeConfig, the agent’s arguments and environment win over the ConfigMap; Helm, Argo CD, Flux and providers write it again.',
	proof: [
		'agent pod newer than the last change, and its status differs',
		'a CiliumNodeConfig that selects the node, an argument or an environment variable of the agent sets the key',
		'labels, annotations and field managers on the ConfigMap name who writes it: Helm, Argo CD, Flux, the Helm controller of RKE2 and k3s, kOps, OpenShift’s operator, the addon manager, a provider',
		'rules made under the list `portmap`, while cilium-config and the CNI file no longer name it',
		'`cni-chaining-mode: none` written by hand into a ConfigMap that Helm, Argo CD or Flux keeps: a chart leaves the key out',
	],
	toldApart: ['HP03: there the agent is older than the change'],
	cure: [
		'Change the key where it is set last: the CiliumNodeConfig, the DaemonSet, the Helm values or the repository. A change by hand is undone.',
	],
	falseLeads: ['Restarting the agents again does not help: they take the same values.'],
	sources: ['Cilium docs, per-node configuration', 'Cilium Helm chart: `daemon.configSources` (from 1.13)'],
};

export const upgradedAway: Explanation = {
	code: 'HP19',
	title: 'An upgrade took enable-host-port away',
	meaning:
		'`enable-host-port` was deprecated in 1.18 and removed in 1.19. The key in cilium-config is passed over without a word. From 1.19 there are two ways only: full kube-proxy replacement, or portmap chaining.',
	proof: [
		'Cilium 1.19 or newer',
		'`cilium-config` still has `enable-host-port: "true"`',
		'`kube-proxy-replacement` is `false` and no chaining is set',
	],
	toldApart: ['HP01 has the same cure; there the switch was never on'],
	cure: ['Chain portmap, which keeps kube-proxy, or turn on full replacement. Remove the dead keys.'],
	falseLeads: ['The Helm value `hostPort.enabled` is still accepted, because the chart’s schema allows unknown values; it does nothing.'],
	sources: ['cilium/cilium#39581', 'cilium/cilium#41380', 'cilium/cilium#42781'],
};
