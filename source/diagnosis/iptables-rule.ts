import type {FilterMatch} from '../evidence/packet-filter.ts';
import {isInnerDevice} from './inner-devices.ts';

/** One rule in the words of iptables-save. */
export type IptablesRule = {
	/** As it stands there. */
	readonly line: string;
	readonly chain: string;
	/** What it asks of a packet, in the words of nft; a match without values is not understood. */
	readonly matches: readonly FilterMatch[];
	/** `DROP`, `DNAT`, or the chain that it jumps to. */
	readonly target: string;
	readonly isGoto: boolean;
	/** The words behind the target: `--to-destination 10.0.0.5:80`. */
	readonly options: readonly string[];
};

/** Modules whose options stand in the rule and are read, or ask nothing. */
const modules = new Set([
	'comment',
	'tcp',
	'udp',
	'sctp',
	'multiport',
	'conntrack',
	'state',
	'addrtype',
	'iprange',
	'pkttype',
	'set',
	'mac',
	'geoip',
]);

/**
 * One line of iptables-save; undefined where it is no rule with a target.
 * @param devices those that packets from outside come in by; empty: not known, and then a rule for any device that may be one of them counts
 */
export function readIptablesRule(line: string, devices: readonly string[]): IptablesRule | undefined {
	const words = line.match(/"(?:[^"\\]|\\.)*"|\S+/g) ?? [];
	const [head, chain = ''] = words;
	const matches: FilterMatch[] = [];
	let isNot = false;
	if (head !== '-A') return undefined;
	for (let at = 2; at < words.length; at += 1) {
		const word = words[at] ?? '';
		const value = words[at + 1] ?? '';
		if (word === '!') {
			isNot = true;
			continue;
		}

		if (word === '-j' || word === '-g') {
			return {line, chain, matches, target: value, isGoto: word === '-g', options: words.slice(at + 2)};
		}

		if (word === '--tcp-flags') matches.push({...flagsOf(value, words[at + 2] ?? ''), isNot});
		else if (word === '--syn') matches.push({...flagsOf('FIN,SYN,RST,ACK', 'SYN'), isNot});
		else if (word === '--match-set') matches.push({field: `set ${value} ${words[at + 2] ?? ''}`, values: [], isNot});
		else if (!asksNothing(word, value) && !(word === '-i' && !isNot && devices.length === 0 && !isInnerDevice(value))) {
			matches.push({...matchOf(word, value), isNot});
		}

		at += word === '--comment' ? 1 : valuesBehind(words, at);
		isNot = false;
	}

	return undefined;
}

/** How many values stand behind an option: none behind `--syn` or `--rcheck`, two behind `--tcp-flags` and `--match-set`. */
function valuesBehind(words: readonly string[], at: number): number {
	const next = words.findIndex((word, index) => index > at && (word === '!' || word.startsWith('-')));
	return (next === -1 ? words.length : next) - at - 1;
}

const asksNothing = (word: string, value: string): boolean => word === '--comment' || (word === '-m' && modules.has(value));

const protocols: Readonly<Record<string, string>> = {6: 'tcp', 17: 'udp', 132: 'sctp', 1: 'icmp'};

/** What one option asks (iptables-extensions(8)), in the words of nft; without values where it is not understood. */
function matchOf(option: string, value: string): Pick<FilterMatch, 'field' | 'values'> {
	const lower = value.toLowerCase().split(',');
	const ports = value.split(',').map(port => rangeOf(port));
	const family = value.includes(':') ? 'ip6' : 'ip';
	const device = value.endsWith('+') ? `${value.slice(0, -1)}*` : value;
	switch (option) {
		case '-p':
			return {field: 'l4proto', values: [protocols[value] ?? value]};
		case '-s':
		case '--src-range':
			return {field: `${family} saddr`, values: [value]};
		case '-d':
		case '--dst-range':
			return {field: `${family} daddr`, values: [value]};
		case '-i':
			return {field: 'iifname', values: [device]};
		case '-o':
			return {field: 'oifname', values: [device]};
		case '--dport':
		case '--dports':
			return {field: 'th dport', values: ports};
		case '--sport':
		case '--sports':
			return {field: 'th sport', values: ports};
		case '--dst-type':
			return {field: 'fib daddr type', values: lower};
		case '--src-type':
			return {field: 'fib saddr type', values: lower};
		case '-m':
			return {field: `-m ${value}`, values: []};
		case '--pkt-type':
			return {field: 'pkttype', values: [value === 'unicast' ? 'host' : value]};
		case '--state':
		case '--ctstate':
			// Of several states translation is one; alone it is asked as nft asks it.
			return lower.some(state => state === 'dnat' || state === 'snat')
				? {field: 'ct status', values: lower.length === 1 ? lower : []}
				: {field: 'ct state', values: lower};
		case '--ctstatus':
			return {field: 'ct status', values: lower};
		case '--ctdir':
			return {field: 'ct direction', values: lower};
		case '--ctproto':
			return {field: 'l4proto', values: [protocols[value] ?? value.toLowerCase()]};
		case '--ctorigdstport':
			return {field: 'ct original proto-dst', values: ports};
		case '--ctorigdst':
			return {field: 'ct original daddr', values: [value]};
		default:
			return {field: option, values: []};
	}
}

/** `1024:65535` and `1024:` are ranges. */
function rangeOf(port: string): string {
	const [from = '', to] = port.split(':');
	return to === undefined ? port : `${from || '0'}-${to || '65535'}`;
}

/** `--tcp-flags FIN,SYN,RST,ACK SYN`: among these, exactly that one is set. */
function flagsOf(mask: string, set: string): Pick<FilterMatch, 'field' | 'values'> {
	const among = mask === 'ALL' ? 'FIN,SYN,RST,PSH,ACK,URG' : mask;
	return {
		field: `tcp flags & ${among.toLowerCase().replaceAll(',', '|')}`,
		values: [
			set === 'NONE'
				? '0'
				: ['syn', 'ack', 'fin', 'rst', 'psh', 'urg'].filter(flag => set.toLowerCase().split(',').includes(flag)).join('|'),
		],
	};
}
