import {useContext, type ReactNode} from 'react';
import {findingLines} from '../components/finding-lines.ts';
import {Gap} from '../components/frame.tsx';
import {LineText, Lines} from '../components/lines.tsx';
import {ruleLine} from '../components/rule-line.ts';
import {tableLines} from '../components/table-lines.ts';
import {margin, overviewLayout} from '../layout.ts';
import {span, type Line} from '../line.ts';
import {windowOf} from '../list.ts';
import {nodeColumns, nodeSort, verdictCounts, visibleNodes} from '../node-table.ts';
import type {State, View} from '../state.ts';
import type {Signs} from '../theme.ts';
import {ThemeContext} from '../theme.ts';

type Props = {readonly view: View; readonly state: State};

/** Findings, worst first, above the table of nodes. */
export function Overview({view, state}: Props): ReactNode {
	const {signs} = useContext(ThemeContext);
	const {model, columns, rows} = view;
	const layout = overviewLayout(rows, model.findings.length);
	const isFindings = state.focus === 'findings';
	return (
		<>
			<LineText
				line={ruleLine(
					`Findings ${model.findings.length}`,
					findingsDetail(model.findings.length, layout.strip),
					isFindings,
					columns,
					signs,
				)}
				width={columns}
			/>
			<Lines lines={stripLines(view, state, layout.strip, signs)} width={columns} height={layout.strip} />
			<Gap rows={rows} />
			<LineText line={ruleLine(...nodesTitle(view, state), !isFindings, columns, signs)} width={columns} />
			<Lines lines={nodeLines(view, state, layout.nodes, signs)} width={columns} height={layout.nodes + 1} />
		</>
	);
}

function findingsDetail(count: number, height: number): string {
	return count > height ? `${height} shown, tab for the others` : '';
}

function stripLines({model, columns}: View, state: State, height: number, signs: Signs): readonly Line[] {
	const {findings, snapshot} = model;
	const {cursor, offset} = windowOf(state.findings, findings, height);
	if (findings.length > 0)
		return findingLines(findings.slice(offset, offset + height), state.focus === 'findings' ? cursor - offset : null, columns, signs);
	const text = snapshot.diagnosis !== null ? 'none' : snapshot.phase === null ? 'not known' : 'none yet';
	return [[span(' '.repeat(margin)), span(text, 'muted')]];
}

function nodesTitle({model, signs}: View, {nodes}: State): [title: string, detail: string] {
	const visible = visibleNodes(model.nodes, nodes);
	const count = nodes.filter === '' ? `${model.nodes.length}` : `${visible.length} of ${model.nodes.length}`;
	return [`Nodes ${count}`, nodes.filter === '' ? verdictCounts(model.nodes, signs) : `filter: ${nodes.filter}`];
}

function nodeLines({model, columns}: View, state: State, height: number, signs: Signs): readonly Line[] {
	const rows = visibleNodes(model.nodes, state.nodes);
	if (rows.length === 0)
		return [[], [span(' '.repeat(margin)), span(emptyText(model.nodes.length, model.snapshot.phase !== null), 'muted')]];
	return tableLines({
		columns: nodeColumns,
		all: model.nodes,
		rows,
		...windowOf(state.nodes, rows, height),
		height,
		width: columns,
		isActive: state.focus === 'nodes',
		sort: nodeSort(model.nodes, state.nodes),
		isReversed: state.nodes.isReversed,
		signs,
	});
}

function emptyText(count: number, isUnderWay: boolean): string {
	if (count > 0) return 'no node matches the filter; esc clears it';
	return isUnderWay ? 'waiting for the list of nodes' : 'no nodes were seen; r asks again';
}
