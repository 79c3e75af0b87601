import type {ClusterClient} from '../cluster/cluster-client.ts';
import {ActionableError, exitCode, UsageError} from '../errors.ts';
import type {Evidence} from '../evidence/evidence.ts';
import {sweepHelperPods, sweptLines} from '../access/sweep.ts';
import {assertCiliumSeen} from '../repair/plan/gaps.ts';
import type {Step} from '../repair/plan/plan.ts';
import {rollBackRun, type Ended} from '../repair/run/repair.ts';
import {assertNobodyAtWork} from '../repair/run/run-lock.ts';
import {runSetting, type RepairOwn, type RunOwn} from './prepare-run.ts';
import {repairTools} from './repair-tools.ts';
import {wholeEvidence} from './whole-evidence.ts';
import {doubtsAbout, type StepDoubt} from '../repair/run/doubts.ts';
import type {Journal} from '../repair/journal.ts';
import {readVouched, runsFolder} from '../repair/run/journal-file.ts';
import {assertOwnCluster, onThisCluster} from '../repair/run/own-cluster.ts';
import {assertUndoable, stepsToUndo} from '../repair/run/rollback.ts';
import {look} from './look.ts';
import {noSuchRun, pastJournals} from './past-runs.ts';
import {wholeCluster, type Session} from './session.ts';
import type {NodeAccesses} from './node-accesses.ts';

/** A run as it is rolled back on this cluster, with what nothing here vouches for, and what this machine does vouch for. */
export type Weighed = {readonly journal: Journal; readonly doubts: readonly StepDoubt[]; readonly vouched: ReadonlySet<string>};

/**
 * Looks at what rolling a run back would take from its journal; nothing is written.
 * @throws ActionableError where it is not of the Cilium that is seen
 */
export async function weighRollback(
	client: ClusterClient,
	claimed: Journal,
	evidence: Evidence,
	{environment, clock, signal}: Pick<Session, 'environment' | 'clock' | 'signal'>,
): Promise<Weighed> {
	assertOwnCluster(claimed, evidence.cilium);
	const journal = onThisCluster(claimed, evidence);
	const vouched = await readVouched(runsFolder(environment), journal.id);
	const doubts = await doubtsAbout(journal, stepsToUndo(journal), 'undo', {client, clock, signal, vouched});
	return {journal, doubts, vouched};
}

/**
 * The journal of a run, or without a name of the newest that is not rolled back: the cluster's own; where it is gone, the copy of this machine.
 * @throws UsageError where there is none, ActionableError where it cannot be trusted
 */
async function journalToRollBack(
	client: ClusterClient,
	wanted: string | undefined,
	{cilium}: Pick<Evidence, 'cilium'>,
	{environment, signal}: Pick<Session, 'environment' | 'signal'>,
): Promise<Journal> {
	const {journals: all, damaged} = await pastJournals(client, cilium?.namespace ?? '', environment, signal);
	const found = wanted === undefined ? all.find(({outcome}) => outcome !== 'rolled-back') : all.find(({id}) => id === wanted);
	const refused = damaged.find(({id, isUndone}) => (wanted === undefined ? !isUndone && id > (found?.id ?? '') : id === wanted));
	if (refused !== undefined) {
		const {message, hint} = refused.error;
		const more = wanted === undefined && found !== undefined ? `. Another run: kubectl hostport rollback ${found.id}` : '';
		throw new ActionableError(message, hint + more, {exitCode: exitCode.rollbackFailed});
	}

	if (found !== undefined) return found;

	throw wanted === undefined ? new UsageError('there is no run to roll back', 'See: kubectl hostport runs') : noSuchRun(wanted);
}

/**
 * Finds the run that is to be rolled back, and what that takes from its journal. Helper pods of runs that have ended are removed meanwhile.
 * @param wanted its id; absent: the newest that is not rolled back
 * @param say is told of those pods
 * @throws ActionableError where the cluster cannot be seen well enough, the journal cannot be trusted, or somebody is at work
 */
export async function findRollback(
	client: ClusterClient,
	wanted: string | undefined,
	{session, accesses, say}: {readonly session: Session; readonly accesses: NodeAccesses; readonly say: (line: string) => void},
): Promise<Weighed & {readonly evidence: Evidence; readonly steps: readonly Step[]}> {
	const {clock, signal} = session;
	const {evidence} = await wholeEvidence(client, signal);
	assertCiliumSeen(evidence);
	const namespaces = [
		evidence.cilium?.namespace ?? 'kube-system',
		...(accesses.pods.namespace === undefined ? [] : [accesses.pods.namespace]),
	];
	for (const line of sweptLines(await sweepHelperPods(client, namespaces, signal))) say(line);
	const claimed = await journalToRollBack(client, wanted, evidence, session);
	assertUndoable(claimed);
	const weighed = await weighRollback(client, claimed, evidence, session);
	const {outcome, plan} = weighed.journal;
	if (outcome === 'running') await assertNobodyAtWork(client, plan.namespace, clock, signal);
	return {...weighed, evidence, steps: stepsToUndo(weighed.journal)};
}

/** Rolls a run back. @param agreed ids of doubts that the person has said yes to */
export async function carryOutRollback(
	client: ClusterClient,
	{journal, vouched, evidence}: Weighed & {readonly evidence: Evidence},
	own: RepairOwn,
	{agreed, onEvent}: Pick<RunOwn, 'agreed' | 'onEvent'>,
): Promise<Ended> {
	const {environment, signal} = own;
	const tools = repairTools({...own, client, evidence, run: journal.id, sources: []});
	return rollBackRun(journal, runSetting(client, tools, {environment, signal, vouched: [...vouched, ...agreed], onEvent}));
}

/** Pods that others have made while portmap was chained and that are still wired by it, once hostPort is served by nothing: `namespace/name`. */
export async function stillWired(session: Session, accesses: NodeAccesses, onNotice: (says: string) => void): Promise<readonly string[]> {
	const {diagnosis} = await look(
		{
			...session,
			scope: wholeCluster(session.scope),
			// Rules and entries tell it; agents have only just started, and a silence would be waited for.
			reach: {...session.reach, connects: false},
			from: undefined,
			save: undefined,
		},
		{accesses, onNotice},
	);
	const wired = diagnosis.hostPorts.filter(({state}) => state === 'wired');
	return diagnosis.cluster.cilium.path === 'none' ? [...new Set(wired.map(({namespace, pod}) => `${namespace}/${pod}`))] : [];
}
