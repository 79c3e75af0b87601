import {printableLine} from '../foreign-text.ts';
import {entryOf, isThrough, type Journal} from '../repair/journal.ts';
import type {Step} from '../repair/plan/plan.ts';
import {assertUndoable, stepsToUndo} from '../repair/run/rollback.ts';
import type {RunEvent} from '../repair/run/run-environment.ts';
import {stepGroups, titleOfAll} from '../tui/repair/step-groups.ts';
import {stepWords, type PastRun, type RunProgress, type StepProgress} from '../tui/repair/values.ts';

/** The log keeps so many lines; the journal keeps everything. */
const mostLogged = 500;
const longestLine = 500;

/** A run before its first step. `steps` in the order in which they come. */
export function beginProgress(kind: RunProgress['kind'], id: string, steps: readonly Step[], now: number): RunProgress {
	return {
		kind,
		id,
		since: now,
		steps: steps.map(({id: step, kind: of, title, node}) => ({
			id: step,
			kind: of,
			title,
			node,
			state: 'pending',
			says: '',
			since: 0,
			seconds: 0,
		})),
		log: [],
		asked: [],
		answered: [],
		isStopping: false,
		end: null,
	};
}

/** The progress after one event. */
export function afterEvent(progress: RunProgress, event: RunEvent, now: number): RunProgress {
	if (event.type === 'progress') {
		const text = printableLine(event.text, longestLine);
		const steps = event.id === '' ? progress.steps : changed(progress.steps, event.id, () => ({says: text}));
		// A wait says the same thing again and again.
		const isNew = progress.log.at(-1)?.text !== text;
		return {...progress, steps, log: isNew ? logged(progress, text, now) : progress.log};
	}

	const {step, state, seconds, isCutOff = false} = event;
	const says = printableLine(event.says, longestLine);
	const word = isCutOff ? 'stopped' : stepWords[state];
	const steps = changed(progress.steps, step.id, before => ({
		state,
		says,
		seconds,
		isCutOff,
		since: state === 'started' || state === 'undoing' ? now : before.since,
	}));
	return {...progress, steps, log: logged(progress, `${word}: ${step.title}${says === '' ? '' : `: ${says}`}`, now)};
}

function changed(
	steps: readonly StepProgress[],
	id: string,
	change: (step: StepProgress) => Partial<StepProgress>,
): readonly StepProgress[] {
	const at = steps.findIndex(step => step.id === id);
	const step = steps[at];
	return step === undefined ? steps : steps.with(at, {...step, ...change(step)});
}

const logged = ({log}: RunProgress, text: string, at: number): RunProgress['log'] => [...log.slice(1 - mostLogged), {at, text}];

/** A journal as the pages show it, with what undoing it would do. */
export function pastRunOf(journal: Journal, isOwn: boolean): PastRun {
	const {id, plan, outcome, startedAt, by} = journal;
	return {
		id,
		strategy: plan.choice.strategy,
		outcome,
		startedAt,
		by: printableLine(by),
		done: plan.steps.filter(step => isThrough(entryOf(journal, step))).length,
		total: plan.steps.length,
		steps: plan.steps.map(step => {
			const {state, says, seconds} = entryOf(journal, step);
			const {id: own, kind, title, node} = step;
			return {id: own, kind, title, node, state, says: printableLine(says, longestLine), since: 0, seconds};
		}),
		changes: plan.steps.flatMap(({preview}) => preview.changes),
		source: (plan.choice.sources ?? []).join(', '),
		undo: isUndoable(journal) ? stepGroups(stepsToUndo(journal)).map(undoOf) : [],
		isOwn,
	};
}

const undoOf = (steps: readonly Step[]): PastRun['undo'][number] => ({
	title: titleOfAll(steps),
	says: [...new Set(steps.map(({undo}) => undo))].join('; '),
});

function isUndoable(journal: Journal): boolean {
	try {
		assertUndoable(journal);
		return true;
	} catch {
		return false; // whoever tries it all the same is told why
	}
}
