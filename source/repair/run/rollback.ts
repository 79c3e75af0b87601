import {messageOf, UsageError} from '../../errors.ts';
import {entryOf, isTouched, type Journal} from '../journal.ts';
import {isPassing} from '../acts/patience.ts';
import type {Step} from '../plan/plan.ts';
import type {RunEnd} from './runner.ts';
import type {RunEnvironment, RunEvent} from './run-environment.ts';
import {groupsOf, sideBySide} from './side-by-side.ts';
import {stepContext} from './step-context.ts';
import {bind, chains, kindOf} from '../steps/index.ts';

/**
 * Undoes what a run has done, whoever began it: the conflist first, then the pods, the binary last of all and left in place.
 * Goes on after an undo that failed, and says so at the end. May be repeated.
 */
export async function rollBack(environment: RunEnvironment): Promise<RunEnd> {
	const {keeper, lock} = environment;
	const signal = AbortSignal.any([environment.signal, lock.lost]);
	const failures: unknown[] = [];
	let hasNewSettings = false;
	try {
		for (const group of groupsOf(stepsToUndo(keeper.journal()))) {
			signal.throwIfAborted();
			const settings = group[0] && kindOf(group[0]).undoing?.settings;
			if (hasNewSettings && settings === 'needs the old') {
				const says = 'not tried: cilium-config still has the new settings';
				await Promise.all(group.map(async ({id}) => keeper.record(id, {state: 'undo-failed', says})));
				continue;
			}

			// Where nobody answers the steps have waited for it: each one after them would wait as long.
			const failed = await sideBySide(group, async step => undoStep(step, {...environment, signal}), {signal, isLast: isPassing});
			signal.throwIfAborted();
			const passing = failed.find(isPassing);
			if (passing !== undefined) throw passing;
			failures.push(...failed);
			hasNewSettings ||= failed.length > 0 && settings === 'brings the old';
		}

		const outcome = failures.length === 0 ? 'rolled-back' : 'rollback-failed';
		await keeper.conclude(outcome);
		return {outcome, ...(failures.length > 0 && {error: failures[0]})};
	} catch (error) {
		// Else it says `running`, which is unfinished too.
		if (!isPassing(error)) await keeper.conclude('interrupted').catch(() => undefined);
		return {outcome: signal.aborted ? 'interrupted' : 'rollback-failed', error: signal.aborted ? signal.reason : error};
	}
}

/** What a rollback would do, in its order. */
export function stepsToUndo(journal: Journal): Step[] {
	const touched = (step: Step): boolean => isTouched(entryOf(journal, step));
	const mayBeChained = journal.plan.steps.some(step => chains(step) && touched(step));
	const isConcerned = (step: Step): boolean => touched(step) || (mayBeChained && kindOf(step).undoing?.evenUntouched === true);
	return journal.plan.steps
		.map((step, index) => ({step, index}))
		.filter(({step}) => isConcerned(step))
		.sort((a, b) => kindOf(a.step).order.undo - kindOf(b.step).order.undo || b.index - a.index)
		.map(({step}) => step);
}

async function undoStep(step: Step, environment: RunEnvironment): Promise<void> {
	const {tools, keeper, lock, signal, onEvent} = environment;
	const started = tools.clock.now();
	const {state, before} = entryOf(keeper.journal(), step);
	const seconds = (): number => Math.round((tools.clock.now() - started) / 100) / 10;
	const tell = (now: Extract<RunEvent, {type: 'step'}>['state'], says: string, isCutOff = false): void =>
		onEvent({type: 'step', step, state: now, says, seconds: seconds(), isCutOff});
	const {context, close} = stepContext(step, environment);
	tell('undoing', step.undo);
	try {
		await lock.assertHeld();
		await keeper.record(step.id, {state: 'undoing'});
		const undone = await bind(step).revert({...context, wasDone: state === 'done'}, before ?? {});
		await keeper.record(step.id, {state: undone.state, says: undone.says, seconds: seconds()});
		tell(undone.state, undone.says);
	} catch (error) {
		// Where nothing is recorded the journal says `undoing`, which is tried again.
		const says = signal.aborted ? 'interrupted' : `not undone: ${messageOf(error)}`;
		if (!signal.aborted && !isPassing(error)) await keeper.record(step.id, {state: 'undo-failed', says, seconds: seconds()});
		tell('undo-failed', says, signal.aborted);

		throw error;
	} finally {
		await close();
	}
}

/** Refuses what a rollback cannot do anything about. @throws UsageError */
export function assertUndoable({id, outcome, plan}: Journal): void {
	if (outcome === 'rolled-back') throw new UsageError(`the run ${id} was rolled back already`, 'See: kubectl hostport runs');
	if (plan.steps.length === 0) throw new UsageError(`the run ${id} changed nothing`, 'See: kubectl hostport runs');
}
