/** At most so many at a time; the rest waits in order. */
export type Slots = {
	/** Runs `action` when a slot is free. Rejects with the signal's reason if it is aborted while waiting. */
	use<T>(action: () => Promise<T>, signal?: AbortSignal): Promise<T>;
	/** How many are taken now. */
	taken(): number;
	/** From now on at most so many, one at least; it never becomes more again. */
	limitTo(count: number): void;
};

/** Lets at most `count` users in at a time, in the order in which they came. */
export function createSlots(count: number): Slots {
	let limit = count;
	let taken = 0;
	const waiting: (() => void)[] = [];

	const take = (signal: AbortSignal | undefined): Promise<void> =>
		new Promise((resolve, reject) => {
			signal?.throwIfAborted();
			if (taken < limit) {
				taken += 1;
				resolve();
				return;
			}

			const onAbort = (): void => {
				waiting.splice(waiting.indexOf(start), 1);
				reject(signal?.reason as Error);
			};
			const start = (): void => {
				signal?.removeEventListener('abort', onAbort);
				resolve();
			};
			waiting.push(start);
			signal?.addEventListener('abort', onAbort, {once: true});
		});

	const giveBack = (): void => {
		const next = taken > limit ? undefined : waiting.shift();
		if (next) next();
		else taken -= 1;
	};

	return {
		async use(action, signal) {
			await take(signal);
			try {
				return await action();
			} finally {
				giveBack();
			}
		},
		taken: () => taken,
		limitTo(most) {
			limit = Math.max(1, Math.min(limit, most));
		},
	};
}
