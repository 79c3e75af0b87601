// The repair as a person does it: the built program on the demo cluster, in a pseudo-terminal, by keys alone.
import {mkdtempSync, readdirSync, rmSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {openTerminal, type TerminalProgram} from '../support/terminal.ts';
import {isWhole} from '../support/whole.ts';

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
async function toName(terminal: TerminalProgram): Promise<void> {
	terminal.type('F');
	await terminal.waitFor('enter go on');
	terminal.type('\r');
	await terminal.waitFor('Type the name of the cluster to go on: demo-nks');
}

// A repair needs a program that runs both here and on the nodes of the demo.
describe.runIf(process.platform === 'linux' && process.arch === 'x64')('the wizard on the demo cluster', () => {
	it('goes in three pages from the cause to hostPorts that answer, and back by the rollback', async () => {
		const terminal = await openDemo([], {columns: 80, rows: 24});
		terminal.type('F');
		const plan = await terminal.waitFor('enter go on');
		expect(plan).toMatch(/› Repair {2}portmap: installs portmap on 3 nodes/u);
		expect(plan).toMatch(/\(•\) portmap +recommended/u);
		expect(plan).toMatch(/\(•\) \S+ +as given/u);
		terminal.type('\rdemo-nks');
		await terminal.waitFor('›  demo-nks_');
		terminal.type('\r');
		const end = await terminal.waitFor(/8 of 8 hostPorts answer; before none did/u);
		expect(end).toMatch(/Run \S+ is done\./u);
		expect(end).not.toContain('resumes from here');
		expect(end.match(/✗ (?:refused|unwired) {2}✓ answers/gu)?.length).toBeGreaterThan(2);
		terminal.type('G');
		const rest = await terminal.waitFor('Still to do');
		expect(rest).toContain('16 of 16 connections work, and 8');

		terminal.type('b');
		await terminal.waitFor('Steps to undo, in this order');
		terminal.type('\r');
		await terminal.waitFor(/✓ Run \S+ was rolled back/u);
		const back = await terminal.waitFor(/no hostPort was connected to afterwards; before 8 answered/u);
		expect(back).toMatch(/✓ answers {2}(?:✗ not mapped|\? not tried)/u);
		terminal.type('\r');
		await terminal.waitFor('Nodes 3  3 broken');
		terminal.type('u');
		expect(await terminal.waitFor(/rolled-back/u)).toMatch(/RUN +STRATEGY +OUTCOME/u);
		terminal.type('\r');
		await terminal.waitFor(/^─ Run \S+.*\n +portmap {2}rolled-back[^]*install portmap on 3 nodes/mu);
		terminal.type('q');
		expect((await terminal.ended()).exitCode).toBe(0);
		expect(readdirSync(path.join(state, 'kubectl-hostport', 'runs'))).toHaveLength(1);
	});

	it.runIf(isWhole)('begins with the node that was marked', async () => {
		const terminal = await openDemo();
		terminal.type('jj F');
		expect(await terminal.waitFor('enter go on')).toContain('nks-pool-a-0003 goes first, as marked');
		terminal.type('\u001B');
		await terminal.waitFor('1 marked');
		terminal.type('q');
		await terminal.ended();
	});

	it('says that there is nothing to repair on a cluster that is well', async () => {
		const terminal = await openDemo(['--scene', 'healthy']);
		terminal.type('F');
		await terminal.waitFor('Nothing to repair');
		terminal.type('q');
		expect((await terminal.ended()).exitCode).toBe(0);
	});

	it('changes nothing for whoever goes back, types another name or gives no program', async () => {
		const terminal = await openDemo();
		await toName(terminal);
		terminal.type('x\r');
		await terminal.waitFor('The name does not match; nothing was changed.');
		terminal.type('\u001B');
		await terminal.waitFor('› Repair');
		terminal.type('jjjjj');
		await terminal.waitFor('› ( ) another');
		terminal.type(`\r\u0015${import.meta.filename}\r`);
		await terminal.waitFor('is not a Linux program');
		await terminal.waitFor('› Try again');
		terminal.type('jjjjj');
		await terminal.waitFor('› (•)');
		terminal.type('\r\u0015node:nks-pool-a-0002\r');
		expect(await terminal.waitFor('has no readable portmap')).toContain('nks-pool-a-0002');
		terminal.type('\u001B');
		await terminal.waitFor('3 broken');
		terminal.type('u');
		await terminal.waitFor('No runs on this cluster');
		terminal.type('q');
		expect((await terminal.ended()).exitCode).toBe(0);
	});

	it.runIf(isWhole)('stops when it is asked to, and resumes later', async () => {
		const terminal = await openDemo(['--nodes', '12']);
		await toName(terminal);
		terminal.type('demo-nks\r');
		await terminal.waitFor(/› running/u);
		terminal.type('\u001B');
		await terminal.waitFor('stop after this action?');
		terminal.type('n');
		await terminal.waitFor('esc stop');
		terminal.type('\u0003\u0003');
		await terminal.waitFor(/Run \S+ was interrupted/u);
		await terminal.waitFor('enter overview');
		terminal.type('\r');
		await terminal.waitFor('Nodes 12');
		terminal.type('F');
		await terminal.waitFor(/The run \S+ is unfinished \(interrupted\)/u);
		await terminal.waitFor('enter go on');
		terminal.type('\r');
		await terminal.waitFor('Type the name');
		terminal.type('demo-nks\r');
		await terminal.waitFor(/Run \S+ is done\./u);
		await terminal.waitFor(/✓ 26 of 26 hostPorts answer/u);
		terminal.type('q');
		expect((await terminal.ended()).exitCode).toBe(0);
	});

	it.runIf(isWhole)('tells whoever leaves in the middle how to go on', async () => {
		const terminal = await openDemo(['--nodes', '12']);
		await toName(terminal);
		terminal.type('demo-nks\r');
		await terminal.waitFor(/› running/u);
		terminal.signal('SIGTERM');
		const {exitCode, screen} = await terminal.ended();
		expect(exitCode).toBe(130);
		expect(screen.replaceAll('\n', ' ')).toMatch(/the run \S+ was interrupted/u);
		expect(screen).toContain('kubectl hostport rollback');
	});
});
