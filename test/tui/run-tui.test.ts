import {mkdtempSync, rmSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import pty from '@lydell/node-pty';
import {build} from 'esbuild';
import {afterAll, beforeAll, describe, expect, it, vi} from 'vitest';

const folder = mkdtempSync(path.join(os.tmpdir(), 'hostport-tui-'));
const program = path.join(folder, 'program.mjs');
const [enterScreen, leaveScreen, showCursor] = ['\u001B[?1049h', '\u001B[?1049l', '\u001B[?25h'];

vi.setConfig({testTimeout: 90_000, hookTimeout: 60_000});

beforeAll(async () => {
	await build({
		entryPoints: [path.join(import.meta.dirname, 'terminal-program.ts')],
		outfile: program,
		bundle: true,
		format: 'esm',
		platform: 'node',
		jsx: 'automatic',
		define: {'process.env.NODE_ENV': '"production"', 'process.env.DEV': '"false"'},
		banner: {js: "import {createRequire as __createRequire} from 'node:module';var require=__createRequire(import.meta.url);"},
		// Never called: any module does.
		alias: {'react-devtools-core': 'node:util'},
		logLevel: 'error',
	});
});

afterAll(() => {
	vi.resetConfig();
	rmSync(folder, {recursive: true, force: true});
});

type Ended = {readonly output: string; readonly exitCode: number; readonly signal: number | undefined};
type Act = (child: pty.IPty) => void;

/** Types when a text has come up, one after the other. */
type Script = ReadonlyArray<readonly [seen: string, act: Act]>;

const type =
	(keys: string): Act =>
	child => {
		child.write(keys);
	};

/** The help is asked for first: once it is there, keys are surely no longer the terminal driver's. */
const helped = (...script: Script): Script => [['node-3', type('?')], ...script];

/** Runs the program in a pseudo-terminal to its end. */
async function run(word: string, script: Script): Promise<Ended> {
	const {CI: _, ...environment} = process.env;
	const child = pty.spawn(process.execPath, [program, word], {
		name: 'xterm-256color',
		cols: 80,
		rows: 24,
		env: {...environment, LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8', FORCE_COLOR: '0'},
	});
	let output = '';
	const left = [...script];
	child.onData(data => {
		output += data;
		const [next] = left;
		if (next === undefined || !output.includes(next[0])) return;
		left.shift();
		next[1](child);
	});
	const {promise, resolve} = Promise.withResolvers<Ended>();
	child.onExit(({exitCode, signal}) => resolve({output, exitCode, signal}));
	const stuck = setTimeout(() => child.kill('SIGKILL'), 60_000);
	try {
		return await promise;
	} finally {
		clearTimeout(stuck);
	}
}

/** What a person has in the terminal after the program: what was written once the screen was given back. */
function afterwards(output: string): string {
	expect(output).toContain(enterScreen);
	expect(output).toContain(leaveScreen);
	expect(output.lastIndexOf(showCursor)).toBeGreaterThan(output.lastIndexOf(enterScreen));
	return output.slice(output.lastIndexOf(leaveScreen) + leaveScreen.length);
}

describe('the terminal is given back', () => {
	it.each([
		['q', 'q'],
		['Ctrl-C', '\u0003'],
		['keys typed ahead that end with q', 'jj/x\rq'],
	])('on %s, and the command goes on', async (_, keys) => {
		const {output, exitCode} = await run('', helped(['Help', type(keys)]));
		expect(afterwards(output)).toContain('the command goes on');
		expect(exitCode).toBe(0);
	});

	it.each(['SIGTERM', 'SIGHUP'])('on %s, which still ends the program', async name => {
		const {output, exitCode, signal} = await run('', helped(['Help', child => child.kill(name)]));
		expect(afterwards(output)).not.toContain('the command goes on');
		expect(signal !== 0 || exitCode !== 0).toBe(true);
	});

	it('when the command aborts, and the command goes on', async () => {
		const {output, exitCode} = await run('abort', helped(['Help', child => child.kill('SIGTERM')]));
		expect(afterwards(output)).toContain('the command goes on');
		expect(exitCode).toBe(0);
	});

	it.each([
		['crash', 'a fault of ours'],
		['reject', 'a fault nobody waited for'],
	])('on a %s, before its report is written', async (word, report) => {
		const {output, exitCode} = await run(word, []);
		expect(afterwards(output)).toContain(report);
		expect(exitCode).not.toBe(0);
	});
});

it('tells that a file could not be written, and stays', async () => {
	const {output} = await run('', helped(['Help', type('\u001B')], ['', type('w\r')], ['not saved: the disk is full', type('q')]));
	expect(afterwards(output)).toContain('the command goes on');
});
