import {printableLine} from '../foreign-text.ts';
import type {ProbeAnswer} from './proof.ts';

/** What the connect script printed, by probe id. Lines without the marker are not ours. Never throws. */
export function parseAnswers(output: string, marker: string): ReadonlyMap<number, ProbeAnswer> {
	const answers = new Map<number, ProbeAnswer>();
	for (const line of output.split('\n')) {
		if (!line.startsWith(`${marker} `)) continue;
		const [id = '', ...words] = line.slice(marker.length + 1).split(' ');
		if (!/^\d{1,9}$/u.test(id)) continue;
		const text = words.join(' ').trim();
		const microseconds = /^ok (\d{1,12})$/u.exec(text)?.[1];
		answers.set(
			Number(id),
			microseconds === undefined
				? {ok: false, milliseconds: 0, error: errorWord(text)}
				: {ok: true, milliseconds: Math.ceil(Number(microseconds) / 100) / 10, error: ''},
		);
	}

	return answers;
}

/** Why the connect script left probes out, by its own words; empty where it left none out. */
export function reasonIn(output: string, marker: string): string {
	const line = output.split('\n').find(each => each.startsWith(`${marker} - `));
	return line === undefined ? '' : printableLine(line.slice(marker.length + 3), 120);
}

/** The kernel's error in one word where it is a known one, else the system's own words. */
export function errorWord(text: string): string {
	if (/refused/iu.test(text)) return 'refused';
	if (/timed? ?out|ETIMEDOUT/iu.test(text)) return 'timed out';
	if (/no route|unreachable|EHOSTUNREACH|ENETUNREACH/iu.test(text)) return 'unreachable';
	if (/^no answer/iu.test(text)) return 'no answer';
	return printableLine(text, 120) || 'no connection';
}
