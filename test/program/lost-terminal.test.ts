// Whoever looked on is gone: a terminal that was closed, a reader of a pipe that left, a full disk behind an output.
import {spawn} from 'node:child_process';
import {closeSync, existsSync, openSync} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';
import {describe, expect, it} from 'vitest';
import {built, startOf} from '../support/built.ts';
import {on, type OwnCluster} from '../support/own-cluster.ts';
import {openTerminal} from '../support/terminal.ts';
import {rowsOf} from '../support/whole.ts';

const [program, first] = startOf(built);

type Piped = {
	/** Which stream's reader goes away, and after how many of its chunks; 0: before the first. */
	readonly closes?: {readonly stream: 'stdout' | 'stderr'; readonly after: number};
	/** A file that takes the place of standard output. */
	readonly stdoutFile?: string;
};

async function runBuilt({environment}: OwnCluster, words: readonly string[], {closes, stdoutFile}: Piped) {
	const file = stdoutFile === undefined ? undefined : openSync(stdoutFile, 'w');
	const child = spawn(program, [...first, ...words], {
		env: {...process.env, ...environment},
		stdio: ['ignore', file ?? 'pipe', 'pipe'],
	});
	if (file !== undefined) closeSync(file);
	const texts = {stdout: '', stderr: ''};
	for (const name of ['stdout', 'stderr'] as const) {
		let chunks = 0;
		if (closes?.stream === name && closes.after === 0) child[name]?.destroy();
		child[name]?.setEncoding('utf8').on('data', (text: string) => {
			texts[name] += text;
			chunks += 1;
			if (closes?.stream === name && chunks >= closes.after) child[name]?.destroy();
		});
	}

	const code = await new Promise<number | null>(resolve => child.on('exit', resolve));
	return {...texts, code};
}

// Most of their time is waiting: they wait together.
describe('a terminal that is closed', {concurrent: true}, () => {
	/** Closes it a moment after the program has written something so many times. */
	async function closeAfter({environment}: OwnCluster, words: readonly string[], pattern: RegExp, times: number, milliseconds = 0) {
		const terminal = openTerminal(words, {environment});
		const all = new RegExp(pattern.source, `${pattern.flags}g`);
		for (let waited = 0; (terminal.written().match(all)?.length ?? 0) < times; waited += 5) {
			if (waited > 600_000) throw new Error(`never seen ${times} times: ${pattern}\n${terminal.screen()}`);
			await sleep(5);
		}

		await sleep(milliseconds);
		terminal.close();
		return terminal.ended();
	}

	it.for(rowsOf([60, 0, 150, 300], 1))(
		'leaves no pod of check --via pod, %i ms after its first word',
		on(async (cluster, milliseconds) => {
			const {exitCode} = await closeAfter(cluster, ['check', '--via', 'pod'], /connecting/u, 1, milliseconds);
			// What had come to its end ends as it would have.
			expect([130, 1]).toContain(exitCode);
			expect(await cluster.left()).toEqual({pods: [], locks: [], outcomes: []});
		}),
	);

	it.for(rowsOf([4, 1, 7], 1))(
		'stops fix at a safe point, after %i steps',
		on(async (cluster, steps) => {
			const {fix, run, left} = cluster;
			const {exitCode} = await closeAfter(cluster, fix, /\n? {2}done {3,}/u, steps);
			expect(exitCode).toBe(130);
			expect(await left()).toEqual({pods: [], locks: [], outcomes: ['interrupted']});
			expect((await run(fix)).code).toBe(0);
			expect(await left()).toEqual({pods: [], locks: [], outcomes: ['done']});
		}),
	);

	it.for(rowsOf([2, 8], 0))(
		'takes fix back where --auto-rollback was given, after %i steps',
		on(async (cluster, steps) => {
			const {fix, left, settings} = cluster;
			const before = await settings();
			const {exitCode} = await closeAfter(cluster, [...fix, '--auto-rollback'], /\n? {2}done {3,}/u, steps);
			expect(exitCode).toBe(4);
			expect(await left()).toEqual({pods: [], locks: [], outcomes: ['rolled-back']});
			expect(await settings()).toEqual(before);
		}),
	);

	it.for(rowsOf([1, 3], 0))(
		'stops rollback at a safe point, after %i steps',
		on(async (cluster, steps) => {
			const {fix, run, left} = cluster;
			expect((await run(fix)).code).toBe(0);
			const {exitCode} = await closeAfter(cluster, ['rollback', '--yes'], /\n? {2}undone {3,}/u, steps);
			expect(exitCode).toBe(130);
			expect(await left()).toEqual({pods: [], locks: [], outcomes: ['interrupted']});
			expect((await run(['rollback', '--yes'])).code).toBe(0);
		}),
	);

	it(
		'ends the terminal UI',
		on(async cluster => {
			const {exitCode} = await closeAfter(cluster, [], /HP01/u, 1);
			expect(exitCode).toBe(130);
			expect(await cluster.left()).toEqual({pods: [], locks: [], outcomes: []});
		}),
	);
});

