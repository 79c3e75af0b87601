import {bindingsOf, keyWord, screenNames, type Binding, type ScreenName} from '../keymap.ts';
import type {Line} from '../line.ts';
import {heading, labelled, paragraph, type Document} from './writing.ts';

const titles: Readonly<Record<ScreenName, string>> = {
	overview: 'Nodes and findings',
	node: 'One node',
	finding: 'One finding',
	diff: 'Changes',
	hostPorts: 'hostPorts',
	help: 'Help',
};

/** The key table as text: first what works everywhere, then each screen's own keys, the screen that help was asked from first. */
export function helpDocument(from: ScreenName, width: number): Document {
	const others = screenNames.filter(name => name !== from && name !== 'help');
	const common = bindingsOf(from).filter(binding => others.every(name => bindingsOf(name).includes(binding)));
	const own = (name: ScreenName): readonly Binding[] => bindingsOf(name).filter(binding => !common.includes(binding));
	return {
		title: 'Help',
		lines: [
			...[from, ...others].flatMap((name, index) => [
				...(index === 0 ? heading(titles[name]).slice(1) : heading(titles[name])),
				...bindingLines(own(name), width),
			]),
			...heading('Everywhere'),
			...bindingLines(common, width),
			...heading('Signs'),
			...paragraph('WIRED counts the hostPorts of a node that a rule or an eBPF entry carries, out of all it has.', width, 2),
			...paragraph('CAUSE is the worst finding about the node; kubectl hostport explain CODE tells all about it.', width, 2),
		],
	};
}

function bindingLines(bindings: readonly Binding[], width: number): readonly Line[] {
	return bindings.flatMap(({keys, label}) =>
		labelled(keys.map(keyWord).join(' '), label, width, {indent: 2, labelWidth: 20, labelTone: 'accent'}),
	);
}
