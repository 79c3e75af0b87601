import {removeHelperPods} from '../../access/helper-pods.ts';
import type {ClusterClient} from '../../cluster/cluster-client.ts';
import {ActionableError, LostTerminal, messageOf} from '../../errors.ts';
import {continueRun, tidyUp, type Continued} from './continue-run.ts';
import {isUnfinished, type Journal, type JournalStore} from '../journal.ts';
import {journalKeeper} from './journal-keeper.ts';
import {listJournals} from './journal-config-map.ts';
import {journalConfigMap} from './journal-writer.ts';
import type {Clock} from '../../clock.ts';
import type {Plan} from '../plan/plan.ts';
import {rollBack} from './rollback.ts';
import {assertNobodyAtWork, takeLock} from './run-lock.ts';
import {carryOut, type RunEnd} from './runner.ts';
import type {RunEnvironment, RunEvent} from './run-environment.ts';
import type {RepairTools} from '../step-work.ts';

/** What a run is carried out with. */
export type RepairSetting = {
	readonly client: ClusterClient;
	readonly tools: RepairTools;
	readonly clock: Clock;
	/** `user@host (process 4711)`. */
	readonly by: string;
	/** The journal on this machine; the one in the cluster is kept anyway. */
	readonly local: JournalStore;
	/** Ids of doubts that this machine or the person vouches for. */
	readonly vouched?: Iterable<string>;
	/** The user's interruption. */
	readonly signal: AbortSignal;
	readonly onEvent: (event: RunEvent) => void;
};

/** A run that has ended, and how. */
export type Ended = {readonly journal: Journal; readonly end: RunEnd};

/**
 * The newest run of the cluster that came neither to its end nor back to its start.
 * @throws ActionableError where somebody is at work on it at this moment, or was until just now
 */
export async function unfinishedRun(
	client: ClusterClient,
	namespace: string,
	clock: Clock,
	signal: AbortSignal,
): Promise<Journal | undefined> {
	const newest = async (): Promise<Journal | undefined> => {
		const {journals, damaged} = await listJournals(client, namespace, signal);
		// What such a run has done is not known: to plan beside it could undo its half.
		const open = damaged.find(({isEnded}) => !isEnded);
		if (open !== undefined) throw open.error;
		return journals.find(isUnfinished);
	};
	const unfinished = await newest();
	if (unfinished?.outcome !== 'running') return unfinished;
	await assertNobodyAtWork(client, namespace, clock, signal);
	const now = await newest();
	if (now?.id === unfinished.id && now.updatedAt === unfinished.updatedAt) return now;
	throw new ActionableError(
		`the run ${unfinished.id} of ${unfinished.by} was resumed elsewhere in the meantime`,
		'What was read of the cluster is out of date, and nothing was changed. Run the command again.',
	);
}

/** A new run of a plan, or an unfinished one with the new plan in it. */
export function beginOrContinue(
	plan: Plan,
	unfinished: Journal | undefined,
	{id, by, now}: {readonly id: string; readonly by: string; readonly now: number},
): Continued {
	if (unfinished !== undefined) return continueRun(unfinished, plan);
	const time = new Date(now).toISOString();
	const journal: Journal = {
		apiVersion: 'hostport.dev/v1',
		kind: 'Journal',
		id,
		startedAt: time,
		updatedAt: time,
		by,
		plan,
		entries: {},
		outcome: 'running',
	};
	return {journal, todo: new Set(plan.steps.map(step => step.id)), tidy: []};
}

