import {diffLines, unifiedDiff, type DiffLine} from '../../output/unified-diff.ts';
import {textWidth} from '../layout.ts';
import {span, type Line} from '../line.ts';
import type {Model} from '../model.ts';
import {wrap} from '../text-width.ts';
import type {Signs, Tone} from '../theme.ts';
import type {Step} from '../state.ts';
import {paragraph, type Document} from '../writing.ts';
import {nodesOf, push, type At, type ScreenDefinition} from './screen.ts';
import {defineText, type Scrolled} from './text-screen.tsx';

type Here = Scrolled<'diff'> & {
	/** Which change of the model. */
	readonly change: number;
};

const step =
	(by: number) =>
	({screen, state, view}: At<Here>): Step | undefined => {
		const change = Math.max(0, Math.min(screen.change + by, view.model.changes.length - 1));
		return change === screen.change ? undefined : {state: {...state, screen: {...screen, change, offset: 0}}};
	};

export const diff: ScreenDefinition<'diff', Here> = defineText({
	name: 'diff',
	title: 'changes',
	opener: {
		keys: ['d'],
		label: 'what has to change, as a diff',
		footer: {word: 'diff', rank: 7},
		// The first change of the nodes that are looked at, else the first of all.
		act({state, view: {model}, about}) {
			const nodes = nodesOf(about, model);
			const change = model.changes.findIndex(each => each.nodes.some(node => nodes.includes(node)));
			return {state: push(state, {name: 'diff', change: Math.max(0, change), offset: 0})};
		},
	},
	keys: [
		{keys: ['['], label: 'previous change', footer: {word: 'previous', rank: 4}, act: step(-1)},
		{keys: [']'], label: 'next change', footer: {word: 'next', rank: 3}, act: step(1)},
	],
	write: ({screen, view: {model, columns, signs}}) => diffDocument(model, screen.change, textWidth(columns), signs),
});

const tones: Readonly<Record<DiffLine['kind'], Tone>> = {
	header: 'strong',
	hunk: 'hunk',
	added: 'added',
	removed: 'removed',
	same: 'plain',
	note: 'muted',
};

/** One change as a unified diff, and how many nodes need the very same. Long lines are wrapped: a JSON file may be one line. */
export function diffDocument({changes, snapshot}: Model, index: number, width: number, signs: Signs): Document {
	const row = changes[Math.min(index, changes.length - 1)];
	if (row === undefined) {
		const text =
			snapshot.diagnosis === null
				? 'Not known yet: the nodes have not answered.'
				: 'No CNI file and no key of cilium-config has to change; what else is to do stands in the findings.';
		return {title: 'Changes', lines: paragraph(text, width, 0, 'muted')};
	}

	const place = `Change ${changes.indexOf(row) + 1} of ${changes.length}`;
	const others = row.nodes.length - 1;
	const same = others > 0 ? ` ${signs.dot} the same on ${others} more ${others === 1 ? 'node' : 'nodes'}` : '';
	return {title: `${place}${same}`, lines: diffText(unifiedDiff(row.change), width)};
}

/** A unified diff in its colours, long lines over several. */
export function diffText(diff: string, width: number): readonly Line[] {
	return diff === '' ? [] : diffLines(diff).flatMap(line => wrapped(line, width));
}

function wrapped({text, kind}: DiffLine, width: number): readonly Line[] {
	const tone = tones[kind];
	const sign = kind === 'added' || kind === 'removed' || kind === 'same' ? text.slice(0, 1) : '';
	// Tabs have no width of their own on a terminal that is drawn in columns.
	return wrap(text.slice(sign.length).replaceAll('\t', '    '), width - 1).map(part => [span(sign + part, tone)]);
}
