import {Box} from 'ink';
import {useContext, type ReactNode} from 'react';
import {Heading} from '../components/heading.tsx';
import {Labelled} from '../components/labelled.tsx';
import {TextColumn} from '../components/text-column.tsx';
import {WidthContext} from '../components/width.ts';
import {keyWord} from './key-words.ts';
import {definePage, type Scrolled} from './page-screen.tsx';
import {push, type Binding, type ScreenDefinition} from './screen.ts';

/** Room for the longest list of keys. */
const labelWidth = 22;
/** From here on two columns have room beside each other. */
const columnsForTwo = 96;
const columnGap = 2;

/** What it remembers. */
export type HelpScreen = Scrolled<'help'> & {
	/** The screen that it was opened on. */
	readonly from: string;
};

type Section = {readonly title: string; readonly entries: ReadonlyArray<readonly [label: string, text: string]>};

/** The keys of all screens, made from their definitions. */
export function helpScreen(
	screens: () => readonly ScreenDefinition[],
	bindingsOf: (screen: ScreenDefinition) => readonly Binding[],
): ScreenDefinition<'help', HelpScreen> {
	return definePage({
		name: 'help',
		title: 'help',
		opener: {
			keys: ['?'],
			label: 'all keys',
			footer: {word: 'help', rank: 2},
			act: ({state}) => ({state: push(state, {name: 'help', offset: 0, from: state.screen.name})}),
		},
		isApart: true,
		titled: () => 'Help',
		Page: ({screen}) => <Help sections={[...keySections(screens(), bindingsOf, screen.from), words]} />,
	});
}

/** One below the other, or in two columns of about the same height. */
function Help({sections}: {readonly sections: readonly Section[]}): ReactNode {
	const width = useContext(WidthContext);
	if (width < columnsForTwo) return <Sections all={sections} />;
	const heightOf = (all: readonly Section[]): number => all.reduce((sum, {entries}) => sum + entries.length + 2, 0);
	const isLeft = (section: Section, index: number): boolean =>
		heightOf(sections.slice(0, index)) + heightOf([section]) / 2 <= heightOf(sections) / 2;
	const right = sections.findIndex((section, index) => !isLeft(section, index));
	return (
		<Box gap={columnGap}>
			{[sections.slice(0, right), sections.slice(right)].map((all, index) => (
				<TextColumn key={index} width={Math.floor((width - columnGap) / 2)}>
					<Sections all={all} />
				</TextColumn>
			))}
		</Box>
	);
}

function Sections({all}: {readonly all: readonly Section[]}): ReactNode {
	return (
		<Box flexDirection="column" marginTop={-1}>
			{all.map(({title, entries}) => (
				<Box key={title} flexDirection="column">
					<Heading>{title}</Heading>
					{entries.map(([label, text], index) => (
						<Labelled key={index} label={label} labelWidth={labelWidth} indent={2} labelTone={title === words.title ? 'muted' : 'accent'}>
							{text}
						</Labelled>
					))}
				</Box>
			))}
		</Box>
	);
}

const words: Section = {
	title: 'Words of the tables',
	entries: [
		['MAPPED', 'hostPorts of the node that are mapped, out of all it has'],
		['SAME, OTHER, HERE', 'from the same node, from another, from this machine'],
		['CAUSE', 'worst finding about the node; kubectl hostport explain CODE tells more'],
	],
};

/** Each key once: what works on most screens, and what belongs to some; those of the screen that one comes from first. */
function keySections(
	screens: readonly ScreenDefinition[],
	bindingsOf: (screen: ScreenDefinition) => readonly Binding[],
	from: string,
): readonly Section[] {
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
	const isEverywhere = (on: readonly ScreenDefinition[]): boolean => on.filter(each => reading.includes(each)).length > reading.length / 2;
	const rankOf = (on: readonly ScreenDefinition[]): number =>
		isEverywhere(on) ? screens.length : on.some(({name}) => name === from) ? on.length : screens.length + 1;
	const groups = Map.groupBy(places.values(), ({on}) => (isEverywhere(on) ? 'Everywhere' : `On ${on.map(({title}) => title).join(', ')}`));
	return [...groups]
		.sort(([, [{on: one} = {on: []}]], [, [{on: other} = {on: []}]]) => rankOf(one) - rankOf(other))
		.map(([title, all]) => ({title, entries: all.map(({binding: {keys, label}}) => [keys.map(keyWord).join(' '), label] as const)}));
}
