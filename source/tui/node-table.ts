import type {Verdict} from '../diagnosis/diagnosis.ts';
import {compareText, matches, remembered, sortRows, type Column} from './columns.ts';
import type {ListState} from './list.ts';
import type {NodeRow} from './model.ts';
import type {Signs, Tone} from './theme.ts';

type RowVerdict = Verdict | 'waiting';

/** Worst first. */
const verdictOrder: readonly RowVerdict[] = ['broken', 'degraded', 'unknown', 'ok', 'skipped', 'waiting'];

const verdictSigns: Readonly<Record<RowVerdict, keyof Signs>> = {
	broken: 'bad',
	degraded: 'doubtful',
	unknown: 'unknown',
	ok: 'good',
	skipped: 'skipped',
	waiting: 'waiting',
};

const verdictTones: Readonly<Record<RowVerdict, Tone>> = {
	broken: 'bad',
	degraded: 'doubtful',
	unknown: 'doubtful',
	ok: 'good',
	skipped: 'muted',
	waiting: 'muted',
};

/** A verdict with its sign. */
export function verdictText(verdict: RowVerdict, signs: Signs): string {
	return `${signs[verdictSigns[verdict]]} ${verdict}`;
}

/** Its tone. */
export function verdictTone(verdict: RowVerdict): Tone {
	return verdictTones[verdict];
}

const byName = (a: NodeRow, b: NodeRow): number => compareText(a.name, b.name);
const byText = (text: (row: NodeRow) => string) => (a: NodeRow, b: NodeRow) => compareText(text(a), text(b)) || byName(a, b);
const byNumber = (number: (row: NodeRow) => number) => (a: NodeRow, b: NodeRow) => number(a) - number(b) || byName(a, b);
const mutedWhileWaiting = ({verdict}: NodeRow): Tone => (verdict === 'waiting' ? 'muted' : 'plain');

/** Columns of the table of nodes. */
export const nodeColumns: ReadonlyArray<Column<NodeRow>> = [
	{
		id: 'verdict',
		title: 'VERDICT',
		minimum: 10,
		rank: 2,
		text: ({verdict}, signs) => verdictText(verdict, signs),
		tone: ({verdict}) => verdictTones[verdict],
		compare: byNumber(({verdict}) => verdictOrder.indexOf(verdict)),
	},
	{id: 'node', title: 'NODE', minimum: 20, rank: 1, isName: true, text: ({name}) => name, tone: mutedWhileWaiting, compare: byName},
	{id: 'cause', title: 'CAUSE', minimum: 6, rank: 3, text: ({codes}) => codes[0] ?? '', compare: byText(({codes}) => codes[0] ?? '\uFFFF')},
	{
		id: 'hostPorts',
		title: 'MAPPED',
		minimum: 7,
		rank: 4,
		text: ({wired, hostPorts}, signs) => (hostPorts === 0 ? signs.skipped : `${wired ?? signs.unknown}/${hostPorts}`),
		tone: ({hostPorts}) => (hostPorts === 0 ? 'muted' : 'plain'),
		compare: byNumber(({wired, hostPorts}) => (wired ?? 0) - hostPorts),
	},
	{id: 'file', title: 'CNI FILE', minimum: 18, rank: 6, text: ({file}) => file, compare: byText(({file}) => file)},
	{id: 'plugins', title: 'PLUGINS', minimum: 13, rank: 5, text: ({plugins}) => plugins, compare: byText(({plugins}) => plugins)},
	{id: 'via', title: 'VIA', minimum: 5, rank: 8, text: ({via}) => via, tone: () => 'muted', compare: byText(({via}) => via)},
	{
		id: 'kernel',
		title: 'KERNEL',
		minimum: 10,
		rank: 7,
		text: ({kernel}) => kernel,
		tone: () => 'muted',
		compare: byText(({kernel}) => kernel),
	},
];

/** How many nodes there are of each verdict, worst first: `100 broken · 4900 ok`. */
export function verdictCounts(rows: readonly NodeRow[], signs: Signs): string {
	const counts = new Map<RowVerdict, number>();
	for (const {verdict} of rows) counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
	return verdictOrder
		.filter(verdict => counts.has(verdict))
		.map(verdict => `${counts.get(verdict)} ${verdict}`)
		.join(` ${signs.dot} `);
}

/** The order where nobody chose one: worst first; by name while verdicts still come in, so that nothing jumps. */
export function nodeSort(rows: readonly NodeRow[], list: ListState): string {
	return list.sort ?? (rows.some(({verdict}) => verdict === 'waiting') ? 'node' : 'verdict');
}

/** The rows that the filter leaves, in order. */
export const visibleNodes = remembered<NodeRow>((rows, list) => {
	const left = list.filter === '' ? rows : rows.filter(({name, verdict, codes}) => matches(list.filter, [name, verdict, ...codes]));
	return sortRows(nodeColumns, left, nodeSort(rows, list), list.isReversed);
});
