import stringWidth from 'string-width';
import {isPlain, segmenter} from './graphemes.ts';

// Measuring other text costs microseconds, and a table asks for the same few words thousands of times a frame.
const known = new Map<string, number>();
const mostKnown = 4096;

/** Columns that a text takes on a terminal. */
export function widthOf(text: string): number {
	if (isPlain(text)) return text.length;
	const hit = known.get(text);
	if (hit !== undefined) return hit;
	if (known.size >= mostKnown) known.clear();
	const width = stringWidth(text);
	known.set(text, width);
	return width;
}

/** The longest start of a text that fits into that many columns. */
function startOf(text: string, width: number): string {
	if (isPlain(text)) return text.slice(0, width);
	let used = 0;
	let end = 0;
	for (const {segment} of segmenter.segment(text)) {
		used += stringWidth(segment);
		if (used > width) break;
		end += segment.length;
	}

	return text.slice(0, end);
}

function endOf(text: string, width: number): string {
	if (isPlain(text)) return width <= 0 ? '' : text.slice(-width);
	let start = text.length;
	let used = 0;
	for (const {segment} of [...segmenter.segment(text)].reverse()) {
		used += stringWidth(segment);
		if (used > width) break;
		start -= segment.length;
	}

	return text.slice(start);
}

/** The text in at most that many columns; what is missing at the end is marked. */
export function cut(text: string, width: number, mark: string): string {
	if (widthOf(text) <= width) return text;
	const room = width - widthOf(mark);
	return room < 0 ? startOf(mark, Math.max(0, width)) : startOf(text, room) + mark;
}

/** The same, with the middle missing: both ends of a node's or a pod's name tell it from others. */
export function cutMiddle(text: string, width: number, mark: string): string {
	if (widthOf(text) <= width) return text;
	const room = width - widthOf(mark);
	if (room < 2) return cut(text, width, mark);
	const end = Math.floor(room / 2);
	return startOf(text, room - end) + mark + endOf(text, end);
}

/** The same, with the beginning missing. */
export function cutStart(text: string, width: number, mark: string): string {
	return widthOf(text) <= width ? text : mark + endOf(text, Math.max(0, width - widthOf(mark)));
}

/** The text in exactly that many columns, if it is not longer. */
export function pad(text: string, width: number, align: 'left' | 'right' = 'left'): string {
	const blanks = ' '.repeat(Math.max(0, width - widthOf(text)));
	return align === 'left' ? text + blanks : blanks + text;
}

/** The lines of a text broken at blanks, or anywhere in a word longer than a line. Line ends of the text stay. */
export function wrap(text: string, width: number): readonly string[] {
	return text.split('\n').flatMap(line => (widthOf(line) <= width ? [line] : wrapLine(line, Math.max(1, width))));
}

function wrapLine(text: string, width: number): string[] {
	const lines: string[] = [];
	let line = '';
	for (const word of text.split(/(?<= )(?=[^ ])/u)) {
		if (widthOf(line + word.trimEnd()) <= width) {
			line += word;
			continue;
		}

		if (line.trim() !== '') lines.push(line.trimEnd());
		let rest = word;
		while (widthOf(rest.trimEnd()) > width) {
			// A character wider than the line still has to go somewhere.
			const start = startOf(rest, width) || String.fromCodePoint(rest.codePointAt(0) ?? 0);
			lines.push(start);
			rest = rest.slice(start.length);
		}

		line = rest;
	}

	if (line.trim() !== '' || lines.length === 0) lines.push(line.trimEnd());
	return lines;
}
