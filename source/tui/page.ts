import {createContext, type RefObject} from 'react';
import type {DOMElement} from 'ink';
import {bodyHeight} from './layout.ts';
import {clampOffset} from './list.ts';

/** A page that scrolls, as Ink laid it out for the last frame. */
export type PageSize = {
	/** Lines of all of it. */
	readonly lines: number;
	/** Lines of it in sight. */
	readonly height: number;
	/** Last line of what is kept in sight as long as nobody scrolls. */
	readonly focus: number;
};

/** A page that was not drawn yet: as long as a key may ask for. */
export const undrawn: PageSize = {lines: Number.MAX_SAFE_INTEGER, height: Number.MAX_SAFE_INTEGER, focus: 0};

/** The part of a page that is in sight: first line and number of lines. An offset below 0 follows the line that matters. */
export function sightOf(offset: number, page: PageSize, rows: number): {offset: number; height: number} {
	const height = Math.min(page.height, bodyHeight(rows));
	// Two lines more, so that what comes next can be seen.
	const wanted = offset < 0 ? page.focus - height + 3 : offset;
	return {offset: clampOffset(wanted, page.lines, height), height};
}

/** Holds the size of the page that scrolls: a key that moves asks for it, and no frame depends on it. */
export function createMeasured(): {readonly read: () => PageSize; readonly write: (size: PageSize) => void} {
	let size = undrawn;
	return {
		read: () => size,
		write(now) {
			size = now;
		},
	};
}

/** Told how large the page that scrolls is. */
export const PageContext = createContext<(size: PageSize) => void>(() => {});

/** What of a page is in sight, for its parts. */
export type Sight = {
	readonly offset: number;
	readonly height: number;
	/** Whether Ink has laid it out: from then on its parts can ask where they stand. */
	readonly isLaidOut: boolean;
	/** All of the page; null where it is not drawn on a terminal. */
	readonly content: RefObject<DOMElement | null> | null;
	/** Taken by the part that is kept in sight as long as nobody scrolls. */
	readonly focus: RefObject<DOMElement | null> | null;
};

// Where a page becomes text, it is one for the clipboard, and no terminal takes more.
const mostCopied = 2000;

/** What of the page around it is in sight. */
export const SightContext = createContext<Sight>({offset: 0, height: mostCopied, isLaidOut: false, content: null, focus: null});
