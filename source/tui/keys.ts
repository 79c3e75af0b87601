import type {Key} from 'ink';

const named: ReadonlyArray<readonly [keyof Key, string]> = [
	['upArrow', 'up'],
	['downArrow', 'down'],
	['leftArrow', 'left'],
	['rightArrow', 'right'],
	['pageUp', 'pageUp'],
	['pageDown', 'pageDown'],
	['home', 'home'],
	['end', 'end'],
	['return', 'enter'],
	['tab', 'tab'],
	['backspace', 'backspace'],
	['delete', 'backspace'],
];

const controls: Readonly<Record<string, string>> = {
	'\r': 'enter',
	'\n': 'enter',
	'\t': 'tab',
	'\u001B': 'escape',
	'\u007F': 'backspace',
	'\b': 'backspace',
};

/** A turn of the mouse's wheel, or a press of its first button; lines and columns from 0. */
export type Pointing = {readonly does: 'wheelUp' | 'wheelDown'} | {readonly does: 'press'; readonly column: number; readonly line: number};

/** What the mouse did, in the form that terminals call SGR (xterm, ctlseqs, “Extended coordinates”), among what else was typed. */
export function pointingsOf(input: string): readonly Pointing[] {
	return [...input.matchAll(/\u001B\[<(\d+);(\d+);(\d+)([Mm])/gu)].flatMap(([, button, column, line, end]): readonly Pointing[] => {
		if (button === '64') return [{does: 'wheelUp'}];
		if (button === '65') return [{does: 'wheelDown'}];
		return button === '0' && end === 'M' ? [{does: 'press', column: Number(column) - 1, line: Number(line) - 1}] : [];
	});
}

/**
 * The keys of one input event, in the order they were pressed. Ink hands over everything that was typed ahead as one event
 * (`jjj`, `/web\r`), which key repeat and a slow connection do all the time, so the text is walked through.
 */
export function keysOf(input: string, key: Key): readonly string[] {
	if (key.eventType === 'release') return [];
	if (key.escape) return ['escape'];
	const special = named.find(([flag]) => key[flag] === true);
	if (special !== undefined) return [key.tab && key.shift ? 'shift+tab' : special[1]];
	if (key.ctrl) return input === '' ? [] : [`ctrl+${input}`];
	const keys = Array.from(input, character => controls[character] ?? controlName(character) ?? character);
	// Escape and a key right behind it arrive as that key with Alt, which nothing here uses.
	return key.meta ? ['escape', ...keys] : keys;
}

function controlName(character: string): string | undefined {
	const code = character.codePointAt(0) ?? 0;
	return code < 0x20 ? `ctrl+${String.fromCodePoint(code + 0x60)}` : undefined;
}
