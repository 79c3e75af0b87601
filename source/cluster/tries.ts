import type {ClusterError} from './cluster-error.ts';

const maximumTries = 3;
/** A server that asks for more than this has no answer for someone who sits and waits. */
const longestWaitMilliseconds = 30_000;
const passingStatus: ReadonlySet<number> = new Set([500, 502, 503, 504]);

/**
 * How many milliseconds to wait before trying again after this failure, or undefined where it stands. Reading may be repeated; a change only
 * where it certainly did not reach the server or was turned away at the door (429). The wait grows, is spread by chance, and is at least what the server asked for.
 */
export function waitBeforeNextTry(error: ClusterError, tries: number, repeatable: boolean): number | undefined {
	const {status, reason, retryAfterMilliseconds = 0} = error;
	const turnedAway = status === 429 || reason === 'ConnectionRefused';
	const passing = reason === 'ConnectionLost' || (status !== undefined && passingStatus.has(status));
	if (tries >= maximumTries || !(turnedAway || (repeatable && passing)) || retryAfterMilliseconds > longestWaitMilliseconds)
		return undefined;
	return Math.max(retryAfterMilliseconds, 150 * 3 ** (tries - 1) * (0.5 + Math.random()));
}
