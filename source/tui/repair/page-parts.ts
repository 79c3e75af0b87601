import {paragraph} from '../writing.ts';
import {span, type Line} from '../line.ts';
import {widthOf} from '../text-width.ts';
import type {Signs, Tone} from '../theme.ts';
import type {Repair} from './values.ts';

/** Why something could not be done, and what to do about it. */
export function problemLines(problem: Repair['problem'], width: number, signs: Signs): readonly Line[] {
	if (problem === null) return [];
	return [...hanging(signs.bad, problem.message, width, 0, 'bad'), ...(problem.hint === '' ? [] : paragraph(problem.hint, width, 2))];
}

/** A text behind a sign of its tone; further lines begin where the first one does. */
export function hanging(sign: string, text: string, width: number, indent: number, tone: Tone): readonly Line[] {
	const room = indent + widthOf(sign) + 1;
	return paragraph(text, width, room, tone).map((line, index) =>
		index === 0 ? [span(' '.repeat(indent)), span(`${sign} `, tone), ...line.slice(1)] : line,
	);
}

/** Points one below the other; further lines of a point begin where its first one does. */
export function points(texts: readonly string[], width: number, signs: Signs, indent = 2, tone: Tone = 'plain'): readonly Line[] {
	return texts.flatMap(text => hanging(signs.dot, text, width, indent, tone));
}
