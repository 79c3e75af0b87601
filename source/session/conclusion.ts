import {exitCode, type ExitCode} from '../errors.ts';
import type {Journal} from '../repair/journal.ts';
import type {Run} from '../repair/run/runner.ts';

/** How a run ended, in lines for people, and what the process ends with. */
export function conclusionOf(
	{id, outcome, steps}: Run,
	{plan}: Pick<Journal, 'plan'>,
): {readonly lines: readonly string[]; readonly code: ExitCode} {
	switch (outcome) {
		case 'done':
			return {
				lines: [`Run ${id} is done.`, ...plan.remaining.map(line => `- ${line}`)],
				code: exitCode.well,
			};
		case 'incomplete': {
			const isDead = plan.left.length > 0;
			return {
				lines: [
					`Run ${id} is done, but ${isDead ? 'a hostPort is still dead' : 'no hostPort could be tried: see kubectl hostport verify'}.`,
					...plan.remaining.map(line => `- ${line}`),
				],
				// What the person chose to leave is a fault all the same.
				code: isDead ? exitCode.faults : exitCode.incomplete,
			};
		}

		case 'rolled-back':
			return {lines: [`Run ${id} was rolled back.`], code: exitCode.rolledBack};
		case 'rollback-failed':
			return {
				lines: [`Run ${id} could not be rolled back in full. Try again: kubectl hostport rollback ${id}`],
				code: exitCode.rollbackFailed,
			};
		case 'interrupted':
			return {
				lines: [`Run ${id} was interrupted. Go on: kubectl hostport fix. Undo: kubectl hostport rollback ${id}`],
				code: exitCode.interrupted,
			};
		default: {
			// Everything is changed, and something does not answer: that is a fault that is left, not a look that failed.
			const isComplete = steps.every(({state, id: step}) => state !== 'failed' || step === 'proof');
			return {
				lines: [`Run ${id} stopped. Go on: kubectl hostport fix. Undo: kubectl hostport rollback ${id}`],
				code: isComplete ? exitCode.faults : exitCode.incomplete,
			};
		}
	}
}
