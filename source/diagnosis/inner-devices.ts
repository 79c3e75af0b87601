import type {NodeView} from './node-view.ts';

// Bridges of container engines and virtual machines, interfaces of pods, and tunnels.
const inner =
	/^(?:lo|docker\d*|br-[0-9a-f]+|(?:cni-)?podman\d*|nerdctl\d*|cni\d+|virbr\d+|l[xc][cd]br\d+|(?:lxc|cilium_|veth|cali|flannel\.|vxlan|tunl|wg|tun|tap|tailscale|zt)[\w.]*)[*+]?$/;

/** Whether nobody outside the cluster comes by a device, whatever devices the node has: bridges, tunnels and pods' own. */
export function isInnerDevice(name: string): boolean {
	return inner.test(name);
}

/** Devices that packets from outside for an address of the node come in by: its own, else those of the default routes; empty: not known. */
export function outsideDevices({observation, status}: Pick<NodeView, 'observation' | 'status'>, address: string): readonly string[] {
	const own = observation?.facts[`device:${address}`];
	if (own !== undefined) return [own];
	const byRoute = (observation?.facts['default-devices'] ?? '').split(' ').filter(Boolean);
	return byRoute.length > 0 ? byRoute : (status?.devices ?? []);
}

/** The same for all addresses that the Node object names. */
export function devicesOf(node: Pick<NodeView, 'observation' | 'status' | 'node'>): readonly string[] {
	const addresses = node.node.addresses.filter(({type}) => type === 'InternalIP' || type === 'ExternalIP');
	return [...new Set(addresses.flatMap(({address}) => outsideDevices(node, address)))];
}
