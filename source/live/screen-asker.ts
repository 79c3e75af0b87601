import {askerBy, type Asker} from '../session/asker.ts';
import type {Store} from '../tui/store.ts';

/** SSH's questions on the screens of the terminal UI, and where the answer goes that is typed there; null: the person gave up. */
export type ScreenAsker = {readonly asker: Asker; readonly answer: (id: number, text: string | null) => void};

/** Asks questions on the screen; each waits for its own answer. */
export function screenAsker(store: Store): ScreenAsker {
	const waiting = new Map<number, (text: string | undefined) => void>();
	let count = 0;
	const asker = askerBy(async (text, {echo, signal}) => {
		signal.throwIfAborted();
		const id = (count += 1);
		return new Promise((resolve, reject) => {
			const close = (): void => {
				signal.removeEventListener('abort', onAbort);
				waiting.delete(id);
				if (store.getSnapshot().question?.id === id) store.update({question: null});
			};
			const onAbort = (): void => {
				close();
				reject(signal.reason as Error);
			};
			signal.addEventListener('abort', onAbort, {once: true});
			waiting.set(id, answer => {
				close();
				resolve(answer);
			});
			store.update({question: {id, text, isSecret: !echo}});
		});
	});
	return {asker, answer: (id, text) => waiting.get(id)?.(text ?? undefined)};
}
