import type {ReactElement} from 'react';
import {emptyList} from './list.ts';
import type {Line} from './line.ts';
import type {Model} from './model.ts';
import type {PageSize} from './page.ts';
import type {RepairAct} from './repair/values.ts';
import type {Screen} from './screens/index.ts';
import type {Signs} from './theme.ts';

/** All that the screens remember. What they show lies in the store. */
export type State = {
	readonly screen: Screen;
	/** The way here, the first screen first; Esc goes back along it. */
	readonly behind: readonly Screen[];
	/** What is being typed, if anything. */
	readonly prompt: Prompt | null;
	/** What is being typed to answer a question of the store's. */
	readonly answer: Answer | null;
};

/** What a proof may make on the cluster for its time; everything but nothing is asked for first. */
export type Making = 'nothing' | 'pods' | 'test pod';

/** What can be written to a file: all that was read, or what it means, as Markdown. */
export type Written = 'evidence' | 'report';

/** What is typed in the footer: a filter that takes effect with each letter, the name of a file, or yes to a question. */
export type Prompt =
	| {readonly kind: 'filter'}
	| {readonly kind: 'save'; readonly what: Written; readonly text: string}
	/** What `y` means and what any other key; `intent` is what yes does. */
	| {readonly kind: 'ask'; readonly question: string; readonly yes: string; readonly no: string; readonly intent: Intent};

/** What is being typed as the answer to a question; `id` is the question's. */
export type Answer = {readonly id: number; readonly text: string};

/** What a key means outside the screens; the caller does it. */
export type Intent =
	/** `suspend`: hand the terminal to the shell until it brings the program back. */
	| {readonly kind: 'refresh' | 'quit' | 'suspend'}
	/** A text, or a page as it stands there. */
	| {readonly kind: 'copy'; readonly what: string | ReactElement}
	| {readonly kind: 'verify'; readonly making: Making}
	| {readonly kind: 'save'; readonly what: Written; readonly file: string}
	| {readonly kind: 'answer'; readonly id: number; readonly text: string | null}
	| {readonly kind: 'repair'; readonly act: RepairAct};

/** What a key has to know of the outside: the values shown and the terminal's size. */
export type View = {
	readonly model: Model;
	readonly columns: number;
	/** Lines for header, content and footer: those of the terminal without the ones a failure takes. */
	readonly rows: number;
	readonly failure: readonly Line[];
	readonly signs: Signs;
	readonly canSave: boolean;
	/** There is a cluster behind the screens, and the command can change it. */
	readonly canRepair: boolean;
	/** The page that scrolls, as the last frame had it. */
	readonly page: PageSize;
	/** Milliseconds of `Date.now()` at the last tick. */
	readonly now: number;
};

/** What comes of a key. */
export type Step = {readonly state: State; readonly intent?: Intent};

/** The state that the terminal UI begins with. */
export const initialState: State = {
	screen: {name: 'overview', focus: 'nodes', nodes: emptyList, findings: emptyList, marked: []},
	behind: [],
	prompt: null,
	answer: null,
};
