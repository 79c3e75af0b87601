// The whole program in a pseudo-terminal, read back through a terminal emulator.
import {existsSync, mkdtempSync, readFileSync, rmSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {describe, expect, it} from 'vitest';
import {openTerminal} from '../support/terminal.ts';

describe('the terminal UI on the demo cluster', () => {
	it('shows the cause, opens a node, shows the diff, and gives the terminal back', async () => {
		const terminal = openTerminal(['demo']);
		const list = await terminal.waitFor(/as of \d/u);
		expect(terminal.isAlternate()).toBe(true);
		expect(list).toContain('Cilium 1.10.16');
		expect(list).toMatch(/✗ HP01 {2}hostPort is not served on 3 nodes/u);
		expect(list.match(/✗ broken\s+nks-pool-a-000\d/gu)).toHaveLength(3);

		terminal.type('\r');
		const detail = await terminal.waitFor('remedy');
		expect(detail).toContain('kube-proxy-replacement: disabled');
		terminal.type('\u001B');
		await terminal.waitFor(/Nodes 3/u);

		terminal.type('d]');
		const diff = await terminal.waitFor('05-cilium.conflist');
		expect(diff).toMatch(/\+ +"type": "portmap",/u);
		terminal.type('q');
		const {exitCode, screen} = await terminal.ended();
		expect(exitCode).toBe(0);
		expect(terminal.isAlternate()).toBe(false);
		expect(screen).not.toContain('HP01');
	});

	it('follows keys typed ahead, filters, and survives resizing to 80×24 and back', async () => {
		const terminal = openTerminal(['demo', '--scene', 'mixed'], {columns: 100, rows: 30});
		await terminal.waitFor(/as of \d/u);
		terminal.type('jjj/pool-b\r');
		const filtered = await terminal.waitFor(/pool-b-0007/u);
		// Of the table: a finding may name that node.
		await terminal.waitFor(/Nodes 4 of 8(?![\s\S]*\n[› ] \S+ +\S+ +pool-a-)/u);
		expect(filtered).toContain('pool-b-0004');
		terminal.resize(80, 24);
		const narrow = await terminal.waitFor(/^ {2}hostport.{0,70}\n(?:.{0,80}\n)*.{0,80}quit$/u);
		expect(narrow).toContain('pool-b-0004');
		terminal.resize(120, 36);
		await terminal.waitFor(/─ Nodes .*─ Node /u);
		terminal.type('q');
		expect((await terminal.ended()).exitCode).toBe(0);
	});

	it('gives the terminal back on Ctrl-C and on SIGTERM', async () => {
		const interrupted = openTerminal(['demo']);
		await interrupted.waitFor(/as of \d/u);
		interrupted.type('\u0003');
		expect((await interrupted.ended()).exitCode).toBe(0);
		expect(interrupted.isAlternate()).toBe(false);

		const terminated = openTerminal(['demo']);
		await terminated.waitFor(/as of \d/u);
		terminated.signal('SIGTERM');
		expect((await terminated.ended()).exitCode).toBe(130);
		expect(terminated.isAlternate()).toBe(false);
	});

	it('says on the screen why the cluster does not answer, and draws before it knows', async () => {
		const terminal = openTerminal(['--server=https://127.0.0.1:9', '--token=x']);
		const screen = await terminal.waitFor(/✗ .*127\.0\.0\.1:9/u);
		expect(screen).toContain('connection refused');
		terminal.type('q');
		expect((await terminal.ended()).exitCode).toBe(3);
	});

	it('writes the evidence to a file that check reads again', async () => {
		const folder = mkdtempSync(path.join(os.tmpdir(), 'hostport-save-'));
		const file = path.join(folder, 'evidence.json');
		const terminal = openTerminal(['demo']);
		await terminal.waitFor(/as of \d/u);
		terminal.type('w');
		await terminal.waitFor(/file/iu);
		terminal.type(`\u0015${file}\r`);
		await terminal.waitFor('written');
		terminal.type('q');
		await terminal.ended();
		expect(existsSync(file)).toBe(true);
		expect(readFileSync(file, 'utf8')).toContain('"kind": "Evidence"');
		const check = openTerminal(['check', '--from', file], {rows: 100});
		expect((await check.ended()).exitCode).toBe(1);
		expect(check.screen()).toContain('HP01');
		rmSync(folder, {recursive: true});
	});

	it('is the same as check where the terminal cannot move its cursor', async () => {
		const terminal = openTerminal(['demo', '--scene', 'healthy'], {environment: {TERM: 'dumb'}});
		const {exitCode, screen} = await terminal.ended();
		expect(exitCode).toBe(0);
		expect(screen).toContain('VERDICT');
	});

	it('keeps words and signs without colour', async () => {
		const terminal = openTerminal(['demo'], {environment: {NO_COLOR: '1'}});
		expect(await terminal.waitFor(/as of \d/u)).toMatch(/✗ broken/u);
		terminal.type('q');
		await terminal.ended();
	});
});
