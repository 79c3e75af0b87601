/** Gives a function that runs what it is given, at most `maximum` at a time, the others in the order they came. */
export function createLimit(maximum: number): (task: () => Promise<void>) => Promise<void> {
	let running = 0;
	const waiting: (() => void)[] = [];
	return async task => {
		if (running >= maximum) await new Promise<void>(resolve => waiting.push(resolve));
		else running++;
		try {
			await task();
		} finally {
			// The place is handed on rather than freed, so that nobody slips in between.
			const next = waiting.shift();
			if (next) next();
			else running--;
		}
	};
}
