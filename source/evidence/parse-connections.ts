import {isIP} from 'node:net';
import type {Observation, Probe} from './evidence.ts';

const answers = ['open', 'refused', 'unreachable', 'silent'] as const satisfies readonly Probe['answer'][];

/** Lines `ADDRESS PORT ANSWER` of the node script's connections to the pods' own ports. */
export function parseProbes(text: string): Probe[] {
	return text.split('\n').flatMap(line => {
		const [address = '', port = '', said = ''] = line.trim().split(' ');
		const answer = answers.find(known => known === said);
		return isIP(address) === 0 || !/^\d{1,5}$/u.test(port) || answer === undefined ? [] : [{address, port: Number(port), answer}];
	});
}

/** Lines of conntrack, cut to `src=… dst=… dport=…` of both directions: the answer comes from the second `src`. */
export function parseUdpConnections(text: string): NonNullable<Observation['udpConnections']> {
	return text.split('\n').flatMap(line => {
		const match = /dst=(?<destination>[\da-f.:]+) dport=(?<port>\d{1,5}) src=(?<answeredBy>[\da-f.:]+)/u.exec(line);
		if (match?.groups === undefined) return [];
		const {destination = '', port, answeredBy = ''} = match.groups;
		return [{destination, port: Number(port), answeredBy}];
	});
}
