import type {ReactElement, ReactNode} from 'react';
import type {ListState, Move} from '../list.ts';
import type {Model} from '../model.ts';
import type {PastRun} from '../repair/values.ts';
import type {State, Step, View} from '../state.ts';
import type {Signs} from '../theme.ts';
import type {Screen} from './index.ts';

/** What a screen, or its row under the cursor, is about; keys that open another screen begin there. */
export type About = {
	readonly node?: string;
	/** Key of its row. */
	readonly finding?: string;
	/** Nodes that the person has marked. */
	readonly marked?: readonly string[];
};

/** A screen that is open, and the values that it shows. */
export type Seen<Here = Screen> = {readonly screen: Here; readonly view: View};

/** All that a key and a body may know. */
export type At<Here = Screen> = Seen<Here> & {readonly state: State; readonly about: About};

/** Keys of one meaning, as data: what they do, and what help and footer say of them. */
export type Binding<Here = Screen> = {
	/** As `keys.ts` names them. The first stands in the footer. */
	readonly keys: readonly string[];
	/** What the help says. */
	readonly label: string;
	/** What the footer says, and how long it stays there when the terminal is narrow: 1 stays longest. */
	readonly footer?: {readonly word: string; readonly rank: number; readonly keyWord?: (signs: Signs) => string};
	/** The footer's word where it depends on what is shown. */
	word?(this: void, at: At<Here>): string;
	/** What comes of it; undefined where it does nothing here and now, and then it is shown nowhere. */
	act(this: void, at: At<Here>): Step | undefined;
};

/** The rows of a screen that can be filtered and sorted. */
export type Listing = {
	readonly list: ListState;
	/** What the filter leaves, in order. */
	readonly rows: ReadonlyArray<{readonly key: string}>;
	/** Rows in sight. */
	readonly height: number;
	/** Id of the column that it is sorted by, and of the one behind that. */
	readonly sort: string;
	readonly nextSort: string;
};

/** One screen whole. It is a file of its own that exports one, and a row in `screens/index.ts`; nothing else names it. */
export type ScreenDefinition<Name extends string = string, Here = Screen> = {
	readonly name: Name;
	/** Only a type, and never there: what the screen remembers while it is open. */
	readonly remembers?: Here;
	/** In the help, behind “On”. */
	readonly title: string;
	/** The key that opens it from the other screens. */
	readonly opener?: Binding;
	/** Its own keys; where one of them is also a key of every screen, this one counts. */
	readonly keys: ReadonlyArray<Binding<Here>>;
	/** A page of the repair: keys that open other screens do not work on it. */
	readonly isApart: boolean;
	about(this: void, at: Seen<Here>): About;
	/** Whether letters are text now. */
	isTyping?(this: void, screen: Here): boolean;
	/** What a letter does then; undefined where it is a key all the same. */
	typed?(this: void, at: At<Here>, key: string): Step | undefined;
	/** What the keys that move do. */
	move(this: void, at: At<Here>, move: Move): State;
	/** Its rows, where they can be filtered and sorted, and the screen with another state of the list. */
	readonly rows?: {
		of(this: void, at: Seen<Here>): Listing;
		with(this: void, screen: Here, list: ListState): Here;
	};
	/** What `y` copies: a text, or a page as it stands there; empty for nothing. */
	copied?(this: void, at: At<Here>): string | ReactElement;
	/** The row of a list that stands in a line of the body, for the mouse; undefined: none does. */
	rowAt?(this: void, at: Seen<Here>, line: number): number | undefined;
	/** Draws it, in exactly the lines that are left between header and footer. */
	Body(this: void, at: At<Here>): ReactNode;
};

/** What a screen says of itself; what it omits is as on most screens. */
export type OwnParts<Name extends string, Here> = Pick<ScreenDefinition<Name, Here>, 'name' | 'title'> &
	Partial<ScreenDefinition<Name, Here>>;

/** A screen with a body and moves of its own. */
export function defineScreen<Name extends string, Here extends {readonly name: Name}>(
	own: OwnParts<Name, Here> & Pick<ScreenDefinition<Name, Here>, 'move' | 'Body'>,
): ScreenDefinition<Name, Here> {
	return {keys: [], isApart: false, about: () => ({}), ...own};
}

/** The nodes that something is about; empty: none in particular. */
export function nodesOf({node, finding}: About, {findings}: Model): readonly string[] {
	return node === undefined ? (findings.find(({key}) => key === finding)?.finding.nodes ?? []) : [node];
}

/** Opens a screen; one that is open already is not opened twice, so that Esc never goes in circles. */
export function push(state: State, screen: Screen): State {
	const behind = [...state.behind, state.screen].filter(({name}) => name !== screen.name);
	return {...state, screen, behind};
}

/** `b` on pages of the repair: rolls back the run that the page is about, where it can be undone. */
export function rollbackKey<Here>(pastAt: (at: At<Here>) => PastRun | null | undefined): Binding<Here> {
	return {
		keys: ['b'],
		label: 'roll back a run; asks first',
		footer: {word: 'roll back', rank: 3},
		act(at) {
			const past = pastAt(at) ?? null;
			if (past === null || past.undo.length === 0) return undefined;
			const screen = {name: 'undo', offset: 0, run: past.id, text: null, isWrong: false} as const;
			return {state: push(at.state, screen), intent: {kind: 'repair', act: {do: 'weigh', run: past.id}}};
		},
	};
}
