// Plays the demo's repair in a pseudo-terminal, by keys alone, as a person would.
import {mkdtempSync, rmSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {openTerminal} from '../../test/support/terminal.ts';
import type {Shown} from './cast.ts';
import {canonical, type Frame} from './frame.ts';

export const size = {columns: 112, rows: 26} as const;

export type Recording = {
	/** By the names of their files. */
	readonly pictures: Readonly<Record<'answer' | 'repaired', Frame>>;
	readonly shown: readonly Shown[];
};

/** How long a person looks at a page, in seconds. */
const reading = 3;
const framesASecond = 10;

/** @param isWatched whether the frames between are kept too, with the time that a reader needs; else it goes as fast as it can */
export async function record(isWatched: boolean): Promise<Recording> {
	const state = mkdtempSync(path.join(os.tmpdir(), 'hostport-pictures-'));
	const terminal = openTerminal(['demo', '--no-mouse'], {...size, environment: {XDG_STATE_HOME: state, COLORTERM: '', FORCE_COLOR: '1'}});
	const started = performance.now();
	const shown: Shown[] = [];
	const take = (): void => void shown.push({at: (performance.now() - started) / 1000, frame: canonical(terminal.frame())});
	const taking = isWatched ? setInterval(take, 1000 / framesASecond) : undefined;
	const read = async (seconds = reading): Promise<void> => (isWatched ? sleep(seconds * 1000) : undefined);
	try {
		// How long a page is, a frame says that follows the one with its lines; so it does at the end.
		await terminal.waitFor(/live · as of \d[^]*\n +F +repair by[^]* of 45 ─/u);
		const answer = canonical(terminal.frame());
		await read();
		terminal.type('F');
		await terminal.waitFor('enter go on');
		await read();
		terminal.type('\r');
		await terminal.waitFor('Type the name of the cluster to go on: demo-nks');
		for (const letter of 'demo-nks') {
			terminal.type(letter);
			await read(0.1);
		}

		await terminal.waitFor('›  demo-nks_');
		await read(1.5);
		terminal.type('\r');
		await terminal.waitFor(/live · as of[^]* of 42 ─\n[^]*8 of 8 hostPorts answer; before none did[^]*(?: +✗ refused +✓ answers .*\n){8}/u);
		const repaired = canonical(terminal.frame());
		await read();
		clearInterval(taking);
		take();
		terminal.type('q');
		await terminal.ended();
		return {pictures: {answer, repaired}, shown};
	} finally {
		clearInterval(taking);
		rmSync(state, {recursive: true, force: true});
	}
}
