import {setImmediate} from 'node:timers/promises';
import type {Pieces} from '../diagnosis/pieces.ts';

/** Milliseconds that keys, frames and answers of nodes wait at most, as long as no piece is longer. */
const longestTurn = 10;

/** Does work of thousands of nodes between what else goes on. @throws what `signal` was aborted with */
export async function inPieces<Result>(work: Pieces<Result>, signal: AbortSignal): Promise<Result> {
	let since = performance.now();
	for (;;) {
		const step = work.next();
		if (step.done === true) return step.value;
		if (performance.now() - since < longestTurn) continue;
		await setImmediate();
		signal.throwIfAborted();
		since = performance.now();
	}
}
