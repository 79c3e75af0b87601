import {randomBytes} from 'node:crypto';
import os from 'node:os';
import type {ClusterClient} from '../cluster/cluster-client.ts';
import {canI} from '../cluster/permissions.ts';
import {ActionableError, exitCode, UsageError, type ExitCode} from '../errors.ts';
import {shouldColour} from '../output/colour.ts';
import {planText, refusalText} from '../output/plan.ts';
import {startProgressLine} from '../output/progress-line.ts';
import {runLines} from '../output/run-lines.ts';
import {runId, type Journal} from '../repair/journal.ts';
import {journalFile, runsFolder} from '../repair/journal-file.ts';
import {makePlan} from '../repair/make-plan.ts';
import {recommendStrategy, type Strategy} from '../repair/needed-change.ts';
import {findNodeConfigApi} from '../repair/node-config-api.ts';
import {permissionsNeeded, permissionText} from '../repair/permissions-needed.ts';
import {stepsOf, type Choice, type Plan} from '../repair/plan.ts';
import {beginOrContinue, repair, unfinishedRun, type RepairSetting} from '../repair/repair.ts';
import {runResult, type Run} from '../repair/runner.ts';
import {dryRunOnServer} from '../repair/server-dry-run.ts';
import {versionWarnings} from '../repair/sources/known-versions.ts';
import type {RepairTools} from '../repair/step-work.ts';
import type {CommandContext} from './command.ts';
import {confirmByName} from './confirm.ts';
import {openConnection} from './connection.ts';
import {textFlag, textsFlag} from './flag-values.ts';
import {look, type Look} from './look.ts';
import {outcomeOf} from './outcome.ts';
import {realClock, repairTools} from './repair-tools.ts';

/** `fix`: look, plan, ask, carry out, prove. An unfinished run is gone on with. */
export async function run(context: CommandContext): Promise<ExitCode> {
	assertCanAsk(context);
	const progress = startProgressLine(context.stderr, context.environment);
	const seen = await look({...context, words: []}, {onProgress: progress.show}).finally(progress.end);
	const client = await openConnection(context);
	try {
		const namespace = seen.evidence.cilium?.namespace ?? '';
		const unfinished = namespace === '' ? undefined : await unfinishedRun(client, namespace, context.signal);
		const plan = await planFor(context, client, seen, unfinished);
		return await decide(context, client, seen, plan, unfinished);
	} finally {
		await client.close();
	}
}

/** What the flags choose; where they leave it open, what is recommended and a node that has a good portmap. */
export function choiceOf(context: CommandContext, {evidence}: Look, unfinished: Journal | undefined): Choice {
	const strategy =
		(textFlag(context.flags, 'strategy') as Strategy | undefined) ??
		unfinished?.plan.choice.strategy ??
		recommendStrategy(evidence).strategy;
	const given = textsFlag(context.flags, 'portmap');
	const canary = textFlag(context.flags, 'canary');
	return {
		strategy,
		sources: given.length > 0 ? given : goodNodes(evidence),
		nodes: context.words,
		leaveOut: textsFlag(context.flags, 'leave-out'),
		allowBarePods: context.flags['allow-bare-pods'] === true,
		...(canary !== undefined && {canary}),
	};
}

async function planFor(context: CommandContext, client: ClusterClient, seen: Look, unfinished: Journal | undefined): Promise<Plan> {
	const nodeConfigApi = await findNodeConfigApi(client, seen.evidence.cilium?.version ?? '', context.signal);
	return makePlan(seen.evidence, seen.diagnosis, choiceOf(context, seen, unfinished), nodeConfigApi === undefined ? {} : {nodeConfigApi});
}

/** For each architecture one node whose portmap has been seen to run. */
function goodNodes({nodes}: Look['evidence']): string[] {
	const good = nodes.filter(({observation}) =>
		observation?.binaryFolder?.files.some(({name, versionExitCode}) => name === 'portmap' && versionExitCode === 0),
	);
	return [...new Map(good.map(({architecture, name}) => [architecture, `node:${name}`])).values()];
}

