import {isBetween, isInRanges, isSameAddress} from '../cilium/addresses.ts';
import {isInnerDevice} from './inner-devices.ts';

/** The first packet of a connection to a hostPort, or of its answer, at one place on its way: what is known of it. */
export type FilterPacket = {
	readonly family: 4 | 6;
	/** `tcp`, `udp`, `sctp`. */
	readonly protocol: string;
	/** Undefined: it may be any. */
	readonly source: string | undefined;
	readonly destination: string | undefined;
	/** Undefined: the client's, one of those that systems take for connections of their own. */
	readonly sourcePort: number | undefined;
	readonly destinationPort: number | undefined;
	/** Where it was sent at first. */
	readonly originalDestination: string;
	readonly originalPort: number;
	/** Devices that it may come from and leave by; empty: not known. */
	readonly from: readonly string[];
	readonly to: readonly string[];
	readonly isAnswer: boolean;
	/** It was sent on by a rule (`ct status dnat`), which eBPF's translation is not. */
	readonly isDnat: boolean;
	/** Its destination is an address of the node itself. */
	readonly isLocal: boolean;
};

/** Whether packets of this kind fulfil what is asked: all, none, or some of them as far as it can be told. */
export type Fulfilment = 'all' | 'none' | 'some';

/** Whether a packet has one of the values in a field; several fields at once are joined by ` . `. */
export function fulfils(packet: FilterPacket, field: string, values: readonly string[]): Fulfilment {
	if (values.length === 0) return 'some';
	const fields = splitFields(field);
	if (fields.length === 1) return among(packet, field, values);
	const each = values.map(value => {
		const parts = value.split(' . ');
		return together(fields.map((name, index) => among(packet, name, [parts[index] ?? ''])));
	});
	return each.includes('all') ? 'all' : each.includes('some') ? 'some' : 'none';
}

/** What holds of several things that are all asked. */
export function together(parts: readonly Fulfilment[]): Fulfilment {
	return parts.includes('none') ? 'none' : parts.includes('some') ? 'some' : 'all';
}

/** `fib daddr . iif type` is one field. */
function splitFields(field: string): readonly string[] {
	return field.startsWith('fib ') ? [field] : field.split(' . ');
}

/** The protocol that a field belongs to is asked too: `tcp dport != 22` is for no packet of UDP. */
export function hasField(packet: FilterPacket, field: string): boolean {
	return splitFields(field).every(name => {
		const [protocol = ''] = name.split(' ');
		if (/^(?:tcp|udp|sctp|dccp|udplite|icmp|icmpv6|igmp|ah|esp|comp)$/.test(protocol)) return protocol === packet.protocol;
		if (protocol === 'ip') return packet.family === 4;
		if (protocol === 'ip6') return packet.family === 6;
		return protocol !== 'arp';
	});
}

function among(packet: FilterPacket, field: string, values: readonly string[]): Fulfilment {
	const known = valuesOf(packet, field);
	if (known === undefined && /^[io]if(?:name)?$/.test(field) && values.every(isInnerDevice)) return 'none';
	if (known === undefined)
		return values.every(value => value === '0.0.0.0/0' || value === '::/0') && values.length > 0 && field.endsWith('addr') ? 'all' : 'some';
	const met = known.filter(each => values.some(value => isMet(each, value)));
	return met.length === 0 ? 'none' : met.length === known.length ? 'all' : 'some';
}

/** Everything that the field may hold in such a packet; undefined where that is not known. */
function valuesOf(packet: FilterPacket, field: string): readonly string[] | undefined {
	const {family, protocol} = packet;
	switch (field) {
		case 'tcp dport':
		case 'udp dport':
		case 'sctp dport':
		case 'th dport':
			return portsOf(packet.destinationPort);
		case 'tcp sport':
		case 'udp sport':
		case 'sctp sport':
		case 'th sport':
			return portsOf(packet.sourcePort);
		case 'ip daddr':
		case 'ip6 daddr':
			return packet.destination === undefined ? undefined : [packet.destination];
		case 'ip saddr':
		case 'ip6 saddr':
			return packet.source === undefined ? undefined : [packet.source];
		case 'l4proto':
		case 'ip protocol':
		case 'ip6 nexthdr':
			return [protocol];
		case 'nfproto':
			return [family === 4 ? 'ipv4' : 'ipv6'];
		case 'protocol':
			return [family === 4 ? 'ip' : 'ip6'];
		case 'iifname':
		case 'iif':
			return packet.from.length === 0 ? undefined : packet.from;
		case 'oifname':
		case 'oif':
			return packet.to.length === 0 ? undefined : packet.to;
		case 'pkttype':
			return ['host'];
		case 'ct state':
			return [packet.isAnswer ? 'established' : 'new'];
		case 'ct direction':
			return [packet.isAnswer ? 'reply' : 'original'];
		case 'ct status':
			return [packet.isDnat ? 'dnat' : 'none'];
		case 'ct original proto-dst':
			return [String(packet.originalPort)];
		case 'ct original daddr':
		case 'ct original ip daddr':
		case 'ct original ip6 daddr':
			return [packet.originalDestination];
		case 'fib daddr type':
			return [packet.isLocal ? 'local' : 'unicast'];
		default:
			return field.startsWith('tcp flags & ') ? [flagsOf(packet, field.slice('tcp flags & '.length).split('|'))] : undefined;
	}
}

/** Linux' range of ports for connections of its own begins at 32768 and ends at 60999, others' at 49152 and 65535. */
function portsOf(port: number | undefined): readonly string[] {
	return port === undefined ? ['32768', '40000', '49152', '60999', '65535'] : [String(port)];
}

/** SYN opens a connection, SYN and ACK answer it. */
function flagsOf({isAnswer}: FilterPacket, mask: readonly string[]): string {
	return ['syn', ...(isAnswer ? ['ack'] : [])].filter(flag => mask.includes(flag)).join('|') || '0';
}

function isMet(known: string, value: string): boolean {
	if (known === value) return true;
	if (value.endsWith('*')) return known.startsWith(value.slice(0, -1));
	if (value.includes('/')) return isInRanges(known, value);
	const [from = '', to] = value.split(/-(?=[\d.:a-f]+$)/);
	if (to !== undefined && /^\d+$/.test(known)) return Number(from) <= Number(known) && Number(known) <= Number(to);
	if (to !== undefined) return isBetween(known, from, to);
	return isSameAddress(known, value);
}
