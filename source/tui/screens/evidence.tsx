import {useMemo, type ReactNode} from 'react';
import {Prose} from '../components/prose.tsx';
import {evidenceTabs, rulesTab} from '../evidence/index.ts';
import type {Model} from '../model.ts';
import type {Step} from '../state.ts';
import {definePage, type Scrolled} from './page-screen.tsx';
import {nodesOf, push, type At, type ScreenDefinition} from './screen.ts';

type Here = Scrolled<'evidence'> & {readonly node: string; readonly tab: number};

const step =
	(by: number) =>
	({screen, state}: At<Here>): Step => ({
		state: {...state, screen: {...screen, tab: (screen.tab + by + evidenceTabs.length) % evidenceTabs.length, offset: 0}},
	});

/** The raw evidence of a node. */
export const evidence: ScreenDefinition<'evidence', Here> = definePage({
	name: 'evidence',
	title: 'the evidence',
	opener: {
		keys: ['e'],
		label: 'what was read on the node, raw',
		footer: {word: 'evidence', rank: 6},
		act({state, view: {model}, about}) {
			const name = nodesOf(about, model)[0] ?? model.nodes[0]?.name;
			// Of a hostPort the rules decide.
			const tab = state.screen.name === 'hostPort' ? rulesTab : 0;
			return name === undefined ? undefined : {state: push(state, {name: 'evidence', node: name, tab, offset: 0})};
		},
	},
	keys: [
		{keys: ['[', 'shift+tab'], label: 'previous tab', act: step(-1)},
		{keys: ['tab', ']'], label: 'next tab', footer: {word: 'next', rank: 3}, act: step(1)},
	],
	about: ({screen}) => ({node: screen.node}),
	titled: ({screen}) => ({
		title: `Evidence ${screen.node}`,
		words: evidenceTabs.map(({title}) => title),
		current: screen.tab,
		isChoice: true,
	}),
	Page: ({screen, view: {model}}) => <EvidencePage model={model} name={screen.node} tab={screen.tab} />,
});

type Props = {readonly model: Model; readonly name: string; readonly tab: number};

/** What was read on one node and about it, raw; lines that findings quote or that are about its hostPorts are marked. */
function EvidencePage({model: {snapshot}, name, tab}: Props): ReactNode {
	const {evidence: all, diagnosis} = snapshot;
	const quoted = useMemo(() => {
		const about = (diagnosis?.findings ?? []).filter(({nodes}) => nodes.length === 0 || nodes.includes(name));
		return new Set(about.flatMap(({because}) => because.map(({says}) => says)));
	}, [diagnosis, name]);
	const numbers = useMemo(() => {
		const own = (all?.pods ?? []).filter(pod => pod.node === name && !pod.hostNetwork);
		return new Set(own.flatMap(({ports, podIPs}) => [...ports.map(({hostPort}) => String(hostPort)), ...podIPs]));
	}, [all, name]);
	const node = all?.nodes.find(each => each.name === name);
	const Body = evidenceTabs[tab]?.Body;
	if (all === null || node === undefined || Body === undefined) return <Prose tone="muted">Not read yet.</Prose>;
	return <Body evidence={all} node={node} quoted={quoted} numbers={numbers} />;
}
