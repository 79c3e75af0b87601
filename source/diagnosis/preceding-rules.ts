import {familyOf, isReachable} from '../cilium/addresses.ts';
import type {HostPortPod, NatTable} from '../evidence/evidence.ts';
import type {FilterMatch} from '../evidence/packet-filter.ts';
import type {FilterPacket} from './filter-packet.ts';
import {fulfilsRule} from './filter-walk.ts';
import {devicesOf, outsideDevices} from './inner-devices.ts';
import {readIptablesRule, type IptablesRule} from './iptables-rule.ts';
import type {NodeView} from './node-view.ts';
import {commonChainOf, isMakersChain, type PortMapping} from './port-mappings.ts';

/** A rule of somebody else that has a packet before the hostPort's own mapping sends it on. */
export type PrecedingRule = {
	readonly line: string;
	/** The chain that it stands in: PREROUTING, or one that a rule there jumps to, such as DOCKER. */
	readonly chain: string;
	/** It stands among the mapping's own rules: in its chain, or in the one of all mappings. */
	readonly isAmongOwn: boolean;
	/** What becomes of the packet: `leads to 10.0.0.9:80`. */
	readonly does: string;
	/** Which packets it has: `some` are those of some senders, `not-known` depends on what no rule tells, such as an ipset. */
	readonly of: Met;
	/** It is kube-proxy's, for a Service. */
	readonly isOfService: boolean;
};

/** What comes before a mapping, or beside it. */
export type PrecedingRules = {
	/** Takes every packet from outside, for a Service or to another end. */
	readonly whole: PrecedingRule | undefined;
	readonly ofService: PrecedingRule | undefined;
	/** Takes a part of them, or perhaps all: the first of each. */
	readonly partial: PrecedingRule | undefined;
	readonly undecided: PrecedingRule | undefined;
	/** Takes every packet in the table of another iptables build, which is asked at the same priority: the one that was made later first. */
	readonly beside: (PrecedingRule & {readonly build: 'nft' | 'legacy'}) | undefined;
};

type Met = 'all' | 'some' | 'not-known';
type Mapping = Pick<PortMapping, 'by' | 'chain' | 'build' | 'family' | 'hostIP' | 'targetIP' | 'targetPort'>;

/**
 * The rules that take packets from outside for a hostPort before its own mapping does: in PREROUTING, in a chain that a rule there leads to,
 * or among the mapping's own rules (CNI-HOSTPORT-DNAT, or KUBE-HOSTPORTS of a runtime). Chains of kube-proxy are followed as far as they were
 * read (pkg/proxy/iptables of Kubernetes 1.36); those of Cilium are not.
 */
export function precedingRules(port: HostPortPod['ports'][number], mapping: Mapping, node: NodeView): PrecedingRules {
	const builds = (['nft', 'legacy'] as const).map(build => ({build, lines: linesOf(node.observation?.nat[build], mapping.family)}));
	const packets = addressesOf(mapping, node).map(address => arriving(port, address, outsideDevices(node, address)));
	const asked = JSON.stringify([packets, devicesOf(node)]);
	const known = answered.get(mapping);
	if (known?.asked === asked && builds.every(({lines}, index) => lines === known.lines[index])) return known.rules;
	const own = builds.find(({build}) => build === mapping.build);
	const before = own === undefined ? [] : takersOf(packets, mapping, chainsOf(own.lines, node));
	const first = (of: Met, isOfService = false): PrecedingRule | undefined =>
		before.find(taker => taker.of === of && taker.isOfService === isOfService);
	const rules: PrecedingRules = {
		whole: first('all'),
		ofService: first('all', true),
		partial: first('some'),
		undecided: first('not-known'),
		beside: builds
			.filter(({build, lines}) => build !== mapping.build && lines.length > 0)
			.flatMap(({build, lines}) =>
				takersOf(packets, mapping, chainsOf(lines, node), 'beside')
					.filter(({of, isOfService}) => of === 'all' && !isOfService)
					.map(taker => ({...taker, build})),
			)[0],
	};
	answered.set(mapping, {lines: builds.map(({lines}) => lines), asked, rules});
	return rules;
}

const none: readonly string[] = [];
const linesOf = (table: NatTable | null | undefined, family: 4 | 6): readonly string[] =>
	(family === 6 ? table?.rules6 : table?.rules) ?? none;

// While nodes answer, each is judged again and again. Rules that were read weigh many times what their lines do: those of one node are held.
const answered = new WeakMap<
	object,
	{readonly lines: ReadonlyArray<readonly string[]>; readonly asked: string; readonly rules: PrecedingRules}
