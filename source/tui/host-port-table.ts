import {stateWords, type HostPortDiagnosis} from '../diagnosis/diagnosis.ts';
import {compareText, matches, remembered, sortRows, type Column} from './columns.ts';
import type {ListState} from './list.ts';
import type {HostPortRow} from './model.ts';
import type {Signs, Tone} from './theme.ts';

type State = HostPortDiagnosis['state'];

const stateSigns: Readonly<Record<State, keyof Signs>> = {wired: 'good', unwired: 'bad', unknown: 'unknown'};
const stateTones: Readonly<Record<State, Tone>> = {wired: 'good', unwired: 'bad', unknown: 'doubtful'};
const stateOrder: readonly State[] = ['unwired', 'unknown', 'wired'];

/** The state of a hostPort with its sign. */
export function stateText(state: State, signs: Signs): string {
	return `${signs[stateSigns[state]]} ${stateWords[state]}`;
}

/** Its tone. */
export function stateTone(state: State): Tone {
	return stateTones[state];
}

/** `10.0.0.5:8080 → 80/TCP`; no address stands for every address of the node. */
export function mappingText({hostIP, hostPort, containerPort, protocol}: HostPortDiagnosis, signs: Signs): string {
	const address = hostIP.includes(':') ? `[${hostIP}]` : hostIP;
	return `${address}:${hostPort} ${signs.arrow} ${containerPort}/${protocol}`;
}

const podName = ({port}: HostPortRow): string => `${port.namespace}/${port.pod}`;
const byPort = (a: HostPortRow, b: HostPortRow): number => a.port.hostPort - b.port.hostPort || compareText(podName(a), podName(b));
const byText = (text: (row: HostPortRow) => string) => (a: HostPortRow, b: HostPortRow) => compareText(text(a), text(b)) || byPort(a, b);

/** Columns of the table of hostPorts. */
export const hostPortColumns: ReadonlyArray<Column<HostPortRow>> = [
	{
		id: 'state',
		title: 'STATE',
		minimum: 12,
		rank: 2,
		text: ({port}, signs) => stateText(port.state, signs),
		tone: ({port}) => stateTones[port.state],
		compare: (a, b) => stateOrder.indexOf(a.port.state) - stateOrder.indexOf(b.port.state) || byPort(a, b),
	},
	{id: 'pod', title: 'POD', minimum: 28, rank: 3, isName: true, text: podName, compare: byText(podName)},
	{id: 'mapping', title: 'HOSTPORT', minimum: 16, rank: 1, text: ({port}, signs) => mappingText(port, signs), compare: byPort},
	{id: 'node', title: 'NODE', minimum: 12, rank: 4, isName: true, text: ({port}) => port.node, compare: byText(({port}) => port.node)},
	{id: 'owner', title: 'OWNER', minimum: 14, rank: 5, isName: true, text: ({port}) => port.owner, compare: byText(({port}) => port.owner)},
	// Names are whole before there is room for it.
	{id: 'by', title: 'BY', minimum: 40, rank: 6, text: ({port}) => port.by, tone: () => 'muted', compare: byText(({port}) => port.by)},
];

/** Worst first where nobody chose an order. */
export function hostPortSort(list: ListState): string {
	return list.sort ?? 'state';
}

/** The rows that pass the filter, sorted. */
export const visibleHostPorts = remembered<HostPortRow>((rows, list) => {
	const left =
		list.filter === ''
			? rows
			: rows.filter(row => {
					const {node, owner, state, hostPort, protocol, hostIP} = row.port;
					return matches(list.filter, [podName(row), node, owner, stateWords[state], `${hostIP}:${hostPort}/${protocol}`]);
				});
	return sortRows(hostPortColumns, left, hostPortSort(list), list.isReversed);
});
