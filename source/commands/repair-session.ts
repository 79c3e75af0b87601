import {randomBytes} from 'node:crypto';
import os from 'node:os';
import {removeLeftPods} from '../access/helper-pods.ts';
import {MissingProgram} from '../access/missing-program.ts';
import type {ClusterClient} from '../cluster/cluster-client.ts';
import {canI, permissionText} from '../cluster/permissions.ts';
import {ActionableError, exitCode, type ExitCode} from '../errors.ts';
import {refusedVersions} from '../cilium/cni-versions.ts';
import {askedCniVersions} from '../diagnosis/asked-cni-versions.ts';
import type {Evidence} from '../evidence/evidence.ts';
import {planAhead, type Continued} from '../repair/continue-run.ts';
import {runId, type Journal} from '../repair/journal.ts';
import {contradiction} from '../repair/journal-copies.ts';
import {journalFile, readJournalCopy, readVouched, runsFolder} from '../repair/journal-file.ts';
import {doubtsAbout, type StepDoubt} from '../repair/doubts.ts';
import {makePlan} from '../repair/make-plan.ts';
import {recommendStrategy} from '../diagnosis/strategy.ts';
import {view} from '../diagnosis/view.ts';
import {findNodeConfigApi} from '../repair/node-config-api.ts';
import {assertOwnCluster} from '../repair/own-cluster.ts';
import {permissionsNeeded} from '../repair/permissions-needed.ts';
import {assertScriptsRun, rehearse} from '../repair/rehearse.ts';
import type {Choice, Plan, Warning} from '../repair/plan.ts';
import {beginOrContinue, type RepairSetting} from '../repair/repair.ts';
import type {Run} from '../repair/runner.ts';
import {assertCniVersions} from '../repair/sources/inspect.ts';
import {versionWarnings} from '../repair/sources/known-versions.ts';
import {withoutCredentials} from '../repair/sources/shown-source.ts';
import type {Portmap} from '../repair/sources/portmap.ts';
import type {RepairTools} from '../repair/step-work.ts';
import type {Look} from './look.ts';
import {repairTools, type ToolsSetting} from './repair-tools.ts';

// What `fix` and the wizard of the terminal UI have in common: everything between a look at the cluster and a finished run.

/** A choice as far as it was made; where it is open, what is recommended and a node that has a good portmap. */
export function completeChoice(asked: Partial<Choice>, {evidence}: Pick<Look, 'evidence'>, unfinished: Journal | undefined): Choice {
	const given = asked.sources ?? [];
	const daemonSet = asked.daemonSet ?? unfinished?.plan.choice.daemonSet;
	return {
		...asked,
		strategy: asked.strategy ?? unfinished?.plan.choice.strategy ?? recommendStrategy(view(evidence)).strategy,
		// A DaemonSet carries the binary of every architecture, also where all nodes of one have it.
		sources: given.length === 0 ? goodNodes(evidence) : daemonSet === true ? [...given, ...goodNodes(evidence)] : given,
		...(daemonSet !== undefined && {daemonSet}),
	};
}

/** For each architecture one node whose portmap has been seen to run, and knows what every CNI file asks for, as a source. */
export function goodNodes(evidence: Evidence): string[] {
	const seen = view(evidence);
	const asked = [...new Set(seen.judged.flatMap(node => askedCniVersions(node, seen)))];
	const good = seen.nodes.filter(
		({binary: {state, file}}) => state === 'working' && refusedVersions(file?.versionAnswer ?? '', asked).length === 0,
	);
	return [...new Map(good.map(({node}) => [node.architecture, `node:${node.name}`])).values()];
}

/** Makes plans for choices from one look; what the evidence does not hold is asked once. */
export async function openPlanner(
	client: ClusterClient,
	{evidence, diagnosis}: Look,
	signal: AbortSignal,
): Promise<(choice: Choice) => Plan> {
	const nodeConfigApi = await findNodeConfigApi(client, evidence.cilium?.version ?? '', signal);
	return choice => makePlan(evidence, diagnosis, choice, nodeConfigApi === undefined ? {} : {nodeConfigApi});
}

/** What a command brings along for acting on nodes. */
export type RepairOwn = Omit<ToolsSetting, 'client' | 'evidence' | 'run' | 'sources'>;

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
 * A run of a plan that is ready to be carried out, or an unfinished one that goes on with it. Nothing is written yet.
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
	const continued = beginOrContinue(withoutCredentials(plan), unfinished, {id, by: person(), now: Date.now()});
	const tools = repairTools({client, evidence, run: id, sources: plan.choice.sources ?? [], ...own});
	const {journal, todo} = continued;
	const vouched = unfinished === undefined ? new Set<string>() : await readVouched(folder, id);
	const again = unfinished === undefined ? [] : journal.plan.steps.filter(step => todo.has(step.id));
	const doubts = await doubtsAbout(journal, again, 'resume', {client, clock: own.clock, signal: own.signal, vouched});
	return {continued, ahead: planAhead(continued), tools, doubts, vouched};
}

