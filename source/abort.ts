/**
 * Does something with a signal that is aborted with the given one, but only until it is done: what it has opened outlives an abortion, so that
 * things can still be written and removed by it.
 * @throws the signal's reason where it is aborted already
 */
export async function abortMeanwhile<T>(signal: AbortSignal, act: (signal: AbortSignal) => Promise<T>): Promise<T> {
	signal.throwIfAborted();
	const meanwhile = new AbortController();
	const stop = (): void => meanwhile.abort(signal.reason);
	signal.addEventListener('abort', stop, {once: true});
	try {
		return await act(meanwhile.signal);
	} finally {
		signal.removeEventListener('abort', stop);
	}
}

/** Waits for an abortion and keeps the process alive meanwhile: a timer counts where a listener on the signal alone would not. */
export async function untilAborted(signal: AbortSignal): Promise<void> {
	const timer = setInterval(() => undefined, 60_000);
	await new Promise<void>(resolve => {
		if (signal.aborted) resolve();
		else signal.addEventListener('abort', () => resolve(), {once: true});
	}).finally(() => clearInterval(timer));
}

/** What the promise gives, or the signal's reason if that comes first, also where the promise hears of the abortion itself. */
export async function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
	return new Promise((resolve, reject) => {
		const abort = (): void => reject(signal.reason as Error);
		// Not left alone even then: a promise that fails later must not end the process.
		if (signal.aborted) abort();
		signal.addEventListener('abort', abort, {once: true});
		promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
	});
}
