import {printableLine} from '../foreign-text.ts';
import type {ProbeAnswer} from './proof.ts';

export type Answers = {
	/** By probe id. */
	readonly found: ReadonlyMap<number, ProbeAnswer>;
	/** Why probes were left out, or what was said in place of an answer; empty where neither is. */
	readonly reason: string;
};

/**
 * What the connect script printed. Lines without the marker are not ours, and words that no kernel says are no answer: a
 * broken program on a node must not pass for a hostPort that fails. Never throws.
 */
export function parseAnswers(output: string, marker: string): Answers {
	const found = new Map<number, ProbeAnswer>();
	const reasons: string[] = [];
	// The script ends each line: what stands behind the last end was cut off.
	for (const line of output.split('\n').slice(0, -1)) {
		if (!line.startsWith(`${marker} `)) continue;
		const [id = '', ...words] = line.slice(marker.length + 1).split(' ');
		const text = words.join(' ').trim();
		const answer = /^\d{1,9}$/u.test(id) ? answerIn(text) : undefined;
		if (answer !== undefined) found.set(Number(id), answer);
		else if (id === '-') reasons.unshift(printableLine(text, 120));
		else reasons.push(`it said: ${printableLine(text, 60) || 'nothing'}`);
	}

	return {found, reason: reasons[0] ?? ''};
}

function answerIn(text: string): ProbeAnswer | undefined {
	const microseconds = /^ok (\d{1,12})$/u.exec(text)?.[1];
	if (microseconds !== undefined) return {ok: true, milliseconds: Math.ceil(Number(microseconds) / 100) / 10, error: ''};
	const error = kernelWord(text);
	return error === undefined ? undefined : {ok: false, milliseconds: 0, error};
}

/** The error of an attempt that was made here: the kernel's word where it is a known one, else the system's own. */
export function errorWord(text: string): string {
	return kernelWord(text) ?? (printableLine(text, 120) || 'no connection');
}

// What connect(2) and the first read say, in the words of the C library; and the codes that Node has for them.
const kernelWords: ReadonlyArray<readonly [pattern: RegExp, word: string]> = [
	[/connection refused|ECONNREFUSED/iu, 'refused'],
	[/timed? ?out|ETIMEDOUT/iu, 'timed out'],
	[/no route to host|unreachable|EHOSTUNREACH|ENETUNREACH/iu, 'unreachable'],
	[/^no answer/iu, 'no answer'],
	[/connection reset|ECONNRESET/iu, 'reset'],
	[/permission denied|operation not permitted|EACCES|EPERM/iu, 'not permitted'],
	[/cannot assign requested address|EADDRNOTAVAIL/iu, 'address not available'],
	[/address family not supported|EAFNOSUPPORT/iu, 'address family not supported'],
	[/network is down|ENETDOWN|host is down|EHOSTDOWN/iu, 'network down'],
	[/invalid argument|EINVAL/iu, 'invalid argument'],
];

function kernelWord(text: string): string | undefined {
	return kernelWords.find(([pattern]) => pattern.test(text))?.[1];
}
