import type {PodPower} from '../access/pod-powers.ts';
import type {ClusterClient} from '../cluster/cluster-client.ts';
import {ActionableError, exitCode} from '../errors.ts';
import type {Evidence} from '../evidence/evidence.ts';
import type {Journal} from '../repair/journal.ts';
import {stepsToUndo} from '../repair/run/rollback.ts';
import type {Ask} from '../session/asker.ts';
import {openConnection} from '../session/connection.ts';
import type {Look} from '../session/look.ts';
import {pastJournals} from '../session/past-runs.ts';
import {podSummary} from '../session/pod-summary.ts';
import {carryOut as carryOutRun} from '../session/prepare-run.ts';
import type {Session} from '../session/session.ts';
import {undo as undoWeighed, weighRollback, type Weighed} from '../session/undo.ts';
import {toolAccesses, type NodeAccesses} from '../session/node-accesses.ts';
import type {RepairAct} from '../tui/repair/values.ts';
import type {Store} from '../tui/store.ts';
import {askOnScreen} from './ask-on-screen.ts';
import {beginProgress, pastRunOf} from './run-progress.ts';
import {wholeLook} from './whole-look.ts';
import {openActs} from './wizard-acts.ts';
import {openPlanning} from './wizard-planning.ts';
import {problemOf} from './wizard-values.ts';

/** The wizard behind the screens of the repair. */
export type Wizard = {
	readonly act: (act: RepairAct) => void;
	/** Stops what is under way between two acts and waits for it. @throws ActionableError where that left a run unfinished */
	readonly close: () => Promise<void>;
};

type Seen = {
	/** What was seen last, as soon as no look is under way; undefined where it failed. */
	readonly latest: () => Promise<Look | undefined>;
	readonly lookAgain: () => Promise<Look | undefined>;
	/** How nodes are reached, by the flags. */
	readonly accesses: NodeAccesses;
	/** Asks the person for a line. */
	readonly askSecret: Ask;
	/** Says over the screens what has to be waited for once they are gone. */
	readonly say: (line: string) => void;
};

/** The engine behind the pages of the wizard: does what they ask for and tells what comes of it through the store. */
export function openWizard(store: Store, session: Session, {latest, lookAgain, accesses, askSecret, say: tell}: Seen): Wizard {
	let client: ClusterClient | undefined;
	let seen: Look | undefined;
	let weighed: Weighed | undefined;
	const journals = new Map<string, Journal>();
	const keep = (journal: Journal): void => void journals.set(journal.id, journal);
	const acts = openActs(store, session, keep, lookAgain);
	const {begin, carryOut, isRunning, onEvent, show} = acts;
	const connected = async (): Promise<ClusterClient> => (client ??= await openConnection(session));
	/** Acts by the same accesses as the looks; a pod that it makes is told among the run's lines. */
	const actingAccesses = {
		...toolAccesses(accesses),
		async announce(manifest: object, powers: readonly PodPower[]) {
			onEvent({type: 'progress', id: '', text: `creating ${podSummary(manifest, powers)}`});
		},
	};
	const planning = openPlanning(acts, {
		session,
		wholeLook: wholeLook(store, session, {accesses, latest, lookAgain}),
		connected,
		actingAccesses,
		keep,
		before: () => store.getSnapshot().diagnosis,
	});
	const evidenceNow = (): Evidence => {
		const evidence = seen?.evidence ?? store.getSnapshot().evidence;
		if (evidence === null) throw new ActionableError('the cluster was not read', 'Go back and press r.');
		return evidence;
	};

	const run = (): void => {
		const ready = isRunning() ? undefined : planning.take();
		if (ready === undefined) return;
		const {journal, todo} = ready.continued;
		const steps = journal.plan.steps.filter(({id}) => todo.has(id));
		carryOut(beginProgress('repair', journal.id, steps, Date.now()), async signal => {
			const own = await connected();
			const agreed = await askOnScreen(askSecret, ready.doubts, signal);
			return carryOutRun(own, ready, {environment: session.environment, signal, agreed, onEvent}, {autoRollback: false});
		});
	};

	const weigh = async (id: string, signal: AbortSignal): Promise<Weighed> => {
		const journal = journals.get(id);
		const evidence = evidenceNow();
		if (journal === undefined) throw new ActionableError('the cluster was not read', 'Go back and press r.');
		return weighRollback(await connected(), journal, evidence, {...session, signal});
	};

	const showDoubts = async (id: string, signal: AbortSignal): Promise<void> => {
		show({doubts: null});
		weighed = await weigh(id, signal);
		show({doubts: {run: id, items: weighed.doubts}});
	};

	const undo = (id: string): void => {
		const past = journals.get(id);
		if (past === undefined || isRunning()) return;
		show({before: store.getSnapshot().diagnosis});
		carryOut(beginProgress('rollback', id, stepsToUndo(past), Date.now()), async signal => {
			const evidence = evidenceNow();
			const own = await connected();
			const known = weighed?.journal.id === id ? weighed : await weigh(id, signal);
			const agreed = await askOnScreen(askSecret, known.doubts, signal);
			const {environment, clock} = session;
			return undoWeighed(own, {...known, evidence}, {...actingAccesses, environment, clock, signal}, {agreed, onEvent});
		});
	};

	const listRuns = async (signal: AbortSignal): Promise<void> => {
		seen = await latest();
		const own = await connected();
		const found = await pastJournals(own, seen?.evidence.cilium?.namespace ?? '', session.environment, signal);
		for (const journal of found.journals) keep(journal);
		show({
			runs: found.journals.map(journal => pastRunOf(journal, false)),
			damaged: found.damaged.map(({name, error}) => ({name, ...problemOf(error)})),
			clusterName: own.context ?? own.server,
		});
	};

	return {
		act(act) {
			const checking = 'checking rights and sources';
			if (act.do === 'stop') acts.stop();
			else if (isRunning()) return;
			else if (act.do === 'open') begin(act, 'reading the cluster', async signal => void (seen = await planning.open(act.marked, signal)));
			else if (act.do === 'choose') begin(act, checking, async signal => planning.choose(act, signal));
			else if (act.do === 'prepare') begin(act, checking, async signal => planning.prepare(act, signal));
			else if (act.do === 'weigh') begin(act, 'reading its journal', async signal => showDoubts(act.run, signal));
			else if (act.do === 'listRuns') begin(act, 'reading past runs', listRuns);
			else if (act.do === 'toggle') {
				const again = planning.toggle(act.what);
				begin(again, checking, async signal => planning.choose(again, signal));
			} else if (act.do === 'run') run();
			else undo(act.run);
		},
		async close() {
			if (isRunning()) tell('Waiting for the current action to end …');
			const interrupted = await acts.close();
			await client?.close();
			if (interrupted !== '')
				throw new ActionableError(
					`the run ${interrupted} was interrupted`,
					`Resume: kubectl hostport fix. Roll back: kubectl hostport rollback ${interrupted}`,
					{exitCode: exitCode.interrupted},
				);
		},
	};
}
