import type {Clock} from '../../clock.ts';
import {ClusterError} from '../../cluster/cluster-error.ts';
import {ActionableError, messageOf} from '../../errors.ts';

/** What is waited for, and how long without progress. */
export type Waiting = {
	readonly clock: Clock;
	readonly signal: AbortSignal;
	/** What is waited for: the beginning of the message if it does not come. */
	readonly what: string;
	readonly hint: string;
	/** Without any progress for so long, the wait is given up; see `Look.done`. */
	readonly limitMilliseconds: number;
	/** Told what is there so far, once for each change. */
	readonly say?: (text: string) => void;
};

/**
 * How a look ends: with the value waited for, or with a word on how far it is. `done` is how much of it is there: only more
 * of that than ever before is progress. Words are none, for a failure may say something new every time and never end.
 */
export type Look<T> = {readonly value: T} | {readonly stillAt: string; readonly done?: number};

/** Milliseconds between two looks: short after something has moved, longer the longer nothing does. */
const shortestPause = 200;
const longestPause = 1500;

/** Longest time for which an API server may be away, restarted or overloaded, before a repair gives up. */
export const outageMilliseconds = 180_000;

/** Whether a request may well succeed a moment later: the server was not there, or had too much to do. */
export function isPassing(error: unknown): boolean {
	if (!(error instanceof ClusterError)) return false;
	if (error.status === undefined) return ['ConnectionRefused', 'Unreachable', 'ConnectionLost', 'RequestTimeout'].includes(error.reason);
	return error.status === 429 || error.status >= 500;
}

/**
 * Looks again and again until there is a value. Passing failures of the API server count as no progress, nothing more.
 * @throws ActionableError when nothing has moved for the limit
 */
export async function until<T>(look: () => Promise<Look<T>>, {clock, signal, what, hint, limitMilliseconds, say}: Waiting): Promise<T> {
	let most = 0;
	let last = '';
	let moved = clock.now();
	for (let pause = shortestPause; ; pause = Math.min(pause * 1.3, longestPause)) {
		signal.throwIfAborted();
		const seen = await look().catch((error: unknown): Look<T> => {
			if (!isPassing(error)) throw error;
			return {stillAt: `the API server does not answer: ${messageOf(error)}`};
		});
		if ('value' in seen) return seen.value;
		if ((seen.done ?? 0) > most) {
			most = seen.done ?? 0;
			moved = clock.now();
		}

		if (seen.stillAt !== last) {
			last = seen.stillAt;
			pause = shortestPause;
			say?.(last);
		}

		if (clock.now() - moved >= limitMilliseconds) {
			throw new ActionableError(`${what}: no progress for ${Math.round(limitMilliseconds / 1000)} s (${last})`, hint);
		}

		await clock.sleep(pause, signal);
	}
}

/** How a request is tried again. */
export type Insisting = {
	readonly clock: Clock;
	readonly signal: AbortSignal;
	/** Told that it has to be tried again, and why. */
	readonly say?: (text: string) => void;
};

/** Does something that may be done twice, again after a passing failure, as long as an API server may be away. */
export async function insist<T>(act: () => Promise<T>, {clock, signal, say}: Insisting): Promise<T> {
	const started = clock.now();
	let said = '';
	for (let pause = 300; ; pause = Math.min(pause * 2, 5000)) {
		try {
			return await act();
		} catch (error) {
			if (!isPassing(error) || clock.now() - started > outageMilliseconds) throw error;
			const why = messageOf(error);
			if (why !== said) say?.(`trying again: ${why}`);
			said = why;
			await clock.sleep(pause, signal);
		}
	}
}

/** Whether the server said that there is no such object. */
export function isGone(error: unknown): boolean {
	return error instanceof ClusterError && error.status === 404;
}

/** Undefined where the server said that there is no such object. @throws whatever else it said */
export function absent(error: unknown): undefined {
	if (isGone(error)) return undefined;
	throw error;
}

/** Whether the server said that somebody else was faster, or that it exists already. */
export function isConflict(error: unknown): boolean {
	return error instanceof ClusterError && error.status === 409;
}
