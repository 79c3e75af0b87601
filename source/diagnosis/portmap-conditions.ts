import {isInRanges, isReachable, isSameAddress} from '../cilium/addresses.ts';
import type {HostPortView} from './host-port-view.ts';
import {outsideAddresses} from './native-drops.ts';
import {answersFromAfar} from './probe-answers.ts';
import type {View} from './view.ts';

/** Addresses of the node that portmap's own `conditionsV4` and `conditionsV6` omit, and the conditions as they stand in the rule. */
export type ExcludedAddresses = {readonly addresses: readonly string[]; readonly isAll: boolean; readonly says: string};

/** Undefined where every address is let in, as far as the conditions were understood. */
export function excludedByConditions(view: View, hostPort: HostPortView): ExcludedAddresses | undefined {
	const {mapping, diagnosis} = hostPort;
	const node = view.nodeOf(hostPort);
	if (node === undefined || diagnosis.state !== 'wired' || mapping?.by !== 'portmap' || answersFromAfar(view, hostPort)) return undefined;
	const own = outsideAddresses(hostPort, node).filter(address => address.includes(':') === (mapping.family === 6));
	const says = mapping.conditions;
	const admits = (address: string): boolean => !refuses(says, address);
	const addresses = says === '' ? [] : own.filter(address => !admits(address));
	// A condition may be for an address that the Node object does not name, such as a virtual IP: only the node's own tables tell.
	const all = node.observation?.localAddresses?.filter(isReachable);
	const isAll = all !== undefined && addresses.length === own.length && !all.some(admits);
	return addresses.length === 0 ? undefined : {addresses, isAll, says};
}

/**
 * `! -d 10.0.0.0/8 -s 192.0.2.0/24`, or `ip daddr != 10.0.0.0/8` of the nftables backend: what asks for a sender or a device concerns some
 * packets, and what is not understood may.
 */
function refuses(conditions: string, address: string): boolean {
	const asked = conditions.matchAll(/(?<not>! )?-d (?<value>\S+)|ip6? daddr (?<unlike>!= )?(?<values>\{[^}]*\}|\S+)/g);
	return [...asked].some(({groups = {}}) => {
		const values = (groups['value'] ?? groups['values'] ?? '').replaceAll(/[{}]/g, '').split(',');
		const isThere = values.some(value => isInRanges(address, value.trim()) || isSameAddress(address, value.trim()));
		return isThere === ((groups['not'] ?? groups['unlike']) !== undefined);
	});
}
