import type {NatTable} from '../evidence/evidence.ts';
import type {FilterChain, FilterRule, PacketFilter} from '../evidence/packet-filter.ts';
import {readIptablesRule, type IptablesRule} from './iptables-rule.ts';

/** Built-in chains that a hostPort's packets come through, with their priorities (nft(8), “Standard priority names”). */
const hooks: Readonly<Record<string, Pick<FilterChain, 'hook' | 'priority'>>> = {
	'raw PREROUTING': {hook: 'prerouting', priority: -300},
	'mangle PREROUTING': {hook: 'prerouting', priority: -150},
	'mangle FORWARD': {hook: 'forward', priority: -150},
	'filter FORWARD': {hook: 'forward', priority: 0},
	'security FORWARD': {hook: 'forward', priority: 50},
	'mangle POSTROUTING': {hook: 'postrouting', priority: -150},
};

/**
 * The tables of iptables beside nat in the form of nftables' own, so that one walk judges both. Of chains that are not built in evidence
 * keeps what stops a packet and not what lets one through before: of those only rules count that name a port or a destination, and after a
 * jump to one nothing is certain. A chain to which no kept rule leads is taken to be reached where the first such jump stands.
 */
export function iptablesFilter(table: NatTable | undefined, devices: readonly string[]): PacketFilter {
	const {others = [], others6} = table ?? {};
	// In files of before the two families stand together.
	const families =
		others6 === undefined
			? ([['inet', others]] as const)
			: ([
					['ip', others],
					['ip6', others6],
				] as const);
	return {
		chains: families.flatMap(([family]) =>
			Object.entries(hooks).map(([name, hook]) => ({name: `${family} ${name}`, policy: 'accept' as const, ...hook})),
		),
		rules: families.flatMap(([family, lines]) => rulesOf(family, lines, devices)),
		isCut: false,
	};
}

function rulesOf(family: string, lines: readonly string[], devices: readonly string[]): FilterRule[] {
	const rules = lines.flatMap(other => {
		const [, name = '', line = ''] = /^(raw|mangle|filter|security) (-A .*)$/.exec(other) ?? [];
		const rule = readIptablesRule(line, devices);
		return rule === undefined ? [] : [filterRule(`${family} ${name}`, rule)];
	});
	return [...Map.groupBy(rules, ({chain}) => chain.slice(0, chain.lastIndexOf(' ')))].flatMap(([table, own]) => connected(table, own));
}

/** Whether a rule names what it stops: a port or a destination. */
export function isNarrow({matches}: Pick<FilterRule, 'matches'>): boolean {
	return matches.some(({field}) => / (?:dport|daddr|proto-dst)$/.test(field));
}

/** @param table `ip filter` */
function connected(table: string, rules: readonly FilterRule[]): FilterRule[] {
	const base = `${table} ${table.endsWith(' raw') ? 'PREROUTING' : 'FORWARD'}`;
	const isBuiltIn = (chain: string): boolean => chain.slice(chain.indexOf(' ') + 1) in hooks;
	const kept = rules.filter(rule => isBuiltIn(rule.chain) || (isNarrow(rule) && isOnTheWay(nameOf(rule))));
	const reached = new Set(kept.map(({to}) => to));
	const orphans = [...new Set(kept.map(nameOf))].filter(name => !isBuiltIn(`${table} ${name}`) && !reached.has(name));
	const jumps = orphans.map((to): FilterRule => ({chain: base, says: '', matches: [], deed: 'jump', to, sendsTo: '', map: null}));
	const place = kept.findIndex(({chain, deed}) => chain === base && deed === 'jump');
	const at = place === -1 ? kept.length : place;
	// What stands in a chain that is jumped to may let the packet through.
	return [...kept.slice(0, at), ...jumps, ...kept.slice(at)].flatMap(rule =>
		rule.deed === 'jump' ? [rule, {...rule, deed: 'other' as const, to: ''}] : rule,
	);
}

const nameOf = ({chain}: FilterRule): string => chain.split(' ')[2] ?? '';

/** Not chains by their names for what the node itself gets or sends, nor what kube-proxy and Cilium make for their own ends. */
function isOnTheWay(name: string): boolean {
	return !/input|output|(?:^|[-_])(?:IN|OUT)(?:[-_]|$)|^(?:KUBE-|CILIUM_)/i.test(name);
}

const deeds: Readonly<Record<string, FilterRule['deed']>> = {
	ACCEPT: 'accept',
	// Accepts what goes to Cilium's devices and what comes from them (cilium/cilium, pkg/datapath/iptables).
	CILIUM_FORWARD: 'accept',
	DROP: 'drop',
	REJECT: 'reject',
	RETURN: 'return',
	NOTRACK: 'notrack',
	...Object.fromEntries(['TPROXY', 'QUEUE', 'NFQUEUE'].map(target => [target, 'other'])),
	...Object.fromEntries(
		['LOG', 'NFLOG', 'MARK', 'CONNMARK', 'CT', 'TCPMSS', 'TRACE', 'AUDIT', 'DSCP', 'TOS', 'CLASSIFY', 'SET', 'TTL'].map(target => [
			target,
			'none',
		]),
	),
};

function filterRule(table: string, {chain, line, matches, target, options}: IptablesRule): FilterRule {
	const deed =
		target === 'CT' && options.includes('--notrack') ? 'notrack' : (deeds[target] ?? (target.startsWith('CILIUM_') ? 'none' : 'jump'));
	return {
		chain: `${table} ${chain}`,
		says: line,
		matches: [...matches],
		deed,
		to: deed === 'jump' ? target : '',
		sendsTo: '',
		map: null,
	};
}
