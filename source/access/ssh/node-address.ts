import type {NodeEvidence} from '../../evidence/evidence.ts';
import {safeHostName} from './safe-name.ts';
import {SshError} from './ssh-error.ts';
import type {AddressKind} from './ssh-flags.ts';

const typeOf = {internal: 'InternalIP', external: 'ExternalIP', hostname: 'Hostname'} as const;

/**
 * The word to give to SSH for a node, as a person would type it after `ssh`: ssh_config is looked up by it.
 * @throws SshError if the node has no such address, or one that is not safe to use
 */
export function nodeAddress(node: Pick<NodeEvidence, 'name' | 'addresses'>, kind: AddressKind | undefined): string {
	const find = (wanted: AddressKind): string | undefined =>
		node.addresses.find(({type, address}) => type === typeOf[wanted] && address !== '')?.address;
	const address = kind
		? (find(kind) ?? (kind === 'hostname' ? node.name : undefined))
		: (find('internal') ?? find('hostname') ?? find('external') ?? node.name);
	if (address) return safeHostName(address);
	const known = node.addresses.map(({type, address: value}) => `${type} ${value}`).join(', ');
	throw new SshError(
		'address',
		`node ${node.name} has no ${kind} address to reach by SSH`,
		`Choose with --ssh-address internal|external|hostname; it has ${known || 'no address'}.`,
	);
}
