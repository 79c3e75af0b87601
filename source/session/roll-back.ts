import type {ExitCode} from '../errors.ts';
import type {Journal} from '../repair/journal.ts';
import type {Step} from '../repair/plan/plan.ts';
import {runResult} from '../repair/run/runner.ts';
import {undoConclusion} from './conclusion.ts';
import {withConnection} from './connection.ts';
import type {Dialogue} from './dialogue.ts';
import type {FixShows} from './fix-cluster.ts';
import type {Opened} from './opened.ts';
import type {RepairOwn} from './prepare-run.ts';
import {assertRollbackPossible} from './rehearsal.ts';
import {findUndo, stillWired, undo} from './undo.ts';
import {toolAccesses} from './node-accesses.ts';

/** Shown what undoing a run comes to. */
export type RollbackShows = Pick<FixShows, 'onEvent' | 'onLastEvent' | 'end'> & {
	readonly run: (journal: Journal) => void;
	/** In the order in which they will be undone. */
	readonly steps: (steps: readonly Step[]) => void;
	/** Pods that others have made while portmap was chained: they are theirs, and answer until they are deleted. */
	readonly wired: (names: readonly string[]) => void;
};

/**
 * Finds a run, shows what undoing it does, asks, and undoes it.
 * @param wanted its id; absent: the newest that is not undone
 * @throws ActionableError where there is none, or it cannot be undone
 */
export async function rollBack(
	{session, accesses, onNotice, onLooked}: Opened,
	wanted: string | undefined,
	dialogue: Dialogue,
	shows: RollbackShows,
): Promise<ExitCode> {
	const {environment, clock, signal} = session;
	return withConnection(session, async client => {
		const found = await findUndo(client, wanted, {session, accesses, say: onNotice}).finally(onLooked);
		const {journal, doubts, steps} = found;
		shows.run(journal);
		const own: RepairOwn = {...toolAccesses(accesses), environment, clock, signal};
		await assertRollbackPossible(client, found.evidence, {...journal.plan, steps}, own);
		shows.steps(steps);
		const {agreed} = await dialogue.askDoubts(doubts);
		await dialogue.confirm(client.context ?? client.server);
		const {journal: after, end} = await undo(client, found, own, {agreed, onEvent: shows.onEvent}).finally(shows.onLastEvent);
		const {lines, code} = undoConclusion(after, end.outcome);
		shows.end(runResult(after, end), end, lines);
		const wired = end.outcome === 'rolled-back' ? await stillWired(session, accesses, onNotice) : [];
		if (wired.length > 0) shows.wired(wired);
		return code;
	});
}
