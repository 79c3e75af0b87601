import {isInRanges, isReachable, isSameAddress} from '../cilium/addresses.ts';
import {hostPortEntries} from './host-port-entries.ts';
import type {NodeView} from './node-view.ts';

/** An address of a device that Cilium serves, of which the agent does not know. */
export type LateAddress = {readonly address: string; readonly device: string};

/**
 * Addresses that a node got after its agent had looked for them: they are on a device that the agent serves, the agent does not list them
 * there, and no entry is for them. An address that Cilium would omit anyway is none: without `nodeport-addresses` that is each but
 * the primary one, which is the node's own by the API.
 */
export function lateAddresses(node: NodeView): readonly LateAddress[] {
	const {observation, status, settings, native} = node;
	const known = (status?.deviceAddresses ?? []).filter(isReachable);
	const entries = hostPortEntries(observation);
	if (native.on !== true || known.length === 0 || entries === undefined || entries.length === 0) return [];
	const ranges = (settings?.['nodeport-addresses'] ?? '').trim();
	const isOffered = (address: string): boolean =>
		ranges === ''
			? node.node.addresses.some(each => each.type === 'InternalIP' && isSameAddress(each.address, address))
			: isInRanges(address, ranges);
	return Object.entries(observation?.facts ?? {}).flatMap(([fact, device]) => {
		const address = /^device:(.+)$/.exec(fact)?.[1];
		if (address === undefined || !isReachable(address) || !(status?.devices ?? []).includes(device)) return [];
		const isKnown = known.some(each => isSameAddress(each, address)) || entries.some(each => isSameAddress(each.address, address));
		return isKnown || !isOffered(address) ? [] : [{address, device}];
	});
}
