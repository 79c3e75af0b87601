import type {ReactElement, ReactNode} from 'react';
import {Scroll} from '../components/scroll.tsx';
import type {Trail} from '../components/tabs.tsx';
import {TextColumn} from '../components/text-column.tsx';
import {textWidth} from '../layout.ts';
import {scroll, type Move} from '../list.ts';
import {sightOf} from '../page.ts';
import type {Screen} from './index.ts';
import {defineScreen, type At, type OwnParts, type ScreenDefinition, type Seen} from './screen.ts';

/** What a screen that is one page remembers, whatever else it does. */
export type Scrolled<Name extends string> = {
	readonly name: Name;
	/** First line in sight; below 0 the line that matters is kept in sight. */
	readonly offset: number;
};

type Own<Name extends string, Here> = OwnParts<Name, Here> & {
	titled(this: void, at: Seen<Here>): string | Trail;
	/** What stands there, as long as it may be; parts that grow with the cluster are `LongLines`. */
	Page(this: void, at: Seen<Here>): ReactNode;
	/** What stays below it, over all columns. */
	Foot?(this: void, at: Seen<Here>): ReactNode;
	/** Moves a cursor that it has; undefined where the key scrolls. */
	choose?(this: void, at: At<Here>, move: Move): Here | undefined;
};

/** A screen that is one page to scroll, laid out by Ink. */
export function definePage<Name extends string, Here extends Scrolled<Name> & Screen>({
	titled,
	Page,
	Foot,
	choose,
	...own
}: Own<Name, Here>): ScreenDefinition<Name, Here> {
	const page = ({screen, view}: Seen<Here>): ReactElement => (
		<TextColumn width={textWidth(view.columns)}>
			<Page screen={screen} view={view} />
		</TextColumn>
	);
	return defineScreen<Name, Here>({
		...own,
		copied: page,
		move(at, move) {
			const {screen, state, view} = at;
			const chosen = choose?.(at, move);
			if (chosen !== undefined) return {...state, screen: chosen};
			const {offset, height} = sightOf(screen.offset, view.page, view.rows);
			return {...state, screen: {...screen, offset: scroll(offset, view.page.lines, height, move)}};
		},
		Body: ({screen, view}) => (
			<Scroll title={titled({screen, view})} offset={screen.offset} view={view} foot={Foot && <Foot screen={screen} view={view} />}>
				{page({screen, view})}
			</Scroll>
		),
	});
}
