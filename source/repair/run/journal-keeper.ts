import {entryOf, type Entry, type Journal, type JournalStore, type RunOutcome} from '../journal.ts';

/** Keeps a journal while a run goes on: writes go one after another, and what comes meanwhile shares the next one. */
export function journalKeeper(journal: Journal, store: JournalStore, now: () => number): JournalKeeper {
	// Ours, and changed in place: a copy for each of thousands of writes would make a long run quadratic.
	const entries: Record<string, Entry> = {...journal.entries};
	let current: Journal = {...journal, entries};
	let changed = new Set<string>();
	let next: Promise<void> | undefined;
	let writing: Promise<void> = Promise.resolve();
	const write = async (): Promise<void> => {
		next ??= (async () => {
			await writing;
			next = undefined;
			const ids = [...changed];
			changed = new Set();
			try {
				await store.update(current, ids);
			} catch (error) {
				// What was not written is written with the next: a store keeps only what it is told of.
				changed = new Set([...ids, ...changed]);
				throw error;
			}
		})();
		// One failed write must not stop the ones after it from being tried.
		writing = next.catch(() => undefined);
		await next;
	};

	return {
		journal: () => current,
		async record(id, part) {
			entries[id] = {...entryOf(current, {id}), ...part};
			current = {...current, updatedAt: new Date(now()).toISOString()};
			changed.add(id);
			await write();
		},
		async conclude(outcome) {
			current = {...current, updatedAt: new Date(now()).toISOString(), outcome};
			await write();
		},
	};
}

/** Keeps a journal in the cluster and on this machine. */
export type JournalKeeper = {
	journal(): Journal;
	/** Resolves when it is written: before that nothing may be done. */
	record(id: string, part: Partial<Entry>): Promise<void>;
	conclude(outcome: RunOutcome): Promise<void>;
};
