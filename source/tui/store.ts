import type {Diagnosis} from '../diagnosis/diagnosis.ts';
import type {Evidence} from '../evidence/evidence.ts';
import type {Asked} from '../output/proof-matrix.ts';
import type {PodResult, ProofResult} from '../proof/proof.ts';
import type {FileChange} from '../repair/plan/needed-change.ts';
import type {Repair} from './repair/values.ts';

/** What the screens show. Whole values only: each update replaces what it names. */
export type Snapshot = {
	readonly title: {
		/** URL of the API server; empty until it is known. */
		readonly server: string;
		/** Name of the kubeconfig context, or what stands for it (`demo`, a file's name). */
		readonly context: string;
	};
	/**
	 * What is under way, and since when in milliseconds of `Date.now()`; null when nothing is. With a total in `progress` the
	 * header reads `TEXT 12 of 500 nodes · 8 s`, so the text is then one word such as `asking`.
	 */
	readonly phase: {readonly text: string; readonly since: number} | null;
	/** Nodes answered and nodes to ask; a total of 0 means that it is not known. */
	readonly progress: {readonly done: number; readonly total: number};
	/** Of the nodes, as soon as they are listed: what is shown as long as nothing else is known. */
	readonly names: readonly string[];
	readonly evidence: Evidence | null;
	readonly diagnosis: Diagnosis | null;
	readonly changes: readonly FileChange[];
	/** What a repair would do, in a line; null where that is not known, empty where there is nothing to do or something stands against it. */
	readonly repairAhead: string | null;
	/** The connections that are tried or were; null as long as nobody asked for it. */
	readonly proof: LiveProof | null;
	/** What the wizard shows; null as long as nobody opened it. */
	readonly repair: Repair | null;
	/** Why there is nothing newer to show. What was seen before stays on the screen. */
	readonly failure: {readonly message: string; readonly hint: string} | null;
	/** What a person is asked before it can go on, such as for a passphrase; null for nothing. */
	readonly question: Question | null;
	/** Whether changes of the cluster come by themselves, and that in a word for the header; null: nobody watches. */
	readonly watching: {readonly isLive: boolean; readonly text: string} | null;
	/** One line that something was done, such as a saved file; null for none. */
	readonly notice: string | null;
};

/** A question that is asked on the screen. */
export type Question = {
	readonly id: number;
	readonly text: string;
	/** What is typed is not shown. */
	readonly isSecret: boolean;
};

/** A proof while it fills in. */
export type LiveProof = {
	readonly asked: readonly Asked[];
	readonly results: readonly ProofResult[];
	readonly pods: readonly PodResult[];
	readonly unasked: readonly string[];
	/** One line, empty until all have answered. */
	readonly summary: string;
	readonly isUnderWay: boolean;
};

/** What a command hands over; fields that are omitted stay as they are. */
export type Update = Partial<Snapshot>;

/** What the screens show, and who listens to it. */
export type Store = {
	readonly getSnapshot: () => Snapshot;
	readonly subscribe: (listener: () => void) => () => void;
	/** Takes effect at once; listeners hear of it at most four times a second while a phase goes on, and at once otherwise. */
	readonly update: (update: Update) => void;
};

const millisecondsBetweenNotices = 250;

/** Where a command puts what it learns and the screens read it. It begins with `connecting to CONTEXT`. */
export function createStore(context = '', now: () => number = Date.now): Store {
	let snapshot: Snapshot = {
		title: {server: '', context},
		phase: {text: context === '' ? 'connecting' : `connecting to ${context}`, since: now()},
		progress: {done: 0, total: 0},
		names: [],
		evidence: null,
		diagnosis: null,
		changes: [],
		repairAhead: null,
		proof: null,
		repair: null,
		failure: null,
		question: null,
		watching: null,
		notice: null,
	};
	const listeners = new Set<() => void>();
	let lastNotice = -Infinity;
	let timer: NodeJS.Timeout | undefined;

	const notify = (): void => {
		clearTimeout(timer);
		timer = undefined;
		lastNotice = now();
		for (const listener of listeners) listener();
	};

	return {
		getSnapshot: () => snapshot,
		subscribe(listener) {
			listeners.add(listener);
			return () => listeners.delete(listener);
		},
		update(update) {
			const before = snapshot;
			snapshot = {...snapshot, ...update};
			const isUnderWay = snapshot.phase !== null && before.phase !== null && snapshot.phase.text === before.phase.text;
			const wait = lastNotice + millisecondsBetweenNotices - now();
			const isUrgent = snapshot.failure !== before.failure || snapshot.question !== before.question;
			if (!isUnderWay || wait <= 0 || isUrgent) notify();
			else timer ??= setTimeout(notify, wait).unref();
		},
	};
}
