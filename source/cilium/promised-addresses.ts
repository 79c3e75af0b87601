/** An address of a Node object. */
export type NodeAddress = {readonly type: string; readonly address: string};

/**
 * The addresses that a hostPort promises: its hostIP, else the node's internal addresses of the families it is served in. For one of
 * the loopback address these are where it must not answer.
 */
export function promisedAddresses(addresses: readonly NodeAddress[], hostIP: string, podIPs: readonly string[]): readonly string[] {
	if (isLoopback(hostIP)) return ofType(addresses, 'InternalIP').filter(address => isIPv6(address) === isIPv6(hostIP));
	if (!isEveryAddress(hostIP)) return [hostIP];
	return ofType(addresses, 'InternalIP').filter(address => isServed(isIPv6(address), hostIP, podIPs));
}

/** The node's external addresses that a hostPort promises. */
export function promisedOutside(addresses: readonly NodeAddress[], hostIP: string, podIPs: readonly string[]): readonly string[] {
	return isEveryAddress(hostIP) ? ofType(addresses, 'ExternalIP').filter(address => isServed(isIPv6(address), hostIP, podIPs)) : [];
}

/** The loopback addresses on which its own node is to reach it. */
export function promisedLoopback(hostIP: string, podIPs: readonly string[]): readonly string[] {
	return isLoopback(hostIP) ? [hostIP] : isEveryAddress(hostIP) && isServed(false, hostIP, podIPs) ? ['127.0.0.1'] : [];
}

/** Whether a hostIP stands for every address of the node. */
export const isEveryAddress = (hostIP: string): boolean => hostIP === '' || hostIP === '0.0.0.0' || hostIP === '::';
/** Whether a hostIP is the node's loopback address. */
export const isLoopback = (address: string): boolean => /^127\.|^::1$/u.test(address);

/** Whether a hostPort is served in a family: the pod has to have an address of it, and 0.0.0.0 or :: names one (portmap README, `hostIP`). */
function isServed(six: boolean, hostIP: string, podIPs: readonly string[]): boolean {
	return podIPs.some(address => isIPv6(address) === six) && (hostIP === '' || isIPv6(hostIP) === six);
}

const ofType = (addresses: readonly NodeAddress[], wanted: string): string[] =>
	addresses.filter(({type}) => type === wanted).map(({address}) => address);
const isIPv6 = (address: string): boolean => address.includes(':');
