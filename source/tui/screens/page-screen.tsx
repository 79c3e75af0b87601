import type {ReactElement, ReactNode} from 'react';
import {Scroll} from '../components/scroll.tsx';
import {TextColumn} from '../components/text-column.tsx';
import {bodyHeight, textWidth} from '../layout.ts';
import {scroll} from '../list.ts';
import type {Screen} from './index.ts';
import {defineScreen, type OwnParts, type ScreenDefinition, type Seen} from './screen.ts';
import type {Scrolled} from './text-screen.tsx';

type Own<Name extends string, Here> = OwnParts<Name, Here> & {
	titled(this: void, at: Seen<Here>): string;
	/** What stands there, as long as it may be. */
	Page(this: void, at: Seen<Here>): ReactNode;
};

/** A screen that is one page to scroll, laid out by Ink. What grows with the cluster is a text in lines instead (`text-screen.tsx`; `line.ts` says why). */
export function definePage<Name extends string, Here extends Scrolled<Name> & Screen>({
	titled,
	Page,
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
		move: ({screen, state, view: {pageLines, rows}}, move) => ({
			...state,
			screen: {...screen, offset: scroll(screen.offset, pageLines, bodyHeight(rows), move)},
		}),
		Body: at => (
			<Scroll title={titled(at)} offset={at.screen.offset} view={at.view}>
				{page(at)}
			</Scroll>
		),
	});
}
