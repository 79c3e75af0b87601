import type {Plan, Step} from './plan/plan.ts';
import type {Captured} from './step-work.ts';

/**
 * `started`: it was begun and nobody knows how far it came. `left`: not undone, on purpose. `undoing`: as `started`, on the
 * way back.
 */
export type StepState = 'pending' | 'started' | 'done' | 'skipped' | 'failed' | 'undoing' | 'undone' | 'left' | 'undo-failed';

/** What a journal has of one step. */
export type Entry = {
	readonly state: StepState;
	/** What was there before the first try; kept over every later one. Null: the step was never begun. */
	readonly before: Captured | null;
	readonly seconds: number;
	/** What was seen, or why it failed; one line. */
	readonly says: string;
};

/** `incomplete`: done, and yet a hostPort is dead or none could be looked at; only a result says so, the journal says `done`. */
export type RunOutcome = 'running' | 'done' | 'incomplete' | 'nothing-to-do' | 'failed' | 'interrupted' | 'rolled-back' | 'rollback-failed';

/** Everything that another person on another machine needs to go on or to undo. */
export type Journal = {
	readonly apiVersion: 'hostport.dev/v1';
	readonly kind: 'Journal';
	/** `20240207-020000-a1b2`. */
	readonly id: string;
	/** RFC 3339. */
	readonly startedAt: string;
	readonly updatedAt: string;
	/** Who started it: `user@host`. */
	readonly by: string;
	readonly plan: Plan;
	/** By the id of the step. */
	readonly entries: Readonly<Record<string, Entry>>;
	readonly outcome: RunOutcome;
};

/** Where a journal is kept. Each write is complete when its promise is. */
export type JournalStore = {
	/** Writes the whole journal for the first time, or again when a run is continued with a new plan. */
	begin(journal: Journal): Promise<void>;
	/** Writes what has changed since; `changed` are the ids of the steps. */
	update(journal: Journal, changed: readonly string[]): Promise<void>;
	/** Remembers on this machine alone that it has made something itself: an id of a `Doubt` that it need not have. */
	vouch?(run: string, id: string): Promise<void>;
};

/** The entry of a step that was never begun. */
export const untouched: Entry = {state: 'pending', before: null, seconds: 0, says: ''};

/** The entry of a step. */
export function entryOf(journal: Pick<Journal, 'entries'>, {id}: Pick<Step, 'id'>): Entry {
	return Object.hasOwn(journal.entries, id) ? (journal.entries[id] ?? untouched) : untouched;
}

/** Whether the step may have changed something that is not undone. */
export function isTouched({state, before}: Entry): boolean {
	// A step whose own check failed has captured nothing and done nothing.
	if (state === 'failed') return before !== null;
	return state === 'started' || state === 'done' || state === 'undoing' || state === 'undo-failed';
}

/** Whether nothing is left to be done of a step. */
export const isThrough = ({state}: Entry): boolean => state === 'done' || state === 'skipped';

/** Whether a step was begun, on its way or back, and did not come to an end. */
export const isOpen = ({state}: Entry): boolean =>
	state === 'started' || state === 'failed' || state === 'undoing' || state === 'undo-failed';

/** Whether a run came neither to its end nor back to its start. */
export function isUnfinished({outcome}: Pick<Journal, 'outcome'>): boolean {
	return outcome === 'running' || outcome === 'failed' || outcome === 'interrupted' || outcome === 'rollback-failed';
}

/** A new id: sorts by time, fits into names and labels of Kubernetes. @param random four letters or digits */
export function runId(now: number, random: string): string {
	const [date = '', time = ''] = new Date(now).toISOString().split(/[T.]/u);
	return `${date.replaceAll('-', '')}-${time.replaceAll(':', '')}-${random}`;
}
