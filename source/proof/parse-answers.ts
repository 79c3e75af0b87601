import {answerIn, type ProbeAnswer} from '../connect/connection.ts';
import {printableLine} from '../foreign-text.ts';

/** What a place has answered. */
export type Answers = {
	/** By probe id. */
	readonly found: ReadonlyMap<number, ProbeAnswer>;
	/** Why probes were omitted, or what was said in place of an answer; empty where neither is. */
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
