import type {ClusterClient} from '../../cluster/cluster-client.ts';
import {ActionableError, exitCode, UsageError, type ExitCode} from '../../errors.ts';
import {assertNodes} from '../../near-names.ts';
import {printableLine} from '../../foreign-text.ts';
import {shouldColour} from '../../output/colour.ts';
import {planText, refusalText} from '../../output/plan.ts';
import {startProgressLine} from '../../terminal/progress-line.ts';
import {runLines} from '../../terminal/run-lines.ts';
import {leaveDoubted} from '../../repair/run/doubts.ts';
import type {Journal} from '../../repair/journal.ts';
import type {Choice, Plan} from '../../repair/plan/plan.ts';
import {notMended} from '../../repair/plan/remaining.ts';
import {assertNoGaps} from '../../repair/plan/gaps.ts';
import {leftLines} from '../../repair/plan/workloads.ts';
import {repair, unfinishedRun} from '../../repair/run/repair.ts';
import {runResult, type Run} from '../../repair/run/runner.ts';
import {withoutCredentials} from '../../repair/sources/shown-source.ts';
import {dryRunOnServer} from '../../repair/run/server-dry-run.ts';
import type {RepairTools} from '../../repair/step-work.ts';
import {conclusionOf} from '../../session/conclusion.ts';
import {openConnection} from '../../session/connection.ts';
import {look, type Look} from '../../session/look.ts';
import {bringBackLost} from '../../session/lost-pods.ts';
import {outcomeOf} from '../../session/outcome.ts';
import {assertStrategyNamed, completeChoice, openPlanner} from '../../session/planner.ts';
import {loadBinaries, prepareRun, runSetting, type RepairOwn} from '../../session/prepare-run.ts';
import {assertPossible} from '../../session/rehearsal.ts';
import {wholeCluster, type Session} from '../../session/session.ts';
import {settledLook} from '../../session/settled-look.ts';
import {toolWays, withWays, type Ways} from '../../session/ways.ts';
import {askDoubts} from '../../terminal/ask-doubts.ts';
import type {CommandContext} from '../../command-line/command.ts';
import {agrees, confirmByName} from '../../terminal/confirm.ts';
import {chosenBy, nodesIn} from './chosen.ts';
import {askedFor, isAsked} from './questions.ts';
import type {FixValues} from '../fix.ts';
import {printActed, printerOf, type Printer} from '../output.ts';
import {sessionOf} from '../session-of.ts';
import {tellNotice} from '../../terminal/tell.ts';

type Asked = FixValues & {readonly printer: Printer};

/** Looks, plans, asks, carries out, proves. An unfinished run is gone on with. @throws UsageError where nobody can say yes */
export async function fixCluster(typed: FixValues, context: CommandContext): Promise<ExitCode> {
	assertCanAsk(typed, context);
	const values = {...typed, printer: await printerOf(typed, context)};
	const progress = startProgressLine(context.stderr, context.environment);
	const session = sessionOf(values, context, open => progress.show({type: 'question', open}));
	return withWays(session, async ways => lookAndFix(values, context, session, progress, ways));
}

async function lookAndFix(
	values: Asked,
	context: CommandContext,
	session: Session,
	progress: ReturnType<typeof startProgressLine>,
	ways: Ways,
): Promise<ExitCode> {
	const whole: Session = {...session, scope: {...wholeCluster, namespace: session.scope.namespace}};
	const onNotice = (says: string): void => tellNotice(context, says);
	const lookOnce = async (): Promise<Look> => look(whole, {onProgress: progress.show, onNotice, ways});
	const first = await lookOnce().finally(progress.end);
	assertNamedNodes(values, context, first);
	const client = await openConnection(session);
	try {
		const say = (text: string): void => void context.stderr.write(`${text}\n`);
		const seen = await settledLook(client, first, lookOnce, {clock: context.clock, signal: context.signal, say});
		const namespace = seen.evidence.cilium?.namespace ?? '';
		const unfinished = namespace === '' ? undefined : await unfinishedRun(client, namespace, context.clock, context.signal);
		if (unfinished === undefined) assertStrategyNamed(seen.evidence, seen.diagnosis.cluster.cilium.version, values.strategy);
		const planFor = await openPlanner(client, seen, context.signal);
		const chosen = (more: Partial<Choice>): Plan => planFor(completeChoice({...askedBy(values, context), ...more}, seen, unfinished));
		const plan = chosen(await askedFor(context, values, chosen));
		const code = await decide(values, context, client, ways, {seen, plan, unfinished});
		// Who was interrupted, or has lost the terminal, has an exit code already; the next command looks for lost pods.
		if (context.signal.aborted) return code;
		if (unfinished !== undefined || namespace === '') return code;
		const isDry = values.dryRun !== 'none';
		const isUnasked = values.yes;
		const asking = {
			isUnasked,
			askDoubts: async (doubts: Parameters<typeof askDoubts>[2]) => askDoubts(context, isUnasked, doubts),
			agrees: async (question: string) => agrees(context, question),
			say,
		};
		return await bringBackLost(client, namespace, {code, isDry}, asking, session);
	} finally {
		await client.close();
	}
}

/** Every node that was named has to be there, where nodes could be listed. @throws UsageError */
function assertNamedNodes(values: FixValues, {words}: CommandContext, {evidence: {nodes, gaps}}: Look): void {
	if (gaps.some(({what}) => what === 'nodes')) return;
	const named = [...words, ...nodesIn(chosenBy(values))];
	assertNodes(
		named,
		nodes.map(({name}) => name),
	);
}

