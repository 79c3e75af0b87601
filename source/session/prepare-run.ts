import {randomBytes} from 'node:crypto';
import {actingUser} from '../local-user.ts';
import type {ClusterClient} from '../cluster/cluster-client.ts';
import type {Evidence} from '../evidence/evidence.ts';
import {planAhead, type Continued} from '../repair/run/continue-run.ts';
import {doubtsAbout, leaveDoubted, type StepDoubt} from '../repair/run/doubts.ts';
import {runId, type Journal} from '../repair/journal.ts';
import {contradiction} from '../repair/run/journal-copies.ts';
import {journalFile, readJournalCopy, readVouched, runsFolder} from '../repair/run/journal-file.ts';
import {assertOwnCluster} from '../repair/run/own-cluster.ts';
import type {Plan, Warning} from '../repair/plan/plan.ts';
import {beginOrContinue, repair, type Ended, type RepairSetting} from '../repair/run/repair.ts';
import {assertCniVersions} from '../repair/sources/inspect.ts';
import {versionWarnings} from '../repair/sources/known-versions.ts';
import type {Portmap} from '../repair/sources/portmap.ts';
import {withoutCredentials} from '../repair/sources/shown-source.ts';
import type {RepairTools} from '../repair/step-work.ts';
import {repairTools, type ToolsSetting} from './repair-tools.ts';

/** What a command brings along for acting on nodes. */
export type RepairOwn = Omit<ToolsSetting, 'client' | 'evidence' | 'run' | 'sources'>;

/** A run that is ready to be carried out. */
export type PreparedRun = {
	readonly continued: Continued;
	/** What it will do: of a run that goes on, what is left to do. */
	readonly ahead: Plan;
	readonly tools: RepairTools;
	/** What going on takes from the journal though nothing here vouches for it: to be shown and asked for. */
	readonly doubts: readonly StepDoubt[];
	/** Doubts that this machine need not have. */
	readonly vouched: ReadonlySet<string>;
};

/**
 * A run of a plan that is ready to be carried out, or an unfinished one that resumes it. Nothing is written yet.
 * @throws ActionableError where the unfinished run is another repair, or not the one that this machine knows
 */
export async function prepareRun(
	client: ClusterClient,
	evidence: Evidence,
	plan: Plan,
	unfinished: Journal | undefined,
	own: RepairOwn,
): Promise<PreparedRun> {
	const folder = runsFolder(own.environment);
	if (unfinished !== undefined) {
		assertOwnCluster(unfinished, evidence.cilium);
		const copy = await readJournalCopy(folder, unfinished.id);
		const refused = copy?.plan.server === client.server ? contradiction(unfinished, copy) : undefined;
		if (refused !== undefined) throw refused;
	}

	const id = unfinished?.id ?? runId(Date.now(), randomBytes(2).toString('hex'));
	const continued = beginOrContinue(withoutCredentials(plan), unfinished, {id, by: actingUser(), now: Date.now()});
	const tools = repairTools({client, evidence, run: id, sources: plan.choice.sources ?? [], ...own});
	const {journal, todo} = continued;
	const vouched = unfinished === undefined ? new Set<string>() : await readVouched(folder, id);
	const again = unfinished === undefined ? [] : journal.plan.steps.filter(step => todo.has(step.id));
	const doubts = await doubtsAbout(journal, again, 'resume', {client, clock: own.clock, signal: own.signal, vouched});
	return {continued, ahead: planAhead(continued), tools, doubts, vouched};
}

/** Who vouches for what of a run, and who is told as it goes on. */
export type RunOwn = Pick<RepairSetting, 'signal' | 'onEvent'> & {
	readonly environment: NodeJS.ProcessEnv;
	/** Ids of doubts that the person has said yes to; what is left of them is not done. */
	readonly agreed: readonly string[];
};

/** Carries out what was prepared, without what nobody vouches for. */
export async function carryOut(
	client: ClusterClient,
	{continued, tools, doubts, vouched}: PreparedRun,
	{agreed, ...own}: RunOwn,
	{autoRollback}: {readonly autoRollback: boolean},
): Promise<Ended> {
	const left = doubts.filter(({id}) => !agreed.includes(id));
	return repair(leaveDoubted(continued, left), runSetting(client, tools, {...own, vouched: [...vouched, ...agreed]}), {autoRollback});
}

/** What a run or its rollback is carried out with. */
export function runSetting(
	client: ClusterClient,
	tools: RepairTools,
	own: Pick<RepairSetting, 'signal' | 'onEvent' | 'vouched'> & {readonly environment: NodeJS.ProcessEnv},
): RepairSetting {
	return {
		client,
		tools,
		clock: tools.clock,
		by: `${actingUser()} (process ${process.pid})`,
		local: journalFile(runsFolder(own.environment)),
		...(own.vouched !== undefined && {vouched: own.vouched}),
		signal: own.signal,
		onEvent: own.onEvent,
	};
}

/** A binary that was read and checked, and what is to be known of it. */
export type LoadedBinary = {readonly portmap: Portmap; readonly warnings: readonly Warning[]};

/** Reads and checks the binaries of every architecture of the plan: before anything is changed. @throws ActionableError */
export async function loadBinaries(plan: Plan, tools: RepairTools, signal: AbortSignal): Promise<LoadedBinary[]> {
	const loaded: LoadedBinary[] = [];
	const asked = [...new Set(plan.binaries.flatMap(({cniVersions}) => cniVersions))];
	for (const architecture of new Set(plan.steps.flatMap(({binaries}) => binaries))) {
		const portmap = await tools.portmapFor(architecture, signal);
		assertCniVersions(portmap, asked);
		loaded.push({portmap, warnings: [...versionWarnings(portmap.version), ...(portmap.isDynamic ? [dynamicWarning] : [])]});
	}

	return loaded;
}

const dynamicWarning: Warning = {
	message: 'This portmap needs shared libraries of the node; a static build runs anywhere.',
	hint: '',
};
