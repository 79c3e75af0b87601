import type {PodPower} from '../access/pod-powers.ts';
import type {ClusterClient} from '../cluster/cluster-client.ts';
import {ActionableError, exitCode} from '../errors.ts';
import type {Journal} from '../repair/journal.ts';
import type {Ask} from '../session/asker.ts';
import {openConnection} from '../session/connection.ts';
import type {Look} from '../session/look.ts';
import {podSummary} from '../session/pod-summary.ts';
import {carryOut as carryOutRun} from '../session/prepare-run.ts';
import type {Session} from '../session/session.ts';
import {toolAccesses, type NodeAccesses} from '../session/node-accesses.ts';
import type {RepairAct} from '../tui/repair/values.ts';
import type {Store} from '../tui/store.ts';
import {askOnScreen} from './ask-on-screen.ts';
import {openPastRuns} from './past-runs.ts';
import {beginProgress} from './run-progress.ts';
import {wholeLook} from './whole-look.ts';
import {openActs} from './wizard-acts.ts';
import {openPlanning} from './wizard-planning.ts';

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
	const journals = new Map<string, Journal>();
	const keep = (journal: Journal): void => void journals.set(journal.id, journal);
	const acts = openActs(store, session, keep, lookAgain);
	const {begin, carryOut, isRunning, onEvent} = acts;
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
	const past = openPastRuns(acts, {store, session, latest, connected, actingAccesses, askSecret, journals, keep});

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

	return {
		act(act) {
			const checking = 'checking rights and sources';
			if (act.do === 'stop') acts.stop();
			else if (isRunning()) return;
			else if (act.do === 'open') begin(act, 'reading the cluster', async signal => past.see(await planning.open(act.marked, signal)));
			else if (act.do === 'choose') begin(act, checking, async signal => planning.choose(act, signal));
			else if (act.do === 'prepare') begin(act, checking, async signal => planning.prepare(act, signal));
			else if (act.do === 'weigh') begin(act, 'reading its journal', async signal => past.weigh(act.run, signal));
			else if (act.do === 'listRuns') begin(act, 'reading past runs', past.list);
			else if (act.do === 'toggle') {
				const again = planning.toggle(act.what);
				begin(again, checking, async signal => planning.choose(again, signal));
			} else if (act.do === 'run') run();
			else past.rollBack(act.run);
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
