/** Lets at most so many go on at once; the others wait in line. */
export type Slots = {
	/** Resolves with the function that gives the place back; rejects with the signal's reason. */
	take(signal: AbortSignal): Promise<() => void>;
};

/** Lets at most `maximum` users in at a time. */
export function slots(maximum: number): Slots {
	let free = maximum;
	const waiting: Array<() => void> = [];
	const release = (): void => {
		const next = waiting.shift();
		if (next === undefined) free += 1;
		else next();
	};

	return {
		async take(signal) {
			signal.throwIfAborted();
			if (free > 0) {
				free -= 1;
				return release;
			}

			return new Promise((resolve, reject) => {
				const enter = (): void => {
					signal.removeEventListener('abort', leave);
					resolve(release);
				};
				const leave = (): void => {
					waiting.splice(waiting.indexOf(enter), 1);
					reject(signal.reason as Error);
				};
				waiting.push(enter);
				signal.addEventListener('abort', leave, {once: true});
			});
		},
	};
}
