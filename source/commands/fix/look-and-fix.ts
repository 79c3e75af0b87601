import {nodesIn} from '../../choices.ts';
import type {ClusterClient} from '../../cluster/cluster-client.ts';
import type {CommandContext} from '../../command-line/command.ts';
import {exitCode, type ExitCode} from '../../errors.ts';
import {printableLine} from '../../foreign-text.ts';
import {assertNodes} from '../../near-names.ts';
import {shouldColour} from '../../output/colour.ts';
import {binaryText, planText, refusalText} from '../../output/plan.ts';
import {assertNoGaps} from '../../repair/plan/gaps.ts';
import type {Choice, Plan} from '../../repair/plan/plan.ts';
import type {StepDoubt} from '../../repair/run/doubts.ts';
import {runResult} from '../../repair/run/runner.ts';
import {dryRunOnServer} from '../../repair/run/server-dry-run.ts';
import {withoutCredentials} from '../../repair/sources/shown-source.ts';
import {conclusionOf, nothingToDo} from '../../session/conclusion.ts';
import {withConnection} from '../../session/connection.ts';
import {look, type Look} from '../../session/look.ts';
import {bringBackLost} from '../../session/lost-pods.ts';
import {assertStrategyNamed, completeChoice, openGround, type Ground} from '../../session/planner.ts';
import {carryOut, loadBinaries, prepareRun, type RepairOwn} from '../../session/prepare-run.ts';
import {assertPossible} from '../../session/rehearsal.ts';
import {wholeCluster, type Session} from '../../session/session.ts';
import {toolAccesses, type NodeAccesses} from '../../session/ways.ts';
import {askDoubts} from '../../terminal/ask-doubts.ts';
import {agrees, confirmByName} from '../../terminal/confirm.ts';
import {runLines} from '../../terminal/run-lines.ts';
import {tellEnd} from '../../terminal/tell.ts';
import type {FixValues} from '../fix.ts';
import {printActed, printerOf, type Printer} from '../../output/printer.ts';
import {assertCanAsk, withSession, type Opened} from '../with-session.ts';
import {chosenBy} from './chosen.ts';
import {askedFor, isAsked} from './questions.ts';

/** Looks, plans, asks, carries out, proves. An unfinished run is resumed. @throws UsageError where nobody can say yes */
export async function fixCluster(values: FixValues, context: CommandContext): Promise<ExitCode> {
	if (isAsked(values)) assertCanAsk(context, values.output, '--dry-run=client');
	const printer = await printerOf(values, context);
	return withSession(values, context, async opened => lookAndFix({...values, printer}, context, opened));
}

type Asked = FixValues & {readonly printer: Printer};

async function lookAndFix(values: Asked, context: CommandContext, {session, ways, progress, onNotice}: Opened): Promise<ExitCode> {
	const {clock, signal} = context;
	const whole: Session = {...session, scope: wholeCluster(session.scope)};
	const lookOnce = async (): Promise<Look> => look(whole, {onProgress: progress.show, onNotice, ways});
	const first = await lookOnce().finally(progress.end);
	assertNamedNodes(values, context, first);
	return withConnection(session, async client => {
		const say = (text: string): void => void context.stderr.write(`${text}\n`);
		const ground = await openGround(client, first, lookOnce, {clock, signal, say});
		const {seen, unfinished, namespace, planFor} = ground;
		if (unfinished === undefined) assertStrategyNamed(seen.evidence, seen.diagnosis.cluster.cilium.version, values.strategy);
		const chosen = (more: Partial<Choice>): Plan => planFor(completeChoice({...askedBy(values, context), ...more}, seen, unfinished));
		const plan = chosen(await askedFor(context, values, chosen));
		const code = await decide(values, context, {client, ways}, {...ground, plan});
		// Who was interrupted, or has lost the terminal, has an exit code already; the next command looks for lost pods.
		if (signal.aborted || unfinished !== undefined || namespace === '') return code;
		const asking = {
			isUnasked: values.yes,
			askDoubts: async (doubts: readonly StepDoubt[]) => askDoubts(context, values.yes, doubts),
			agrees: async (question: string) => agrees(context, question),
			say,
		};
		return bringBackLost(client, namespace, {code, isDry: values.dryRun !== 'none'}, asking, session);
	});
}