/** What the flags choose. */
function askedBy(values: FixValues, {words, demo}: CommandContext): Partial<Choice> {
	const {strategy} = values;
	const chosen = chosenBy(values);
	const sources = chosen.sources?.length === 0 && demo?.portmap !== undefined ? [demo.portmap] : chosen.sources;
	return {...chosen, ...(sources !== undefined && {sources}), nodes: words, ...(strategy !== undefined && {strategy})};
}

async function decide(
	values: Asked,
	context: CommandContext,
	client: ClusterClient,
	ways: Ways,
	{seen, plan, unfinished}: {readonly seen: Look; readonly plan: Plan; readonly unfinished: Journal | undefined},
): Promise<ExitCode> {
	const {dryRun, printer} = values;
	const isObject = printer.textOf !== undefined;
	// Before refusals: what could not be read is no reason that was seen.
	if (values.yes && dryRun === 'none') assertNoGaps(seen.evidence);
	if (plan.refusals.length > 0) {
		printActed(printer, withoutCredentials(plan), context);
		context.stderr.write(refusalText(plan));
		return exitCode.faults;
	}

	if (plan.steps.length === 0 && unfinished === undefined) {
		const outcome = {apiVersion: 'hostport.dev/v1', kind: 'Run', id: '', outcome: 'nothing-to-do', steps: [], proof: null} as const;
		if (!printActed(printer, outcome, context))
			context.stdout.write(
				`Nothing to do: there is nothing here that fix could repair.\n${[...leftLines(plan.left), ...notMended(seen.diagnosis)]
					.map(line => `- ${line}\n`)
					.join('')}`,
			);
		return outcomeOf(seen);
	}

	const acting: RepairOwn = {
		...toolWays(ways),
		expectedSum: values.portmapSha256,
		environment: context.environment,
		clock: context.clock,
		signal: context.signal,
	};
	const {continued, ahead, tools, doubts, vouched} = await prepareRun(client, seen.evidence, plan, unfinished, acting);
	if (unfinished !== undefined)
		context.stderr.write(`${printableLine(`Going on with run ${unfinished.id}, begun ${unfinished.startedAt} by ${unfinished.by}.`)}\n`);
	if (isObject && dryRun !== 'none') printActed(printer, ahead, context);
	else
		(isObject ? context.stderr : context.stdout).write(
			planText(ahead, !isObject && shouldColour(values.color, context.stdout, context.environment)),
		);
	if (dryRun !== 'none') for (const {says} of doubts) context.stderr.write(`! ${printableLine(says, 2048)}\n`);
	if (dryRun === 'client') return exitCode.well;
	await assertPossible(client, seen.evidence, ahead, acting);
	await tellBinaries(context, ahead, tools);
	if (dryRun === 'server') {
		for (const line of await dryRunOnServer(client, ahead, context.signal)) context.stderr.write(`${line}\n`);
		return exitCode.well;
	}

	const {agreed, left} = await askDoubts(context, values.yes, doubts);
	if (!values.yes) await confirmByName(context, client.context ?? client.server);
	const lines = runLines(context.stderr, context.environment);
	const own = {environment: context.environment, signal: context.signal, vouched: [...vouched, ...agreed], onEvent: lines.show};
	const setting = runSetting(client, tools, own);
	const {journal, end} = await repair(leaveDoubted(continued, left), setting, {
		autoRollback: values.autoRollback,
	}).finally(lines.end);
	const result = runResult(journal, end);
	printActed(printer, result, context);
	const code = conclude(context, result, end.error, journal);
	return result.outcome === 'incomplete' && left.length > 0 ? exitCode.rollbackFailed : code;
}

function conclude({stderr}: CommandContext, run: Run, error: unknown, journal: Journal): ExitCode {
	if (error instanceof ActionableError) stderr.write(`${error.message}\n${error.hint}\n`);
	else if (error !== undefined && run.outcome !== 'interrupted') throw error;
	const {lines, code} = conclusionOf(run, journal);
	for (const line of lines) stderr.write(`${line}\n`);
	return code;
}

/** @throws UsageError where nobody can say yes */
function assertCanAsk(values: FixValues, context: CommandContext): void {
	const {stdin, stdout, environment} = context;
	const canAnswer = stdin.isTTY && stdout.isTTY && !environment['CI'];
	if (isAsked(values) && !canAnswer)
		throw new UsageError('there is no terminal to ask in', 'Give --yes, or look first with --dry-run=client.');
	if (isAsked(values) && typeof values.output !== 'string')
		throw new UsageError(`-o ${values.output.objectForm} needs --yes or --dry-run`, 'Nothing is asked where a program reads.');
}

/** Everything is read and checked before anything is changed. */
async function tellBinaries({stderr, signal}: CommandContext, plan: Plan, tools: RepairTools): Promise<void> {
	for (const {portmap, warnings} of await loadBinaries(plan, tools, signal)) {
		const version = portmap.version === '' ? '' : ` ${portmap.version}`;
		stderr.write(`portmap${version} for ${portmap.architecture} from ${portmap.origin}, sha256 ${portmap.sha256}\n`);
		for (const {message, hint} of warnings) stderr.write(`! ${message}\n${hint === '' ? '' : `  ${hint}\n`}`);
	}
}
