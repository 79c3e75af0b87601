import {printableLine} from '../foreign-text.ts';
import type {Journal} from '../repair/journal.ts';
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
		`${Object.values(journal.entries).filter(({state}) => state === 'done').length}/${journal.plan.steps.length}`,
		journal.startedAt,
		journal.by,
		keptIn(journal),
	]);
	return columns([
		...(headers ? [['RUN', 'STRATEGY', 'OUTCOME', 'STEPS', 'STARTED', 'BY', 'KEPT IN']] : []),
		...rows.map(row => row.map(cell => printableLine(cell, 120))),
	]);
}

/** Their names, one a line: what `rollback` takes. */
export const runNames = (journals: ReadonlyArray<Pick<Journal, 'id'>>): string =>
	journals.map(({id}) => `${printableLine(id, 120)}\n`).join('');
