import {sweepHelperPods, sweptLines} from '../../access/sweep.ts';
import {ActionableError, exitCode, UsageError, type ExitCode} from '../../errors.ts';
import {printableLine} from '../../foreign-text.ts';
import {runLines} from '../../terminal/run-lines.ts';
import {entryOf, type Journal} from '../../repair/journal.ts';
import {undoRun} from '../../repair/run/repair.ts';
import {assertCiliumSeen} from '../../repair/plan/gaps.ts';
import {assertNobodyAtWork} from '../../repair/run/run-lock.ts';
import {assertUndoable, stepsToUndo} from '../../repair/run/rollback.ts';
import {runResult} from '../../repair/run/runner.ts';
import {openConnection} from '../../session/connection.ts';
import {runSetting, type RepairOwn} from '../../session/prepare-run.ts';
import {assertUndoPossible} from '../../session/rehearsal.ts';
import {repairTools} from '../../session/repair-tools.ts';
import type {Session} from '../../session/session.ts';
import {journalToUndo, stillWired, weighUndo} from '../../session/undo.ts';
import {toolWays, withWays, type Ways} from '../../session/ways.ts';
import {wholeEvidence} from '../../session/whole-evidence.ts';
import {askDoubts} from '../../terminal/ask-doubts.ts';
import type {CommandContext} from '../../command-line/command.ts';
import {confirmByName} from '../../terminal/confirm.ts';
import type {RollbackValues} from '../rollback.ts';
import {printActed, printerOf, type Printer} from '../output.ts';
import {sessionOf} from '../session-of.ts';
import {tellNotice} from '../../terminal/tell.ts';
import {listed} from '../../words.ts';

const mostNamed = 5;

/** Finds a run, shows what undoing it does, asks, and undoes it. @throws UsageError where nobody can say yes */
export async function rollBack(values: RollbackValues, context: CommandContext): Promise<ExitCode> {
	const canAsk = context.stdin.isTTY && context.stdout.isTTY && !context.environment['CI'] && typeof values.output === 'string';
	if (!values.yes && !canAsk) throw new UsageError('there is no terminal to ask in', 'Give --yes.');
	const printer = await printerOf(values, context);
	const session = sessionOf(values, context);
	return withWays(session, async ways => findAndUndo({...values, printer}, context, session, ways));
}

type Asked = RollbackValues & {readonly printer: Printer};

async function findAndUndo(values: Asked, context: CommandContext, session: Session, ways: Ways): Promise<ExitCode> {
	const client = await openConnection(session);
	try {
		const {evidence} = await wholeEvidence(client, session.signal);
		assertCiliumSeen(evidence);
		const namespaces = [evidence.cilium?.namespace ?? 'kube-system', ...(ways.pods.namespace === undefined ? [] : [ways.pods.namespace])];
		for (const line of sweptLines(await sweepHelperPods(client, namespaces, context.signal))) context.stderr.write(`${line}\n`);
		const claimed = await journalToUndo(client, context.words[0], evidence, session);
		assertUndoable(claimed);
		const {journal, doubts, vouched} = await weighUndo(client, claimed, evidence, session);
		if (journal.outcome === 'running') await assertNobodyAtWork(client, journal.plan.namespace, context.clock, context.signal);
		const steps = stepsToUndo(journal);
		// Whoever may write a ConfigMap beside Cilium may have written these words.
		const head = `Run ${journal.id}, begun ${journal.startedAt} by ${journal.by} (${journal.outcome}). In this order:`;
		context.stderr.write(`${printableLine(head)}\n`);
		const {environment, clock, signal} = context;
		const own: RepairOwn = {...toolWays(ways), environment, clock, signal};
		await assertUndoPossible(client, evidence, {...journal.plan, steps}, own);
		for (const step of steps) context.stderr.write(`  ${printableLine(`${step.title}: ${step.undo}`, 2048)}\n`);
		const {agreed} = await askDoubts(context, values.yes, doubts);
		if (!values.yes) await confirmByName(context, client.context ?? client.server);
		const lines = runLines(context.stderr, environment);
		const tools = repairTools({client, evidence, run: journal.id, sources: [], ...own});
		const setting = runSetting(client, tools, {environment, signal, vouched: [...vouched, ...agreed], onEvent: lines.show});
		const {journal: after, end} = await undoRun(journal, setting).finally(lines.end);
		printActed(values.printer, runResult(after, end), context);
		const code = conclude(context, after, end.outcome, end.error);
		if (end.outcome === 'rolled-back') await tellStillWired(context, session, ways);
		return code;
	} finally {
		await client.close();
	}
}

/** Pods that others have made while portmap was chained are theirs: they are named, and what becomes of them. */
async function tellStillWired(context: CommandContext, session: Session, ways: Ways): Promise<void> {
	const names = await stillWired(session, ways, says => tellNotice(context, says));
	if (names.length === 0) return;
	context.stderr.write(
		`Made since, and still wired by portmap: ${listed(names, mostNamed)}. They answer until they go; rules that they leave then are named by kubectl hostport check (HP07).\n`,
	);
}

function conclude({stderr}: CommandContext, journal: Journal, outcome: string, error: unknown): ExitCode {
	if (error instanceof ActionableError) stderr.write(`${error.message}\n${error.hint}\n`);
	else if (error !== undefined && outcome !== 'interrupted') throw error;
	for (const step of journal.plan.steps) {
		const {state, says} = entryOf(journal, step);
		if (state === 'undo-failed') stderr.write(`not undone: ${printableLine(`${step.title}: ${says}`, 4096)}\n`);
	}

	if (outcome === 'rolled-back') {
		stderr.write(`Run ${journal.id} is undone.\n`);
		return exitCode.well;
	}

	stderr.write(`Run ${journal.id} is not undone in full. Try again: kubectl hostport rollback ${journal.id}\n`);
	return outcome === 'interrupted' ? exitCode.interrupted : exitCode.rollbackFailed;
}
