import type {Strategy} from '../../diagnosis/strategy.ts';

/** The pages of the wizard, in order, and what the trail above them calls them. */
export const repairPages = [
	'repairCause',
	'repairWay',
	'repairBinary',
	'repairPreview',
	'repairConfirm',
	'repairRun',
	'repairProof',
] as const;
/** Pages beside that order. */
export const besidePages = ['repairUndo', 'runs'] as const;

export const pageWords: Readonly<Record<(typeof repairPages)[number], string>> = {
	repairCause: 'cause',
	repairWay: 'way',
	repairBinary: 'binary',
	repairPreview: 'preview',
	repairConfirm: 'confirm',
	repairRun: 'run',
	repairProof: 'proof',
};

/** Stands for the line that matters now: the cursor, what is typed, the step that runs. Scrolling replaces it. */
export const follow = -1;

/** A page and what it remembers. A text of null is the one that stands there by itself. */
export type RepairScreen =
	| {readonly name: 'repairCause' | 'repairRun' | 'repairProof'; readonly offset: number}
	| {readonly name: 'repairWay'; readonly offset: number; readonly strategy: Strategy | null}
	| {readonly name: 'repairBinary'; readonly offset: number; readonly strategy: Strategy; readonly text: string | null}
	| {readonly name: 'repairPreview'; readonly offset: number; readonly strategy: Strategy; readonly source: string}
	| {readonly name: 'repairConfirm'; readonly offset: number; readonly text: string | null; readonly isWrong: boolean}
	| {readonly name: 'repairUndo'; readonly offset: number; readonly run: string; readonly text: string | null; readonly isWrong: boolean}
	| {readonly name: 'runs'; readonly offset: number; readonly row: number};

export type TypingScreen = Extract<RepairScreen, {text: string | null}>;
