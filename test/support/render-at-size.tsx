import {EventEmitter} from 'node:events';
import {render} from 'ink';
import type {ReactNode} from 'react';
import {vi} from 'vitest';

/** A terminal of a given size that keeps the frames drawn on it. ink-testing-library's is always 100 columns wide and has no rows. */
class Screen extends EventEmitter {
	readonly frames: string[] = [];
	columns: number;
	rows: number;

	constructor(columns: number, rows: number) {
		super();
		this.columns = columns;
		this.rows = rows;
	}

	readonly write = (frame: string): void => {
		this.frames.push(frame);
	};
}

class Keyboard extends EventEmitter {
	readonly isTTY = true;
	#typed: string | null = null;

	readonly type = (keys: string): void => {
		this.#typed = keys;
		this.emit('readable');
	};
	readonly read = (): string | null => {
		const typed = this.#typed;
		this.#typed = null;
		return typed;
	};
	readonly setEncoding = (): void => {};
	readonly setRawMode = (): void => {};
	readonly ref = (): void => {};
	readonly unref = (): void => {};
}

export type Drawn = {
	/** What is on the screen now, without colours' codes if there are none. */
	readonly frame: () => string;
	/** The same as lines. */
	readonly lines: () => readonly string[];
	/** Number of frames drawn so far. */
	readonly frames: () => number;
	/** Hands over keys as one chunk, as a terminal does with what was typed ahead. */
	readonly type: (keys: string) => void;
	readonly resize: (columns: number, rows: number) => void;
	/** Waits until the screen shows a text, or until something else is so. */
	readonly shows: (text: string) => Promise<void>;
	readonly until: (isSo: () => boolean) => Promise<void>;
	readonly unmount: () => void;
};

// Long enough for a machine that has much else to do.
const until = async (isSo: () => boolean): Promise<void> => {
	await vi.waitUntil(isSo, {timeout: 60_000, interval: 3});
};

/** Draws a tree on a terminal of that many columns and rows; ready once it listens to the keyboard. */
export async function renderAtSize(tree: ReactNode, columns: number, rows: number): Promise<Drawn> {
	const screen = new Screen(columns, rows);
	const keyboard = new Keyboard();
	const streams = {stdout: screen, stdin: keyboard, stderr: new Screen(columns, rows)} as unknown as {
		stdout: NodeJS.WriteStream;
		stdin: NodeJS.ReadStream;
		stderr: NodeJS.WriteStream;
	};
	const instance = render(tree, {...streams, debug: true, exitOnCtrlC: false, patchConsole: false});
	const frame = (): string => screen.frames.at(-1) ?? '';
	await until(() => keyboard.listenerCount('readable') > 0);
	return {
		frame,
		lines: () => frame().split('\n'),
		frames: () => screen.frames.length,
		type: keyboard.type,
		resize(newColumns, newRows) {
			screen.columns = newColumns;
			screen.rows = newRows;
			screen.emit('resize');
		},
		async shows(text) {
			await until(() => frame().includes(text)).catch(() => {
				throw new Error(`the screen never showed “${text}”, but:\n${frame()}`);
			});
		},
		until,
		unmount: instance.unmount,
	};
}
