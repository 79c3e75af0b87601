import {margin} from '../layout.ts';
import type {Trail} from '../writing.ts';
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

/** The same for one page of several: where it stands among them, as far as there is room. */
export function trailLine({title, words, current, isChoice = false}: Trail, place: string, width: number, signs: Signs): Line {
	const detail: Line = place === '' ? [] : [span(` ${place} `, 'muted'), span(signs.rule, 'muted')];
	const start: Line = [span(`${signs.rule.repeat(margin - 1)} `, 'muted'), span(title, 'strong')];
	const all: Line = words.flatMap((word, index): Line => [
		span(index === 0 || isChoice ? '  ' : ` ${signs.cursor} `, 'muted'),
		index === current && isChoice
			? span(`[${word}]`, 'accent')
			: span(word, index === current ? 'accent' : index < current && !isChoice ? 'plain' : 'muted'),
	]);
	const short: Line = [span(`  ${current + 1} of ${words.length}  `, 'muted'), span(words[current] ?? '', 'accent')];
	const fits = lineWidth([...start, ...all, ...detail]) + 1 <= width;
	const named: Line = [...start, ...(fits ? all : short), span(' ')];
	const rule = span(signs.rule.repeat(Math.max(0, width - lineWidth(named) - lineWidth(detail))), 'muted');
	return cutLine([...named, rule, ...detail], width, signs.cut);
}
