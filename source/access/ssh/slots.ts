/** At most so many at a time; the rest waits in order. */
export type Slots = {
	/** Runs `action` when a slot is free. Rejects with the signal's reason if it is aborted while waiting. */
	use<T>(action: () => Promise<T>, signal?: AbortSignal): Promise<T>;
};

export function createSlots(count: number): Slots {
	let free = count;
	const waiting: (() => void)[] = [];

	const take = (signal: AbortSignal | undefined): Promise<void> =>
		new Promise((resolve, reject) => {
			signal?.throwIfAborted();
			if (free > 0) {
				free -= 1;
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
		const next = waiting.shift();
		if (next) next();
		else free += 1;
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
	};
}
