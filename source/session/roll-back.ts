import type {ExitCode} from '../errors.ts';
import type {Journal} from '../repair/journal.ts';
import type {Step} from '../repair/plan/plan.ts';
import {runResult} from '../repair/run/runner.ts';
import {rollbackConclusion} from './conclusion.ts';
import {withConnection} from './connection.ts';
import type {Dialogue} from './dialogue.ts';
import type {FixShows} from './fix-cluster.ts';
import type {Opened} from './opened.ts';
import type {RepairOwn} from './prepare-run.ts';
import {assertRollbackPossible} from './rehearsal.ts';
import {findRollback, carryOutRollback, stillWired} from './weigh-rollback.ts';
import {toolAccesses} from './node-accesses.ts';

/** Shown what rolling a run back comes to. */
export type RollbackShows = Pick<FixShows, 'onEvent' | 'onLastEvent' | 'end'> & {
	readonly run: (journal: Journal) => void;
	/** In the order in which they will be undone. */
	readonly steps: (steps: readonly Step[]) => void;
	/** Pods that others have made while portmap was chained: they are theirs, and answer until they are deleted. */
	readonly wired: (names: readonly string[]) => void;
};

/**
 * Finds a run, shows what its rollback does, asks, and rolls it back.
 * @param wanted its id; absent: the newest that is not rolled back
 * @throws ActionableError where there is none, or it cannot be rolled back
 */
export async function rollBack(
	{session, accesses, onNotice, onLooked}: Opened,
	wanted: string | undefined,
	dialogue: Dialogue,
	shows: RollbackShows,
): Promise<ExitCode> {
	const {environment, clock, signal} = session;
	return withConnection(session, async client => {
		const found = await findRollback(client, wanted, {session, accesses, say: onNotice}).finally(onLooked);
		const {journal, doubts, steps} = found;
		shows.run(journal);
		const own: RepairOwn = {...toolAccesses(accesses), environment, clock, signal};
		await assertRollbackPossible(client, found.evidence, {...journal.plan, steps}, own);
		shows.steps(steps);
		const {agreed} = await dialogue.askDoubts(doubts);
		await dialogue.confirm(client.context ?? client.server);
		const {journal: after, end} = await carryOutRollback(client, found, own, {agreed, onEvent: shows.onEvent}).finally(shows.onLastEvent);
		const {lines, code} = rollbackConclusion(after, end.outcome);
		shows.end(runResult(after, end), end, lines);
		const wired = end.outcome === 'rolled-back' ? await stillWired(session, accesses, onNotice) : [];
		if (wired.length > 0) shows.wired(wired);
		return code;
	});
}
