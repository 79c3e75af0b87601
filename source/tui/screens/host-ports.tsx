import {useContext, type ReactNode} from 'react';
import {LineText, Lines} from '../components/lines.tsx';
import {ruleLine} from '../components/rule-line.ts';
import {tableLines} from '../components/table-lines.ts';
import {hostPortColumns, hostPortSort, visibleHostPorts} from '../host-port-table.ts';
import {margin, tableHeight} from '../layout.ts';
import {span} from '../line.ts';
import {windowOf} from '../list.ts';
import type {State, View} from '../state.ts';
import {ThemeContext} from '../theme.ts';

/** Every hostPort of the cluster, those that do not work first. */
export function HostPorts({view: {model, columns, rows}, state: {hostPorts}}: {readonly view: View; readonly state: State}): ReactNode {
	const {signs} = useContext(ThemeContext);
	const visible = visibleHostPorts(model.hostPorts, hostPorts);
	const wired = model.hostPorts.filter(({port}) => port.state === 'wired').length;
	const count = hostPorts.filter === '' ? `${visible.length}` : `${visible.length} of ${model.hostPorts.length}`;
	const height = tableHeight(rows);
	const empty =
		model.hostPorts.length > 0
			? 'no hostPort matches the filter; esc clears it'
			: model.snapshot.diagnosis === null
				? 'not known yet'
				: 'no pod has a hostPort';
	const lines =
		visible.length === 0
			? [[], [span(' '.repeat(margin)), span(empty, 'muted')]]
			: tableLines({
					columns: hostPortColumns,
					all: model.hostPorts,
					rows: visible,
					...windowOf(hostPorts, visible, height),
					height,
					width: columns,
					isActive: true,
					sort: hostPortSort(hostPorts),
					isReversed: hostPorts.isReversed,
					signs,
				});
	const detail = hostPorts.filter === '' ? `${wired} wired` : `filter: ${hostPorts.filter}`;
	return (
		<>
			<LineText line={ruleLine(`hostPorts ${count}`, model.hostPorts.length === 0 ? '' : detail, true, columns, signs)} width={columns} />
			<Lines lines={lines} width={columns} height={height + 1} />
		</>
	);
}
