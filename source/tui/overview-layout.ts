import {answerLines} from './answer-lines.ts';
import {footerLines, gapLines, headerLines, ruleLines, tableHeadLines} from './layout.ts';
import type {Line} from './line.ts';
import type {ListState} from './list.ts';
import type {View} from './state.ts';

/** How the overview shares the terminal out: the answer, the table of nodes, and what follows the cursor beside or below it. */
export type OverviewLayout = {
	readonly answer: readonly Line[];
	/** Columns of the table, and its rows without the head. */
	readonly table: {readonly columns: number; readonly rows: number};
	/** Where there is no room for it, 0 rows. */
	readonly pane: {readonly isBeside: boolean; readonly columns: number; readonly rows: number};
};

/** What the overview remembers of its lists. */
type Lists = {readonly focus: 'nodes' | 'findings'; readonly findings: ListState};

/** From here on two panes have room beside each other. */
const columnsForTwo = 100;
/** Columns in which a node's row is still of use. */
const narrowTable = 44;
/** Rows of nodes that the answer leaves, if there are so many. */
const leastRows = 4;
const leastPane = 3;

/** Where the parts of the overview stand, by the size of the terminal. */
export function overviewLayout({model, columns, rows, signs, canRepair}: View, {focus, findings}: Lists): OverviewLayout {
	const gaps = 2 * gapLines(rows);
	const wanted = Math.min(Math.max(1, model.nodes.length), leastRows);
	const rest = rows - headerLines - footerLines - gaps;
	const height = Math.max(1, Math.min(rest - ruleLines - tableHeadLines - wanted, Math.ceil(rest * 0.5)));
	const answer = answerLines(model, {list: findings, isActive: focus === 'findings', canRepair, height, width: columns, signs});
	const below = Math.max(tableHeadLines + 1, rest - answer.length - ruleLines);
	if (columns >= columnsForTwo) {
		const table = Math.max(narrowTable, Math.floor(columns * 0.42));
		return {
			answer,
			table: {columns: table, rows: below - tableHeadLines},
			pane: {isBeside: true, columns: columns - table, rows: below},
		};
	}

	const left = below - tableHeadLines - Math.max(1, model.nodes.length) - ruleLines;
	const pane = left >= leastPane ? left : 0;
	return {
		answer,
		table: {columns, rows: below - tableHeadLines - (pane === 0 ? 0 : pane + ruleLines)},
		pane: {isBeside: false, columns, rows: pane},
	};
}
