// How the terminal UI behaves as a program of a terminal: in a shell of its own, with a mouse, where no screen can help.
import {existsSync, mkdtempSync, readFileSync, rmSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {openShell, openTerminal} from '../support/terminal.ts';
import {typedProgram} from '../support/built.ts';

let folder = '';

beforeAll(() => {
	folder = mkdtempSync(path.join(os.tmpdir(), 'hostport-manners-'));
});
afterAll(() => rmSync(folder, {recursive: true}));

describe.runIf(existsSync('/bin/bash'))('in a shell', () => {
	it('is suspended by Ctrl-Z and brought back by fg, the mouse given back meanwhile', async () => {
		const shell = openShell();
		shell.type(`${typedProgram()} demo\r`);
		await shell.waitFor(/as of \d/u);
		expect(shell.isAlternate()).toBe(true);
		shell.type('\u001A');
		await shell.waitFor(/Stopped/u);
		expect(shell.isAlternate()).toBe(false);
		expect(shell.written().lastIndexOf('\u001B[?1000l')).toBeGreaterThan(shell.written().lastIndexOf('\u001B[?1000h'));
		shell.type('fg\r');
		await shell.waitFor(/Nodes 3/u);
		expect(shell.isAlternate()).toBe(true);
		shell.type('q');
		await shell.waitFor(/\$ *$/u);
		shell.type('exit\r');
		expect((await shell.ended()).exitCode).toBe(0);
	});
});

describe('the mouse', () => {
	it('chooses and opens rows, and is asked for by no sequence with --no-mouse', async () => {
		const terminal = openTerminal(['demo']);
		const screen = await terminal.waitFor(/as of \d/u);
		const line = screen.split('\n').findIndex(text => text.includes('nks-pool-a-0002')) + 1;
		const press = `\u001B[<0;5;${line}M\u001B[<0;5;${line}m`;
		terminal.type(press);
		await terminal.waitFor('› ✗ broken  nks-pool-a-0002');
		terminal.type(press);
		await terminal.waitFor(/^─ Node nks-pool-a-0002/mu);
		terminal.type('q');
		await terminal.ended();
		expect(terminal.written()).toContain('\u001B[?1006l');

		const without = openTerminal(['demo', '--no-mouse']);
		await without.waitFor(/as of \d/u);
		without.type('q');
		await without.ended();
		expect(without.written()).not.toContain('\u001B[?1000h');
	});
});

describe('what is under the cursor', () => {
	it('goes to the clipboard of the terminal, and the report to a file', async () => {
		const file = path.join(folder, 'report.md');
		const terminal = openTerminal(['demo']);
		await terminal.waitFor(/as of \d/u);
		terminal.type('y');
		await terminal.waitFor('copied nks-pool-a-0001');
		expect(terminal.written()).toContain(`\u001B]52;c;${Buffer.from('nks-pool-a-0001').toString('base64')}\u0007`);
		terminal.type('W');
		await terminal.waitFor('write report to');
		terminal.type(`\u0015${file}\r`);
		await terminal.waitFor('report written to');
		terminal.type('q');
		await terminal.ended();
		expect(readFileSync(file, 'utf8')).toContain('HP01');
	});
});

describe('where no screen can help', () => {
	it.each([
		['a context that is not there', ['--context', 'nope'], /nope/u],
		['a file that is not there', ['--from', '/nowhere/evidence.json'], /\/nowhere\/evidence\.json/u],
	])('%s ends as the plain command does, and no screen is opened', async (_, words, says) => {
		const terminal = openTerminal(words, {environment: {HOME: folder}});
		const {exitCode, screen} = await terminal.ended();
		expect(exitCode).toBe(2);
		expect(screen).toMatch(says);
		expect(terminal.written()).not.toContain('\u001B[?1049h');
	});
});
