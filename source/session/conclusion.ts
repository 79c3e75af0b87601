import {exitCode, type ExitCode} from '../errors.ts';
import {printableLine} from '../foreign-text.ts';
import {entryOf, type Journal} from '../repair/journal.ts';
import type {Plan} from '../repair/plan/plan.ts';
import {notRestartedLines, notMended} from '../repair/plan/remaining.ts';
import type {Run, RunEnd} from '../repair/run/runner.ts';
import type {Look} from './look.ts';
import {outcomeOf} from './outcome.ts';

/** Where there is no step to carry out: what is left all the same, and what the process ends with. */
export function nothingToDo(
	{left}: Pick<Plan, 'left'>,
	seen: Look,
): {readonly run: Run; readonly lines: readonly string[]; readonly code: ExitCode} {
	return {
		run: {apiVersion: 'hostport.dev/v1', kind: 'Run', id: '', outcome: 'nothing-to-do', steps: [], proof: null},
		lines: [
			'Nothing to do: fix finds nothing that it can repair.',
			...[...notRestartedLines(left), ...notMended(seen.diagnosis)].map(line => `- ${line}`),
		],
		code: outcomeOf(seen),
	};
}

/** What the person has to do after a run, under its heading. */
const stillToDo = ({remaining}: Pick<Plan, 'remaining'>): readonly string[] =>
	remaining.length === 0 ? [] : ['Still to do:', ...remaining.map(line => `- ${line}`)];

/** How the rollback of a run ended, in lines for people, and what the process ends with. */
export function rollbackConclusion(
	journal: Pick<Journal, 'id' | 'plan' | 'entries'>,
	outcome: RunEnd['outcome'],
): {readonly lines: readonly string[]; readonly code: ExitCode} {
	const {id, plan} = journal;
	const failed = plan.steps.flatMap(step => {
		const {state, says} = entryOf(journal, step);
		return state === 'undo-failed' ? [`not undone: ${printableLine(`${step.title}: ${says}`, 4096)}`] : [];
	});
	if (outcome === 'rolled-back') return {lines: [...failed, `Run ${id} is rolled back.`], code: exitCode.ok};
	return {
		lines: [...failed, `Run ${id} is only partly rolled back. Try again: kubectl hostport rollback ${id}`],
		code: outcome === 'interrupted' ? exitCode.interrupted : exitCode.rollbackFailed,
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
				lines: [`Run ${id} is done.`, ...stillToDo(plan)],
				code: exitCode.ok,
			};
		case 'incomplete': {
			const isDead = plan.left.length > 0;
			return {
				lines: [
					`Run ${id} is done, but ${isDead ? 'a hostPort still does not answer' : 'no hostPort could be tried: run kubectl hostport verify'}.`,
					...stillToDo(plan),
				],
				// What the person chose to leave is a fault all the same.
				code: isDead ? exitCode.faults : exitCode.incomplete,
			};
		}

		case 'rolled-back':
			return {lines: [`Run ${id} was rolled back.`], code: exitCode.rolledBack};
		case 'rollback-failed':
			return {
				lines: [`Run ${id} could only be rolled back in part. Try again: kubectl hostport rollback ${id}`],
				code: exitCode.rollbackFailed,
			};
		case 'interrupted':
			return {
				lines: [`Run ${id} was interrupted. Resume: kubectl hostport fix. Roll back: kubectl hostport rollback ${id}`],
				code: exitCode.interrupted,
			};
		default: {
			// Everything is changed, and something does not answer: that is a fault that is left, not a look that failed.
			const isComplete = steps.every(({state, id: step}) => state !== 'failed' || step === 'proof');
			return {
				lines: [`Run ${id} stopped. Resume: kubectl hostport fix. Roll back: kubectl hostport rollback ${id}`],
				code: isComplete ? exitCode.faults : exitCode.incomplete,
			};
		}
	}
}
