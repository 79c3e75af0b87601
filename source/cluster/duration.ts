import {UsageError} from '../errors.ts';

const millisecondsOf: Readonly<Record<string, number>> = {
	ns: 1e-6,
	us: 1e-3,
	µs: 1e-3, // U+00B5, the micro sign
	μs: 1e-3, // U+03BC, the Greek letter
	ms: 1,
	s: 1000,
	m: 60_000,
	h: 3_600_000,
};

const goDuration = /^\+?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/u;
const part = /(?<amount>\d+(?:\.\d*)?|\.\d+)(?<unit>ns|us|µs|μs|ms|s|m|h)/gu;

/**
 * A duration as kubectl's flags take it: Go's form (`90s`, `2m30s`, `1.5h`) or a whole number of seconds.
 * Gives milliseconds, rounded up; 0 means no limit (client-go, clientcmd.ParseTimeout).
 * @throws UsageError
 */
export function parseDuration(text: string, flag: string): number {
	if (/^\d+$/u.test(text)) return Number(text) * 1000;
	if (!goDuration.test(text)) {
		throw new UsageError(
			`${flag}: "${text}" is not a duration`,
			'Write a whole number of seconds or a form such as 90s, 2m30s or 1h; 0 is no limit.',
		);
	}
	let milliseconds = 0;
	for (const {groups} of text.matchAll(part)) milliseconds += Number(groups?.['amount']) * (millisecondsOf[groups?.['unit'] ?? ''] ?? 0);
	return Math.ceil(milliseconds);
}
