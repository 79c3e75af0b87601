import {isIP, isIPv6, SocketAddress} from 'node:net';

/** Addresses, one a line, each once; those of IPv6 in their short form. */
export function parseAddresses(text: string): string[] {
	const addresses = text
		.split('\n')
		.map(line => line.trim())
		.filter(line => isIP(line) !== 0)
		.map(line => (isIPv6(line) ? new SocketAddress({address: line, family: 'ipv6'}).address : line));
	return [...new Set(addresses)];
}
