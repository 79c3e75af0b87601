/** Who installs a plugin, by its name: the add-on's DaemonSet as its own manifests call it. */
const installers: ReadonlyArray<readonly [plugin: RegExp, remedy: string]> = [
	[/^cilium-cni$/, 'Restart the Cilium agent pod there: it installs cilium-cni when it starts.'],
	[
		/^loopback$/,
		'Put loopback back: it comes with the node’s CNI plugins package, or with the Cilium agent, which installs it when it starts.',
	],
	[
		/^istio-cni$/,
		'Reinstall Istio’s CNI node agent (DaemonSet istio-cni-node), which installs istio-cni; if Istio was removed, remove its entry from the CNI file.',
	],
	[/^linkerd-cni$/, 'Reinstall Linkerd’s CNI plugin (DaemonSet linkerd-cni); if Linkerd was removed, remove its entry from the CNI file.'],
	[/^multus/, 'Restart Multus (DaemonSet kube-multus-ds), which installs it; if Multus was removed, remove its CNI file.'],
	[/^(?:aws-cni|egress-cni)$/, 'Restart the AWS VPC CNI (DaemonSet aws-node), which installs it.'],
	[/^azure-/, 'Put the Azure CNI plugin back: it comes with the node image.'],
	[/^flannel$/, 'Restart flannel (DaemonSet kube-flannel-ds), which installs it.'],
	[/^calico/, 'Restart Calico’s node agent (DaemonSet calico-node), which installs it.'],
	[
		/^(?:bandwidth|bridge|firewall|host-device|host-local|ipvlan|macvlan|ptp|sbr|static|tuning|vlan|vrf)$/,
		'Install the node’s CNI plugins package (containernetworking/plugins) into the folder that the runtime searches.',
	],
];

/** How a lacking plugin comes back onto the node: one sentence. */
export function installerOf(plugin: string): string {
	return (
		installers.find(([name]) => name.test(plugin))?.[1] ??
		`Find what put ${plugin} into the CNI file, and let it install the plugin again; if it was removed, remove its entry from the file.`
	);
}
