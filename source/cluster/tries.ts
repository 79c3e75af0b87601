import type {ClusterError} from './cluster-error.ts';

const maximumTries = 3;
/** Of a request that the server turns away: as often as client-go tries it. */
const maximumTriesTurnedAway = 10;
const longestOwnWaitMilliseconds = 5000;
/** A server that asks for more than this has no answer for someone who sits and waits. */
const longestWaitMilliseconds = 30_000;
const passingStatus: ReadonlySet<number> = new Set([500, 502, 503, 504]);

/**
 * How many milliseconds to wait before trying again after this failure, or undefined where it stands. Reading may be repeated; a change only
 * where it certainly did not reach the server or was turned away at the door (429). The wait is what the server asked for; where it asked
 * for none it grows. Both are spread by chance.
 * @param isPatient what is turned away is tried as long as there is time
 */
export function waitBeforeNextTry(
	error: ClusterError,
	tries: number,
	{repeatable, isPatient = false}: {readonly repeatable: boolean; readonly isPatient?: boolean | undefined},
): number | undefined {
	const {retryAfterMilliseconds = 0} = error;
	const turnedAway = isTurnedAway(error);
	const isTriedAgain = turnedAway || error.reason === 'ConnectionRefused' || (repeatable && isPassing(error));
	if (!isTriedAgain || retryAfterMilliseconds > longestWaitMilliseconds) return undefined;
	if (tries >= (turnedAway ? maximumTriesTurnedAway : maximumTries) && !(turnedAway && isPatient)) return undefined;
	// Who was turned away together does not come back together.
	if (turnedAway && retryAfterMilliseconds > 0) return retryAfterMilliseconds * (1 + Math.random() / 4);
	return Math.max(retryAfterMilliseconds, Math.min(150 * 3 ** (tries - 1), longestOwnWaitMilliseconds) * (0.5 + Math.random()));
}

/** Whether the server had too many requests, and did nothing of this one. */
export const isTurnedAway = ({status}: Pick<ClusterError, 'status'>): boolean => status === 429;

/** Whether it failed for the sake of server or network, and another try may come through. */
const isPassing = ({status, reason}: Pick<ClusterError, 'status' | 'reason'>): boolean =>
	reason === 'ConnectionLost' || (status !== undefined && passingStatus.has(status));

/** Whether it tells that server or network have more than they can do. */
export const isStrained = (error: Pick<ClusterError, 'status' | 'reason'>): boolean =>
	isPassing(error) || error.reason === 'ConnectionRefused' || error.reason === 'Unreachable';
