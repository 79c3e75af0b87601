import {ActionableError} from '../../errors.ts';
import type {Resuming} from '../define-step.ts';
import {entryOf, isOpen, isTouched, untouched, type Entry, type Journal, type StepState} from '../journal.ts';
import type {Plan, Step} from '../plan/plan.ts';
import type {RunEnvironment} from './run-environment.ts';
import {stepContext} from './step-context.ts';
import {bind, chains, kindOf, sideEffectsOf, summaryOf, withParameters} from '../steps/index.ts';

/** A run that goes on: its journal with the new plan in it, what is to be done, and what a crash may have left lying. */
export type Continued = {readonly journal: Journal; readonly todo: ReadonlySet<string>; readonly tidy: readonly Step[]};

/**
 * Puts a fresh plan, made from what the cluster shows now, into an unfinished run. What was there before the run's first
 * act is kept, so that its rollback leads back to that and not to some state in between.
 * @throws ActionableError where the two are not the same repair
 */
export function continueRun(journal: Journal, fresh: Plan): Continued {
	if (journal.plan.choice.strategy !== fresh.choice.strategy) {
		throw new ActionableError(
			`the run ${journal.id} (${journal.plan.choice.strategy}) is unfinished`,
			`Resume it with --strategy ${journal.plan.choice.strategy}, or roll it back first: kubectl hostport rollback ${journal.id}`,
		);
	}

	const now = new Set(fresh.steps.map(({id}) => id));
	const known = new Map(journal.plan.steps.map(step => [step.id, step]));
	const hasChained = journal.plan.steps.some(step => chains(step) && isTouched(entryOf(journal, step)));
	const resuming = (step: Step): Resuming => ({journal, entry: entryOf(journal, step), fresh, hasChained});
	const earlier = journal.plan.steps.filter(step => !now.has(step.id));
	const due = earlier.filter(step => kindOf(step).resume?.isDue?.(step.parameters, resuming(step)) === true);
	const again = new Set([...now, ...due.map(({id}) => id)]);
	const touched = earlier.filter(step => isTouched(entryOf(journal, step)));
	const renewed = fresh.steps.map(step => {
		const {resume} = kindOf(step);
		const before = known.get(step.id);
		const own = before?.kind === step.kind ? before.parameters : undefined;
		return resume?.join === undefined ? step : withParameters(step, resume.join(step.parameters, own, resuming(step)));
	});
	const steps = [...touched.filter(({id}) => !again.has(id)), ...inOrder(renewed, due, journal.plan.steps)];
	const entries = Object.fromEntries(
		steps.map(step => [step.id, again.has(step.id) ? reopened(entryOf(journal, step)) : closed(entryOf(journal, step))]),
	);
	return {
		journal: {...journal, plan: {...fresh, steps}, entries, outcome: 'running'},
		todo: again,
		tidy: journal.plan.steps.filter(step => {
			const tidies = kindOf(step).resume?.tidies ?? [];
			const entry = entryOf(journal, step);
			const isCutOff = !now.has(step.id) && isOpen(entry);
			return (isCutOff && tidies.includes('cut off')) || (backStates.has(entry.state) && tidies.includes('undone'));
		}),
	};
}

const backStates: ReadonlySet<StepState> = new Set(['undoing', 'undone', 'undo-failed']);

/** Puts steps of the run's first plan among those of the fresh one: each before the first that came after it then. */
function inOrder(renewed: readonly Step[], due: readonly Step[], first: readonly Step[]): Step[] {
	const place = new Map(first.map(({id}, index) => [id, index]));
	const steps = [...renewed];
	for (const step of due) {
		const own = place.get(step.id) ?? 0;
		const next = steps.findIndex(({id}) => (place.get(id) ?? -1) > own);
		steps.splice(next === -1 ? steps.length : next, 0, step);
	}

	return steps;
}

/** What carrying it on will do: the plan that is shown, and whose rights are asked for, before anybody says yes. */
export function planAhead({journal: {plan}, todo}: Pick<Continued, 'journal' | 'todo'>): Plan {
	const steps = plan.steps.filter(({id}) => todo.has(id));
	const {strategy} = plan.choice;
	const option = plan.options.find(each => each.strategy === strategy);
	return {...plan, steps, summary: summaryOf(strategy, steps), sideEffects: sideEffectsOf(steps, option)};
}

// To be done again; what was there before the first try stays what it was.
const reopened = (entry: Entry): Entry => ({...entry, state: entry.before === null ? 'pending' : 'started'});

// What the cluster shows asks for it no more, so it is done, however it came to be.
const closed = (entry: Entry): Entry => ({...untouched, ...entry, state: 'done', says: entry.state === 'done' ? entry.says : 'found done'});

/** Puts right what cut-off steps left: a test pod, half a file, rules of pods that a rollback has sent away. */
export async function tidyUp(steps: readonly Step[], environment: RunEnvironment): Promise<void> {
	const {keeper, lock} = environment;
	for (const step of steps) {
		const {context, close} = stepContext(step, environment);
		try {
			await lock.assertHeld();
			await bind(step).tidy(context, entryOf(keeper.journal(), step).before ?? {});
		} finally {
			await close();
		}
	}
}
