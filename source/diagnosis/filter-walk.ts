import type {FilterChain, FilterMatch, FilterRule, PacketFilter} from '../evidence/packet-filter.ts';
import {fulfils, hasField, together, type FilterPacket, type Fulfilment} from './filter-packet.ts';

/** Where a packet ends in nftables' own tables. */
export type FilterDrop = {
	/** `inet guard prerouting`, and of which hook. */
	readonly chain: FilterChain;
	/** Where it is sent instead, empty where that is not told; undefined where it is dropped. */
	readonly sentTo: string | undefined;
	/** Undefined: the chain's policy does it. */
	readonly rule: FilterRule | undefined;
	/** The rule as nft prints it, or the chain's policy. */
	readonly says: string;
	/** No rule before it may let the packet through, as far as every rule was understood. */
	readonly certain: boolean;
};

/** One hook that a packet comes to, and what it looks like there; which chains of it count, by their priority. */
export type Station = {
	readonly hook: string;
	readonly packet: FilterPacket;
	readonly counts: (priority: number) => boolean;
	/** Whoever translates the packet needs conntrack: `notrack` is as good as a drop. */
	readonly needsTracking: boolean;
	/** What a rule that sends it elsewhere does: nothing where it was translated already, for of several the first counts alone. */
	readonly sending: 'counts' | 'is-too-late' | 'is-not-understood';
};

/**
 * The first drop, rejection or diversion of a packet on its way through hooks: of each hook every base chain, by priority, for an `accept` ends that one
 * chain alone (nft(8), “Verdict statements”). A rule that stops only some packets of the kind is passed over.
 */
export function firstDrop(filter: PacketFilter, stations: readonly Station[]): FilterDrop | undefined {
	const rules = Map.groupBy(filter.rules, ({chain}) => chain);
	for (const {hook, packet, counts, needsTracking, sending} of stations) {
		const chains = filter.chains
			.filter(chain => chain.hook === hook && counts(chain.priority) && isOfFamily(chain, packet))
			.sort((one, other) => one.priority - other.priority);
		for (const chain of chains) {
			const doubt = {isOpen: filter.isCut};
			const end = walk(chain.name, {rules, packet, doubt, sending, needsTracking: needsTracking && chain.priority < tracking}, deepest);
			if (end?.does === 'stop')
				return {
					chain,
					rule: end.rule,
					says: end.rule.says,
					certain: !end.wasOpen,
					sentTo: end.rule.deed === 'send' ? end.rule.sendsTo : undefined,
				};
			if (end === undefined && chain.policy === 'drop')
				return {chain, rule: undefined, says: 'policy drop, and no rule before it accepts', certain: !doubt.isOpen, sentTo: undefined};
		}
	}

	return undefined;
}

const deepest = 16;
/** From this priority on a packet is tracked, and `notrack` comes too late. */
const tracking = -200;

function isOfFamily({name}: FilterChain, {family}: FilterPacket): boolean {
	const [of = ''] = name.split(' ');
	return of === 'inet' || of === 'netdev' || of === (family === 4 ? 'ip' : 'ip6');
}

type Walk = {
	readonly rules: ReadonlyMap<string, readonly FilterRule[]>;
	readonly packet: FilterPacket;
	/** Some packets of the kind may have been let through, or sent another way, by a rule before. */
	readonly doubt: {isOpen: boolean};
	readonly needsTracking: boolean;
	readonly sending: Station['sending'];
};

type End = {readonly does: 'accept'} | {readonly does: 'stop'; readonly rule: FilterRule; readonly wasOpen: boolean};

/** How a chain ends for the packet; undefined where it comes to its end, or is sent back. */
function walk(chain: string, at: Walk, depth: number): End | undefined {
	if (depth === 0) {
		at.doubt.isOpen = true;
		return undefined;
	}

	for (const rule of at.rules.get(chain) ?? []) {
		const [deed, to, met] = outcome(rule, at.packet);
		if (met === 'none' || deed === 'none' || (deed === 'notrack' && !at.needsTracking) || (deed === 'send' && at.sending === 'is-too-late'))
			continue;
		// What some packets only meet stops or frees only those: the rest goes on, and of them it is not known who is left.
		if (met === 'some') {
			if (!stops.has(deed) && !(deed === 'jump' && !mayFree(target(chain, to), at.rules))) at.doubt.isOpen = true;
			continue;
		}

		if (deed === 'accept') return {does: 'accept'};
		if (stops.has(deed) || (deed === 'send' && at.sending === 'counts')) return {does: 'stop', rule, wasOpen: at.doubt.isOpen};
		if (deed === 'return') return undefined;
		if (deed === 'other' || deed === 'send') {
			at.doubt.isOpen = true;
			continue;
		}

		const end = walk(target(chain, to), at, depth - 1);
		if (end !== undefined || deed === 'goto') return end;
	}

	return undefined;
}

const stops = new Set(['drop', 'reject', 'notrack']);

const target = (chain: string, to: string): string => `${chain.slice(0, chain.lastIndexOf(' '))} ${to}`;

/** Whether a chain, or one that it leads to, lets anything through for good. */
function mayFree(chain: string, rules: Walk['rules']): boolean {
	const reached = new Set([chain]);
	for (const name of reached) {
		for (const {deed, to, map} of rules.get(name) ?? []) {
			if (deed === 'accept' || deed === 'other' || deed === 'send' || deed === 'goto' || map !== null) return true;
			if (deed === 'jump') reached.add(target(name, to));
		}
	}

	return false;
}

/** Whether packets of the kind fulfil everything that a rule asks, its verdict map aside. */
export function fulfilsRule({matches}: {readonly matches: readonly FilterMatch[]}, packet: FilterPacket): Fulfilment {
	return together(
		matches.map(({field, isNot, values}) => (hasField(packet, field) ? negated(fulfils(packet, field, values), isNot) : 'none')),
	);
}

/** What a rule does with the packet, and whether it does so with all of the kind. */
function outcome(rule: FilterRule, packet: FilterPacket): [deed: FilterRule['deed'], to: string, met: Fulfilment] {
	const {deed, to, map} = rule;
	const met = fulfilsRule(rule, packet);
	if (met === 'none' || map === null) return [deed, to, met];
	if (!hasField(packet, map.field)) return ['none', '', 'none'];
	const found = map.verdicts
		.map(verdict => ({verdict, fits: fulfils(packet, map.field, [verdict.value])}))
		.filter(({fits}) => fits !== 'none');
	const sure = found.find(({fits}) => fits === 'all');
	if (sure !== undefined) return [sure.verdict.deed, sure.verdict.to, met];
	// The value is not known: it may be any of those.
	return found.length === 0 ? ['none', '', 'none'] : ['other', '', 'some'];
}

function negated(fulfilment: Fulfilment, isNot: boolean): Fulfilment {
	if (!isNot || fulfilment === 'some') return fulfilment;
	return fulfilment === 'all' ? 'none' : 'all';
}
