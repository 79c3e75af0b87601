import {diffLines, unifiedDiff, type DiffLine} from '../output/unified-diff.ts';
import type {FileChange} from '../repair/plan/needed-change.ts';
import {span, type Line} from './line.ts';
import {pad, wrap} from './text-width.ts';
import type {Signs, Tone} from './theme.ts';

const tones: Readonly<Record<DiffLine['kind'], Tone>> = {
	header: 'strong',
	hunk: 'hunk',
	added: 'added',
	removed: 'removed',
	same: 'plain',
	note: 'muted',
};

/** From here on the two sides have room beside each other. */
const columnsForTwo = 100;

/** What has to change: a unified diff, or where there is room what is beside what has to be. Long lines are wrapped: a JSON file may be one line. */
export function changeLines(change: FileChange, width: number, signs: Signs): readonly Line[] {
	const diff = unifiedDiff(change);
	if (diff === '') return [];
	const lines = diffLines(diff);
	return width < columnsForTwo ? lines.flatMap(line => wrapped(line, width)) : twoSides(lines, width, signs);
}

/** Tabs have no width of their own on a terminal that is drawn in columns. */
const untabbed = (text: string): string => text.replaceAll('\t', '    ');

function wrapped({text, kind}: DiffLine, width: number): readonly Line[] {
	const sign = kind === 'added' || kind === 'removed' || kind === 'same' ? text.slice(0, 1) : '';
	return wrap(untabbed(text.slice(sign.length)), width - 1).map(part => [span(sign + part, tones[kind])]);
}

/** Removed lines beside the added ones that stand for them. */
function twoSides(lines: readonly DiffLine[], width: number, signs: Signs): readonly Line[] {
	const column = Math.floor((width - 3) / 2);
	const side = (line: DiffLine | undefined): readonly string[] =>
		line === undefined
			? []
			: wrap(untabbed(line.text.slice(1)), column - 2).map(part => `${line.kind === 'same' ? ' ' : line.text.slice(0, 1)} ${part}`);
	const row = (left: DiffLine | undefined, right: DiffLine | undefined): readonly Line[] => {
		const [was, is] = [side(left), side(right)];
		return Array.from({length: Math.max(was.length, is.length)}, (_, index) => [
			span(pad(was[index] ?? '', column), left === undefined ? 'plain' : tones[left.kind]),
			span(` ${signs.bar} `, 'muted'),
			span(is[index] ?? '', right === undefined ? 'plain' : tones[right.kind]),
		]);
	};
	const shown: Line[] = [];
	let [removed, added]: [DiffLine[], DiffLine[]] = [[], []];
	const flush = (): void => {
		for (let index = 0; index < Math.max(removed.length, added.length); index += 1) shown.push(...row(removed[index], added[index]));
		[removed, added] = [[], []];
	};
	for (const [index, line] of lines.entries()) {
		if (line.kind === 'removed') removed.push(line);
		else if (line.kind === 'added') added.push(line);
		else {
			flush();
			if (line.kind === 'same') shown.push(...row(line, line));
			// The names of both files stand above their sides.
			else if (line.kind === 'header' && lines[index + 1]?.kind === 'header')
				shown.push(...heads(line.text, lines[index + 1]?.text ?? '', column, signs));
			else if (line.kind !== 'header') shown.push([span(line.text, tones[line.kind])]);
		}
	}

	flush();
	return shown;
}

function heads(left: string, right: string, column: number, {bar}: Signs): readonly Line[] {
	const [was, is] = [wrap(left, column), wrap(right, column)];
	return Array.from({length: Math.max(was.length, is.length)}, (_, index) => [
		span(pad(was[index] ?? '', column), 'strong'),
		span(` ${bar} `, 'muted'),
		span(is[index] ?? '', 'strong'),
	]);
}
