import {setTimeout as wait} from 'node:timers/promises';
import type {Control} from './control.ts';

/** Changes come in flocks; one look after the flock is enough. Milliseconds. */
const gatherMilliseconds = 30;

/** Gives a function that marks keys; each marked key is then worked on once, never two at a time. */
export function workQueue(control: Control, work: (key: string) => void): (key: string) => void {
	const marked = new Set<string>();
	return key => {
		if (marked.size === 0) {
			control.during(async () => {
				await wait(gatherMilliseconds, undefined, {signal: control.signal});
				const keys = [...marked];
				marked.clear();
				for (const one of keys) work(one);
			});
		}
		marked.add(key);
	};
}
