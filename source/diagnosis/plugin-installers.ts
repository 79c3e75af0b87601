/** Who installs a plugin, by its name: the add-on's DaemonSet as its own manifests call it. */
const installers: ReadonlyArray<readonly [plugin: RegExp, remedy: string]> = [
	[/^cilium-cni$/, 'Restart the Cilium agent pod there: it installs cilium-cni when it starts.'],
	[
		/^loopback$/,
		'Restore loopback: it comes with the node’s CNI plugins package, or with the Cilium agent, which installs it when it starts.',
	],
	[
		/^istio-cni$/,
		'Reinstall Istio’s CNI node agent (DaemonSet istio-cni-node), which installs istio-cni; if Istio was removed, remove its entry from the CNI file.',
	],
	[/^linkerd-cni$/, 'Reinstall Linkerd’s CNI plugin (DaemonSet linkerd-cni); if Linkerd was removed, remove its entry from the CNI file.'],
	[/^multus/, 'Restart Multus (DaemonSet kube-multus-ds), which installs it; if Multus was removed, remove its CNI file.'],
	[/^(?:aws-cni|egress-cni)$/, 'Restart the AWS VPC CNI (DaemonSet aws-node), which installs it.'],
	[
		/^azure-ipam$/,
		'Restart azure-cns on the node (DaemonSet azure-cns), which installs azure-ipam, or replace the node by one of a newer image.',
	],
	[/^azure-/, 'Restore the Azure CNI plugin: it comes with the node image.'],
	[/^flannel$/, 'Restart flannel (DaemonSet kube-flannel-ds), which installs it.'],
	[/^calico/, 'Restart Calico’s node agent (DaemonSet calico-node), which installs it.'],
	[
		/^(?:bandwidth|bridge|firewall|host-device|host-local|ipvlan|macvlan|ptp|sbr|static|tuning|vlan|vrf)$/,
		'Install the node’s CNI plugins package (containernetworking/plugins) in the folder that the runtime searches.',
	],
];

/** How a lacking plugin comes back onto the node: one sentence. */
export function installerOf(plugin: string): string {
	return (
		installers.find(([name]) => name.test(plugin))?.[1] ??
		`Find what added ${plugin} to the CNI file, and reinstall the plugin with it; if it was removed, remove its entry from the file.`
	);
}

/** Whose pods stand behind a plugin and have to work for it, by its name; a DaemonSet as the add-on's own manifests call it. */
const keepers: ReadonlyArray<readonly [plugin: RegExp, daemonSet: string, addOn: string]> = [
	[/^cilium-cni$/, 'cilium', ''],
	[/^istio-cni$/, 'istio-cni-node (in ambient mode of ztunnel too)', 'Istio'],
	[/^linkerd-cni$/, 'linkerd-cni', 'Linkerd'],
	[/^multus/, 'kube-multus-ds', 'Multus'],
	[/^(?:aws-cni|egress-cni)$/, 'aws-node', 'the AWS VPC CNI'],
	[/^flannel$/, 'kube-flannel-ds', 'flannel'],
	[/^calico/, 'calico-node', 'Calico'],
];

/** What to look at where a plugin runs and fails: one or two sentences. */
export function keeperOf(plugin: string): string {
	const [, daemonSet, addOn = ''] = keepers.find(([name]) => name.test(plugin)) ?? [];
	return daemonSet === undefined
		? `Repair what ${plugin} says in the event first: no repair of hostPort can work before that.`
		: `Check the pods of DaemonSet ${daemonSet} on these nodes, and what ${plugin} says in the event.${addOn === '' ? '' : ` If ${addOn} was removed, remove ${plugin} from the CNI file.`}`;
}
