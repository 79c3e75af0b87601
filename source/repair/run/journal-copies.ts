import {ActionableError} from '../../errors.ts';
import {entryOf, type Journal} from '../journal.ts';

/** What a later try may have captured anew: times and uids, never what is put back. */
const capturedAgain: ReadonlySet<string> = new Set(['mark', 'agents', 'places', 'there', 'strategy', 'sha256', 'mode', 'kept']);

/**
 * Where the cluster's journal contradicts what this machine has itself captured or finished: somebody has changed it. A run that another
 * machine went on with contradicts nothing, nor does one that was killed between its two writes: the copy binds what both know.
 */
export function contradiction(cluster: Journal, copy: Journal): ActionableError | undefined {
	for (const step of copy.plan.steps) {
		const own = entryOf(copy, step);
		const other = entryOf(cluster, step);
		if (own.before === null) continue;
		const isFinished = own.state === 'done' && copy.outcome === 'done';
		const isLost = isFinished && other.before === null;
		const before = other.before;
		const changed =
			before === null
				? []
				: Object.entries(own.before).filter(
						([key, value]) => !capturedAgain.has(key) && JSON.stringify(before[key]) !== JSON.stringify(value),
					);
		if (!isLost && changed.length === 0) continue;
		return new ActionableError(
			`the journal of run ${copy.id} in the cluster contradicts the copy on this machine: ${step.id}${changed.map(([key, value]) => ` (${key} was ${String(value)})`).join('')}`,
			'Someone changed it, so nothing in it is carried out. Restore the values above by hand, then run: kubectl hostport cleanup --all',
		);
	}

	return undefined;
}
