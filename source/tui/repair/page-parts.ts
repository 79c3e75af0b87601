import {heading, paragraph} from '../writing.ts';
import {span, type Line} from '../line.ts';
import type {Refusal} from '../../diagnosis/refusals.ts';
import type {Warning} from '../../repair/plan/plan.ts';
import {widthOf, wrap} from '../text-width.ts';
import type {Signs, Tone} from '../theme.ts';
import type {Doubted, Repair} from './values.ts';

/** Why something could not be done, and what to do about it. */
export function problemLines(problem: Repair['problem'], width: number, signs: Signs): readonly Line[] {
	if (problem === null) return [];
	return [...hanging(signs.bad, problem.message, width, 0, 'bad'), ...(problem.hint === '' ? [] : paragraph(problem.hint, width, 2))];
}

/** Refusals with their hints. */
export function refusalLines(refusals: readonly Refusal[], width: number, signs: Signs, indent: number): readonly Line[] {
	return refusals.flatMap(({code, message, hint}) => [
		...hanging(signs.bad, `${code === '' ? '' : `${code}: `}${message}`, width, indent, 'bad'),
		...(hint === '' ? [] : paragraph(hint, width, indent + 2)),
	]);
}

/** Warnings with their hints. */
export function warningLines(warnings: readonly Warning[], width: number, signs: Signs, indent = 0): readonly Line[] {
	return warnings.flatMap(({message, hint}) => [
		...hanging(signs.doubtful, message, width, indent, 'doubtful'),
		...(hint === '' ? [] : paragraph(hint, width, indent + 2)),
	]);
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

/** What a journal asks for and nothing here vouches for: whole, line by line as it stands there. */
export function doubtLines(doubts: readonly Doubted[], width: number, signs: Signs): readonly Line[] {
	if (doubts.length === 0) return [];
	return [
		...heading('Questions before it starts'),
		...doubts.flatMap(({says, shown}) => [
			...hanging(signs.doubtful, says, width, 0, 'doubtful'),
			...shown.split('\n').flatMap(line => wrap(line, width - 4).map(part => [span('    '), span(part)])),
		]),
	];
}
