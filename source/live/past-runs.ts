import type {ClusterClient} from '../cluster/cluster-client.ts';
import {ActionableError} from '../errors.ts';
import type {Evidence} from '../evidence/evidence.ts';
import type {Journal} from '../repair/journal.ts';
import {stepsToUndo} from '../repair/run/rollback.ts';
import type {Ask} from '../session/asker.ts';
import type {Look} from '../session/look.ts';
import {pastJournals} from '../session/past-runs.ts';
import type {RepairOwn} from '../session/prepare-run.ts';
import type {Session} from '../session/session.ts';
import {carryOutRollback, weighRollback, type Weighed} from '../session/weigh-rollback.ts';
import type {Store} from '../tui/store.ts';
import {askOnScreen} from './ask-on-screen.ts';
import {beginProgress, pastRunOf} from './run-progress.ts';
import type {WizardActs} from './wizard-acts.ts';
import {problemOf} from './wizard-values.ts';

/** The pages of past runs: what they list, weigh and roll back. */
export type PastRuns = {
	/** Keeps what was seen, for what is weighed and rolled back by it. */
	readonly see: (look: Look) => void;
	readonly list: (signal: AbortSignal) => Promise<void>;
	/** Shows what rolling a run back takes from its journal though nothing here vouches for it. @throws ActionableError */
	readonly weigh: (run: string, signal: AbortSignal) => Promise<void>;
	/** Rolls a run back that is known, where none is under way. */
	readonly rollBack: (run: string) => void;
};

type Needed = {
	readonly store: Store;
	readonly session: Session;
	/** What was seen last; undefined where it failed. */
	readonly latest: () => Promise<Look | undefined>;
	readonly connected: () => Promise<ClusterClient>;
	/** By which a run reaches nodes. */
	readonly actingAccesses: Omit<RepairOwn, 'environment' | 'clock' | 'signal'>;
	/** Asks the person for a line. */
	readonly askSecret: Ask;
	/** Those that are known, by the id of their run. */
	readonly journals: ReadonlyMap<string, Journal>;
	readonly keep: (journal: Journal) => void;
};

/** Lists past runs, and rolls one of them back. */
export function openPastRuns(
	{carryOut, isRunning, onEvent, show}: WizardActs,
	{store, session, latest, connected, actingAccesses, askSecret, journals, keep}: Needed,
): PastRuns {
	let seen: Look | undefined;
	let weighed: Weighed | undefined;
	const evidenceNow = (): Evidence => {
		const evidence = seen?.evidence ?? store.getSnapshot().evidence;
		if (evidence === null) throw new ActionableError('the cluster was not read', 'Go back and press r.');
		return evidence;
	};
	const weigh = async (id: string, signal: AbortSignal): Promise<Weighed> => {
		const journal = journals.get(id);
		const evidence = evidenceNow();
		if (journal === undefined) throw new ActionableError('the cluster was not read', 'Go back and press r.');
		return weighRollback(await connected(), journal, evidence, {...session, signal});
	};

	return {
		see(look) {
			seen = look;
		},
		async list(signal) {
			seen = await latest();
			const own = await connected();
			const found = await pastJournals(own, seen?.evidence.cilium?.namespace ?? '', session.environment, signal);
			for (const journal of found.journals) keep(journal);
			show({
				runs: found.journals.map(journal => pastRunOf(journal, false)),
				damaged: found.damaged.map(({name, error}) => ({name, ...problemOf(error)})),
				clusterName: own.context ?? own.server,
			});
		},
		async weigh(id, signal) {
			show({doubts: null});
			weighed = await weigh(id, signal);
			show({doubts: {run: id, items: weighed.doubts}});
		},
		rollBack(id) {
			const past = journals.get(id);
			if (past === undefined || isRunning()) return;
			show({before: store.getSnapshot().diagnosis});
			carryOut(beginProgress('rollback', id, stepsToUndo(past), Date.now()), async signal => {
				const evidence = evidenceNow();
				const own = await connected();
				const known = weighed?.journal.id === id ? weighed : await weigh(id, signal);
				const agreed = await askOnScreen(askSecret, known.doubts, signal);
				const {environment, clock} = session;
				return carryOutRollback(own, {...known, evidence}, {...actingAccesses, environment, clock, signal}, {agreed, onEvent});
			});
		},
	};
}
