import type {ChoiceName} from '../../choices.ts';
import type {Diagnosis} from '../../diagnosis/diagnosis.ts';
import type {Asked} from '../../output/proof-matrix.ts';
import type {Proof, ProofResult} from '../../proof/proof.ts';
import type {RunOutcome, StepState} from '../../repair/journal.ts';
import type {Strategy} from '../../diagnosis/strategy.ts';
import type {FileChange} from '../../repair/plan/needed-change.ts';
import type {Plan, Warning} from '../../repair/plan/plan.ts';
import type {SourceOffer} from '../../session/source-offers.ts';

/** What the wizard of the repair shows. The command behind it keeps these values in the store; the pages only draw them. */
export type Repair = {
	/** Why the last thing that was asked for could not be done; `source` is the one it was about, where it was about one. */
	readonly problem: {readonly of: RepairAct['do']; readonly source: string; readonly message: string; readonly hint: string} | null;
	/** What has to be typed before anything is changed: the context's name, else the server. */
	readonly clusterName: string;
	/** A plan for each strategy, as they would be without a source for the binary; null until the cluster was asked. */
	readonly plans: Readonly<Record<Strategy, Plan>> | null;
	/** What is chosen, by itself or by the person: it is what `prepared` is made for. Null until there are plans. */
	readonly chosen: {readonly strategy: Strategy; readonly source: string} | null;
	/** What the nodes that are marked on the overview are for, in a line; empty where none is. */
	readonly marked: string;
	/** What the person may add to the choice, where there is something to add. */
	readonly extras: readonly Extra[];
	/** Sources of the binary that are known to be there, best first. */
	readonly offers: readonly SourceOffer[];
	/** A run that came neither to its end nor back to its start: nothing else is begun before that. */
	readonly unfinished: PastRun | null;
	readonly prepared: PreparedRepair | null;
	readonly run: RunProgress | null;
	/** What was seen before the run, for the comparison at its end: what hostPorts answered then is in it. */
	readonly before: Diagnosis | null;
	/** Past runs, newest first; null until they were asked for. */
	readonly runs: readonly PastRun[] | null;
	/** Journals that nothing is done with, and why: unreadable, or contradicted by this machine's copy. */
	readonly damaged: readonly Damaged[];
	/** What undoing a run takes from its journal though nothing here vouches for it; null until that was looked at. */
	readonly doubts: {readonly run: string; readonly items: readonly Doubted[]} | null;
};

type Damaged = {readonly name: string; readonly message: string; readonly hint: string};

/** Is shown whole; the person is asked once the name of the cluster was typed. */
export type Doubted = {readonly says: string; readonly shown: string};

/** An option of the plan that can be chosen. */
export type Extra = {
	readonly what: ChoiceName;
	/** What it is, in a sentence. */
	readonly says: string;
	/** Whom it concerns: nodes, pods; none where it is for nodes that join. */
	readonly names: readonly string[];
	readonly isOn: boolean;
};

/** A plan whose rights, binaries and writes were checked; nothing is written yet. */
export type PreparedRepair = {
	readonly strategy: Strategy;
	/** As it was typed. */
	readonly source: string;
	readonly plan: Plan;
	readonly binaries: readonly CheckedBinary[];
	/** What the API server says to the writes, tried without doing them. */
	readonly serverSays: readonly string[];
	/** What going on takes from the journal though nothing here vouches for it. */
	readonly doubts: readonly Doubted[];
};

/** A binary that was loaded and checked. */
export type CheckedBinary = {
	readonly architecture: string;
	/** Empty where the file does not tell. */
	readonly version: string;
	readonly sha256: string;
	/** Bytes. */
	readonly size: number;
	readonly origin: string;
	/** Nodes it is for. */
	readonly nodes: number;
	readonly warnings: readonly Warning[];
};

/** A run that the journals tell of. */
export type PastRun = {
	readonly id: string;
	readonly strategy: Strategy;
	readonly outcome: RunOutcome;
	/** RFC 3339. */
	readonly startedAt: string;
	readonly by: string;
	/** Steps that are through, out of all. */
	readonly done: number;
	readonly total: number;
	readonly steps: readonly StepProgress[];
	/** What its steps were to change. */
	readonly changes: readonly FileChange[];
	/** Where its binary came from, as it was typed. */
	readonly source: string;
	/** What undoing it does, in order, the same on several nodes once; empty where there is nothing to undo. */
	readonly undo: ReadonlyArray<{readonly title: string; readonly says: string}>;
	/** The name of the cluster was typed for it a moment ago. */
	readonly isOwn: boolean;
};

/** A step of a run, and how far it is. */
export type StepProgress = {
	readonly id: string;
	readonly kind: string;
	readonly title: string;
	readonly node: string;
	readonly state: StepState;
	/** What was seen, why it failed, or how far it is. */
	readonly says: string;
	/** Milliseconds of `Date.now()` when it was begun; 0 before. */
	readonly since: number;
	readonly seconds: number;
	/** It was cut off: then it has not failed. */
	readonly isCutOff?: boolean;
};

/** A run on the screen. */
export type RunProgress = {
	readonly kind: 'repair' | 'rollback';
	readonly id: string;
	/** Milliseconds of `Date.now()`. */
	readonly since: number;
	readonly steps: readonly StepProgress[];
	/** The newest last; `at` in milliseconds of `Date.now()`. */
	readonly log: ReadonlyArray<{readonly at: number; readonly text: string}>;
	/** Connections to hostPorts that are tried at the end, and those of them that have answered. */
	readonly asked: readonly Asked[];
	readonly answered: readonly ProofResult[];
	/** The person asked it to stop after the act under way. */
	readonly isStopping: boolean;
	readonly end: RunEnding | null;
};

/** How it ended. */
export type RunEnding = {
	readonly outcome: RunOutcome;
	readonly seconds: number;
	/** Why it ended before its end; empty where it did not. */
	readonly message: string;
	readonly hint: string;
	readonly lines: readonly string[];
	readonly remaining: readonly string[];
	readonly proof: Proof | null;
	/** How many of its connections work, in the words of the log; empty without a proof. */
	readonly connections: string;
	/** The same run as one that can be undone. */
	readonly past: PastRun | null;
};

/** What the pages ask the command to do. */
export type RepairAct =
	/** Look for an unfinished run, make the plans, and prepare the one that is best. `marked`: nodes to go first, or alone. */
	| {readonly do: 'open'; readonly marked: readonly string[]}
	/** Check rights, binaries and writes of one strategy; changes nothing. */
	| {readonly do: 'prepare'; readonly strategy: Strategy; readonly source: string}
	/** Choose another strategy or source, and prepare that. */
	| {readonly do: 'choose'; readonly strategy?: Strategy; readonly source?: string}
	/** Carry out what was prepared. */
	| {readonly do: 'run'}
	/** End the run after the act that is under way. */
	| {readonly do: 'stop'}
	/** Look at what undoing a run would take from its journal. */
	| {readonly do: 'weigh'; readonly run: string}
	| {readonly do: 'undo'; readonly run: string}
	/** Takes an extra into the choice, or out of it again. */
	| {readonly do: 'toggle'; readonly what: ChoiceName}
	| {readonly do: 'listRuns'};

/** States of a step in the words of a person. */
export const stepWords: Readonly<Record<StepState, string>> = {
	pending: 'waiting',
	started: 'running',
	done: 'done',
	skipped: 'skipped',
	failed: 'failed',
	undoing: 'undoing',
	undone: 'undone',
	left: 'kept',
	'undo-failed': 'not undone',
};
