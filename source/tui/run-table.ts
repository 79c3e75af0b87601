import {stepsText} from '../output/run-table.ts';
import {compareText, matches, sortRows, type Column} from './columns.ts';
import {emptyList, type ListState} from './list.ts';
import type {PastRun} from './repair/values.ts';
import type {Tone} from './theme.ts';
import {timeText} from './writing.ts';

/** A row of the past runs. */
export type RunRow = {readonly key: string; readonly past: PastRun};

const toneOf = ({past: {outcome}}: RunRow): Tone => (outcome === 'done' ? 'good' : outcome === 'rolled-back' ? 'muted' : 'doubtful');
const startOf = ({past}: RunRow): number => Date.parse(past.startedAt);
const oldestFirst = (a: RunRow, b: RunRow): number => startOf(a) - startOf(b);

const column = (id: string, rank: number, text: (past: PastRun) => string, minimum: number): Column<RunRow> => ({
	id,
	title: id.toUpperCase(),
	minimum,
	rank,
	text: ({past}) => text(past),
	compare: (a, b) => compareText(text(a.past), text(b.past)) || oldestFirst(a, b),
});

/** Columns of the table of past runs. */
export const runColumns: ReadonlyArray<Column<RunRow>> = [
	column('run', 1, ({id}) => id, 20),
	column('strategy', 3, ({strategy}) => strategy, 9),
	{...column('outcome', 2, ({outcome}) => outcome, 16), tone: toneOf},
	column('steps', 4, ({steps}) => stepsText(steps.map(({state}) => state)), 17),
	{...column('started', 5, ({startedAt}) => timeText(Date.parse(startedAt) / 1000), 20), compare: oldestFirst},
	column('by', 6, ({by}) => by, 12),
];

/** Newest first as long as nobody chooses another order. */
export const newestRuns: ListState = {...emptyList, sort: 'started', isReversed: true};

/** Id of the column that they are sorted by. */
export const runSort = ({sort}: ListState): string => sort ?? 'started';

/** The rows that the filter leaves, in order. */
export function visibleRuns(rows: readonly RunRow[], list: ListState): readonly RunRow[] {
	const left = rows.filter(({past: {id, strategy, outcome, by}}) => matches(list.filter, [id, strategy, outcome, by]));
	return sortRows(runColumns, left, runSort(list), list.isReversed);
}
