import {Box} from 'ink';
import {useContext, type ReactNode} from 'react';
import {nextSort} from '../columns.ts';
import {Prose} from '../components/prose.tsx';
import {Section} from '../components/section.tsx';
import {Table} from '../components/table.tsx';
import {TextColumn} from '../components/text-column.tsx';
import {Told} from '../components/told.tsx';
import {bodyHeight, margin, ruleLines, tableHeadLines, tableHeight, textWidth} from '../layout.ts';
import {moveCursor, placeText, windowOf, type ListState} from '../list.ts';
import type {Repair} from '../repair/values.ts';
import {ask, problemFor, repairOf} from '../repair/wizard.ts';
import {newestRuns, runColumns, runSort, visibleRuns, type RunRow} from '../run-table.ts';
import type {View} from '../state.ts';
import {wrap} from '../text-width.ts';
import {ThemeContext} from '../theme.ts';
import {defineScreen, push, rollbackKey, type ScreenDefinition, type Seen} from './screen.ts';

type Here = {readonly name: 'runs'; readonly list: ListState};

/** Past runs of this cluster, newest first, each of which can be rolled back from here. */
export const runs: ScreenDefinition<'runs', Here> = defineScreen({
	name: 'runs',
	title: 'past runs',
	isApart: true,
	opener: {
		keys: ['u'],
		label: 'past runs of the repair; roll them back',
		footer: {word: 'runs', rank: 9},
		act: ({state, view}) =>
			view.canRepair ? {state: push(state, {name: 'runs', list: newestRuns}), intent: ask({do: 'listRuns'})} : undefined,
	},
	keys: [
		{
			keys: ['enter', 'right', 'l'],
			label: 'open the run',
			footer: {word: 'open', rank: 3},
			act(at) {
				const row = underCursor(at);
				return row === undefined ? undefined : {state: push(at.state, {name: 'pastRun', run: row.key, offset: 0})};
			},
		},
		rollbackKey(at => underCursor(at)?.past),
	],
	rows: {
		of({screen: {list}, view}) {
			const sort = runSort(list);
			const height = heightOf(view);
			return {list, rows: visibleRuns(rowsOf(view), list), height, sort, nextSort: nextSort(runColumns, sort)};
		},
		with: (screen, list) => ({...screen, list}),
	},
	move({screen, state, view}, move) {
		const list = moveCursor(screen.list, visibleRuns(rowsOf(view), screen.list), heightOf(view), move);
		return {...state, screen: {...screen, list}};
	},
	copied: at => underCursor(at)?.key ?? '',
	rowAt({view}, line) {
		const row = line - ruleLines - tableHeadLines;
		return row < 0 || row >= heightOf(view) ? undefined : row;
	},
	Body: Runs,
});

const rowsOf = (view: View): readonly RunRow[] => (repairOf(view)?.runs ?? []).map(past => ({key: past.id, past}));

function underCursor({screen: {list}, view}: Seen<Here>): RunRow | undefined {
	const rows = visibleRuns(rowsOf(view), list);
	return rows[windowOf(list, rows, 1).cursor];
}

/** Rows of the table that fit above what cannot be read. */
function heightOf(view: View): number {
	const width = textWidth(view.columns) - 2;
	const damaged = (repairOf(view)?.damaged ?? []).flatMap(({message, hint}) => [...wrap(message, width), ...wrap(hint, width)]);
	return Math.max(3, tableHeight(view.rows) - (damaged.length === 0 ? 0 : damaged.length + 1));
}

function Runs({view, screen: {list}}: Seen<Here>): ReactNode {
	const {signs} = useContext(ThemeContext);
	const {columns, rows} = view;
	const repair = repairOf(view);
	const all = rowsOf(view);
	const visible = visibleRuns(all, list);
	const height = heightOf(view);
	const place = placeText(windowOf(list, visible, height).offset, height, visible.length);
	const detail = [place, list.filter === '' ? '' : `filter: ${list.filter}`].filter(Boolean).join(` ${signs.dot} `);
	const count = list.filter === '' ? `${visible.length}` : `${visible.length} of ${all.length}`;
	return (
		<Section title={all.length === 0 ? 'Runs' : `Runs ${count}`} detail={detail} isActive columns={columns}>
			<Box flexDirection="column" height={bodyHeight(rows)} overflow="hidden">
				{all.length > 0 && (
					<Table
						columns={runColumns}
						all={all}
						rows={visible}
						list={list}
						height={height}
						width={columns}
						sort={runSort(list)}
						empty="no run matches the filter; esc clears it"
					/>
				)}
				<Box paddingLeft={margin} paddingTop={all.length === 0 ? 0 : 1}>
					<TextColumn width={textWidth(columns)}>
						<Else repair={repair} />
					</TextColumn>
				</Box>
			</Box>
		</Section>
	);
}

/** What stands there where there are no runs, and the journals that nothing is done with. */
function Else({repair}: {readonly repair: Repair | null}): ReactNode {
	if (repair?.runs) {
		if (repair.runs.length === 0 && repair.damaged.length === 0) return <Prose tone="muted">No runs on this cluster.</Prose>;
		return repair.damaged.map((damaged, index) => <Told key={index} {...damaged} hintTone="muted" />);
	}

	const problem = repair && problemFor(repair, 'listRuns');
	return problem === null ? <Prose tone="muted">asking the cluster</Prose> : <Told {...problem} />;
}
