import type {CommandContext} from '../../command-line/command.ts';
import type {ExitCode} from '../../errors.ts';
import {printableLine} from '../../foreign-text.ts';
import {runResult} from '../../repair/run/runner.ts';
import {undoConclusion} from '../../session/conclusion.ts';
import {withConnection} from '../../session/connection.ts';
import type {RepairOwn} from '../../session/prepare-run.ts';
import {assertRollbackPossible} from '../../session/rehearsal.ts';
import {findUndo, stillWired, undo} from '../../session/undo.ts';
import {toolAccesses} from '../../session/ways.ts';
import {askDoubts} from '../../terminal/ask-doubts.ts';
import {confirmByName} from '../../terminal/confirm.ts';
import {runLines} from '../../terminal/run-lines.ts';
import {tellEnd} from '../../terminal/tell.ts';
import {listed} from '../../words.ts';
import {printActed, printerOf, type Printer} from '../../output/printer.ts';
import type {RollbackValues} from '../rollback.ts';
import {assertCanAsk, withSession, type Opened} from '../with-session.ts';

const mostNamed = 5;

/** Finds a run, shows what undoing it does, asks, and undoes it. @throws UsageError where nobody can say yes */
export async function rollBack(values: RollbackValues, context: CommandContext): Promise<ExitCode> {
	if (!values.yes) assertCanAsk(context, values.output);
	const printer = await printerOf(values, context);
	return withSession(values, context, async opened => findAndUndo({...values, printer}, context, opened));
}

type Asked = RollbackValues & {readonly printer: Printer};

async function findAndUndo({yes, printer}: Asked, context: CommandContext, {session, ways, progress, onNotice}: Opened): Promise<ExitCode> {
	const {stderr, environment, clock, signal} = context;
	return withConnection(session, async client => {
		const found = await findUndo(client, context.words[0], {session, ways, say: onNotice}).finally(progress.end);
		const {journal, doubts, steps} = found;
		// Whoever may write a ConfigMap beside Cilium may have written these words.
		const head = `Run ${journal.id}, started ${journal.startedAt} by ${journal.by} (${journal.outcome}). Steps to undo, in this order:`;
		stderr.write(`${printableLine(head)}\n`);
		const own: RepairOwn = {...toolAccesses(ways), environment, clock, signal};
		await assertRollbackPossible(client, found.evidence, {...journal.plan, steps}, own);
		for (const step of steps) stderr.write(`  ${printableLine(`${step.title}: ${step.undo}`, 2048)}\n`);
		const {agreed} = await askDoubts(context, yes, doubts);
		if (!yes) await confirmByName(context, client.context ?? client.server);
		const lines = runLines(stderr, environment);
		const {journal: after, end} = await undo(client, found, own, {agreed, onEvent: lines.show}).finally(lines.end);
		printActed(printer, runResult(after, end), context);
		const conclusion = undoConclusion(after, end.outcome);
		tellEnd(context, end, conclusion.lines);
		// Pods that others have made while portmap was chained are theirs: they are named, and what becomes of them.
		const names = end.outcome === 'rolled-back' ? await stillWired(session, ways, onNotice) : [];
		if (names.length > 0)
			stderr.write(
				`Created since then and still mapped by portmap: ${listed(names, mostNamed)}. They answer until they are deleted; kubectl hostport check then names their stale rules (HP07).\n`,
			);
		return conclusion.code;
	});
}