async function decide(
	context: CommandContext,
	client: ClusterClient,
	seen: Look,
	plan: Plan,
	unfinished: Journal | undefined,
): Promise<ExitCode> {
	const isJson = textFlag(context.flags, 'output') === 'json';
	const dryRun = textFlag(context.flags, 'dry-run') ?? 'none';
	if (plan.refusals.length > 0) {
		if (isJson) printJson(context, plan);
		context.stderr.write(refusalText(plan));
		return exitCode.faults;
	}

	if (plan.steps.length === 0 && unfinished === undefined) {
		const outcome = {apiVersion: 'hostport.dev/v1', kind: 'Run', id: '', outcome: 'nothing-to-do', steps: [], proof: null} as const;
		if (isJson) printJson(context, outcome);
		else context.stdout.write('Nothing to do: there is nothing here that fix could repair.\n');
		return outcomeOf(seen);
	}

	const id = unfinished?.id ?? runId(Date.now(), randomBytes(2).toString('hex'));
	const by = `${os.userInfo().username}@${os.hostname()}`;
	const continued = beginOrContinue(plan, unfinished, {id, by, now: Date.now()});
	const tools = repairTools({
		client,
		evidence: seen.evidence,
		run: id,
		sources: plan.choice.sources ?? [],
		expectedSum: textFlag(context.flags, 'portmap-sha256'),
		environment: context.environment,
		signal: context.signal,
	});
	if (unfinished !== undefined)
		context.stderr.write(`Going on with run ${unfinished.id}, begun ${unfinished.startedAt} by ${unfinished.by}.\n`);
	if (isJson && dryRun !== 'none') printJson(context, plan);
	else
		(isJson ? context.stderr : context.stdout).write(
			planText(plan, !isJson && shouldColour(textFlag(context.flags, 'color'), context.stdout, context.environment)),
		);
	if (dryRun === 'client') return exitCode.well;
	await assertPermitted(client, plan, context.signal);
	await loadBinaries(context, plan, tools);
	if (dryRun === 'server') {
		for (const line of await dryRunOnServer(client, plan, context.signal)) context.stderr.write(`${line}\n`);
		return exitCode.well;
	}

	if (context.flags['yes'] !== true) await confirmByName(context, client.context ?? client.server);
	const lines = runLines(context.stderr, context.environment);
	const setting: RepairSetting = {
		client,
		tools,
		clock: realClock,
		by: `${by} (process ${process.pid})`,
		local: journalFile(runsFolder(context.environment)),
		signal: context.signal,
		onEvent: lines.show,
	};
	const {journal, end} = await repair(continued, setting, {autoRollback: context.flags['auto-rollback'] === true}).finally(lines.end);
	const result = runResult(journal, end);
	if (isJson) printJson(context, result);
	return conclude(context, result, end.error, journal);
}

function conclude(context: CommandContext, {id, outcome, steps}: Run, error: unknown, journal: Journal): ExitCode {
	const talk = (line: string): void => void context.stderr.write(`${line}\n`);
	if (error instanceof ActionableError) talk(`${error.message}\n${error.hint}`);
	else if (error !== undefined && outcome !== 'interrupted') throw error;
	switch (outcome) {
		case 'done': {
			talk(`Run ${id} is done.`);
			for (const line of journal.plan.remaining) talk(`- ${line}`);
			return exitCode.well;
		}

		case 'rolled-back': {
			talk(`Run ${id} was rolled back.`);
			return exitCode.rolledBack;
		}

		case 'rollback-failed': {
			talk(`Run ${id} could not be rolled back in full. Try again: kubectl hostport rollback ${id}`);
			return exitCode.rollbackFailed;
		}

		case 'interrupted': {
			talk(`Run ${id} was interrupted. Go on: kubectl hostport fix. Undo: kubectl hostport rollback ${id}`);
			return exitCode.interrupted;
		}

		default: {
			// Everything is changed, and something does not answer: that is a fault that is left, not a look that failed.
			const isComplete = steps.every(({state, id: step}) => state !== 'failed' || step === 'proof');
			talk(`Run ${id} stopped. Go on: kubectl hostport fix. Undo: kubectl hostport rollback ${id}`);
			return isComplete ? exitCode.faults : exitCode.incomplete;
		}
	}
}

/** @throws UsageError where nobody can say yes */
function assertCanAsk({flags, stdin, stdout, environment}: CommandContext): void {
	const isAsked = flags['yes'] !== true && ['none', undefined].includes(textFlag(flags, 'dry-run'));
	const canAnswer = stdin.isTTY && stdout.isTTY && !environment['CI'];
	if (isAsked && !canAnswer) throw new UsageError('there is no terminal to ask in', 'Give --yes, or look first with --dry-run=client.');
	if (isAsked && textFlag(flags, 'output') === 'json')
		throw new UsageError('-o json needs --yes or --dry-run', 'Nothing is asked where a program reads.');
}

/** Everything is read and checked before anything is changed. */
async function loadBinaries(context: CommandContext, plan: Plan, tools: RepairTools): Promise<void> {
	const architectures = new Set(stepsOf(plan, 'put-binary').map(({parameters}) => parameters.architecture));
	for (const architecture of architectures) {
		const portmap = await tools.portmapFor(architecture, context.signal);
		const version = portmap.version === '' ? '' : ` ${portmap.version}`;
		context.stderr.write(`portmap${version} for ${architecture} from ${portmap.origin}, sha256 ${portmap.sha256}\n`);
		for (const {message, hint} of versionWarnings(portmap.version)) context.stderr.write(`! ${message}\n  ${hint}\n`);
		if (portmap.isDynamic) context.stderr.write('! This portmap loads libraries of the system it runs on; a static one runs anywhere.\n');
	}
}

/** @throws ActionableError that names every right that is missing, before anything is written */
async function assertPermitted(client: ClusterClient, plan: Plan, signal: AbortSignal): Promise<void> {
	const needed = permissionsNeeded(plan);
	const answers = await Promise.all(
		needed.map(async permission => ({permission, ...(await canI(client, withoutWhy(permission), signal))})),
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

function printJson({stdout}: CommandContext, value: unknown): void {
	stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}
