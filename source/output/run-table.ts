import {printableLine} from '../foreign-text.ts';
import type {Journal, StepState} from '../repair/journal.ts';
import {columns} from './columns.ts';

/**
 * Past runs, one a line.
 * @param keptIn where the journal of a run lies
 * @param headers false without the line of headers
 */
export function runTable(journals: readonly Journal[], keptIn: (journal: Journal) => string, headers = true): string {
	const rows = journals.map(journal => [
		journal.id,
		journal.plan.choice.strategy,
		journal.outcome,
		stepsText(journal.plan.steps.map(({id}) => journal.entries[id]?.state ?? 'pending')),
		journal.startedAt,
		journal.by,
		keptIn(journal),
	]);
	return columns([
		...(headers ? [['RUN', 'STRATEGY', 'OUTCOME', 'STEPS', 'STARTED', 'BY', 'KEPT IN']] : []),
		...rows.map(row => row.map(cell => printableLine(cell, 120))),
	]);
}

/** How far a run is: steps that are through of all, `3/11`; of one that was rolled back what became of them, `8 undone, 3 kept`. */
export function stepsText(states: readonly StepState[]): string {
	const of = (...wanted: readonly StepState[]): number => states.filter(state => wanted.includes(state)).length;
	const [undone, kept] = [of('undone'), of('left')];
	if (undone + kept === 0) return `${of('done', 'skipped')}/${states.length}`;
	return `${undone} undone${kept === 0 ? '' : `, ${kept} kept`}`;
}

/** Their names, one a line: what `rollback` takes. */
export const runNames = (journals: ReadonlyArray<Pick<Journal, 'id'>>): string =>
	journals.map(({id}) => `${printableLine(id, 120)}\n`).join('');
