import {textWidth} from '../layout.ts';
import {lineWidth, span, type Line} from '../line.ts';
import {heading, labelled, type Document} from '../writing.ts';
import {keyWord} from './key-words.ts';
import {push, type Binding, type ScreenDefinition} from './screen.ts';
import {defineText, type Scrolled} from './text-screen.tsx';

/** Room for the longest list of keys. */
const labelWidth = 22;

/** The keys of all screens, made from their definitions. */
export function helpScreen(
	screens: () => readonly ScreenDefinition[],
	bindingsOf: (screen: ScreenDefinition) => readonly Binding[],
): ScreenDefinition<'help', Scrolled<'help'>> {
	return defineText({
		name: 'help',
		title: 'help',
		opener: {
			keys: ['?'],
			label: 'all keys',
			footer: {word: 'help', rank: 2},
			act: ({state}) => ({state: push(state, {name: 'help', offset: 0})}),
		},
		isApart: true,
		write: ({view}) => helpDocument(screens(), bindingsOf, textWidth(view.columns)),
	});
}

/** Each key once: first what works on most screens, then what belongs to some. */
function helpDocument(
	screens: readonly ScreenDefinition[],
	bindingsOf: (screen: ScreenDefinition) => readonly Binding[],
	width: number,
): Document {
	// A key is the same where its words are: lists have the same keys.
	const places = new Map<string, {binding: Binding; on: ScreenDefinition[]}>();
	for (const screen of screens) {
		for (const binding of bindingsOf(screen)) {
			const id = `${binding.keys.join(' ')} ${binding.label}`;
			const place = places.get(id) ?? {binding, on: []};
			place.on.push(screen);
			places.set(id, place);
		}
	}

	const reading = screens.filter(({isApart}) => !isApart);
	const groups = Map.groupBy(places.values(), ({on}) => groupOf(on, reading));
	const order = (title: string): number => (title === everywhere ? 0 : title === inRepair ? 2 : 1);
	const own = width < columnsForTwo ? width : Math.floor((width - columnGap) / 2);
	const blocks = [
		...[...groups]
			.sort(([a], [b]) => order(a) - order(b))
			.map(([title, all]): readonly Line[] => [...heading(title), ...all.flatMap(({binding}) => bindingLines(binding, own))]),
		[
			...heading('Words of the tables'),
			...labelled('MAPPED', 'hostPorts of the node that are mapped, out of all it has', own, {indent: 2, labelWidth}),
			...labelled('SAME, OTHER, HERE', 'from the same node, from another, from this machine', own, {indent: 2, labelWidth}),
			...labelled('CAUSE', 'worst finding about the node; kubectl hostport explain CODE tells more', own, {indent: 2, labelWidth}),
		],
	];
	return {title: 'Help', lines: own === width ? blocks.flat().slice(1) : besideEachOther(blocks, own)};
}

/** From here on two columns have room beside each other. */
const columnsForTwo = 100;
const columnGap = 2;

/** The blocks in two columns of about the same height, no block in both. */
function besideEachOther(blocks: ReadonlyArray<readonly Line[]>, width: number): readonly Line[] {
	const total = blocks.reduce((sum, {length}) => sum + length, 0);
	const left: Line[] = [];
	const right: Line[] = [];
	for (const block of blocks) (right.length === 0 && left.length + block.length / 2 <= total / 2 ? left : right).push(...block);
	const [one, other] = [left.slice(1), right.slice(1)];
	return Array.from({length: Math.max(one.length, other.length)}, (_, index): Line => {
		const line = one[index] ?? [];
		return [...line, span(' '.repeat(Math.max(0, width + columnGap - lineWidth(line)))), ...(other[index] ?? [])];
	});
}

const everywhere = 'Everywhere';
const inRepair = 'In the repair';

function groupOf(on: readonly ScreenDefinition[], reading: readonly ScreenDefinition[]): string {
	const own = on.filter(screen => reading.includes(screen));
	if (own.length === 0) return inRepair;
	return own.length > reading.length / 2 ? everywhere : `On ${own.map(({title}) => title).join(', and ')}`;
}

function bindingLines({keys, label}: Binding, width: number): readonly Line[] {
	return labelled(keys.map(keyWord).join(' '), label, width, {indent: 2, labelWidth, labelTone: 'accent'});
}
