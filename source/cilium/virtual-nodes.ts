/** Taints of nodes that no machine stands behind, by whoever makes them: Virtual Kubelet, TKE, KWOK, Liqo. */
const taintsOfVirtualNodes = /^(?:virtual-kubelet\.io|eks\.tke\.cloud\.tencent\.com|kwok\.x-k8s\.io|virtual-node\.liqo\.io)\//u;

/** What kind of node without a host this is, by its labels and taints (`key=value:Effect`); empty for a node with one. */
export function virtualKind(labels: Readonly<Record<string, string>>, taints: readonly string[]): string {
	if (labels['eks.amazonaws.com/compute-type'] === 'fargate') return 'Fargate node';
	return labels['type'] === 'virtual-kubelet' || labels['type'] === 'kwok' || taints.some(taint => taintsOfVirtualNodes.test(taint))
		? 'virtual kubelet'
		: '';
}
