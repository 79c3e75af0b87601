import {stepsText} from '../../output/run-table.ts';
import {textWidth} from '../layout.ts';
import {cutLine, lineText, span, type Line} from '../line.ts';
import {hanging, problemLines} from '../repair/page-parts.ts';
import type {PastRun} from '../repair/values.ts';
import {ask, follow, problemFor, repairOf} from '../repair/wizard.ts';
import {pad, widthOf} from '../text-width.ts';
import type {Tone} from '../theme.ts';
import {paragraph, timeText, type Document} from '../writing.ts';
import {push, rollbackKey, type ScreenDefinition, type Seen} from './screen.ts';
import {defineText, type Scrolled} from './text-screen.tsx';

type Here = Scrolled<'runs'> & {readonly row: number};

/** Past runs of this cluster, newest first, each of which can be rolled back from here. */
export const runs: ScreenDefinition<'runs', Here> = defineText({
	name: 'runs',
	title: 'past runs',
	isApart: true,
	opener: {
		keys: ['u'],
		label: 'past runs of the repair; roll them back',
		footer: {word: 'runs', rank: 9},
		act: ({state, view}) =>
			view.canRepair ? {state: push(state, {name: 'runs', offset: follow, row: 0}), intent: ask({do: 'listRuns'})} : undefined,
	},
	keys: [
		{
			keys: ['enter', 'right', 'l'],
			label: 'open the run',
			footer: {word: 'open', rank: 3},
			act({screen, state, view}) {
				const past = repairOf(view)?.runs?.[screen.row];
				return past === undefined ? undefined : {state: push(state, {name: 'pastRun', run: past.id, offset: 0})};
			},
		},
		rollbackKey(({screen, view}) => repairOf(view)?.runs?.[screen.row]),
	],
	choose({screen, view}, move) {
		const by = move === 'up' ? -1 : move === 'down' ? 1 : 0;
		const count = repairOf(view)?.runs?.length ?? 0;
		return by === 0 ? undefined : {...screen, offset: follow, row: Math.max(0, Math.min(screen.row + by, count - 1))};
	},
	write: at => ({title: 'Runs', ...body(at)}),
});

const heads = ['RUN', 'STRATEGY', 'OUTCOME', 'STEPS', 'STARTED', 'BY'];

function body({screen, view}: Seen<Here>): Pick<Document, 'lines' | 'focus'> {
	const repair = repairOf(view);
	const {signs} = view;
	const width = textWidth(view.columns);
	if (repair === null) return {lines: paragraph('asking the cluster', width, 0, 'muted')};
	const {runs} = repair;
	if (runs === null) {
		const problem = problemLines(problemFor(repair, 'listRuns'), width, signs);
		return {lines: problem.length > 0 ? problem : paragraph('asking the cluster', width, 0, 'muted')};
	}

	const damaged = repair.damaged.flatMap(({message, hint}) => [
		...hanging(signs.bad, message, width, 0, 'bad'),
		...paragraph(hint, width, 2, 'muted'),
	]);
	if (runs.length === 0) return {lines: damaged.length > 0 ? damaged : paragraph('No runs on this cluster.', width, 0, 'muted')};
	const rows = runs.map(cellsOf);
	const widths = heads.map((head, column) => Math.max(widthOf(head), ...rows.map(cells => widthOf(cells[column] ?? ''))));
	// Half a column says nothing: the page of the run has it.
	const shown = widths.filter((_, column) => widths.slice(0, column + 1).reduce((sum, each) => sum + each + 2, 0) <= width).length;
	const line = (cells: readonly string[], tone: Tone): Line =>
		cutLine(
			cells
				.slice(0, Math.max(1, shown))
				.flatMap((text, column) => [span(column === 0 ? '' : '  '), span(pad(text, widths[column] ?? 0), column === 2 ? tone : 'plain')]),
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

function cellsOf({id, strategy, outcome, steps, startedAt, by}: PastRun): readonly string[] {
	return [id, strategy, outcome, stepsText(steps.map(({state}) => state)), timeText(Date.parse(startedAt) / 1000), by];
}

const toneOf = (run: PastRun | undefined): Tone =>
	run?.outcome === 'done' ? 'good' : run?.outcome === 'rolled-back' ? 'muted' : 'doubtful';
