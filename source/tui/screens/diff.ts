import {changeLines} from '../change-lines.ts';
import {textWidth} from '../layout.ts';
import type {Model} from '../model.ts';
import type {Signs} from '../theme.ts';
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

/** What has to change, as a diff. */
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

/** One change, and how many nodes need the very same. */
export function diffDocument({changes, snapshot}: Model, index: number, width: number, signs: Signs): Document {
	const row = changes[Math.min(index, changes.length - 1)];
	if (row === undefined) {
		const text =
			snapshot.diagnosis === null
				? 'Not known yet: the nodes have not answered.'
				: 'No CNI file and no key of cilium-config has to change. The findings tell what else to do.';
		return {title: 'Changes', lines: paragraph(text, width, 0, 'muted')};
	}

	const place = `Change ${changes.indexOf(row) + 1} of ${changes.length}`;
	const others = row.nodes.length - 1;
	const same = others > 0 ? ` ${signs.dot} the same on ${others} more ${others === 1 ? 'node' : 'nodes'}` : '';
	return {title: `${place}${same}`, lines: changeLines(row.change, width, signs)};
}
