import type {StepState} from '../journal.ts';
import type {JournalKeeper} from './journal-keeper.ts';
import type {Step} from '../plan/plan.ts';
import type {RunLock} from './run-lock.ts';
import type {BudgetPatience, RepairTools} from '../step-work.ts';

/** What happens while a run goes on, for whoever shows it. */
export type RunEvent =
	| {
			readonly type: 'step';
			readonly step: Step;
			readonly state: StepState;
			readonly says: string;
			readonly seconds: number;
			/** It was cut off, by the person or by a lock that was lost: then it has not failed. */
			readonly isCutOff?: boolean;
	  }
	/** How far a step is, or a word from the lock. `id` is empty where no step is meant. */
	| {readonly type: 'progress'; readonly id: string; readonly text: string};

/** What a run works with. */
export type RunEnvironment = {
	readonly tools: RepairTools;
	readonly keeper: JournalKeeper;
	readonly lock: RunLock;
	/** See `StepContext`. */
	readonly seenRunning: Map<string, number>;
	readonly budgets: BudgetPatience;
	readonly vouched: ReadonlySet<string>;
	readonly vouch: (id: string) => Promise<void>;
	/** Ends the run between two acts. */
	readonly signal: AbortSignal;
	readonly onEvent: (event: RunEvent) => void;
};