>();
let held: ReadonlyArray<{readonly lines: readonly string[]; readonly devices: string; readonly chains: Chains}> = [];
/** Two builds, each with two families. */
const tablesOfNode = 4;

type Chains = ReadonlyMap<string, readonly IptablesRule[]>;

/** @param place `beside`: in a table that the mapping is not in */
function takersOf(
	packets: readonly FilterPacket[],
	mapping: Mapping,
	chains: Chains,
	place: 'before' | 'beside' = 'before',
): readonly PrecedingRule[] {
	const common = place === 'beside' ? '' : commonChainOf(mapping.by);
	// Without that jump its own rules are never met, which is another fault.
	if (place === 'before' && !chains.get('PREROUTING')?.some(({target}) => target === common)) return [];
	// Two that lead to the same pod, such as a runtime's and portmap's, do no harm to each other.
	const target = `leads to ${mapping.family === 6 ? `[${mapping.targetIP}]` : mapping.targetIP}:${mapping.targetPort}`;
	const found = packets.flatMap(packet => {
		const takers: PrecedingRule[] = [];
		const route = {chains, common, own: place === 'beside' ? '' : mapping.chain, packet, takers};
		walk('PREROUTING', route, {met: 'all', isNarrow: false, service: undefined, depth: deepest});
		return takers;
	});
	return found.filter(({does}) => does !== target);
}

/** Rules by chain, read once for the hostPorts of a node, which are judged one behind the other. */
function chainsOf(lines: readonly string[], node: NodeView): Chains {
	const devices = devicesOf(node);
	const known = held.find(each => each.lines === lines && each.devices === devices.join(' '));
	if (known !== undefined) return known.chains;
	const rules = lines.map(line => readIptablesRule(line, devices)).filter(rule => rule !== undefined);
	const chains = Map.groupBy(rules, ({chain}) => chain);
	held = [{lines, devices: devices.join(' '), chains}, ...held].slice(0, tablesOfNode);
	return chains;
}

/** What the hostPort is reached at from outside: packets for a loopback address go by OUTPUT, never by PREROUTING. */
function addressesOf({hostIP, family}: Mapping, {node, observation}: NodeView): readonly string[] {
	const own = [...node.addresses.map(({address}) => address), ...(observation?.localAddresses ?? [])];
	return [...new Set(hostIP === '' ? own : [hostIP])].filter(address => familyOf(address) === family && isReachable(address));
}

function arriving({hostPort, protocol}: HostPortPod['ports'][number], address: string, devices: readonly string[]): FilterPacket {
	return {
		family: familyOf(address) ?? 4,
		protocol: protocol.toLowerCase(),
		source: undefined,
		sourcePort: undefined,
		destination: address,
		destinationPort: hostPort,
		originalDestination: address,
		originalPort: hostPort,
		from: devices,
		to: [],
		isAnswer: false,
		isDnat: false,
		isLocal: true,
	};
}

const deepest = 8;

/** `common` leads to all mappings of its maker, `own` is the chain of this one; both empty in a table that it is not in. */
type Route = {
	readonly chains: Chains;
	readonly common: string;
	readonly own: string;
	readonly packet: FilterPacket;
	readonly takers: PrecedingRule[];
};

/** How a packet came to a chain: whether all do, and whether a rule on the way named the port. */
type Way = {
	readonly met: Met;
	readonly isNarrow: boolean;
	readonly depth: number;
	/** kube-proxy's rule that leads to the Service: it alone names it. Undefined outside its chains, empty before that rule. */
	readonly service: string | undefined;
};

