import {DocumentBody} from '../components/document-body.tsx';
import {textWidth} from '../layout.ts';
import {cutLine, lineText} from '../line.ts';
import {scroll, type Move} from '../list.ts';
import type {Model} from '../model.ts';
import {placed} from '../placed.ts';
import type {View} from '../state.ts';
import type {Document} from '../writing.ts';
import type {Screen} from './index.ts';
import {defineScreen, type At, type OwnParts, type ScreenDefinition, type Seen} from './screen.ts';

/** What a screen that is one text remembers, whatever else it does. */
export type Scrolled<Name extends string> = {
	readonly name: Name;
	/** First line in sight; below 0 the line that matters is kept in sight. */
	readonly offset: number;
};

type Text<Name extends string, Here> = OwnParts<Name, Here> & {
	/** What stands there, in lines that fit the width. */
	write(this: void, at: Seen<Here>): Document;
	/** Values beside those of the store that it depends on. */
	moving?(this: void, view: View): readonly unknown[];
	/** Moves a cursor that it has; undefined where the key scrolls. */
	choose?(this: void, at: At<Here>, move: Move): Here | undefined;
};

/** A screen that is one text in lines to scroll; Ink gets those in sight (`line.ts` says why). */
export function defineText<Name extends string, Here extends Scrolled<Name> & Screen>({
	write,
	moving = () => [],
	choose,
	...own
}: Text<Name, Here>): ScreenDefinition<Name, Here> {
	const document = remembered(write, moving);
	return defineScreen<Name, Here>({
		...own,
		document,
		copied: at =>
			document(at)
				.lines.map(line => lineText(line).trimEnd())
				.join('\n'),
		move(at, move) {
			const chosen = choose?.(at, move);
			if (chosen !== undefined) return {...at.state, screen: chosen};
			const text = document(at);
			const {offset, height} = placed(text, at.screen.offset, at.view.rows);
			return {...at.state, screen: {...at.screen, offset: scroll(offset, text.lines.length, height, move)}};
		},
		Body: ({screen, view}) => <DocumentBody document={document({screen, view})} offset={screen.offset} view={view} />,
	});
}

/** Writes once what is asked for on every key and in every frame. */
function remembered<Here extends {readonly offset: number}>(
	write: (at: Seen<Here>) => Document,
	moving: (view: View) => readonly unknown[],
): (at: Seen<Here>) => Document {
	const last = new WeakMap<Model, {key: string; document: Document}>();
	return ({screen, view}) => {
		const key = JSON.stringify([{...screen, offset: 0}, view.columns, view.signs.cut, ...moving(view)]);
		const hit = last.get(view.model);
		if (hit?.key === key) return hit.document;
		const written = write({screen, view});
		const width = textWidth(view.columns);
		const document = {...written, lines: written.lines.map(line => cutLine(line, width, view.signs.cut))};
		last.set(view.model, {key, document});
		return document;
	};
}
