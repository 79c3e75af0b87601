import {useContext, type ReactNode} from 'react';
import {hostPortName} from '../../diagnosis/diagnosis.ts';
import {nextSort} from '../columns.ts';
import {Section} from '../components/section.tsx';
import {Table} from '../components/table.tsx';
import {hostPortColumns, hostPortSort, visibleHostPorts} from '../host-port-table.ts';
import {ruleLines, tableHeadLines, tableHeight} from '../layout.ts';
import {emptyList, moveCursor, placeText, windowOf, type ListState} from '../list.ts';
import type {HostPortRow} from '../model.ts';
import {ThemeContext} from '../theme.ts';
import {defineScreen, push, type ScreenDefinition, type Seen} from './screen.ts';

type Here = {readonly name: 'hostPorts'; readonly list: ListState};

/** Every hostPort of the cluster, those that do not work first. */
export const hostPorts: ScreenDefinition<'hostPorts', Here> = defineScreen({
	name: 'hostPorts',
	title: 'hostPorts',
	opener: {
		keys: ['p'],
		label: 'every hostPort',
		footer: {word: 'hostPorts', rank: 8},
		act: ({state}) => ({state: push(state, {name: 'hostPorts', list: emptyList})}),
	},
	keys: [
		{
			keys: ['enter', 'right', 'l'],
			label: 'open the hostPort: the path of its packets',
			footer: {word: 'open', rank: 3},
			act(at) {
				const row = underCursor(at);
				return row === undefined ? undefined : {state: push(at.state, {name: 'hostPort', hostPort: row.key, offset: 0})};
			},
		},
	],
	about(at) {
		const row = underCursor(at);
		return row === undefined ? {} : {node: row.port.node};
	},
	rows: {
		of({screen: {list}, view}) {
			const sort = hostPortSort(list);
			const rows = visibleHostPorts(view.model.hostPorts, list);
			return {list, rows, height: tableHeight(view.rows), sort, nextSort: nextSort(hostPortColumns, sort)};
		},
		with: (screen, list) => ({...screen, list}),
	},
	move({screen, state, view: {model, rows}}, move) {
		const list = moveCursor(screen.list, visibleHostPorts(model.hostPorts, screen.list), tableHeight(rows), move);
		return {...state, screen: {...screen, list}};
	},
	copied(at) {
		const port = underCursor(at)?.port;
		return port === undefined ? '' : `${hostPortName(port)} on ${port.node}`;
	},
	rowAt({view: {rows}}, line) {
		const row = line - ruleLines - tableHeadLines;
		return row < 0 || row >= tableHeight(rows) ? undefined : row;
	},
	Body: HostPorts,
});

function underCursor({screen: {list}, view: {model}}: Seen<Here>): HostPortRow | undefined {
	const rows = visibleHostPorts(model.hostPorts, list);
	return rows[windowOf(list, rows, 1).cursor];
}

function HostPorts({view: {model, columns, rows}, screen: {list}}: Seen<Here>): ReactNode {
	const {signs} = useContext(ThemeContext);
	const visible = visibleHostPorts(model.hostPorts, list);
	const wired = model.hostPorts.filter(({port}) => port.state === 'wired').length;
	const count = list.filter === '' ? `${visible.length}` : `${visible.length} of ${model.hostPorts.length}`;
	const height = tableHeight(rows);
	const empty =
		model.hostPorts.length > 0
			? 'no hostPort matches the filter; esc clears it'
			: model.snapshot.diagnosis === null
				? 'not known yet'
				: 'no pod has a hostPort';
	const place = placeText(windowOf(list, visible, height).offset, height, visible.length);
	const detail = [place, list.filter === '' ? `${wired} mapped` : `filter: ${list.filter}`].filter(Boolean).join(` ${signs.dot} `);
	return (
		<Section title={`hostPorts ${count}`} detail={model.hostPorts.length === 0 ? '' : detail} isActive columns={columns}>
			<Table
				columns={hostPortColumns}
				all={model.hostPorts}
				rows={visible}
				list={list}
				height={height}
				width={columns}
				sort={hostPortSort(list)}
				empty={empty}
			/>
		</Section>
	);
}
