import {ActionableError} from '../errors.ts';
import type {CollectProgress} from '../evidence/collect.ts';
import {leastAtOnce} from '../parallelism.ts';
import type {Session} from './session.ts';

/** For the API server alone: what nodes may take is added once it is known how many they are. */
const usualMilliseconds = 300_000;
const questionMilliseconds = 600_000;
const usualNodeMilliseconds = 30_000;
/** Node's timers hold 31 bits. */
const longestTimer = 2 ** 31 - 1;

/** Follows a look: once it is known how many nodes there are, and while a person is asked, there is more time than was thought. */
export type FollowLook = (progress: CollectProgress) => void;

/**
 * Lets an act that only looks take so long and no longer: `given` milliseconds (0 for no limit), else 5 minutes and what the nodes may take. When it
 * is over, the session's signal is aborted, so that everything is cleaned up as after Ctrl-C.
 * @throws ActionableError when the time is over
 */
export async function withTimeLimit<T>(
	session: Session,
	given: number | undefined,
	act: (session: Session, follow: FollowLook) => Promise<T>,
): Promise<T> {
	const stop = new AbortController();
	let total = given ?? usualMilliseconds;
	const started = Date.now();
	let timer: NodeJS.Timeout | undefined;
	const arm = (): void => {
		clearTimeout(timer);
		const left = Math.max(0, started + total - Date.now());
		timer = setTimeout(() => stop.abort(lateAfter(total)), Math.min(left, longestTimer));
	};

	if (given !== 0) arm();
	try {
		return await act({...session, signal: AbortSignal.any([session.signal, stop.signal])}, progress => {
			if (given !== undefined) return;
			total += moreFor(progress, session);
			arm();
		});
	} finally {
		clearTimeout(timer);
	}
}

function moreFor(progress: CollectProgress, {reach: {concurrency, nodeTimeoutMilliseconds}}: Session): number {
	if (progress.type === 'question') return progress.open ? questionMilliseconds : 0;
	if (progress.type !== 'cluster') return 0;
	const rounds = Math.ceil(progress.evidence.nodes.length / leastAtOnce(concurrency));
	return rounds * (nodeTimeoutMilliseconds ?? usualNodeMilliseconds);
}

function lateAfter(milliseconds: number): ActionableError {
	return new ActionableError(
		`not done within ${milliseconds < 1000 ? `${milliseconds} ms` : `${Math.round(milliseconds / 1000)} s`}`,
		'Set a longer --timeout, or name some nodes; -v 6 shows each request.',
	);
}