/** What a run or its undoing is carried out with. */
export function runSetting(
	client: ClusterClient,
	tools: RepairTools,
	own: Pick<RepairSetting, 'signal' | 'onEvent' | 'vouched'> & {readonly environment: NodeJS.ProcessEnv},
): RepairSetting {
	return {
		client,
		tools,
		clock: tools.clock,
		by: `${person()} (process ${process.pid})`,
		local: journalFile(runsFolder(own.environment)),
		...(own.vouched !== undefined && {vouched: own.vouched}),
		signal: own.signal,
		onEvent: own.onEvent,
	};
}

const person = (): string => `${os.userInfo().username}@${os.hostname()}`;

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
	message: 'This portmap loads libraries of the system it runs on; a static one runs anywhere.',
	hint: '',
};

/**
 * Tries out, before anything is written, what carrying out the plan will need: its rights, then its ways into nodes and its pods.
 * @throws ActionableError that names every right that is missing, or what stands in the way and what works instead
 */
export async function assertPossible(client: ClusterClient, evidence: Evidence, plan: Plan, own: RepairOwn): Promise<void> {
	await assertPermitted(client, plan, own);
	await withRehearsal(client, evidence, own, async rehearsal => rehearse(plan, rehearsal));
}

/**
 * Whether scripts run on a node: no list is seen without them, so a run cannot be undone. Whatever else is amiss is no reason not to try.
 * @throws ActionableError
 */
export async function assertUndoPossible(client: ClusterClient, evidence: Evidence, plan: Plan, own: RepairOwn): Promise<void> {
	await withRehearsal(client, evidence, own, async rehearsal => assertScriptsRun(plan, rehearsal)).catch((error: unknown) => {
		own.signal.throwIfAborted();
		if (error instanceof Error && error.cause instanceof MissingProgram) throw error;
	});
}

/** With pods of its own, which are gone before the run's come. */
async function withRehearsal(
	client: ClusterClient,
	evidence: Evidence,
	own: RepairOwn,
	act: (rehearsal: Parameters<typeof rehearse>[1]) => Promise<void>,
): Promise<void> {
	const run = randomBytes(5).toString('hex');
	const tools = repairTools({client, evidence, run, sources: [], ...own});
	try {
		await act({...tools, run, signal: own.signal, chosenImage: own.pods?.image});
	} finally {
		await removeLeftPods(client, own.pods?.namespace ?? evidence.cilium?.namespace ?? '', run);
	}
}

async function assertPermitted(client: ClusterClient, plan: Plan, {signal, pods = {}}: RepairOwn): Promise<void> {
	const answers = await Promise.all(
		permissionsNeeded(plan, pods.namespace).map(async permission => ({
			permission,
			...(await canI(client, withoutWhy(permission), signal)),
		})),
	);
	const missing = answers.filter(({allowed}) => !allowed).map(({permission}) => `${permissionText(permission)} (${permission.why})`);
	if (missing.length > 0)
		throw new ActionableError(
			`you may not: ${missing.join(', ')}`,
			'Nothing was changed. Ask for these rights: kubectl hostport manifest rbac',
		);
}

function withoutWhy({
	verb,
	group,
	resource,
	subresource,
	namespace,
}: ReturnType<typeof permissionsNeeded>[number]): Parameters<typeof canI>[1] {
	return {
		verb,
		resource,
		...(group !== undefined && {group}),
		...(subresource !== undefined && {subresource}),
		...(namespace !== undefined && {namespace}),
	};
}

/** How a run ended, in lines for people, and what the process ends with. */
export function conclusionOf(
	{id, outcome, steps}: Run,
	{plan}: Pick<Journal, 'plan'>,
): {readonly lines: readonly string[]; readonly code: ExitCode} {
	switch (outcome) {
		case 'done':
			return {
				lines: [`Run ${id} is done.`, ...plan.remaining.map(line => `- ${line}`)],
				code: exitCode.well,
			};
		case 'incomplete': {
			const isDead = plan.left.length > 0;
			return {
				lines: [
					`Run ${id} is done, but ${isDead ? 'a hostPort is still dead' : 'no hostPort could be tried: see kubectl hostport verify'}.`,
					...plan.remaining.map(line => `- ${line}`),
				],
				// What the person chose to leave is a fault all the same.
				code: isDead ? exitCode.faults : exitCode.incomplete,
			};
		}

		case 'rolled-back':
			return {lines: [`Run ${id} was rolled back.`], code: exitCode.rolledBack};
		case 'rollback-failed':
			return {
				lines: [`Run ${id} could not be rolled back in full. Try again: kubectl hostport rollback ${id}`],
				code: exitCode.rollbackFailed,
			};
		case 'interrupted':
			return {
				lines: [`Run ${id} was interrupted. Go on: kubectl hostport fix. Undo: kubectl hostport rollback ${id}`],
				code: exitCode.interrupted,
			};
		default: {
			// Everything is changed, and something does not answer: that is a fault that is left, not a look that failed.
			const isComplete = steps.every(({state, id: step}) => state !== 'failed' || step === 'proof');
			return {
				lines: [`Run ${id} stopped. Go on: kubectl hostport fix. Undo: kubectl hostport rollback ${id}`],
				code: isComplete ? exitCode.faults : exitCode.incomplete,
			};
		}
	}
}
