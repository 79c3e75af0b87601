import type {Continued} from './continue-run.ts';
import type {Doubt} from '../define-step.ts';
import {entryOf, type Journal} from '../journal.ts';
import type {Step} from '../plan/plan.ts';
import type {DoubtContext} from '../step-work.ts';
import {bind} from '../steps/index.ts';

/** A doubt, and the step that would act on it. */
export type StepDoubt = Doubt & {readonly step: string};

/**
 * What resuming these steps of a journal, or undoing them, would take from it though nothing here vouches for it, each once: to be
 * shown and asked for before anything is written.
 */
export async function doubtsAbout(
	journal: Pick<Journal, 'id' | 'plan' | 'entries'>,
	steps: readonly Step[],
	on: 'resume' | 'undo',
	context: Omit<DoubtContext, 'plan' | 'run'>,
): Promise<readonly StepDoubt[]> {
	const own = {...context, plan: journal.plan, run: journal.id};
	const doubts = await Promise.all(
		steps.map(async step =>
			(await bind(step).doubts(own, entryOf(journal, step).before ?? {}, on)).map(doubt => ({...doubt, step: step.id})),
		),
	);
	return [...new Map(doubts.flat().map(doubt => [doubt.id, doubt])).values()];
}

/** A run without the steps that nobody has said yes to: what they are about is left, and the result says so. */
export function leaveDoubted({journal, todo, tidy}: Continued, left: readonly StepDoubt[]): Continued {
	const isLeft = new Set(left.map(({step}) => step));
	const {plan} = journal;
	const reason = 'its manifest was not written by this machine; kubectl hostport cleanup shows it and asks';
	return {
		journal: {
			...journal,
			plan: {
				...plan,
				left: [...plan.left, ...left.map(({about}) => ({pod: about, reason}))],
				remaining: [...plan.remaining, ...left.map(({about}) => `${about} was skipped: ${reason}.`)],
			},
		},
		todo: new Set([...todo].filter(id => !isLeft.has(id))),
		tidy,
	};
}
