/** A time limit that stands still while a person is asked something. */
export type NodeLimit = {readonly signal: AbortSignal; readonly stop: () => void};

/** @param isPersonAsked looked at when the time is up: if so, the time starts again */
export function nodeLimit(milliseconds: number, outer: AbortSignal, isPersonAsked: () => boolean): NodeLimit {
	const late = new AbortController();
	const start = (): NodeJS.Timeout => setTimeout(end, milliseconds);
	function end(): void {
		if (isPersonAsked()) timer = start();
		else late.abort(new DOMException(`no answer within ${milliseconds / 1000} s`, 'TimeoutError'));
	}

	let timer = start();
	const stop = (): void => late.abort(outer.reason);
	if (outer.aborted) stop();
	outer.addEventListener('abort', stop, {once: true});
	return {
		signal: late.signal,
		stop() {
			clearTimeout(timer);
			outer.removeEventListener('abort', stop);
		},
	};
}
