import {SshError} from './ssh-error.ts';

/**
 * Runs `start` with a signal that fires at the time limit or when the caller's signal does. `start` must hear it.
 * The signal's reason is an SshError of kind `timeout`, or the caller's own.
 */
export async function withTimeLimit<T>(
	what: string,
	{signal, timeoutMilliseconds}: {readonly signal: AbortSignal; readonly timeoutMilliseconds: number},
	start: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
	signal.throwIfAborted();
	const limit = new AbortController();
	const timer = setTimeout(() => {
		limit.abort(
			new SshError('timeout', `${what} took longer than ${timeoutMilliseconds / 1000} s`, 'Try again, or set a longer --timeout.'),
		);
	}, timeoutMilliseconds);
	try {
		return await start(AbortSignal.any([signal, limit.signal]));
	} finally {
		clearTimeout(timer);
	}
}
