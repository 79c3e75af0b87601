/**
 * Does something with a signal that is aborted with any of the given ones, but only until it is done: what it has opened outlives an abortion, so
 * that things can still be written and removed by it. Nothing of it is left on signals that live as long as the program, as `AbortSignal.any` would
 * leave it until the collector comes by.
 * @throws the signal's reason where one is aborted already
 */
export async function abortMeanwhile<T>(
	signals: AbortSignal | readonly AbortSignal[],
	act: (signal: AbortSignal, abort: (reason: unknown) => void) => Promise<T>,
): Promise<T> {
	const meanwhile = new AbortController();
	const listened = [signals].flat().map(signal => {
		signal.throwIfAborted();
		return {signal, stop: (): void => meanwhile.abort(signal.reason)};
	});
	for (const {signal, stop} of listened) signal.addEventListener('abort', stop, {once: true});
	try {
		return await act(meanwhile.signal, reason => meanwhile.abort(reason));
	} finally {
		for (const {signal, stop} of listened) signal.removeEventListener('abort', stop);
	}
}

/** Node's timers hold 31 bits. */
const longestTimer = 2 ** 31 - 1;

/**
 * The same, aborted after so many milliseconds too, with what `late` gives. The timer ends with what is done: one of `AbortSignal.timeout` holds
 * its signal, and who listens to it, until its time is over, and thousands of requests a minute would all be held.
 */
export async function withLimit<T>(
	signals: AbortSignal | readonly AbortSignal[],
	{milliseconds, late}: {readonly milliseconds: number; readonly late: () => Error},
	act: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
	return abortMeanwhile(signals, async (signal, abort) => {
		// It keeps no process alive that has nothing else to do.
		const timer = setTimeout(() => abort(late()), Math.min(Math.max(0, Math.ceil(milliseconds)), longestTimer)).unref();
		return act(signal).finally(() => clearTimeout(timer));
	});
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
