/** A list as the person left it: which row, which part is in sight, how it is sorted and filtered. */
export type ListState = {
	/** Key of the row under the cursor; null before the first move: the first row. */
	readonly selected: string | null;
	/** Place of that row when it was last seen, for when it is gone. */
	readonly index: number;
	/** First row in sight. */
	readonly offset: number;
	/** Id of the column; null for the list's own order. */
	readonly sort: string | null;
	readonly isReversed: boolean;
	readonly filter: string;
};

/** A move of the cursor. */
export type Move = 'up' | 'down' | 'pageUp' | 'pageDown' | 'top' | 'bottom';

/** A list with the cursor on its first row. */
export const emptyList: ListState = {selected: null, index: 0, offset: 0, sort: null, isReversed: false, filter: ''};

type Keyed = {readonly key: string};

/** Where the cursor and the window are on rows that may have changed since the last key. */
export function windowOf(list: ListState, rows: readonly Keyed[], height: number): {cursor: number; offset: number} {
	const found = list.selected === null ? -1 : rows.findIndex(({key}) => key === list.selected);
	const cursor = Math.max(0, Math.min(found === -1 ? list.index : found, rows.length - 1));
	const offset = clampOffset(Math.max(Math.min(list.offset, cursor), cursor - height + 1), rows.length, height);
	return {cursor, offset};
}

/** The list after a move. */
export function moveCursor(list: ListState, rows: readonly Keyed[], height: number, move: Move): ListState {
	const {cursor, offset} = windowOf(list, rows, height);
	const target = Math.max(0, Math.min(cursor + stepOf(move, height, rows.length), rows.length - 1));
	const moved = {...list, selected: rows[target]?.key ?? null, index: target, offset};
	return {...moved, offset: windowOf(moved, rows, height).offset};
}

/** First line in sight of something that only scrolls. */
export function scroll(offset: number, count: number, height: number, move: Move): number {
	return clampOffset(clampOffset(offset, count, height) + stepOf(move, height, count), count, height);
}

/** `41-60 of 5000`, where not all rows are in sight. */
export function placeText(offset: number, height: number, count: number): string {
	return count <= height ? '' : `${offset + 1}-${Math.min(count, offset + height)} of ${count}`;
}

/** An offset that leaves no empty rows at the end. */
export function clampOffset(offset: number, count: number, height: number): number {
	return Math.max(0, Math.min(offset, count - height));
}

function stepOf(move: Move, height: number, count: number): number {
	const page = Math.max(1, height - 1);
	return {up: -1, down: 1, pageUp: -page, pageDown: page, top: -count, bottom: count}[move];
}
