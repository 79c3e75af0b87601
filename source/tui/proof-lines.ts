import {answerText, placesOf, placeTitles, type MatrixRow, type Place} from '../output/proof-matrix.ts';
import {blank, span, type Line} from './line.ts';
import {cutMiddle, cutStart, pad, widthOf, wrap} from './text-width.ts';
import type {Signs, Tone} from './theme.ts';
import {labelled} from './writing.ts';

/** The matrix, and below it what carries its hostPorts. */
export function proofLines(rows: readonly MatrixRow[], width: number, signs: Signs): readonly Line[] {
	return rows.length === 0 ? [] : [...matrixLines(rows, width, signs), ...noteLines(rows, width, signs)];
}

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

/** A row for each hostPort and address, a column for each place; below the name, or a line each, where there is less room. */
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

/** What carries a hostPort, and why it is not proved or whose fault that is: the same of several hostPorts once. */
function noteLines(rows: readonly MatrixRow[], width: number, signs: Signs): readonly Line[] {
	const notes = [...Map.groupBy(rows, ({hostPort}) => hostPort)].flatMap(([hostPort, own]) => {
		const said = own.flatMap(({cells}) => [...cells.values()]).flatMap(cell => (cell === 'waiting' || cell.note === '' ? [] : [cell.note]));
		const texts = [...new Set([own[0]?.by ?? '', ...said])].filter(text => text !== '');
		return texts.length === 0 ? [] : [{hostPort, text: texts.join('\n')}];
	});
	return [...Map.groupBy(notes, ({text}) => text)].flatMap(([text, same]) => {
		const [{hostPort} = {hostPort: ''}] = same;
		const more = same.length > 1 ? ` and ${same.length - 1} more` : '';
		return [
			blank,
			[span(`${cutMiddle(hostPort, width - widthOf(more), signs.cut)}${more}`, 'strong')],
			...wrap(text, width - 2).map(part => [span(`  ${part}`, 'muted')]),
		];
	});
}
