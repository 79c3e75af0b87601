import type {Pressure} from './pressure.ts';

/** What came of some that went on at once. */
export type Round = {
	/** How long the one in the middle took. */
	readonly milliseconds: number;
	/** Requests that the server turned away, or that failed for its or the network's sake, for each that came through. */
	readonly turnedAway: number;
	readonly failed: number;
};

/** How many may go on at once. */
export type Parallelism = {
	readonly limit: number;
	/** Learns from what came of the last ones. */
	decide(round: Round): void;
};

const start = 16;
const usualMost = 256;
/** However busy a server is, it answers a few. */
const least = 8;
const shrinking = 0.7;
/** One in so many may be turned away without being a sign. */
const toleratedShare = 0.05;

/** To how many at once it may shrink. @param most never more at once than so many */
export const leastAtOnce = (most = usualMost): number => Math.min(least, most);

/**
 * Doubles as long as answers take no longer, then grows by a tenth; gives up a third where the server turns requests away, where answers
 * take twice as long and where more of them fail (as TCP does, with the delay as a sign too). What is as slow or as broken with fewer at
 * once is so by itself: far nodes, a dead kubelet. It is the new measure then.
 */
export function parallelism(most = usualMost): Parallelism {
	let limit = Math.min(start, most);
	let isDoubling = true;
	let usual: Round | undefined;
	/** What made it shrink the last time. */
	let before: Round | undefined;
	const shrink = (): void => {
		limit = Math.max(leastAtOnce(most), limit * shrinking);
		isDoubling = false;
	};

	return {
		get limit() {
			return Math.floor(limit);
		},
		decide(round) {
			if (round.turnedAway > toleratedShare) {
				before = undefined;
				return shrink();
			}

			const {milliseconds, failed} = (usual ??= round);
			const isSlow = round.milliseconds > 2 * milliseconds + 50;
			const isFailing = round.failed > failed + 0.1;
			if (isSlow || isFailing) {
				const helped =
					before === undefined ||
					(isSlow && round.milliseconds < 0.85 * before.milliseconds) ||
					(isFailing && round.failed < 0.8 * before.failed);
				if (helped) {
					before = round;
					return shrink();
				}

				usual = round;
				before = undefined;
				return;
			}

			before = undefined;
			usual = {...round, milliseconds: Math.min(milliseconds, round.milliseconds), failed: Math.min(failed, round.failed)};
			limit = Math.min(most, isDoubling ? 2 * limit : 1.1 * limit + 1);
		},
	};
}

type ParallelOptions = {
	/** Never more at once than so many; 256 unless told. */
	readonly most?: number | undefined;
	/** Of the server that is asked; without it, time alone tells. */
	readonly pressure?: Pressure | undefined;
	/** Milliseconds of a clock that only goes forward. */
	readonly now?: () => number;
};

/**
 * Does something with each item, as many at once as turns out well (`parallelism`). What waits because the server asked it to does not count.
 * After a failure none is begun, and those under way come to their end first.
 * @throws what the first failed act threw
 */
export async function eachInParallel<T>(items: Iterable<T>, act: (item: T) => Promise<void>, options: ParallelOptions = {}): Promise<void> {
	const {most = usualMost, pressure, now = () => performance.now()} = options;
	const pace = parallelism(most);
	const queue = [...items];
	const failures: unknown[] = [];
	let next = 0;
	let running = 0;
	/** Only what began after the last decision tells how it does. */
	let epoch = 0;
	let times: number[] = [];
	let seen = countsOf(pressure);
	const decide = (milliseconds: number): void => {
		const count = Math.max(1, times.length);
		const counts = countsOf(pressure);
		pace.decide({
			milliseconds,
			turnedAway: (counts.turnedAway - seen.turnedAway) / count,
			failed: (counts.failed - seen.failed) / count,
		});
		[seen, times] = [counts, []];
		epoch += 1;
	};

	const done = Promise.withResolvers<void>();
	const fill = (): void => {
		const free = (): boolean => running < Math.min(most, pace.limit + (pressure?.heldBack ?? 0));
		while (failures.length === 0 && next < queue.length && free()) void begin(queue[next++] as T);
		if (running === 0) done.resolve();
	};
	const begin = async (item: T): Promise<void> => {
		const [began, own] = [now(), epoch];
		running += 1;
		try {
			await act(item);
			if (own === epoch) times.push(now() - began);
			if (times.length >= Math.max(4, Math.floor(pace.limit / 2))) decide(middleOf(times));
		} catch (error) {
			failures.push(error);
		} finally {
			running -= 1;
			fill();
		}
	};

	// A server that turns many away is not waited for: they may all be held back.
	const unsubscribe = pressure?.subscribe(() => {
		if (pressure.turnedAway - seen.turnedAway > Math.max(2, pace.limit / 5)) decide(0);
		fill();
	});
	fill();
	await done.promise;
	unsubscribe?.();
	if (failures.length > 0) throw failures[0];
}

const countsOf = (pressure: Pressure | undefined): {turnedAway: number; failed: number} => ({
	turnedAway: pressure?.turnedAway ?? 0,
	failed: pressure?.failed ?? 0,
});

const middleOf = (values: readonly number[]): number => values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
