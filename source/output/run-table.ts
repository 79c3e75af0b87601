import {printableLine} from '../foreign-text.ts';
import type {Journal} from '../repair/journal.ts';
import {columns} from './columns.ts';

/**
 * Past runs, one a line.
 * @param keptIn where the journal of a run lies
 */
export function runTable(journals: readonly Journal[], keptIn: (journal: Journal) => string): string {
	const rows = journals.map(journal => [
		journal.id,
		journal.plan.choice.strategy,
		journal.outcome,
		`${Object.values(journal.entries).filter(({state}) => state === 'done').length}/${journal.plan.steps.length}`,
		journal.startedAt,
		journal.by,
		keptIn(journal),
	]);
	return columns([
		['RUN', 'WAY', 'OUTCOME', 'STEPS', 'STARTED', 'BY', 'KEPT IN'],
		...rows.map(row => row.map(cell => printableLine(cell, 120))),
	]);
}
