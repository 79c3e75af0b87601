import {isIP} from 'node:net';
import {answerIn, type ProbeAnswer} from '../connect/connection.ts';
import {printableLine} from '../foreign-text.ts';
import type {Observation, Probe} from './evidence.ts';

type ParsedProbes = {
	/** Null: nothing was tried. */
	readonly probes: Probe[] | null;
	/** Why nothing or not everything was tried; empty where all was. */
	readonly reason: string;
};

/**
 * Lines `to ADDRESS,PORT ANSWER` of what the node script connected to, and `to - WORDS` where it could not. Where the node did not even
 * answer itself in time (`to control ANSWER`), the silence of others says nothing.
 */
export function parseProbes(text: string): ParsedProbes {
	const lines = text.split('\n').flatMap(line => {
		const [, id = '', said = ''] = /^to (\S+) (.*)$/u.exec(line) ?? [];
		return id === '' ? [] : [{id, said}];
	});
	const control = lines.find(({id}) => id === 'control');
	const isBusy = control !== undefined && probeAnswerOf(answerIn(control.said.trim())) === 'silent';
	const probes = lines.flatMap(({id, said}) => {
		const [address = '', port = ''] = id.split(',');
		const answer = probeAnswerOf(answerIn(said.trim()));
		return isIP(address) === 0 || !/^\d{1,5}$/u.test(port) || answer === undefined || (isBusy && answer === 'silent')
			? []
			: [{address, port: Number(port), answer}];
	});
	const reason = isBusy
		? 'the node is too busy: it did not answer itself in time'
		: printableLine(lines.find(({id}) => id === '-')?.said ?? '', 120);
	return {probes: probes.length === 0 && reason !== '' ? null : probes, reason};
}

/** What a connection says of the port; undefined for what stopped it where it came from, which says nothing. */
export function probeAnswerOf(answer: ProbeAnswer | undefined): Probe['answer'] | undefined {
	if (answer?.ok === true) return 'open';
	return answer === undefined ? undefined : words[answer.error];
}

const words: Readonly<Record<string, Probe['answer']>> = {
	refused: 'refused',
	reset: 'refused',
	'timed out': 'silent',
	unreachable: 'unreachable',
	'network down': 'unreachable',
};

/** Lines of conntrack, cut to `src=… dst=… dport=…` of both directions: the answer comes from the second `src`. */
export function parseUdpConnections(text: string): NonNullable<Observation['udpConnections']> {
	return text.split('\n').flatMap(line => {
		const match = /dst=(?<destination>[\da-f.:]+) dport=(?<port>\d{1,5}) src=(?<answeredBy>[\da-f.:]+)/u.exec(line);
		if (match?.groups === undefined) return [];
		const {destination = '', port, answeredBy = ''} = match.groups;
		return [{destination, port: Number(port), answeredBy}];
	});
}
