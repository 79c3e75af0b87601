import {SocketAddress} from 'node:net';
import type {Observation} from './evidence.ts';

type Listeners = NonNullable<Observation['listeners']>;

/** Machines by `uname -m` whose words are big-endian: /proc/net prints addresses as words in the machine's own order. */
const bigEndian = /^(?:s390|ppc64$|ppc$|mips$|mips64$|sparc|parisc)/u;

/** Lines `tcp6 HEX:HEX` (proc_pid_net(5), local_address) as sockets; the same socket of several processes once. */
export function parseListeners(text: string, machine: string): Listeners {
	const isBig = bigEndian.test(machine);
	const listeners = new Map<string, Listeners[number]>();
	for (const line of text.split('\n')) {
		const match = /^(?<table>tcp|udp)6? (?<address>[\dA-F]{8}|[\dA-F]{32}):(?<port>[\dA-F]{4})$/u.exec(line);
		if (match?.groups === undefined) continue;
		const {table, address, port} = match.groups as {table: string; address: string; port: string};
		const listener = {protocol: table.toUpperCase(), address: addressOf(address, isBig), port: Number.parseInt(port, 16)};
		listeners.set(`${listener.protocol} ${listener.address} ${listener.port}`, listener);
	}

	return [...listeners.values()];
}

/** `32768 60999` from the line that the node script adds of ip_local_port_range. */
export function parsePortRange(text: string): string | undefined {
	const match = /^ip_local_port_range (?<from>\d{1,5})\s+(?<to>\d{1,5})$/mu.exec(text);
	return match?.groups === undefined ? undefined : `${match.groups['from']} ${match.groups['to']}`;
}

function addressOf(hex: string, isBig: boolean): string {
	const words = hex.match(/.{8}/gu) ?? [];
	const bytes = words.flatMap(word => {
		const pairs = word.match(/../gu) ?? [];
		return isBig ? pairs : pairs.reverse();
	});
	if (bytes.length === 4) return bytes.map(byte => Number.parseInt(byte, 16)).join('.');
	const groups = Array.from({length: 8}, (_, group) => `${bytes[group * 2]}${bytes[group * 2 + 1]}`);
	return new SocketAddress({address: groups.join(':'), family: 'ipv6'}).address;
}
