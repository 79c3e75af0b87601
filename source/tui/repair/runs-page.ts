import {paragraph, timeText, type Document} from '../writing.ts';
import {cutLine, lineText, span, type Line} from '../line.ts';
import {pad, widthOf} from '../text-width.ts';
import type {Signs, Tone} from '../theme.ts';
import {hanging, problemLines} from './page-parts.ts';
import type {RepairScreen} from './pages.ts';
import {problemFor} from './screens.ts';
import type {PastRun, Repair} from './values.ts';

const heads = ['RUN', 'WAY', 'OUTCOME', 'STEPS', 'BEGUN', 'BY'];

/** Past runs of this cluster, newest first, each of which can be rolled back from here. */
export function runsPage(
	screen: Extract<RepairScreen, {name: 'runs'}>,
	repair: Repair,
	width: number,
	signs: Signs,
): Omit<Document, 'title'> {
	const {runs} = repair;
	if (runs === null) {
		const problem = problemLines(problemFor(repair, 'listRuns'), width, signs);
		return {lines: problem.length > 0 ? problem : paragraph('asking the cluster', width, 0, 'muted')};
	}

	const damaged = repair.damaged.flatMap(({message, hint}) => [
		...hanging(signs.bad, message, width, 0, 'bad'),
		...paragraph(hint, width, 2, 'muted'),
	]);
	if (runs.length === 0) return {lines: damaged.length > 0 ? damaged : paragraph('No run was made on this cluster.', width, 0, 'muted')};
	const rows = runs.map(cellsOf);
	const widths = heads.map((head, column) => Math.max(widthOf(head), ...rows.map(cells => widthOf(cells[column] ?? ''))));
	const line = (cells: readonly string[], tone: Tone): Line =>
		cutLine(
			cells.flatMap((text, column) => [span(pad(text, widths[column] ?? 0), column === 2 ? tone : 'plain'), span('  ')]),
			width - 2,
			signs.cut,
		);
	return {
		focus: screen.row + 1,
		lines: [
			[span('  '), span(lineText(line(heads, 'plain')), 'muted')],
			...rows.map((cells, index) =>
				index === screen.row
					? [span(pad(`${signs.cursor} ${lineText(line(cells, 'plain'))}`, width), 'selected')]
					: [span('  '), ...line(cells, toneOf(runs[index]))],
			),
			...(damaged.length === 0 ? [] : [[], ...damaged]),
		],
	};
}

function cellsOf({id, strategy, outcome, done, total, startedAt, by}: PastRun): readonly string[] {
	return [id, strategy, outcome, `${done}/${total}`, timeText(Date.parse(startedAt) / 1000), by];
}

const toneOf = (run: PastRun | undefined): Tone =>
	run?.outcome === 'done' ? 'good' : run?.outcome === 'rolled-back' ? 'muted' : 'doubtful';
