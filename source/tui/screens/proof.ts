import {answerText, byReason, placesOf, placeTitles, proofMatrix, type MatrixRow, type Place} from '../../output/proof-matrix.ts';
import {textWidth} from '../layout.ts';
import {span, type Line} from '../line.ts';
import type {Model} from '../model.ts';
import {cut, cutMiddle, cutStart, pad, widthOf} from '../text-width.ts';
import type {Signs, Tone} from '../theme.ts';
import type {Step, View} from '../state.ts';
import {heading, labelled, paragraph, type Document} from '../writing.ts';
import {push, type At, type ScreenDefinition} from './screen.ts';
import {defineText, type Scrolled} from './text-screen.tsx';

const making = (what: 'pods' | 'test pod', question: string, [yes, no]: readonly [string, string]) => {
	const intent = {kind: 'verify', making: what} as const;
	return ({state, view}: At<Here>): Step | undefined =>
		canMake(what, view) ? {state: {...state, prompt: {kind: 'ask', question, yes, no, intent}}} : undefined;
};

/** Pods have something to connect to where there are hostPorts, a test pod is for where there are none. */
function canMake(what: 'pods' | 'test pod', {model: {snapshot, hostPorts}, canRepair}: View): boolean {
	const isIdle = canRepair && snapshot.diagnosis !== null && snapshot.phase === null;
	return isIdle && (hostPorts.length === 0) === (what === 'test pod');
}

type Here = Scrolled<'proof'>;

/** Connections to every hostPort, live. */
export const proof: ScreenDefinition<'proof', Here> = defineText({
	name: 'proof',
	title: 'the proof',
	opener: {
		keys: ['v'],
		label: 'verify: connect to every hostPort, live',
		footer: {word: 'verify', rank: 8},
		act: ({state}) => ({state: push(state, {name: 'proof', offset: 0}), intent: {kind: 'verify', making: 'nothing'}}),
	},
	keys: [
		{
			keys: ['v'],
			label: 'connect again',
			footer: {word: 'again', rank: 8},
			act: ({state}) => ({state, intent: {kind: 'verify', making: 'nothing'}}),
		},
		{
			keys: ['o'],
			label: 'verify from ordinary pods too; asks first',
			footer: {word: 'pods too', rank: 3},
			act: making('pods', 'create a small pod on each node with hostPorts?', ['create them', 'no  they are removed again']),
		},
		{
			keys: ['t'],
			label: 'verify by a test pod; asks first',
			footer: {word: 'test pod', rank: 3},
			act: making('test pod', 'create one small pod with a hostPort?', ['create it', 'no  it is removed again']),
		},
	],
	write: ({view: {model, columns, signs}}) => proofDocument(model, textWidth(columns), signs),
});

type Cell = {readonly text: string; readonly tone: Tone};

/** Narrowest column for the name of a pod; its port and address stand whole behind it. */
const narrowestPod = 10;
const gap = 2;
/** For a narrow terminal. */
const shortTitles: Readonly<Record<Place, string>> = {
	'same-node': 'SAME',
	'other-node': 'OTHER',
	'pod-same-node': 'POD SAME',
	'pod-other-node': 'POD OTHER',
	'pod-itself': 'POD SELF',
	client: 'HERE',
};

/** The live proof: a row for each hostPort and address, a column for each place, filled in as the answers come. */
export function proofDocument({snapshot}: Model, width: number, signs: Signs): Document {
	const live = snapshot.proof;
	if (live === null)
		return {title: 'Proof', lines: paragraph('Not verified yet. Press v to connect to every hostPort.', width, 0, 'muted')};
	const rows = proofMatrix(live.asked, live.results, live.pods);
	const title = `Proof  ${live.summary === '' ? `${live.results.length} of ${live.asked.length} answers` : live.summary}`;
	return {
		title,
		lines: [
			...(rows.length === 0
				? paragraph(live.isUnderWay ? 'asking' : 'no hostPort to connect to', width, 0, 'muted')
				: matrixLines(rows, width, signs)),
			...noteLines(rows, width, signs),
			...(live.unasked.length === 0
				? []
				: [...heading('Not tried'), ...byReason(live.unasked).flatMap(line => paragraph(line, width, 2, 'doubtful'))]),
		],
	};
}

