import type {HostPortPod, NatTable} from '../evidence/evidence.ts';
import {commonChainOf, type PortMapping} from './port-mappings.ts';

/** A rule of somebody else that has a packet before the chain that holds the hostPort's own mapping comes to see it. */
export type PrecedingRule = {
	readonly line: string;
	/** The chain that it stands in: PREROUTING, or one that a rule there jumps to, such as DOCKER. */
	readonly chain: string;
	/** What becomes of the packet: `leads to 10.0.0.9:80`. */
	readonly does: string;
};

type Packet = {
	readonly protocol: string;
	readonly port: number;
	/** The hostIP that was asked for; empty for every address. */
	readonly hostIP: string;
	readonly own: ReadonlySet<string>;
	readonly ownChain: string;
};

/**
 * The first rule that takes every packet for a hostPort before the jump to the chain of its own mapping (CNI-HOSTPORT-DNAT, or KUBE-HOSTPORTS
 * of a runtime): in PREROUTING, or in a chain that a rule there jumps to. Rules that ask for anything else than protocol, destination, port and incoming device concern some packets
 * only, and are passed over; so are the chains of kube-proxy and Cilium, whose Services are judged as such.
 */
export function precedingRule(
	table: NatTable | null | undefined,
	{port, mapping}: {port: HostPortPod['ports'][number]; mapping: Pick<PortMapping, 'by' | 'family' | 'hostIP' | 'targetIP' | 'targetPort'>},
	own: ReadonlySet<string>,
): PrecedingRule | undefined {
	const lines = (mapping.family === 6 ? table?.rules6 : table?.rules) ?? [];
	const chains = Map.groupBy(
		lines.map(read).filter(rule => rule !== undefined),
		({chain}) => chain,
	);
	const ownChain = commonChainOf(mapping.by);
	// Without that jump its own rules are never met, which is another fault.
	if (!chains.get('PREROUTING')?.some(({target}) => target === ownChain)) return undefined;
	const packet = {protocol: port.protocol.toLowerCase(), port: port.hostPort, hostIP: mapping.hostIP, own, ownChain};
	const taker = firstToTake('PREROUTING', chains, packet, maximumDepth)?.taker;
	// Two that lead to the same pod, such as a runtime's and portmap's, do no harm to each other.
	const target = `${mapping.family === 6 ? `[${mapping.targetIP}]` : mapping.targetIP}:${mapping.targetPort}`;
	return taker?.does === `leads to ${target}` ? undefined : taker;
}

const maximumDepth = 8;

/** Where a packet's way through a chain ends: at a taker, or at the chain of its own mapping (no taker); undefined where it passes on. */
function firstToTake(
	chain: string,
	chains: ReadonlyMap<string, readonly Rule[]>,
	packet: Packet,
	depth: number,
): {taker: PrecedingRule | undefined} | undefined {
	for (const rule of depth === 0 ? [] : (chains.get(chain) ?? [])) {
		if (rule.target === packet.ownChain) return {taker: undefined};
		if (rule.isPartial || !takes(rule, packet)) continue;
		if (rule.target === 'RETURN' && chain !== 'PREROUTING') return undefined;
		const does = doing(rule);
		if (does !== undefined) return {taker: {line: rule.line, chain, does}};
		const further = isOfServices(rule.target) ? undefined : firstToTake(rule.target, chains, packet, depth - 1);
		if (further !== undefined) return further;
	}

	return undefined;
}

/** Chains of kube-proxy and Cilium. Those that a runtime maps hostPorts in have such a name too, and are none of them. */
function isOfServices(chain: string): boolean {
	return /^(?:KUBE-(?!HOSTPORTS$|HP-)|CILIUM_)/.test(chain);
}

function takes({protocol, destination, ports}: Rule, packet: Packet): boolean {
	return (
		(protocol === '' || protocol === packet.protocol) &&
		(ports.length === 0 || ports.some(([from, to]) => from <= packet.port && packet.port <= to)) &&
		(destination === '' || (packet.hostIP === '' ? isReached(destination, packet) : packet.hostIP === destination))
	);
}

/** Packets for the loopback address go by OUTPUT, never by PREROUTING. */
function isReached(destination: string, {own}: Packet): boolean {
	return own.has(destination) && !destination.startsWith('127.') && destination !== '::1';
}

function doing({target, to}: Rule): string | undefined {
	switch (target) {
		case 'DNAT':
			return `leads to ${to}`;
		case 'REDIRECT':
			return `leads to ${to === '' ? 'the node itself' : `port ${to} of the node`}`;
		case 'ACCEPT':
		case 'RETURN':
			return 'lets it pass untouched';
		default:
			return undefined;
	}
}

type Rule = {
	readonly line: string;
	readonly chain: string;
	readonly protocol: string;
	readonly destination: string;
	/** First and last of each range; empty for every port. */
	readonly ports: ReadonlyArray<readonly [from: number, to: number]>;
	readonly target: string;
	readonly to: string;
	/** It asks for more than what is read here: some packets pass. */
	readonly isPartial: boolean;
};

// Bridges of container engines and virtual machines: what comes in by one of them comes from inside the node.
const innerBridge = String.raw`(?:docker\d*|br-[0-9a-f]+|(?:cni-)?podman\d*|nerdctl\d*|cni\d+|virbr\d+|l[xc][cd]br\d+)`;
const fromOutside = new RegExp(String.raw` ! -i ${innerBridge}(?= )`, 'g');
const fromInside = new RegExp(String.raw` -i ${innerBridge} `);

function read(line: string): Rule | undefined {
	const plain = `${line.replaceAll(/ -m comment| --comment (?:"(?:[^"\\]|\\.)*"|\S+)/g, '')} `;
	const [head = '', chain = ''] = /^-A (\S+)/.exec(plain) ?? [];
	const [, target = '', to = ''] = / -[jg] (\S+)(?: --to-(?:destination|ports) (\S+))? /.exec(plain) ?? [];
	if (head === '' || target === '') return undefined;
	const isInner = fromInside.test(plain.replaceAll(fromOutside, ''));
	const left = plain
		.slice(head.length)
		.replaceAll(fromOutside, '')
		.replaceAll(
			/ -d [^\s/]+(?:\/32|\/128)?(?= )| -i \S+| -p \w+| -m (?:tcp|udp|sctp|multiport|addrtype)(?= )| --dports? [\d,:]+| --dst-type LOCAL| -[jg] \S+| --to-(?:destination|ports) \S+/g,
			(match, offset: number, whole: string) => (whole.slice(0, offset).endsWith(' !') ? match : ''),
		)
		.trim();
	return {
		line,
		chain,
		protocol: / -p (\w+) /.exec(plain)?.[1] ?? '',
		destination: / -d ([^\s/]+)(?:\/32|\/128)? /.exec(plain)?.[1] ?? '',
		ports: (/ --dports? ([\d,:]+) /.exec(plain)?.[1] ?? '')
			.split(',')
			.filter(Boolean)
			.map(range => {
				const [from = '', to_ = from] = range.split(':');
				return [Number(from), Number(to_)] as const;
			}),
		target,
		to,
		isPartial: left !== '' || isInner,
	};
}
