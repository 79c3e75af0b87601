import {cut, widthOf} from './text-width.ts';
import type {Tone} from './theme.ts';

/** A piece of a line in one tone. */
export type Span = {readonly text: string; readonly tone: Tone};

/**
 * One line of the terminal, for what Ink does not lay out itself: header, answer, tables, and the parts of pages that are raw or grow with the cluster
 * (`components/long-lines.tsx`): evidence, changes, connections. They are made in lines and Ink gets those in sight, because it lays out all that it gets
 * for each key: 7 ms of processor time at 25 lines, 32 at 300, 95 at 1000, 341 at 3000. Everything else is components. What is cut is cut before Ink sees
 * it: Ink does that with “…” alone, which not every terminal can show.
 */
export type Line = readonly Span[];

/** An empty line. */
export const blank: Line = [];

/** A piece of a line. */
export function span(text: string, tone: Tone = 'plain'): Span {
	return {text, tone};
}

/** A line without its tones. */
export function lineText(line: Line): string {
	return line.map(({text}) => text).join('');
}

/** Cells that a line takes. */
export function lineWidth(line: Line): number {
	return line.reduce((width, {text}) => width + widthOf(text), 0);
}

/** Whether two lines look the same. */
export function isSameLine(one: Line, other: Line): boolean {
	return one.length === other.length && one.every(({text, tone}, index) => text === other[index]?.text && tone === other[index]?.tone);
}

/** The line in at most that many columns. */
export function cutLine(line: Line, width: number, mark: string): Line {
	if (lineWidth(line) <= width) return line;
	const spans: Span[] = [];
	let room = width;
	for (const [index, {text, tone}] of line.entries()) {
		const isFollowed = line.slice(index + 1).some(later => later.text !== '');
		const textWidth = widthOf(text);
		if (textWidth + (isFollowed ? widthOf(mark) : 0) > room) {
			spans.push({text: textWidth > room ? cut(text, room, mark) : cut(text + mark, room, mark), tone});
			break;
		}

		spans.push({text, tone});
		room -= textWidth;
	}

	return spans;
}

/** Two lines in one: the second ends at the right edge. The first gives way where they meet. */
export function spread(left: Line, right: Line, width: number, mark: string): Line {
	const rightWidth = lineWidth(right);
	const start = cutLine(left, Math.max(0, width - rightWidth - 2), mark);
	return [...start, span(' '.repeat(Math.max(0, width - lineWidth(start) - rightWidth))), ...right];
}