function matrixLines(rows: readonly MatrixRow[], width: number, signs: Signs): readonly Line[] {
	const places = placesOf(rows);
	const full = ['POD ADDRESS', ...places.map(place => placeTitles[place])];
	const short = ['POD', ...places.map(place => shortTitles[place])];
	const bodies = rows.map(row => [ownCell(row, signs), ...places.map(place => cellOf(row, place, signs))]);
	const widthsWith = (heads: readonly string[]): number[] =>
		heads.map((head, column) => Math.max(widthOf(head), ...bodies.map(cells => widthOf(cells[column]?.text ?? ''))));
	const roomWith = (heads: readonly string[]): number => width - widthsWith(heads).reduce((sum, each) => sum + each + gap, 0);
	const fullName = Math.max(...rows.map(row => widthOf(nameOf(row, signs, Number.POSITIVE_INFINITY))));
	const narrowest = narrowestPod + Math.max(...rows.map(row => widthOf(endOf(row, signs))));
	const heads = roomWith(full) >= fullName ? full : short;
	const widths = widthsWith(heads);
	// A narrow terminal has the answers below the name, a very narrow one a line each.
	const isBelow = roomWith(heads) < narrowest;
	if (roomWith(heads) < 0) return rows.flatMap((row, index) => listLines(row, full, bodies[index] ?? [], width, signs));
	const nameWidth = isBelow ? 0 : Math.min(roomWith(heads), fullName);
	const line = (name: string, tone: Tone, cells: readonly Cell[]): Line => [
		...(isBelow ? [] : [span(pad(name, nameWidth), tone)]),
		...cells.flatMap(({text, tone: own}, column) => [span(' '.repeat(gap)), span(pad(text, widths[column] ?? 0), own)]),
	];
	return [
		line(
			'HOSTPORT',
			'muted',
			heads.map(text => ({text, tone: 'muted'})),
		),
		...rows.flatMap((row, index) => {
			const cells = line(isBelow ? '' : nameOf(row, signs, nameWidth), 'strong', bodies[index] ?? []);
			return isBelow ? [[span(nameOf(row, signs, width), 'strong')], cells] : [cells];
		}),
	];
}

function listLines(row: MatrixRow, heads: readonly string[], cells: readonly Cell[], width: number, signs: Signs): readonly Line[] {
	const labelWidth = Math.max(...heads.map(widthOf));
	return [
		[span(nameOf(row, signs, width), 'strong')],
		...heads.flatMap((head, column) =>
			cells[column]?.text === signs.skipped
				? []
				: labelled(head, cells[column]?.text ?? '', width, {indent: 2, labelWidth, tone: cells[column]?.tone ?? 'plain'}),
		),
	];
}

/** `:8080/TCP → 10.88.0.11`: without it rows of one pod look alike. */
const endOf = ({hostPort, address}: MatrixRow, {arrow}: Signs): string =>
	`${hostPort.slice(hostPort.lastIndexOf(':'))} ${arrow} ${address}`;

function nameOf(row: MatrixRow, signs: Signs, width: number): string {
	const end = endOf(row, signs);
	const pod = row.hostPort.slice(0, row.hostPort.lastIndexOf(':'));
	const room = width - widthOf(end);
	return room < 1 ? cutStart(end, width, signs.cut) : `${Number.isFinite(room) ? cutMiddle(pod, room, signs.cut) : pod}${end}`;
}

function ownCell({own}: MatrixRow, signs: Signs): Cell {
	if (own === undefined) return {text: signs.waiting, tone: 'muted'};
	if (own.ok) return {text: `${signs.good} ${answerText(own)}`, tone: 'good'};
	// Over UDP silence is no fault.
	return own.error === 'no answer'
		? {text: `${signs.unknown} ${own.error}`, tone: 'doubtful'}
		: {text: `${signs.bad} ${own.error}`, tone: 'bad'};
}

function cellOf({cells}: MatrixRow, place: Place, signs: Signs): Cell {
	const cell = cells.get(place);
	if (cell === undefined) return {text: signs.skipped, tone: 'muted'};
	if (cell === 'waiting') return {text: signs.waiting, tone: 'muted'};
	if (cell.verdict === 'works') return {text: `${signs.good} ${answerText(cell)}`, tone: 'good'};
	if (cell.verdict === 'not served') return {text: `${signs.skipped} ${answerText(cell)}`, tone: 'muted'};
	return cell.verdict === 'fails'
		? {text: `${signs.bad} ${answerText(cell)}`, tone: 'bad'}
		: {text: `${signs.unknown} ${answerText(cell)}`, tone: 'doubtful'};
}

/** Each hostPort with what carries it, and why something is not proved or whose fault it is, each said once. */
function noteLines(rows: readonly MatrixRow[], width: number, signs: Signs): readonly Line[] {
	const byHostPort = Map.groupBy(rows, ({hostPort}) => hostPort);
	return [...byHostPort].flatMap(([hostPort, own]) => {
		const notes = own
			.flatMap(({cells}) => [...cells.values()])
			.flatMap(cell => (cell === 'waiting' || cell.note === '' ? [] : [cell.note]));
		const lines = [...new Set([own[0]?.by ?? '', ...notes])].filter(line => line !== '');
		return lines.length === 0
			? []
			: [...heading(cut(hostPort, width, signs.cut)), ...lines.flatMap(line => paragraph(line, width, 2, 'muted'))];
	});
}