/** Carries out a run under the cluster's lock; rolls back at once where it fails and that was asked for. */
export async function repair(
	{journal, todo, tidy}: Continued,
	setting: RepairSetting,
	{autoRollback}: {readonly autoRollback: boolean},
): Promise<Ended> {
	// It starts now: its plan may have stood on the screen for an hour.
	const isNew = Object.keys(journal.entries).length === 0;
	const started = isNew ? {...journal, startedAt: new Date(setting.clock.now()).toISOString()} : journal;
	return underLock(started, setting, async environment => {
		await tidyUp(tidy, environment);
		const end = await carryOut(todo, environment);
		const isLost = end.outcome === 'interrupted' && environment.signal.reason instanceof LostTerminal;
		if (!autoRollback || (end.outcome !== 'failed' && !isLost)) return end;
		environment.onEvent({type: 'progress', id: '', text: `rolling back: ${messageOf(end.error)}`});
		// Nobody is left to decide what becomes of the run: it goes back, though its own signal is aborted.
		const back = await rollBack(isLost ? {...environment, signal: new AbortController().signal} : environment);
		return {...back, error: end.error};
	});
}

/** Undoes a run under the cluster's lock, also one that somebody else began on another machine. */
export async function rollBackRun(journal: Journal, setting: RepairSetting): Promise<Ended> {
	// A run whose undoing is cut off is neither done nor undone, and has to be found as that.
	return underLock({...journal, outcome: 'running'}, setting, rollBack);
}

async function underLock(
	journal: Journal,
	{client, tools, clock, by, local, vouched: known = [], signal, onEvent}: RepairSetting,
	act: (environment: RunEnvironment) => Promise<RunEnd>,
): Promise<Ended> {
	const {namespace} = journal.plan;
	const say = (text: string): void => onEvent({type: 'progress', id: '', text});
	const lock = await takeLock(client, namespace, {holder: by, run: journal.id}, clock, signal, say);
	try {
		// Written also after an interruption; a lost lock is found out by its own conflicts.
		const store = bothStores(local, journalConfigMap(client, namespace, {clock, signal: lock.lost, say}), say);
		await store.begin(journal);
		const keeper = journalKeeper(journal, store, () => clock.now());
		await removeOwnPods(client, journal, tools, say); // of an earlier try that was killed
		const vouched = new Set(known);
		const vouch = async (doubt: string): Promise<void> => {
			vouched.add(doubt);
			// Without it the next run asks; that is no reason to stop this one.
			await local
				.vouch?.(journal.id, doubt)
				.catch((error: unknown) => say(`this machine will not recognize it later (${messageOf(error)})`));
		};
		const end = await act({tools, keeper, lock, seenRunning: new Map(), budgets: {isSpent: false}, vouched, vouch, signal, onEvent});
		return {journal: keeper.journal(), end};
	} finally {
		await removeOwnPods(client, journal, tools, say);
		await lock.release();
	}
}

/** Helper pods of this very run. What cannot be removed now ends by itself, and `cleanup` finds it. */
async function removeOwnPods(
	client: ClusterClient,
	{id, plan}: Journal,
	{helperNamespace = plan.namespace}: Pick<RepairTools, 'helperNamespace'>,
	say: (text: string) => void,
): Promise<void> {
	try {
		for (const namespace of new Set([plan.namespace, helperNamespace])) await removeHelperPods(client, namespace, id);
	} catch (error) {
		say(`cannot tell whether helper pods remain (${messageOf(error)}); they end by themselves`);
	}
}

/** The cluster's journal has to be written; the local one is a second copy, whose failure is told once. */
function bothStores(local: JournalStore, cluster: JournalStore, say: (text: string) => void): JournalStore {
	let isLocalWell = true;
	const locally = async (write: () => Promise<void>): Promise<void> => {
		if (!isLocalWell) return;
		try {
			await write();
		} catch (error) {
			isLocalWell = false;
			say(`the journal on this machine cannot be written (${messageOf(error)}); the one in the cluster is kept`);
		}
	};

	return {
		async begin(journal) {
			await cluster.begin(journal);
			await locally(async () => local.begin(journal));
		},
		async update(journal, changed) {
			await locally(async () => local.update(journal, changed));
			await cluster.update(journal, changed);
		},
	};
}
