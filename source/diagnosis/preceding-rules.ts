import type {HostPortPod, NatTable} from '../evidence/evidence.ts';
import type {PortMapping} from './port-mappings.ts';

/** A rule of somebody else that has a packet before portmap's own chain comes to see it. */
export type PrecedingRule = {
	readonly line: string;
	/** What becomes of the packet: `leads to 10.0.0.9:80`. */
	readonly does: string;
};

/**
 * The first rule in PREROUTING that stands before the jump to CNI-HOSTPORT-DNAT and takes every packet for a hostPort. Rules that
 * ask for anything else than protocol, destination, port and incoming device concern some packets only, and are passed over.
 */
export function precedingRule(
	table: NatTable | null | undefined,
	{port, mapping}: {port: HostPortPod['ports'][number]; mapping: Pick<PortMapping, 'family' | 'hostIP'>},
	own: ReadonlySet<string>,
): PrecedingRule | undefined {
	const rules = ((mapping.family === 6 ? table?.rules6 : table?.rules) ?? []).filter(line => line.startsWith('-A PREROUTING '));
	const jump = rules.findIndex(line => line.includes('-j CNI-HOSTPORT-DNAT'));
	for (const line of rules.slice(0, Math.max(jump, 0))) {
		const rule = read(line);
		if (
			rule !== undefined &&
			rule.protocol === port.protocol.toLowerCase() &&
			rule.ports.includes(port.hostPort) &&
			(rule.destination === '' || (own.has(rule.destination) && (mapping.hostIP === '' || mapping.hostIP === rule.destination)))
		) {
			return {line, does: rule.does};
		}
	}

	return undefined;
}

type Read = {protocol: string; destination: string; ports: readonly number[]; does: string};

function read(line: string): Read | undefined {
	const plain = line.replaceAll(/ -m comment| --comment (?:"(?:[^"\\]|\\.)*"|\S+)/g, '');
	const found =
		/^-A PREROUTING(?: -d ([^\s/]+)(?:\/32|\/128)?)?(?: -i \S+)? -p (\w+)(?: -m (?:tcp|udp|sctp|multiport|addrtype))*(?: --dports? ([\d,]+))(?: -m addrtype)?(?: --dst-type LOCAL)? -j (DNAT|REDIRECT|ACCEPT|RETURN)(?: --to-(?:destination|ports) (\S+))?$/.exec(
			plain,
		);
	if (found === null) {
		return undefined;
	}

	const [, destination = '', protocol = '', ports = '', target = '', to = ''] = found;
	const does =
		target === 'DNAT'
			? `leads to ${to}`
			: target === 'REDIRECT'
				? `leads to ${to === '' ? 'the node itself' : `port ${to} of the node`}`
				: 'lets it pass untouched';
	return {destination, protocol, ports: ports.split(',').map(Number), does};
}
