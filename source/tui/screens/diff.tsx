import {useMemo, type ReactNode} from 'react';
import {Changes, sameText} from '../components/changes.tsx';
import {Prose} from '../components/prose.tsx';
import type {ChangeRow, Model} from '../model.ts';
import type {Step} from '../state.ts';
import {definePage, type Scrolled} from './page-screen.tsx';
import {nodesOf, push, type At, type ScreenDefinition, type Seen} from './screen.ts';

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
export const diff: ScreenDefinition<'diff', Here> = definePage({
	name: 'diff',
	title: 'changes',
	opener: {
		keys: ['d'],
		label: 'what has to change, as a diff',
		footer: {word: 'diff', rank: 7},
		// The first change of the nodes that are looked at, else the first of all. On the overview that may be one of the whole cluster.
		act({state, view: {model}, about}) {
			const nodes = [...nodesOf(about, model), ...(state.screen.name === 'overview' ? [''] : [])];
			const change = model.changes.findIndex(each => each.nodes.some(node => nodes.includes(node)));
			return {state: push(state, {name: 'diff', change: Math.max(0, change), offset: 0})};
		},
	},
	keys: [
		{keys: ['['], label: 'previous change', footer: {word: 'previous', rank: 4}, act: step(-1)},
		{keys: [']'], label: 'next change', footer: {word: 'next', rank: 3}, act: step(1)},
	],
	titled(at) {
		const {changes} = at.view.model;
		const row = changeOf(at);
		if (row === undefined) return 'Changes';
		return [`Change ${changes.indexOf(row) + 1} of ${changes.length}`, sameText(row)].filter(Boolean).join(` ${at.view.signs.dot} `);
	},
	Page: at => <DiffPage row={changeOf(at)} model={at.view.model} />,
});

const changeOf = ({screen, view: {model}}: Seen<Here>): ChangeRow | undefined =>
	model.changes[Math.min(screen.change, model.changes.length - 1)];

/** One change, or why there is none. */
export function DiffPage({row, model}: {readonly row: ChangeRow | undefined; readonly model: Model}): ReactNode {
	const all = useMemo(() => (row === undefined ? [] : [row.change]), [row]);
	if (row !== undefined) return <Changes all={all} />;
	return (
		<Prose tone="muted">
			{model.snapshot.diagnosis === null
				? 'Not known yet: the nodes have not answered.'
				: 'No CNI file and no key of cilium-config has to change. The findings tell what else to do.'}
		</Prose>
	);
}