/** Every node that was named has to be there, where nodes could be listed. @throws UsageError */
function assertNamedNodes(values: FixValues, {words}: CommandContext, {evidence: {nodes, gaps}}: Look): void {
	if (gaps.some(({what}) => what === 'nodes')) return;
	const known = nodes.map(({name}) => name);
	assertNodes([...words, ...nodesIn(chosenBy(values))], known);
}

/** What the flags choose. */
function askedBy(values: FixValues, {words, demo}: CommandContext): Partial<Choice> {
	const {strategy} = values;
	const chosen = chosenBy(values);
	const sources = chosen.sources?.length === 0 && demo?.portmap !== undefined ? [demo.portmap] : chosen.sources;
	return {...chosen, ...(sources !== undefined && {sources}), nodes: words, ...(strategy !== undefined && {strategy})};
}

type Decided = Ground & {readonly plan: Plan};

async function decide(
	values: Asked,
	context: CommandContext,
	{client, ways}: {readonly client: ClusterClient; readonly ways: NodeAccesses},
	{seen, plan, unfinished}: Decided,
): Promise<ExitCode> {
	const {dryRun, printer} = values;
	const {stdout, stderr, environment, clock, signal} = context;
	const isObject = printer.textOf !== undefined;
	// Before refusals: what could not be read is no reason that was seen.
	if (values.yes && dryRun === 'none') assertNoGaps(seen.evidence);
	if (plan.refusals.length > 0) {
		printActed(printer, withoutCredentials(plan), context);
		stderr.write(refusalText(plan));
		return exitCode.faults;
	}

	if (plan.steps.length === 0 && unfinished === undefined) {
		const {run, lines, code} = nothingToDo(plan, seen);
		if (!printActed(printer, run, context)) for (const line of lines) stdout.write(`${line}\n`);
		return code;
	}

	const acting: RepairOwn = {...toolAccesses(ways), expectedSum: values.portmapSha256, environment, clock, signal};
	const ready = await prepareRun(client, seen.evidence, plan, unfinished, acting);
	const {ahead, tools, doubts} = ready;
	if (unfinished !== undefined)
		stderr.write(`${printableLine(`Resuming run ${unfinished.id}, started ${unfinished.startedAt} by ${unfinished.by}.`)}\n`);
	if (isObject && dryRun !== 'none') printActed(printer, ahead, context);
	else (isObject ? stderr : stdout).write(planText(ahead, !isObject && shouldColour(values.color, stdout, environment)));
	if (dryRun !== 'none') await askDoubts(context, true, doubts);
	if (dryRun === 'client') return exitCode.well;
	await assertPossible(client, seen.evidence, ahead, acting);
	// Everything is read and checked before anything is changed.
	for (const binary of await loadBinaries(ahead, tools, signal)) stderr.write(binaryText(binary));
	if (dryRun === 'server') {
		for (const line of await dryRunOnServer(client, ahead, signal)) stderr.write(`${line}\n`);
		return exitCode.well;
	}

	const {agreed, left} = await askDoubts(context, values.yes, doubts);
	if (!values.yes) await confirmByName(context, client.context ?? client.server);
	const lines = runLines(stderr, environment);
	const {journal, end} = await carryOut(client, ready, {environment, signal, agreed, onEvent: lines.show}, values).finally(lines.end);
	const result = runResult(journal, end);
	printActed(printer, result, context);
	const conclusion = conclusionOf(result, journal);
	tellEnd(context, end, conclusion.lines);
	return result.outcome === 'incomplete' && left.length > 0 ? exitCode.rollbackFailed : conclusion.code;
}
