import process from 'node:process';
import {setTimeout as sleep} from 'node:timers/promises';
import pty from '@lydell/node-pty';
import xterm from '@xterm/headless';
import type {Frame, Run} from '../../scripts/pictures/frame.ts';
import {built, startOf} from './built.ts';

/** Of the palette. */
const colours = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'];

export type TerminalProgram = {
	/** What a person would see now: the lines of the screen, without trailing blanks. */
	screen(): string;
	/** The same with styles. */
	frame(): Frame;
	/** Whether the program has the alternate screen. */
	isAlternate(): boolean;
	/** Waits until a whole frame matches, ten minutes unless told, for a busy machine is no fault; fails with the screen as it is then. */
	waitFor(pattern: RegExp | string, seconds?: number): Promise<string>;
	type(keys: string): void;
	resize(columns: number, rows: number): void;
	signal(name: string): void;
	/** Everything that was written so far, as it came. */
	written(): string;
	/** Closes the terminal, as a dropped SSH session does: the program gets SIGHUP, and EIO for whatever it writes then. */
	close(): void;
	/** Everything that is left on the main screen once the program has ended, and its exit code. */
	ended(): Promise<{exitCode: number; screen: string}>;
};

/** Starts the built program, or a copy of it, in a pseudo-terminal whose screen a terminal emulator holds. */
export function openTerminal(
	words: readonly string[],
	options: {columns?: number; rows?: number; environment?: Record<string, string>; program?: string} = {},
): TerminalProgram {
	const [file, first] = startOf(options.program ?? built);
	return open(file, [...first, ...words], options);
}

/** A shell with job control, as a person has one. */
export function openShell(environment: Readonly<Record<string, string>> = {}): TerminalProgram {
	return open('/bin/bash', ['--norc', '--noprofile', '-i'], {environment: {PS1: '$ ', ...environment}});
}

function open(
	command: string,
	words: readonly string[],
	options: {columns?: number; rows?: number; environment?: Record<string, string>},
): TerminalProgram {
	const {columns = 120, rows = 36} = options;
	// CI would make Ink print the last frame only; an undefined value would arrive as text, so the names are taken out.
	const {CI: _, NO_COLOR: __, KUBECONFIG: ___, NODE_EXTRA_CA_CERTS: ____, ...rest} = process.env;
	const environment = {...rest, TERM: 'xterm-256color', LANG: 'C.UTF-8', ...options.environment} as Record<string, string>;
	const emulator = new xterm.Terminal({cols: columns, rows, allowProposedApi: true, scrollback: 2000});
	const child = pty.spawn(command, [...words], {
		name: environment['TERM'] ?? 'xterm-256color',
		cols: columns,
		rows,
		env: environment,
	});
	let pending = Promise.resolve();
	let exit: number | undefined;
	let written = '';
	child.onData(data => {
		written += data;
		pending = new Promise(resolve => {
			emulator.write(data, resolve);
		});
	});
	emulator.onData(answer => child.write(answer));
	child.onExit(({exitCode, signal = 0}) => {
		// As a shell tells of who was ended by a signal.
		exit = signal > 0 ? 128 + signal : exitCode;
	});

	const screen = (): string => {
		const {active} = emulator.buffer;
		return Array.from(
			{length: emulator.rows},
			(_, row) => active.getLine(active.viewportY + row)?.translateToString(true, 0, emulator.cols) ?? '',
		)
			.join('\n')
			.trimEnd();
	};

	const lineOf = (row: number): Run[] => {
		const {active} = emulator.buffer;
		const line = active.getLine(active.viewportY + row);
		const runs: Run[] = [];
		for (let column = 0; column < emulator.cols; column += 1) {
			const cell = line?.getCell(column);
			if (cell === undefined || cell.getWidth() === 0) continue;
			const style = [
				cell.isBold() !== 0 && 'bold',
				cell.isDim() !== 0 && 'dim',
				cell.isInverse() !== 0 && 'inverse',
				cell.isFgPalette() && colours[cell.getFgColor() % 8],
			]
				.filter(Boolean)
				.join(' ');
			const last = runs.at(-1);
			const text = cell.getChars() || ' ';
			if (last?.style === style) runs[runs.length - 1] = {text: last.text + text, style};
			else runs.push({text, style});
		}

		return runs;
	};

	const until = async (what: string, isDone: () => boolean, seconds = 600): Promise<void> => {
		for (let waited = 0; waited < seconds * 1000; waited += 20) {
			await pending;
			// A frame that arrives in pieces stands there half until its end is read.
			if (!emulator.modes.synchronizedOutputMode && isDone()) return;
			await sleep(20);
		}

		throw new Error(`not seen within ${seconds} s: ${what}\n${screen()}`);
	};

	return {
		screen,
		frame: () => Array.from({length: emulator.rows}, (_, row) => lineOf(row)),
		isAlternate: () => emulator.buffer.active.type === 'alternate',
		async waitFor(pattern, seconds) {
			await until(String(pattern), () => (typeof pattern === 'string' ? screen().includes(pattern) : pattern.test(screen())), seconds);
			return screen();
		},
		type(keys) {
			child.write(keys);
		},
		resize(newColumns, newRows) {
			emulator.resize(newColumns, newRows);
			child.resize(newColumns, newRows);
		},
		signal(name) {
			child.kill(name);
		},
		written: () => written,
		close() {
			// node-pty's types know no way to close a terminal whose program is still at work.
			(child as typeof child & {destroy(): void}).destroy();
		},
		async ended() {
			await until('the end of the program', () => exit !== undefined);
			await pending;
			return {exitCode: exit ?? -1, screen: screen()};
		},
	};
}

/** Moves the cursor of a page to the line that begins so. A key counts as heard when the cursor has moved: other lines change by themselves. */
export async function walkTo(terminal: TerminalProgram, text: string): Promise<void> {
	const lines = (): readonly string[] => terminal.screen().split('\n');
	const cursor = (): number => lines().findIndex(line => /^ *› /u.test(line));
	const isThere = (): boolean => terminal.screen().includes(`› ${text}`);
	for (let moves = 0; moves < 40 && !isThere(); moves += 1) {
		const before = cursor();
		const wanted = lines().findIndex(line => line.trim().startsWith(text));
		terminal.type(wanted !== -1 && wanted < before ? '\u001B[A' : '\u001B[B');
		for (let waited = 0; waited < 60_000 && cursor() === before; waited += 20) await sleep(20);
	}

	await terminal.waitFor(`› ${text}`);
}
