import type {PortMapping} from './port-mappings.ts';

/**
 * Names of CNI networks that wire pods of Kubernetes, today or before a change of the network: Cilium's own file up to 1.20, the one that
 * was made by hand before that (cilium/cilium#5088), and what it may have replaced. A rule of theirs with no pod behind it is stale.
 */
const ofKubernetes =
	/^(?:portmap|cilium(?:-portmap)?|generic-veth|aws-cni|azure|cbr0|flannel|canal|k8s-pod-network|calico|weave|kindnet|kubenet|crio|crio-bridge|multus-cni-network|antrea|10-\w+)$/;

/** Container engines that call the portmap plugin too, by the network's name or the form of their container ids. */
const engines: ReadonlyArray<readonly [sign: (mapping: PortMapping) => boolean, name: string]> = [
	[({network}) => /^(?:cni-)?podman\d*$/.test(network), 'podman'],
	// Nomad hands the id of its allocation, a UUID; a sandbox of the CRI has 64 hexadecimal digits.
	[({network, sandbox}) => network.startsWith('nomad') || /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(sandbox), 'Nomad'],
	// nerdctl hands `NAMESPACE-ID` (containerd/nerdctl, pkg/ocihook): no id of a CRI sandbox has such a head.
	[({sandbox}) => /^[\w.-]+-[0-9a-f]{64}$/.test(sandbox), 'nerdctl'],
	// A bare id in a network `bridge` is a sandbox's, by the list that minikube writes (1-k8s.conflist): not nerdctl's.
	[({network, sandbox}) => /^(?:bridge|nerdctl.*)$/.test(network) && !/^[0-9a-f]{64}$/.test(sandbox), 'nerdctl'],
];

/** Whose a mapping is that is not Kubernetes'. */
export type Engine = {
	/** `podman`, or `the network "X"` where only that is known. */
	readonly says: string;
	/** It is known to serve containers outside Kubernetes; of a network that only has a name it is not. */
	readonly isKnown: boolean;
};

/** The engine that made a mapping; undefined where Kubernetes did, by the networks that it is known to use on that node. It is never stale for all that can be seen from here. */
export function engineOf(mapping: PortMapping, own: ReadonlySet<string>): Engine | undefined {
	if (mapping.network !== '' && own.has(mapping.network)) return undefined;
	const engine = engines.find(([sign]) => sign(mapping))?.[1];
	if (engine !== undefined) return {says: engine, isKnown: true};
	return mapping.network === '' || ofKubernetes.test(mapping.network)
		? undefined
		: {says: `the network "${mapping.network}"`, isKnown: false};
}

/**
 * Whether nothing tells who made a mapping: portmap's nftables rules name no network, only the container (plugins/meta/portmap/portmap_nftables.go,
 * 1.9.1), and ids of podman and of the CRI have one form. Undecided too if the runtime's CNI cache does not hold that container.
 */
export function isNameless({by, build, network}: PortMapping): boolean {
	return by === 'portmap' && build === 'nftables' && network === '';
}
