import type {Entry} from '../repair/journal.ts';

/** What the runner says of a step that was cut off, by the person or by a lock that was lost. */
export const cutOff = 'interrupted';

/** Whether a step was cut off: then it has not failed. */
export const isCutOff = ({state, says}: Pick<Entry, 'state' | 'says'>): boolean =>
	(state === 'failed' || state === 'undo-failed') && says === cutOff;
