import process from 'node:process';
import {headerLines} from './components/header-lines.ts';
import {isTooSmall} from './layout.ts';
import {cutLine} from './line.ts';
import type {Snapshot, Store} from './store.ts';
import type {Style, Theme} from './theme.ts';

/** The screen before Ink has it. */
export type FirstFrame = {
	/** Draws it once more as Ink is about to draw over it; from then on it is Ink that gives the terminal back. */
	readonly handOver: () => void;
	/** Gives the terminal back, where that is still to be done. */
	readonly leave: () => void;
};

// The alternate screen and the cursor (xterm, ctlseqs, DECSET 1049 and 25), as Ink itself asks for them.
const [enterScreen, leaveScreen] = ['\u001B[?1049h\u001B[?25l', '\u001B[?1049l\u001B[?25h'];
const [home, eraseBelow] = ['\u001B[H', '\u001B[J'];
// What follows is shown at once, by terminals that can (contour's “Synchronized Output”): the end that Ink writes after each frame ends this too.
const beginFrame = '\u001B[?2026h';

/**
 * Draws the header, which says what is waited for, while Ink and the screens are loaded: that takes longer than all before it. The lines are those
 * that the screens begin with. Keys that are typed meanwhile wait in the terminal, which does not show them.
 */
export function showFirstFrame(store: Store, theme: Theme): FirstFrame {
	const {stdin, stdout} = process;
	let isOurs = true;
	const draw = (): string => `${home}${eraseBelow}${frameText(store.getSnapshot(), Date.now(), stdout, theme)}${home}`;
	const end = (text: string): void => {
		if (!isOurs) return;
		isOurs = false;
		process.off('exit', leave).off('uncaughtExceptionMonitor', leave);
		stdout.write(text);
	};
	const leave = (): void => {
		end(leaveScreen);
		if (stdin.isTTY) stdin.setRawMode(false);
	};
	process.on('exit', leave).on('uncaughtExceptionMonitor', leave);
	if (stdin.isTTY) stdin.setRawMode(true);
	stdout.write(`${enterScreen}${draw()}`);
	return {handOver: () => end(`${beginFrame}${draw()}`), leave};
}

type Size = {readonly columns: number; readonly rows: number};

/** The header as a terminal takes it; nothing where no screen has room. */
export function frameText(snapshot: Snapshot, now: number, {columns, rows}: Size, {styles, signs}: Theme): string {
	if (isTooSmall(columns, rows)) return '';
	return headerLines(snapshot, now, columns, signs)
		.map(line => cutLine(line, columns, signs.cut))
		.map(line => line.map(({text, tone}) => styled(text, styles[tone])).join(''))
		.join('\r\n');
}

/** Parameters of SGR (ECMA-48, 8.3.117). */
const colours = {red: 31, green: 32, yellow: 33, cyan: 36} as const;

function styled(text: string, {color, bold = false, dimColor = false, inverse = false}: Style): string {
	const codes = [bold ? 1 : [], dimColor ? 2 : [], inverse ? 7 : [], color === undefined ? [] : colours[color]].flat();
	return codes.length === 0 ? text : `\u001B[${codes.join(';')}m${text}\u001B[0m`;
}
