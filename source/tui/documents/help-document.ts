import {keymap, keyWord, screenNames, type Binding, type ScreenName} from '../keymap.ts';
import {besidePages, repairPages} from '../repair/pages.ts';
import type {Line} from '../line.ts';
import {heading, labelled, type Document} from './writing.ts';

const wizard: ReadonlySet<string> = new Set([...repairPages, ...besidePages]);
const reading = screenNames.filter(name => !wizard.has(name));

const titles: Readonly<Partial<Record<ScreenName, string>>> = {
	overview: 'nodes and findings',
	node: 'a node',
	finding: 'a finding',
	evidence: 'the evidence',
	diff: 'changes',
	hostPorts: 'hostPorts',
	proof: 'the proof',
	help: 'help',
};

/** Room for the longest list of keys. */
const labelWidth = 22;

/** The key table as text, each key once: first what works on most screens, then what belongs to some. */
export function helpDocument(width: number): Document {
	const groups = new Map<string, Binding[]>();
	for (const binding of keymap) {
		const group = groupOf(binding);
		groups.set(group, [...(groups.get(group) ?? []), binding]);
	}

	return {
		title: 'Help',
		lines: [
			...[...groups].flatMap(([title, bindings]) => [...heading(title), ...bindingLines(bindings, width)]).slice(1),
			...heading('Words of the tables'),
			...labelled('WIRED', 'hostPorts of the node that are carried, out of all it has', width, {indent: 2, labelWidth}),
			...labelled('SAME, OTHER, HERE', 'from the same node, from another, from this machine', width, {indent: 2, labelWidth}),
			...labelled('CAUSE', 'worst finding about the node; kubectl hostport explain CODE tells more', width, {indent: 2, labelWidth}),
		],
	};
}

function groupOf({screens}: Binding): string {
	const own = screens.filter(name => !wizard.has(name));
	if (own.length === 0) return 'In the repair';
	return own.length > reading.length / 2 ? 'Everywhere' : `On ${own.map(name => titles[name] ?? name).join(', and ')}`;
}

function bindingLines(bindings: readonly Binding[], width: number): readonly Line[] {
	return bindings.flatMap(({keys, label}) =>
		labelled(keys.map(keyWord).join(' '), label, width, {indent: 2, labelWidth, labelTone: 'accent'}),
	);
}
