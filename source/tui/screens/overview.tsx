import {Box} from 'ink';
import {useContext, type ReactNode} from 'react';
import {Gap} from '../components/frame.tsx';
import {LineText, Lines} from '../components/lines.tsx';
import {ruleLine} from '../components/rule-line.ts';
import {tableLines} from '../components/table-lines.ts';
import {findingDocument} from '../documents/finding-document.ts';
import {nodeDocument} from '../documents/node-document.ts';
import type {Document} from '../documents/writing.ts';
import {margin} from '../layout.ts';
import {span, type Line} from '../line.ts';
import {windowOf} from '../list.ts';
import {nodeColumns, nodeSort, verdictCounts, visibleNodes} from '../node-table.ts';
import {overviewLayout, type OverviewLayout} from '../overview-layout.ts';
import type {State, View} from '../state.ts';
import {pad} from '../text-width.ts';
import {ThemeContext} from '../theme.ts';

type Props = {readonly view: View; readonly state: State};

/** The answer, whole; below it the nodes, and what is known of the one under the cursor. */
export function Overview({view, state}: Props): ReactNode {
	const {columns, rows} = view;
	const layout = overviewLayout(view, state);
	return (
		<>
			<Lines lines={layout.answer} width={columns} height={layout.answer.length} />
			<Gap rows={rows} />
			<Box flexDirection={layout.pane.isBeside ? 'row' : 'column'} flexShrink={0}>
				<Nodes view={view} state={state} layout={layout} />
				{layout.pane.rows > 0 && <Pane view={view} state={state} layout={layout} />}
			</Box>
		</>
	);
}

function Nodes({view, state, layout: {table}}: Props & {readonly layout: OverviewLayout}): ReactNode {
	const {signs} = useContext(ThemeContext);
	const {model} = view;
	const rows = visibleNodes(model.nodes, state.nodes);
	const isActive = state.focus === 'nodes';
	const lines =
		rows.length === 0
			? [[], [span(' '.repeat(margin)), span(emptyText(model.nodes.length, model.snapshot.phase !== null), 'muted')]]
			: tableLines({
					columns: nodeColumns,
					all: model.nodes,
					rows,
					...windowOf(state.nodes, rows, table.rows),
					height: table.rows,
					width: table.columns,
					isActive,
					sort: nodeSort(model.nodes, state.nodes),
					isReversed: state.nodes.isReversed,
					signs,
				});
	return (
		<Box flexDirection="column" width={table.columns} flexShrink={0}>
			<LineText line={ruleLine(...nodesTitle(view, state), isActive, table.columns, signs)} width={table.columns} />
			<Lines lines={lines} width={table.columns} height={table.rows + 1} />
		</Box>
	);
}

/** What follows the cursor: the node, or the finding. */
function Pane({view, state, layout: {pane}}: Props & {readonly layout: OverviewLayout}): ReactNode {
	const {signs} = useContext(ThemeContext);
	const document = followed(view, state, pane.columns - 2 * margin);
	const edge = span(pad(pane.isBeside ? signs.bar : '', margin), 'muted');
	const lines = Array.from({length: pane.rows}, (_, index): Line => [edge, ...(document?.lines[index] ?? [])]);
	return (
		<Box flexDirection="column" width={pane.columns} flexShrink={0}>
			<LineText line={ruleLine(document?.title ?? '', '', false, pane.columns, signs)} width={pane.columns} />
			<Lines lines={lines} width={pane.columns} height={pane.rows} />
		</Box>
	);
}

function followed({model, signs}: View, {focus, findings, nodes}: State, width: number): Document | undefined {
	if (focus === 'findings') {
		const row = model.findings[windowOf(findings, model.findings, 1).cursor];
		return row && findingDocument(row.finding, width, signs);
	}

	const rows = visibleNodes(model.nodes, nodes);
	const row = rows[windowOf(nodes, rows, 1).cursor];
	return row && nodeDocument(model, row.name, width, signs, true);
}

function nodesTitle({model, signs}: View, {nodes}: State): [title: string, detail: string] {
	const visible = visibleNodes(model.nodes, nodes);
	const count = nodes.filter === '' ? `${model.nodes.length}` : `${visible.length} of ${model.nodes.length}`;
	return [`Nodes ${count}`, nodes.filter === '' ? verdictCounts(model.nodes, signs) : `filter: ${nodes.filter}`];
}

function emptyText(count: number, isUnderWay: boolean): string {
	if (count > 0) return 'no node matches the filter; esc clears it';
	return isUnderWay ? 'waiting for the list of nodes' : 'no nodes were seen; r asks again';
}
