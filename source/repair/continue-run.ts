import {ActionableError} from '../errors.ts';
import {entryOf, isTouched, untouched, type Entry, type Journal} from './journal.ts';
import {chains, type Plan, type Step} from './plan.ts';
import {undoOfPods} from './plan-pods.ts';
import type {RunEnvironment} from './run-environment.ts';
import {stepContext} from './step-context.ts';
import {bind} from './steps/index.ts';

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
			`Go on with --strategy ${journal.plan.choice.strategy}, or undo it first: kubectl hostport rollback ${journal.id}`,
		);
	}

	const now = new Set(fresh.steps.map(({id}) => id));
	const earlier = journal.plan.steps.filter(step => !now.has(step.id));
	const touched = earlier.filter(step => isTouched(entryOf(journal, step)));
	// The first node's own settings go only here: no evidence asks for that.
	const ending = earlier.filter(
		step =>
			step.kind === 'end-canary' &&
			entryOf(journal, step).state !== 'done' &&
			journal.plan.steps.some(other => other.kind === 'canary-config' && isTouched(entryOf(journal, other))),
	);
	const known = new Map(journal.plan.steps.map(step => [step.id, step]));
	const hasChangedList = journal.plan.steps.some(step => chains(step) && isTouched(entryOf(journal, step)));
	const renewed = fresh.steps.filter(({kind}) => kind !== 'final-proof').map(step => joined(step, known.get(step.id), hasChangedList));
	// One node goes first also where the run was cut off just before it.
	const roll = renewed.findIndex(({kind}) => kind === 'roll-agents');
	const first =
		roll === -1
			? []
			: earlier.filter(step => (step.kind === 'canary-agent' || step.kind === 'test-pod') && !isThrough(entryOf(journal, step)));
	const proof = [...fresh.steps, ...journal.plan.steps].filter(({kind}) => kind === 'final-proof').slice(0, 1);
	const again = new Set([...now, ...[...first, ...ending, ...proof].map(({id}) => id)]);
	const steps = [...touched.filter(({id}) => !again.has(id)), ...renewed.toSpliced(Math.max(roll, 0), 0, ...first), ...ending, ...proof];
	const isBack = (step: Step): boolean => ['undoing', 'undone', 'undo-failed'].includes(entryOf(journal, step).state);
	const isOpen = (step: Step): boolean => ['started', 'failed', 'undoing', 'undo-failed'].includes(entryOf(journal, step).state);
	const entries = Object.fromEntries(
		steps.map(step => [step.id, again.has(step.id) ? reopened(entryOf(journal, step)) : closed(entryOf(journal, step))]),
	);
	return {
		journal: {...journal, plan: {...fresh, steps}, entries, outcome: 'running'},
		todo: again,
		tidy: [
			...touched.filter(step => (step.kind === 'test-pod' || step.kind === 'put-binary') && isOpen(step)),
			...journal.plan.steps.filter(step => (step.kind === 'roll-agents' || step.kind === 'recreate-pods') && isBack(step)),
		],
	};
}

/** What carrying it on will do: the plan that is shown, and whose rights are asked for, before anybody says yes. */
export function planAhead({journal: {plan}, todo}: Pick<Continued, 'journal' | 'todo'>): Plan {
	return {...plan, steps: plan.steps.filter(({id}) => todo.has(id))};
}

/**
 * A fresh step knows the cluster as it is now, half repaired. What its undoing needs to know of the beginning, and a restart
 * of all agents that is on its way, come from the step that the run began with.
 */
function joined(step: Step, earlier: Step | undefined, hasChangedList: boolean): Step {
	if (step.kind === 'recreate-pods') {
		const changesList = step.parameters.changesList || hasChangedList;
		return {...step, undo: undoOfPods(changesList), parameters: {...step.parameters, changesList}};
	}

	if (step.kind === 'roll-agents' && earlier?.kind === 'roll-agents')
		return {...step, title: earlier.title, undo: earlier.undo, parameters: {...step.parameters, nodes: earlier.parameters.nodes}};
	if (step.kind === 'await-conflist' && earlier?.kind === 'await-conflist') {
		const nodes = [...new Set([...earlier.parameters.nodes, ...step.parameters.nodes])];
		return {...step, parameters: {...step.parameters, nodes, before: earlier.parameters.before}};
	}

	return step;
}

// To be done again; what was there before the first try stays what it was.
const reopened = (entry: Entry): Entry => ({...entry, state: entry.before === null ? 'pending' : 'started'});

const isThrough = ({state}: Entry): boolean => state === 'done' || state === 'skipped';

// What the cluster shows asks for it no more, so it is done, however it came to be.
const closed = (entry: Entry): Entry => ({...untouched, ...entry, state: 'done', says: entry.state === 'done' ? entry.says : 'found done'});

/** Removes what cut-off steps left lying: a test pod, half a file, rules of pods that a rollback has sent away. */
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
