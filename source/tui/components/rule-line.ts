import {margin} from '../layout.ts';
import {cutLine, lineWidth, span, type Line} from '../line.ts';
import type {Signs} from '../theme.ts';

/** The line that a section begins with: its title, what else is to say of it, and a rule to the edge. */
export function ruleLine(title: string, detail: string, isActive: boolean, width: number, signs: Signs): Line {
	const start = cutLine(
		[
			span(`${signs.rule.repeat(margin - 1)} `, 'muted'),
			span(title, isActive ? 'accent' : 'strong'),
			span(detail === '' ? '' : `  ${detail}`, 'muted'),
			span(' '),
		],
		width,
		signs.cut,
	);
	return [...start, span(signs.rule.repeat(Math.max(0, width - lineWidth(start))), 'muted')];
}
