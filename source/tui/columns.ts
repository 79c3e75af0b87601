import type {ListState} from './list.ts';
import {widthOf} from './text-width.ts';
import type {Signs, Tone} from './theme.ts';

/** One column of a table, as data: what it shows, how it sorts, and what it is worth where the terminal is narrow. */
export type Column<Row> = {
	readonly id: string;
	readonly title: string;
	/** Columns it needs to be of use; it gets more where there is room. */
	readonly minimum: number;
	/** 1 stays longest; the highest numbers go first. */
	readonly rank: number;
	readonly align?: 'right';
	/** Names are cut in the middle. */
	readonly isName?: boolean;
	text(row: Row, signs: Signs): string;
	tone?(row: Row): Tone;
	compare(a: Row, b: Row): number;
};

/** A column and its width. */
export type PlacedColumn<Row> = {readonly column: Column<Row>; readonly width: number};

/** Blanks between two columns. */
export const columnGap = 2;

/** Width that each column would like, over all rows, so that nothing moves while scrolling. */
export function naturalWidths<Row>(columns: ReadonlyArray<Column<Row>>, rows: readonly Row[], signs: Signs): readonly number[] {
	return columns.map(column => {
		// One column more for the sign of the sorted column.
		let width = widthOf(column.title) + 1;
		for (const row of rows) width = Math.max(width, widthOf(column.text(row, signs)));
		return width;
	});
}

/**
 * Chooses columns and widths for that many columns of terminal: the columns of least worth go until the others fit at their
 * minimum, and what is left is given to them in the order of their worth.
 */
export function placeColumns<Row>(
	columns: ReadonlyArray<Column<Row>>,
	natural: readonly number[],
	width: number,
): ReadonlyArray<PlacedColumn<Row>> {
	let kept = columns.map((column, index) => {
		const wanted = natural[index] ?? column.minimum;
		return {column, wanted, width: Math.min(column.minimum, wanted)};
	});
	const used = (): number => kept.reduce((sum, {width}) => sum + width + columnGap, -columnGap);
	while (kept.length > 1 && used() > width) {
		const least = kept.reduce((worst, other) => (other.column.rank > worst.column.rank ? other : worst));
		kept = kept.filter(other => other !== least);
	}

	for (const place of [...kept].sort((a, b) => a.column.rank - b.column.rank)) {
		place.width = Math.max(1, place.width + Math.min(place.wanted - place.width, width - used()));
	}

	return kept.map(({column, width}) => ({column, width}));
}

/** Rows in the order of a column; equal ones keep the order they came in. */
export function sortRows<Row>(
	columns: ReadonlyArray<Column<Row>>,
	rows: readonly Row[],
	sort: string,
	isReversed: boolean,
): readonly Row[] {
	const column = columns.find(({id}) => id === sort);
	if (column === undefined) return rows;
	return [...rows].sort((a, b) => (isReversed ? column.compare(b, a) : column.compare(a, b)));
}

/** The column behind the one that is sorted by. */
export function nextSort<Row>(columns: ReadonlyArray<Column<Row>>, sort: string): string {
	const index = columns.findIndex(({id}) => id === sort);
	return columns[(index + 1) % columns.length]?.id ?? sort;
}

/** Remembers the last selection of each set of rows: it is asked for on every key and every frame. */
export function remembered<Row extends object>(
	select: (rows: readonly Row[], list: ListState) => readonly Row[],
): (rows: readonly Row[], list: ListState) => readonly Row[] {
	const last = new WeakMap<readonly Row[], {list: ListState; selected: readonly Row[]}>();
	return (rows, list) => {
		const hit = last.get(rows);
		const isSame = hit?.list.filter === list.filter && hit.list.sort === list.sort && hit.list.isReversed === list.isReversed;
		if (hit !== undefined && isSame) return hit.selected;
		const selected = select(rows, list);
		last.set(rows, {list, selected});
		return selected;
	};
}

/** Every word has to be in some of the texts; capitals do not matter. */
export function matches(filter: string, texts: readonly string[]): boolean {
	const words = filter.toLowerCase().split(/\s+/u).filter(Boolean);
	if (words.length === 0) return true;
	const all = texts.join('\n').toLowerCase();
	return words.every(word => all.includes(word));
}

const collator = new Intl.Collator('en', {numeric: true});

/** Names in the order a person expects: node-2 before node-10. */
export const compareText = (a: string, b: string): number => collator.compare(a, b);
