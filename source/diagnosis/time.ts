/** Seconds since the epoch of an RFC 3339 time; undefined where there is none. */
export function secondsOf(time: string | null | undefined): number | undefined {
	const milliseconds = Date.parse(time ?? '');
	return Number.isNaN(milliseconds) ? undefined : milliseconds / 1000;
}

/** The same moment as RFC 3339, to the second; empty where it is out of range. */
export function timeOf(seconds: number): string {
	const date = new Date(seconds * 1000);
	return Number.isNaN(date.getTime()) ? '' : date.toISOString().replace('.000Z', 'Z');
}

/** Whether one time is known to be before another. */
export function isBefore(one: string | null | undefined, other: string | null | undefined): boolean {
	const [first, second] = [secondsOf(one), secondsOf(other)];
	return first !== undefined && second !== undefined && first < second;
}