/** Follows the packet through a chain and notes who takes it. True: no packet gets beyond, for its own mapping or another rule has it. */
function walk(chain: string, route: Route, way: Way): boolean {
	const isBase = chain === 'PREROUTING' || chain === route.common || chain === route.own;
	for (const rule of way.depth === 0 ? [] : (route.chains.get(chain) ?? [])) {
		const isNarrow = way.isNarrow || rule.matches.some(({field}) => namesPort(field));
		const met = metBy(rule, route.packet, isNarrow);
		const service = way.service || (isNarrow ? rule.line : '');
		const isOfService = way.service !== undefined || isOfServices(rule.target);
		const take = (met: Met, does: string): void => {
			const isAmongOwn = chain === route.own || chain === route.common;
			route.takers.push({line: isOfService ? service : rule.line, chain, does, isAmongOwn, of: worse(way.met, met), isOfService});
		};
		// In its own chain the packet is sent on, unless something there has it before.
		if (chain === route.own && rule.target === 'DNAT') return true;
		if (rule.target === route.own) {
			walk(route.own, route, {...way, depth: way.depth - 1});
			return true;
		}

		// What another maker maps stands in the view; of a Service only what every client meets counts.
		if (met === undefined || rule.target.startsWith('CILIUM_') || (isOfService && met !== 'all')) continue;
		if (route.common === '' && isMakersChain(rule.target)) continue;
		if (rule.target === 'RETURN' && !isBase) {
			if (met === 'all') return false;
			continue;
		}

		const does = doing(rule, route.chains);
		if (does !== undefined) {
			take(met, does);
			if (met === 'all') return true;
			continue;
		}

		const isTaken = walk(rule.target, route, {
			met: worse(way.met, met),
			isNarrow,
			service: isOfService ? service : undefined,
			depth: way.depth - 1,
		});
		if (isTaken && met === 'all') return true;
		if (!rule.isGoto || isTaken) continue;
		// From where a goto leads packets come back to whoever called this chain, not to it (iptables(8), `-g`).
		if (isBase) take(met, 'lets it pass untouched');
		if (met === 'all') return isBase;
	}

	return false;
}

const worse = (one: Met, other: Met): Met => {
	const both = [one, other];
	return both.includes('not-known') ? 'not-known' : both.includes('some') ? 'some' : 'all';
};

/** Whether a field is the port, or a set of ports or of addresses to send to. */
const namesPort = (field: string): boolean => field === 'th dport' || /^set \S+ \S*dst/.test(field);

/** Who sends a packet, as far as a rule asks for it. */
const ofSender = /^(?:ip6? saddr|fib saddr type|th sport|set \S+ src(?:,src)*|--(?:mac-source|src-\w+|source-country))$/;
/** Modules that let a part of the packets through, by number or time (iptables-extensions(8)). */
const parting = /^-m (?:statistic|limit|hashlimit|recent|connlimit|time|quota)$/;

/**
 * Which packets from outside fulfil a rule; undefined: none, or it asks something that is not understood and does not name the port, as rules for
 * marks of other engines do.
 */
function metBy({matches}: IptablesRule, packet: FilterPacket, isNarrow: boolean): Met | undefined {
	// Nobody outside sends from an address of the node.
	if (matches.some(match => isOwnSource(match) && !match.isNot)) return undefined;
	const parts = matches
		.filter(match => !isOwnSource(match))
		.map(match => ({field: match.field, met: fulfilsRule({matches: [match]}, packet)}));
	if (parts.some(({met}) => met === 'none')) return undefined;
	const open = parts.filter(({met}) => met === 'some').map(({field}) => field);
	if (open.length === 0) return 'all';
	const modules = open.filter(field => field.startsWith('-m '));
	const isPart = (field: string): boolean =>
		ofSender.test(field) || (field.startsWith('-') && modules.length > 0 && modules.every(module => parting.test(module)));
	if (open.every(isPart)) return 'some';
	if (!isNarrow || open.some(field => /^[io]ifname$/.test(field))) return undefined;
	return open.some(field => ofSender.test(field)) ? 'some' : 'not-known';
}

const isOwnSource = ({field, values}: FilterMatch): boolean =>
	values.length > 0 &&
	(field === 'fib saddr type'
		? values.every(value => value === 'local')
		: /^ip6? saddr$/.test(field) && values.every(value => value.startsWith('127.') || value.startsWith('::1')));

/** Chains of kube-proxy. Those that a runtime maps hostPorts in have such a name too, and are none of them. */
function isOfServices(chain: string): boolean {
	return /^KUBE-(?!HOSTPORTS$|HP-)/.test(chain);
}

function doing({target, options}: IptablesRule, chains: Chains): string | undefined {
	const to = options[1] ?? '';
	switch (target) {
		case 'DNAT':
			return `leads to ${to}`;
		case 'REDIRECT':
			return `leads to ${to === '' ? 'the node itself' : `port ${to} of the node`}`;
		case 'ACCEPT':
		case 'RETURN':
			return 'lets it pass untouched';
		default:
			// The chains of a Service's endpoints, which are not read: KUBE-XLB is what KUBE-EXT was before 1.24.
			return /^KUBE-(?:SVC|SVL|SEP|EXT|XLB)-/.test(target) && !chains.has(target) ? 'leads to a Service' : undefined;
	}
}
