// The terminal is closed at many moments of the wizard, as a dropped SSH session does it: nothing is half changed, the journal says what
// happened, nothing of the program lives on, and the next command ends what was begun.
import {randomUUID} from 'node:crypto';
import {readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {describe, expect, it} from 'vitest';
import {on, type OwnCluster} from '../support/own-cluster.ts';
import {openTerminal, walkTo, type TerminalProgram} from '../support/terminal.ts';
import {isWhole} from '../support/whole.ts';

type Moment = {
	readonly name: string;
	/** How far it is driven before the terminal is closed. */
	readonly drive: (terminal: TerminalProgram, cluster: OwnCluster) => Promise<unknown>;
	/** How runs may have ended, as the journals say; none: nothing was begun. */
	readonly outcomes: ReadonlyArray<readonly string[]>;
	/** Runs of the table that `npm test` leaves to `TESTS=whole`. */
	readonly isMore?: true;
};

/** Opens the wizard and types where portmap comes from. */
async function openPlan(terminal: TerminalProgram, {demo}: OwnCluster): Promise<void> {
	await terminal.waitFor(/as of \d/u);
	terminal.type('F');
	await terminal.waitFor('( ) another');
	await walkTo(terminal, '( ) another');
	terminal.type('\r');
	await terminal.waitFor('portmap from  _');
	terminal.type(`${demo.portmap}\r`);
}

const planned = async (terminal: TerminalProgram, cluster: OwnCluster): Promise<void> => {
	await openPlan(terminal, cluster);
	await terminal.waitFor('› Repair');
};

const named = async (terminal: TerminalProgram, cluster: OwnCluster): Promise<void> => {
	await planned(terminal, cluster);
	terminal.type('\r');
	await terminal.waitFor('Type the name of the cluster to go on: demo-nks');
	terminal.type('demo-nks');
	await terminal.waitFor('›  demo-nks_');
};

const begun = async (terminal: TerminalProgram, cluster: OwnCluster): Promise<void> => {
	await named(terminal, cluster);
	terminal.type('\r');
};

/** The run, until so many of its steps are through. */
const afterSteps =
	(steps: number): Moment['drive'] =>
	async (terminal, cluster) => {
		await begun(terminal, cluster);
		const isThrough = (): boolean => new Set(terminal.screen().match(/✓ done .*$/gmu)).size >= steps;
		for (let waited = 0; !isThrough() && !terminal.screen().includes('enter overview'); waited += 5) {
			if (waited > 600_000) throw new Error(`never seen ${steps} steps\n${terminal.screen()}`);
			await sleep(5);
		}
	};

const over = async (terminal: TerminalProgram, cluster: OwnCluster): Promise<void> => {
	await begun(terminal, cluster);
	await terminal.waitFor(/Run \S+ is done\./u);
};

const nothing = [[]] as const;
const stopped = [['interrupted']] as const;

const moments: readonly Moment[] = [
	{
		name: 'while the plan is made',
		drive: async terminal => (await terminal.waitFor(/as of \d/u), terminal.type('F')),
		outcomes: nothing,
		isMore: true,
	},
	{name: 'while rights and the source are checked', drive: openPlan, outcomes: nothing, isMore: true},
	{name: 'on the plan', drive: planned, outcomes: nothing, isMore: true},
	{name: 'with the name typed', drive: named, outcomes: nothing, isMore: true},
	{name: 'right after Enter', drive: begun, outcomes: [[], ['interrupted']]},
	...[1, 2, 3, 4, 5, 6, 7, 8].map((steps): Moment => ({
		name: `after ${steps} ${steps === 1 ? 'step' : 'steps'}`,
		drive: afterSteps(steps),
		// The last steps may be through before it is heard that the terminal is gone.
		outcomes: steps < 7 ? stopped : [['interrupted'], ['done']],
		isMore: true as const,
	})),
	{name: 'on the end of the run', drive: over, outcomes: [['done']], isMore: true},
	{
		name: 'while the rollback is weighed',
		drive: async (terminal, cluster) => {
			await over(terminal, cluster);
			await terminal.waitFor('enter overview');
			terminal.type('b');
		},
		outcomes: [['done']],
		isMore: true,
	},
	{
		name: 'in the rollback',
		isMore: true,
		drive: async (terminal, cluster) => {
			await over(terminal, cluster);
			await terminal.waitFor('enter overview');
			terminal.type('b');
			await terminal.waitFor('Steps to undo, in this order');
			terminal.type('\r');
			await terminal.waitFor(/› undoing|↺ undone|undone /u);
		},
		outcomes: [['interrupted'], ['rolled-back']],
	},
];

/** Processes that have this word in their environment: the program and whatever it started. */
function processesWith(word: string): readonly string[] {
	return readdirSync('/proc').filter(name => {
		if (!/^\d+$/u.test(name)) return false;
		try {
			return readFileSync(`/proc/${name}/environ`, 'latin1').includes(word);
		} catch {
			return false; // ended meanwhile
		}
	});
}

/** What lies in the nodes' folders of CNI binaries, temporary files among it. */
function binaries({demo}: OwnCluster): readonly string[] {
	return readdirSync(demo.folder, {recursive: true, encoding: 'utf8'})
		.filter(file => file.includes('/opt/cni/bin/'))
		.map(file => path.basename(file));
}

// A repair needs a program that runs both here and on the nodes of the demo.
describe.runIf(process.platform === 'linux' && process.arch === 'x64')('a terminal that is closed', {concurrent: true}, () => {
	it.for(moments.filter(({isMore}) => isWhole || isMore === undefined).map(moment => [moment.name, moment] as const))(
		'%s leaves nothing half changed, and the next command ends it',
		{timeout: 900_000},
		on(async (cluster, [, {drive, outcomes}]) => {
			const word = `HOSTPORT_TEST=${randomUUID()}`;
			const [name = '', value = ''] = word.split('=');
			const settings = await cluster.settings();
			const terminal = openTerminal([], {environment: {...cluster.environment, [name]: value}});
			await drive(terminal, cluster);
			terminal.close();
			const {exitCode} = await terminal.ended();
			expect([130, 0]).toContain(exitCode);
			expect(processesWith(word)).toEqual([]);

			const {pods, locks, outcomes: ends} = await cluster.left();
			expect({pods, locks}).toEqual({pods: [], locks: []});
			expect(outcomes).toContainEqual(ends);
			expect(binaries(cluster).filter(file => !['cilium-cni', 'loopback', 'portmap'].includes(file))).toEqual([]);
			if (ends.length === 0) expect(await cluster.settings()).toEqual(settings);

			expect((await cluster.run(cluster.fix)).code).toBe(0);
			expect((await cluster.left()).outcomes.filter(each => each !== 'done' && each !== 'rolled-back')).toEqual([]);
			expect((await cluster.run(['check'])).code).toBe(0);
		}),
	);
});
