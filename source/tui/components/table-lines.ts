import {columnGap, naturalWidths, placeColumns, type Column, type PlacedColumn} from '../columns.ts';
import {margin} from '../layout.ts';
import {span, type Line} from '../line.ts';
import {cut, cutMiddle, pad} from '../text-width.ts';
import type {Signs} from '../theme.ts';

/** What of a table is to be seen. */
export type TableRows<Row> = {
	readonly columns: ReadonlyArray<Column<Row>>;
	/** All rows, filtered out ones too: the widths come from them, so that a filter moves nothing. */
	readonly all: readonly Row[];
	/** Rows to show, in order. */
	readonly rows: readonly Row[];
	readonly cursor: number;
	readonly offset: number;
	readonly height: number;
	readonly width: number;
	/** Whether the keys go to this table. */
	readonly isActive: boolean;
	readonly sort: string;
	readonly isReversed: boolean;
	/** Rows that the person has marked. */
	isMarked?(this: void, row: Row): boolean;
	readonly signs: Signs;
};

const gap = ' '.repeat(columnGap);

/** The head of a table and the rows in sight, and only those: the cost of a frame is that of the lines on the screen. */
export function tableLines<Row extends object>(options: TableRows<Row>): readonly Line[] {
	const {columns, all, rows, offset, height, width, cursor, isActive, isMarked, signs} = options;
	const placed = placeColumns(columns, widthsOf(columns, all, signs), width - 2 * margin);
	const body = rows.slice(offset, offset + height).map((row, index) => {
		const isSelected = isActive && offset + index === cursor;
		const sign = `${isSelected ? signs.cursor : ' '}${isMarked?.(row) === true ? signs.marked : ''}`;
		return rowLine(placed, row, {isSelected, sign}, width, signs);
	});
	return [headLine(placed, options), ...body];
}

const known = new WeakMap<readonly object[], readonly number[]>();

function widthsOf<Row extends object>(columns: ReadonlyArray<Column<Row>>, rows: readonly Row[], signs: Signs): readonly number[] {
	const hit = known.get(rows);
	if (hit !== undefined) return hit;
	const widths = naturalWidths(columns, rows, signs);
	known.set(rows, widths);
	return widths;
}

function headLine<Row>(placed: ReadonlyArray<PlacedColumn<Row>>, {sort, isReversed, signs}: TableRows<Row>): Line {
	const cells = placed.map(({column, width}) => {
		const sign = column.id === sort ? (isReversed ? signs.descending : signs.ascending) : '';
		return pad(cut(`${column.title}${sign}`, width, signs.cut), width, column.align);
	});
	return [span(' '.repeat(margin)), span(cells.join(gap), 'muted')];
}

function rowLine<Row>(
	placed: ReadonlyArray<PlacedColumn<Row>>,
	row: Row,
	{isSelected, sign: own}: {readonly isSelected: boolean; readonly sign: string},
	width: number,
	signs: Signs,
): Line {
	const cells = placed.map(({column, width}) => {
		const text = column.text(row, signs);
		const fitted = column.isName === true ? cutMiddle(text, width, signs.cut) : cut(text, width, signs.cut);
		return span(pad(fitted, width, column.align), column.tone?.(row) ?? 'plain');
	});
	const sign = pad(own, margin);
	if (isSelected) return [span(pad(sign + cells.map(({text}) => text).join(gap), width), 'selected')];
	return [span(sign), ...cells.flatMap((cell, index) => (index === 0 ? [cell] : [span(gap), cell]))];
}