describe('a hang-up that comes late', {concurrent: true}, () => {
	it.for<[readonly string[], readonly number[]]>([
		[['version', '--client'], [0]],
		[['explain', 'HP02'], [0]],
		// It may come before the last word, too.
		[['check'], [1, 130]],
	])(
		'does not hide how %s has ended',
		on(async (cluster, [words, codes]) => {
			const child = spawn(program, [...first, ...words], {
				env: {...process.env, ...cluster.environment},
				stdio: ['ignore', 'pipe', 'ignore'],
			});
			let sending: NodeJS.Timeout | undefined;
			child.stdout.once('data', () => (sending = setInterval(() => child.kill('SIGHUP'), 1))).resume();
			const [code, signal] = await new Promise<[number | null, string | null]>(resolve => child.on('exit', (...end) => resolve(end)));
			clearInterval(sending);
			expect(signal).toBe(null);
			expect(codes).toContain(code);
		}),
	);
});

describe('a reader that goes away', {concurrent: true}, () => {
	it(
		'is no fault of a check that has come to its end',
		on(async cluster => {
			const {code, stderr} = await runBuilt(cluster, ['check'], {closes: {stream: 'stdout', after: 0}});
			expect(code).toBe(1);
			expect(stderr).toBe('');
		}),
	);

	it.for(
		rowsOf(
			[
				['stderr', 1],
				['stdout', 0],
				['stderr', 0],
			] as const,
			0,
		),
	)(
		'of %s stops fix at a safe point, after %i chunks',
		on(async (cluster, [stream, after]) => {
			const {fix, left} = cluster;
			const {code} = await runBuilt(cluster, fix, {closes: {stream, after}});
			expect(code).toBe(130);
			const {pods, locks, outcomes: ends} = await left();
			expect({pods, locks}).toEqual({pods: [], locks: []});
			expect(ends).not.toContain('running');
		}),
	);

	it(
		'of stderr stops fix in the middle, and --auto-rollback takes it back',
		on(async cluster => {
			const {fix, left} = cluster;
			const {code} = await runBuilt(cluster, [...fix, '--auto-rollback'], {closes: {stream: 'stderr', after: 5}});
			expect(code).toBe(4);
			expect(await left()).toEqual({pods: [], locks: [], outcomes: ['rolled-back']});
		}),
	);
});

describe.skipIf(!existsSync('/dev/full'))('a full disk behind standard output', () => {
	it(
		'is told, and the result does not count as seen',
		on(async cluster => {
			const {code, stderr} = await runBuilt(cluster, ['check'], {stdoutFile: '/dev/full'});
			expect(code).toBe(3);
			expect(stderr).toContain('cannot write to standard output: no space left');
		}),
	);

	it(
		'stops fix at a safe point',
		on(async cluster => {
			const {fix, left} = cluster;
			expect((await runBuilt(cluster, fix, {stdoutFile: '/dev/full'})).code).toBe(130);
			const {pods, locks, outcomes: ends} = await left();
			expect({pods, locks}).toEqual({pods: [], locks: []});
			expect(ends).not.toContain('running');
		}),
	);
});
