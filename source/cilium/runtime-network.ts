/**
 * Whether the message of a node that is not Ready says that its runtime has no network for pods: the kubelet answers there all the same. Words of the
 * kubelet (pkg/kubelet/runtime.go, “network not ready”), dockershim and cri-dockerd (“cni config uninitialized”), containerd (“cni plugin not initialized”)
 * and CRI-O (“no CNI configuration file”).
 */
export function saysNoNetwork(readyMessage: string): boolean {
	return /network ?(?:plugin )?(?:is )?not ?ready|NetworkReady=false|cni (?:config|plugin)/iu.test(readyMessage);
}
