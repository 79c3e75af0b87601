import {Box} from 'ink';
import type {ReactNode} from 'react';
import {Gap} from '../components/gap.tsx';
import {Lines} from '../components/lines.tsx';
import {Section} from '../components/section.tsx';
import {Table} from '../components/table.tsx';
import {nextSort} from '../columns.ts';
import {gapLines, ruleLines, tableHeadLines} from '../layout.ts';
import {moveCursor, placeText, windowOf, type ListState} from '../list.ts';
import {nodeColumns, nodeSort, verdictCounts, visibleNodes} from '../node-table.ts';
import {overviewLayout, type OverviewLayout} from '../overview-layout.ts';
import {OverviewPane} from '../overview-pane.tsx';
import type {View} from '../state.ts';
import {defineScreen, push, type About, type At, type ScreenDefinition, type Seen} from './screen.ts';

type Here = {
	readonly name: 'overview';
	/** Which of its lists has the keys. */
	readonly focus: 'nodes' | 'findings';
	readonly nodes: ListState;
	readonly findings: ListState;
	/** Nodes that are to be repaired first, or alone. */
	readonly marked: readonly string[];
};

/** The answer, whole; below it the nodes, and what is known of the one under the cursor. */
export const overview: ScreenDefinition<'overview', Here> = defineScreen({
	name: 'overview',
	title: 'nodes and findings',
	keys: [
		{
			keys: ['enter', 'right', 'l'],
			label: 'open the row under the cursor',
			footer: {word: 'open', rank: 3},
			act({state, about: {node, finding}}) {
				if (node !== undefined) return {state: push(state, {name: 'node', node, offset: 0})};
				return finding === undefined ? undefined : {state: push(state, {name: 'finding', finding, offset: 0})};
			},
		},
		{
			keys: ['tab', 'shift+tab', 'f'],
			label: 'switch between nodes and findings',
			footer: {word: 'findings', rank: 5},
			word: ({screen}) => (screen.focus === 'findings' ? 'nodes' : 'findings'),
			act: ({state, screen, view: {model}}) =>
				screen.focus === 'nodes' && model.findings.length === 0
					? undefined
					: {state: {...state, screen: {...screen, focus: screen.focus === 'nodes' ? 'findings' : 'nodes'}}},
		},
		{
			keys: [' '],
			label: 'mark a node: a repair begins with it',
			footer: {word: 'mark', rank: 10},
			act({state, screen, about: {node}}) {
				if (node === undefined) return undefined;
				const marked = screen.marked.includes(node) ? screen.marked.filter(each => each !== node) : [...screen.marked, node];
				return {state: {...state, screen: {...screen, marked}}};
			},
		},
		{
			keys: ['escape'],
			label: 'from the findings to the nodes',
			act: ({state, screen}) => (screen.focus === 'nodes' ? undefined : {state: {...state, screen: {...screen, focus: 'nodes'}}}),
		},
	],
	about: underCursor,
	rows: {
		of({screen, view}) {
			const {nodes} = view.model;
			const sort = nodeSort(nodes, screen.nodes);
			const height = overviewLayout(view, screen).table.rows;
			return {list: screen.nodes, rows: visibleNodes(nodes, screen.nodes), height, sort, nextSort: nextSort(nodeColumns, sort)};
		},
		with: (screen, nodes) => ({...screen, focus: 'nodes', nodes}),
	},
	move({screen, state, view}, move) {
		const {nodes, findings} = view.model;
		const {answer, table} = overviewLayout(view, screen);
		return screen.focus === 'findings'
			? {...state, screen: {...screen, findings: moveCursor(screen.findings, findings, answer.length, move)}}
			: {...state, screen: {...screen, nodes: moveCursor(screen.nodes, visibleNodes(nodes, screen.nodes), table.rows, move)}};
	},
	copied({about: {node, finding}, view: {model}}) {
		const found = finding === undefined ? undefined : model.findings.find(({key}) => key === finding)?.finding;
		if (found === undefined) return node ?? '';
		return [`${found.code}: ${found.title}`, ...found.because.map(({source, says}) => `${source}: ${says}`), found.remedy].join('\n');
	},
	rowAt({screen, view}, line) {
		const {answer, table} = overviewLayout(view, screen);
		const row = line - answer.length - gapLines(view.rows) - ruleLines - tableHeadLines;
		return row < 0 || row >= table.rows ? undefined : row;
	},
	Body: Overview,
});

function underCursor({screen, view: {model}}: Seen<Here>): About {
	const {marked} = screen;
	if (screen.focus === 'findings') {
		const row = model.findings[windowOf(screen.findings, model.findings, 1).cursor];
		return row === undefined ? {marked} : {finding: row.key, marked};
	}

	const rows = visibleNodes(model.nodes, screen.nodes);
	const row = rows[windowOf(screen.nodes, rows, 1).cursor];
	return row === undefined ? {marked} : {node: row.name, marked};
}

type Props = Pick<At<Here>, 'screen' | 'view'>;

function Overview({view, screen}: Props): ReactNode {
	const {columns, rows, model} = view;
	const layout = overviewLayout(view, screen);
	return (
		<>
			<Lines lines={layout.answer} width={columns} height={layout.answer.length} />
			<Gap rows={rows} />
			{/* Before there is a node the answer says what is waited for. */}
			{(model.nodes.length > 0 || model.snapshot.phase === null) && (
				<Box flexDirection={layout.pane.isBeside ? 'row' : 'column'} flexShrink={0}>
					<Nodes view={view} screen={screen} layout={layout} />
					{layout.pane.rows > 0 && <OverviewPane model={model} about={underCursor({screen, view})} pane={layout.pane} />}
				</Box>
			)}
		</>
	);
}

function Nodes({view, screen, layout: {table}}: Props & {readonly layout: OverviewLayout}): ReactNode {
	const {model} = view;
	const rows = visibleNodes(model.nodes, screen.nodes);
	const isActive = screen.focus === 'nodes';
	return (
		<Section {...nodesTitle(view, screen, table.rows)} isActive={isActive} columns={table.columns}>
			<Table
				columns={nodeColumns}
				all={model.nodes}
				rows={rows}
				list={screen.nodes}
				height={table.rows}
				width={table.columns}
				isActive={isActive}
				sort={nodeSort(model.nodes, screen.nodes)}
				isMarked={({name}) => screen.marked.includes(name)}
				empty={model.nodes.length > 0 ? 'no node matches the filter; esc clears it' : 'no nodes found; r asks again'}
			/>
		</Section>
	);
}

function nodesTitle({model, signs}: View, {nodes, marked}: Here, rows: number): {title: string; detail: string} {
	const visible = visibleNodes(model.nodes, nodes);
	const {length} = model.nodes;
	const place = placeText(windowOf(nodes, visible, rows).offset, rows, visible.length);
	const count = nodes.filter === '' ? place || `${length}` : `${visible.length} of ${length}`;
	const detail = nodes.filter === '' ? verdictCounts(model.nodes, signs) : `filter: ${nodes.filter}`;
	return {title: `Nodes ${count}`, detail: marked.length === 0 ? detail : `${marked.length} marked ${signs.dot} ${detail}`};
}
