import {spawn} from 'node:child_process';
import path from 'node:path';
import process from 'node:process';
import pty from '@lydell/node-pty';

export const root = path.dirname(import.meta.dirname);
/** Another build of it with PROGRAM, so that two can be measured in one run. */
export const program = process.env['PROGRAM'] ?? path.join(root, 'dist', 'kubectl-hostport.mjs');

export type Run = {milliseconds: number; exitCode: number; stdout: string; stderr: string; peakMegabytes: number; cpuSeconds: number};

/** What a user's machine has: variables of this workplace that change start-up time are omitted. */
export const environment = (more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => {
	const {NODE_EXTRA_CA_CERTS: _, NODE_OPTIONS: __, ...rest} = process.env;
	return {...rest, ...more};
};

/** Runs a command to its end and measures it from outside; with `usage` a Node program also tells its peak memory. */
export async function run(
	command: string,
	words: readonly string[],
	options: {env?: NodeJS.ProcessEnv; usage?: boolean} = {},
): Promise<Run> {
	const started = performance.now();
	const preload = options.usage === true ? ['--import', path.join(import.meta.dirname, 'report-usage.mjs')] : [];
	const child = spawn(command, [...preload, ...words], {env: environment(options.env), stdio: ['ignore', 'pipe', 'pipe', 'pipe']});
	const collected = ['', '', ''];
	for (const [index, stream] of [child.stdout, child.stderr, child.stdio[3]].entries()) {
		stream?.on('data', (chunk: Buffer) => {
			collected[index] += chunk.toString();
		});
	}

	const exitCode = await new Promise<number>((resolve, reject) => {
		child.on('error', reject);
		child.on('close', code => resolve(code ?? -1));
	});
	const [stdout = '', stderr = '', usage = ''] = collected;
	const {peakMegabytes = 0, cpuSeconds = 0} = usage === '' ? {} : (JSON.parse(usage) as {peakMegabytes: number; cpuSeconds: number});
	return {milliseconds: performance.now() - started, exitCode, stdout, stderr, peakMegabytes, cpuSeconds};
}

/** Milliseconds from the start of a program in a terminal to the first output that has a text in it. */
export async function untilShown(words: readonly string[], text: string, env: NodeJS.ProcessEnv = {}): Promise<number> {
	const {CI: _, ...rest} = environment({TERM: 'xterm-256color', ...env});
	const started = performance.now();
	const terminal = pty.spawn(process.execPath, [...words], {cols: 120, rows: 36, env: rest as Record<string, string>});
	let seen = '';
	return new Promise((resolve, reject) => {
		const limit = setTimeout(() => reject(new Error(`not shown within 20 s: ${text}`)), 20_000);
		terminal.onData(data => {
			seen += data;
			if (!seen.includes(text)) return;
			clearTimeout(limit);
			resolve(performance.now() - started);
			terminal.kill();
		});
	});
}

/** The middle of the values. */
export function median(values: readonly number[]): number {
	const sorted = values.toSorted((a, b) => a - b);
	return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Runs two things in turn, A B A B …, and gives the medians and the median of the ratios pair by pair. */
export async function sideBySide(
	count: number,
	a: () => Promise<number>,
	b: () => Promise<number>,
): Promise<{a: number; b: number; ratio: number}> {
	const pairs: Array<readonly [number, number]> = [];
	await a();
	await b();
	for (let index = 0; index < count; index++) pairs.push([await a(), await b()]);
	return {
		a: median(pairs.map(([first]) => first)),
		b: median(pairs.map(([, second]) => second)),
		ratio: median(pairs.map(([first, second]) => first / second)),
	};
}
