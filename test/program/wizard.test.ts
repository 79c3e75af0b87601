// The repair as a person does it: the built program on the demo cluster, in a pseudo-terminal, by keys alone.
import {mkdtempSync, readdirSync, rmSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {openTerminal, type TerminalProgram} from '../support/terminal.ts';

let state = '';

beforeAll(() => {
	state = mkdtempSync(path.join(os.tmpdir(), 'hostport-wizard-'));
});
afterAll(() => rmSync(state, {recursive: true}));

async function openDemo(words: readonly string[] = [], size: {columns?: number; rows?: number} = {}): Promise<TerminalProgram> {
	const terminal = openTerminal(['demo', ...words], {...size, environment: {XDG_STATE_HOME: state}});
	await terminal.waitFor(/as of \d/u);
	return terminal;
}

/** From the overview to the page on which the name of the cluster is typed. */
async function toConfirmation(terminal: TerminalProgram): Promise<void> {
	terminal.type('F');
	await terminal.waitFor('enter choose the way');
	terminal.type('\r');
	await terminal.waitFor(/› portmap {2}✓ possible/u);
	terminal.type('\r');
	await terminal.waitFor(/portmap from {2}\/.*portmap_/u);
	terminal.type('\r');
	await terminal.waitFor('enter see the changes');
	terminal.type('\r');
	await terminal.waitFor('Before you say yes');
	terminal.type('\r');
	await terminal.waitFor('Type the name of the cluster to go on: demo-nks');
}

// A repair needs a program that runs both here and on the nodes of the demo.
describe.runIf(process.platform === 'linux' && process.arch === 'x64')('the wizard on the demo cluster', () => {
	it('goes from the cause to hostPorts that are wired, and back by the rollback', async () => {
		const terminal = await openDemo([], {columns: 80, rows: 24});
		await toConfirmation(terminal);
		terminal.type('\r');
		const end = await terminal.waitFor('enter see the proof');
		expect(end).toMatch(/Run \S+ is done\./u);
		expect(end).toMatch(/24 of 24 connections work/u);
		expect(end).not.toContain('goes on from here');
		expect(end).toMatch(/✓ done +put portmap on 3 nodes +\d/u);
		terminal.type('\r');
		const proof = await terminal.waitFor(/8 of 8 hostPorts answer; before none did/u);
		expect(proof.match(/✗ (?:refused|unwired) {2}✓ answers/gu)).toHaveLength(8);

		terminal.type('b');
		await terminal.waitFor('Undone, in this order');
		terminal.type('\r');
		await terminal.waitFor(/✓ Run \S+ was rolled back/u);
		terminal.type('\r');
		const back = await terminal.waitFor(/0 of 8 hostPorts (?:answer|are wired); before 8 /u);
		expect(back).toContain('rolled-back');
		terminal.type('\r');
		await terminal.waitFor('Nodes 3  3 broken');
		terminal.type('u');
		expect(await terminal.waitFor(/rolled-back/u)).toMatch(/RUN +WAY +OUTCOME/u);
		terminal.type('q');
		expect((await terminal.ended()).exitCode).toBe(0);
		expect(readdirSync(path.join(state, 'kubectl-hostport', 'runs'))).toHaveLength(1);
	});

	it('changes nothing for whoever goes back, types another name or gives no program', async () => {
		const terminal = await openDemo();
		await toConfirmation(terminal);
		terminal.type('x\r');
		await terminal.waitFor('That is another name; nothing was changed.');
		terminal.type('\u001B');
		await terminal.waitFor('Steps, in this order');
		terminal.type('\u001B');
		await terminal.waitFor('Where is it to come from?');
		terminal.type(`\u0015${import.meta.filename}\r`);
		expect(await terminal.waitFor('✗ ')).toContain('is not a program for Linux');
		terminal.type('\u0015node:nks-pool-a-0002\r');
		expect(await terminal.waitFor('has no portmap')).toContain('nks-pool-a-0002');
		terminal.type('\u001B');
		await terminal.waitFor('recommended');
		terminal.type('\u001B');
		await terminal.waitFor('enter choose the way');
		terminal.type('\u001B');
		await terminal.waitFor('3 broken');
		terminal.type('u');
		await terminal.waitFor('No run was made on this cluster');
		terminal.type('q');
		expect((await terminal.ended()).exitCode).toBe(0);
	});

	it('stops when it is asked to, and goes on later from there', async () => {
		const terminal = await openDemo(['--nodes', '12']);
		await toConfirmation(terminal);
		terminal.type('\r');
		await terminal.waitFor(/› running/u);
		terminal.type('\u001B');
		await terminal.waitFor('stop after this act?');
		terminal.type('n');
		await terminal.waitFor('esc stop');
		terminal.type('\u0003\u0003');
		await terminal.waitFor(/Run \S+ was interrupted/u);
		await terminal.waitFor('enter see what works');
		terminal.type('\r');
		await terminal.waitFor('enter overview');
		terminal.type('\rF');
		await terminal.waitFor(/The run \S+ is unfinished \(interrupted\)/u);
		await terminal.waitFor('enter go on with it');
		terminal.type('\r');
		// Where each node had its binary before the interruption, nothing is left to ask about its source.
		if ((await terminal.waitFor(/enter check it|Steps, in this order/u)).includes('enter check it')) {
			terminal.type('\r');
			await terminal.waitFor('enter see the changes');
			terminal.type('\r');
			await terminal.waitFor('Steps, in this order');
		}
		terminal.type('\r');
		await terminal.waitFor('Type the name');
		terminal.type('\r');
		await terminal.waitFor(/Run \S+ is done\./u);
		await terminal.waitFor('enter see the proof');
		terminal.type('\r');
		await terminal.waitFor(/✓ 26 of 26 hostPorts answer/u);
		terminal.type('q');
		expect((await terminal.ended()).exitCode).toBe(0);
	});

	it('tells whoever leaves in the middle how to go on', async () => {
		const terminal = await openDemo(['--nodes', '12']);
		await toConfirmation(terminal);
		terminal.type('\r');
		await terminal.waitFor(/› running/u);
		terminal.signal('SIGTERM');
		const {exitCode, screen} = await terminal.ended();
		expect(exitCode).toBe(130);
		expect(screen.replaceAll('\n', ' ')).toMatch(/the run \S+ was interrupted/u);
		expect(screen).toContain('kubectl hostport rollback');
	});
});
