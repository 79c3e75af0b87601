import {expect, test} from 'vitest';
import {saysNoNetwork} from '../../source/cilium/runtime-network.ts';

test.each([
	// containerd, Kubernetes 1.26 and 1.36
	'container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized',
	'[container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized, CSINode is not yet initialized]',
	// CRI-O
	'container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: No CNI configuration file in /etc/cni/net.d/. Has your network provider started?',
	// dockershim (Kubernetes 1.20) and cri-dockerd
	'runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:docker: network plugin is not ready: cni config uninitialized',
	'network plugin is not ready: cni config uninitialized',
	'network not ready',
	'cni config uninitialized',
	'NetworkReady=false',
])('no network for pods: %s', message => {
	expect(saysNoNetwork(message)).toBe(true);
});

test.each([
	'',
	'Kubelet stopped posting node status.',
	'PLEG is not healthy: pleg was last seen active 3m0s ago; threshold is 3m0s',
	'[container runtime is down, PLEG is not healthy]',
	'container runtime status check may not have completed yet',
	'node is shutting down',
	'kubelet is posting ready status',
])('something else: %s', message => {
	expect(saysNoNetwork(message)).toBe(false);
});
