/** A time limit that stands still while a person, or the agent that may ask one, is thinking. */
export type Patience = {
	/** Waits with the clock stopped. */
	whileAsking<T>(question: Promise<T>): Promise<T>;
	/** Aborted when the time is up. */
	readonly signal: AbortSignal;
	stop(): void;
};

/** Starts a time limit that stands still while a person is asked. */
export function startPatience(milliseconds: number): Patience {
	const end = new AbortController();
	const onEnd = (): void => end.abort();
	let left = milliseconds;
	let asking = 0;
	let since = performance.now();
	let stopped = false;
	let timer = setTimeout(onEnd, left);

	return {
		signal: end.signal,
		async whileAsking(question) {
			if (asking === 0) {
				left -= performance.now() - since;
				clearTimeout(timer);
			}

			asking += 1;
			try {
				return await question;
			} finally {
				asking -= 1;
				if (asking === 0 && !stopped) {
					since = performance.now();
					timer = setTimeout(onEnd, Math.max(left, 0));
				}
			}
		},
		stop() {
			stopped = true;
			clearTimeout(timer);
		},
	};
}
