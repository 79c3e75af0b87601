import {createContext} from 'react';

/** What a piece of text means. Colours are chosen here and nowhere else, and each also shows as a sign or a word. */
export type Tone =
	| 'plain'
	| 'strong'
	| 'muted'
	| 'accent'
	| 'good'
	| 'bad'
	| 'doubtful'
	| 'added'
	| 'removed'
	| 'hunk'
	/** The row under the cursor of the list that has the keys. */
	| 'selected';

/** How a tone looks; colours of the terminal's own palette. */
export type Style = {
	readonly color?: 'cyan' | 'green' | 'red' | 'yellow';
	readonly bold?: boolean;
	readonly dimColor?: boolean;
	readonly inverse?: boolean;
};

/** One character each (the cut mark aside), so that columns stay aligned. */
export type Signs = {
	readonly good: string;
	readonly bad: string;
	readonly doubtful: string;
	readonly unknown: string;
	readonly skipped: string;
	readonly waiting: string;
	readonly cursor: string;
	/** A node that the person has marked. */
	readonly marked: string;
	/** One of several that is chosen. */
	readonly chosen: string;
	readonly cut: string;
	readonly rule: string;
	readonly bar: string;
	readonly dot: string;
	readonly dash: string;
	readonly arrow: string;
	readonly ascending: string;
	readonly descending: string;
	readonly moves: string;
	/** Arrows of the picture of a path: gone, broken, beyond what is broken, not seen. */
	readonly pathOn: string;
	readonly pathBroken: string;
	readonly pathBeyond: string;
	readonly pathUnseen: string;
};

/** What the screens are drawn with. */
export type Theme = {
	readonly styles: Readonly<Record<Tone, Style>>;
	readonly signs: Signs;
};

const styles: Theme['styles'] = {
	plain: {},
	strong: {bold: true},
	// Dim and not grey: bright black is the background colour in some palettes (Solarized).
	muted: {dimColor: true},
	accent: {color: 'cyan'},
	good: {color: 'green'},
	bad: {color: 'red', bold: true},
	doubtful: {color: 'yellow'},
	added: {color: 'green'},
	removed: {color: 'red'},
	hunk: {color: 'cyan', dimColor: true},
	selected: {inverse: true},
};

const noStyles: Theme['styles'] = {
	plain: {},
	strong: {},
	muted: {},
	accent: {},
	good: {},
	bad: {},
	doubtful: {},
	added: {},
	removed: {},
	hunk: {},
	// Reverse video is not a colour.
	selected: {inverse: true},
};

const signs: Signs = {
	good: '✓',
	bad: '✗',
	doubtful: '!',
	unknown: '?',
	skipped: '–',
	waiting: '·',
	cursor: '›',
	marked: '●',
	chosen: '•',
	cut: '…',
	rule: '─',
	bar: '│',
	dot: '·',
	dash: '—',
	arrow: '→',
	ascending: '↑',
	descending: '↓',
	moves: '↑↓',
	pathOn: '─▶',
	pathBroken: '─✗',
	pathBeyond: '┄▶',
	pathUnseen: '─?▶',
};

const asciiSigns: Signs = {
	good: '+',
	bad: 'x',
	doubtful: '!',
	unknown: '?',
	skipped: '-',
	waiting: '.',
	cursor: '>',
	marked: '*',
	chosen: '*',
	cut: '...',
	rule: '-',
	bar: '|',
	dot: '-',
	dash: '-',
	arrow: '->',
	ascending: '^',
	descending: 'v',
	moves: 'j/k',
	pathOn: '->',
	pathBroken: '-x',
	pathBeyond: '..>',
	pathUnseen: '-?>',
};

/** Colours and signs that the terminal can show. */
export function createTheme({colour, unicode}: {colour: boolean; unicode: boolean}): Theme {
	return {styles: colour ? styles : noStyles, signs: unicode ? signs : asciiSigns};
}

/** What this terminal can show. */
export const themeOf = (colour: boolean): Theme => createTheme({colour, unicode: canShowUnicode(process.env, process.platform)});

/** Whether the terminal's locale can show more than ASCII, by the variables that POSIX gives precedence in this order. */
function canShowUnicode(environment: NodeJS.ProcessEnv, platform: NodeJS.Platform): boolean {
	if (platform === 'win32') return true;
	const locale = environment['LC_ALL'] || environment['LC_CTYPE'] || environment['LANG'] || '';
	return /utf-?8/iu.test(locale);
}

/** The theme of the components below. */
export const ThemeContext = createContext<Theme>(createTheme({colour: false, unicode: true}));
