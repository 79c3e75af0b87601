/**
 * How the terminal UI feels: its first frame, the names of the nodes, each node judged beside `check`, from a key to its frame (95th percentile)
 * while nodes answer, while nothing happens and while pods change, what it costs at rest, and whether its heap grows. Prints a table, changes no file.
 * SIZES (nodes), KEYS (a state), CHANGES (a second) and MINUTES (of watching changes, for the heap) are numbers.
 */
import {spawn} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import {setTimeout as sleep} from 'node:timers/promises';
import pty from '@lydell/node-pty';
import xterm from '@xterm/headless';
import {WebSocket} from 'ws';
import {environment, program, run, untilShown} from './measure.ts';

const number = (name: string, usual: number): number => Number(process.env[name] ?? usual);
const sizes = (process.env['SIZES'] ?? '100,5000').split(',').map(Number);
const [keys, changes, minutes] = [number('KEYS', 60), number('CHANGES', 500), number('MINUTES', 1)];
const state = mkdtempSync(path.join(os.tmpdir(), 'hostport-bench-'));

async function serve(settings: Readonly<Record<string, number>>): Promise<{words: readonly string[]; stop(): Promise<void>}> {
	const words = Object.entries(settings).map(([name, value]) => `--${name}=${value}`);
	const child = spawn(process.execPath, [path.join(import.meta.dirname, 'scale-server.ts'), ...words], {
		stdio: ['ignore', 'pipe', 'inherit'],
	});
	process.on('exit', () => child.kill());
	const url = await new Promise<string>((resolve, reject) => {
		child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString().trim()));
		child.once('exit', () => reject(new Error('the server did not start')));
	});
	return {
		words: ['--server', url, '--insecure-skip-tls-verify', '--token', 'x', '--kubeconfig', '/dev/null', '--no-connect'],
		async stop() {
			const ended = new Promise(resolve => child.once('exit', resolve));
			child.kill('SIGTERM');
			await ended;
		},
	};
}

/** The program in a terminal whose screen an emulator holds. */
function open(words: readonly string[]) {
	const {CI: _, ...rest} = environment({TERM: 'xterm-256color', LANG: 'C.UTF-8', XDG_STATE_HOME: state});
	const started = performance.now();
	const child = pty.spawn(process.execPath, ['--inspect=0', program, ...words], {cols: 120, rows: 36, env: rest as Record<string, string>});
	const emulator = new xterm.Terminal({cols: 120, rows: 36, allowProposedApi: true});
	const listeners = new Set<() => void>();
	let written = '';
	child.onData(data => {
		if (written.length < 10_000) written += data;
		emulator.write(data, () => listeners.forEach(listener => listener()));
	});
	const lines = (): string[] =>
		Array.from({length: emulator.rows}, (_, row) => emulator.buffer.active.getLine(row)?.translateToString(true) ?? '');
	/** Milliseconds from the start of the program, or from `since`, until the screen is so. */
	const until = async (isSo: (lines: readonly string[]) => boolean, since = started, limit = 900_000): Promise<number> =>
		new Promise((resolve, reject) => {
			const end = (settle: () => void): void => {
				clearTimeout(timer);
				listeners.delete(look);
				settle();
			};
			const look = (): void => {
				if (isSo(lines())) end(() => resolve(performance.now() - since));
			};
			const timer = setTimeout(() => end(() => reject(new Error(`not seen within ${limit} ms:\n${lines().join('\n')}`))), limit);
			listeners.add(look);
			look();
		});
	return {
		child,
		lines,
		until,
		/** Address of the debugger. */
		debuggerOf: () => /ws:\/\/\S+/u.exec(written)?.[0] ?? '',
	};
}

type Opened = ReturnType<typeof open>;

const cursorOf = (lines: readonly string[]): string => /\bnode-\d+/u.exec(lines.find(line => line.startsWith('›')) ?? '')?.[0] ?? '';

/** From keys that move the cursor to the frames that show it, while `goesOn`; the 95th percentile and how many there were. */
async function keyToFrame({child, lines, until}: Opened, goesOn: () => boolean = () => true): Promise<string> {
	const times: number[] = [];
	for (let index = 0; index < keys && goesOn(); index += 1) {
		const before = cursorOf(lines());
		const since = performance.now();
		child.write(index % 20 < 10 ? 'j' : 'k');
		times.push(await until(now => cursorOf(now) !== before, since));
		await sleep(30 + (index % 7) * 20);
	}

	if (times.length === 0) return '–';
	const sorted = times.toSorted((one, other) => one - other);
	const at = (share: number): string => (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(0);
	return `${at(0.95)} (median ${at(0.5)}, most ${at(1)}, ${times.length} keys)`;
}

const cpuSeconds = (pid: number): number => {
	const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
	return (Number(fields[11]) + Number(fields[12])) / 100;
};

/** Megabytes of heap after a collection that was asked for. */
async function heapOf(address: string): Promise<number> {
	const socket = new WebSocket(address);
	await new Promise(resolve => socket.once('open', resolve));
	const ask = async (id: number, method: string): Promise<{usedSize?: number}> => {
		socket.send(JSON.stringify({id, method}));
		return new Promise(resolve => {
			socket.on('message', (data: Buffer) => {
				const answer = JSON.parse(data.toString()) as {id?: number; result?: {usedSize?: number}};
				if (answer.id === id) resolve(answer.result ?? {});
			});
		});
	};
	await ask(1, 'HeapProfiler.collectGarbage');
	const {usedSize = 0} = await ask(2, 'Runtime.getHeapUsage');
	socket.close();
	return usedSize / 1e6;
}

const isJudged = (lines: readonly string[]): boolean => lines.some(line => /as of \d/u.test(line));

async function measure(nodes: number): Promise<string[]> {
	const quiet = await serve({nodes, pods: 4, latency: 20});
	const check = (await run(process.execPath, [program, 'check', '-o', 'name', ...quiet.words], {env: {XDG_STATE_HOME: state}}))
		.milliseconds;
	const still = open(quiet.words);
	const names = await still.until(lines => cursorOf(lines) !== '');
	const loading = await keyToFrame(still, () => !isJudged(still.lines()));
	still.child.kill();
	const untouched = open(quiet.words);
	const judged = await untouched.until(isJudged);
	await sleep(3000);
	const cpu = cpuSeconds(untouched.child.pid);
	await sleep(10_000);
	const idle = ((cpuSeconds(untouched.child.pid) - cpu) / 10) * 100;
	const idleKeys = await keyToFrame(untouched);
	untouched.child.kill();
	await quiet.stop();

	const busy = await serve({nodes, pods: 4, latency: 20, changes});
	const changing = open(busy.words);
	await changing.until(isJudged);
	await sleep(3000);
	const busyKeys = await keyToFrame(changing);
	const before = await heapOf(changing.debuggerOf());
	await sleep(minutes * 60_000);
	const after = await heapOf(changing.debuggerOf());
	changing.child.kill();
	await busy.stop();
	return [
		nodes.toLocaleString('en'),
		`${names.toFixed(0)} ms`,
		`${(judged / 1000).toFixed(1)} s (check ${(check / 1000).toFixed(1)} s, ${(judged / check).toFixed(2)})`,
		loading,
		idleKeys,
		busyKeys,
		`${idle.toFixed(1)} %`,
		`${before.toFixed(0)} → ${after.toFixed(0)} MB`,
	];
}

try {
	const load = os.loadavg().map(each => each.toFixed(1));
	console.log(`${os.cpus().length} cores (${os.cpus()[0]?.model.trim()}), Node ${process.version}, load ${load.join(' ')}`);
	const frames: number[] = [];
	for (let index = 0; index < 7; index += 1)
		frames.push(await untilShown([program, '--server=https://127.0.0.1:9', '--token=x', '--kubeconfig=/dev/null'], 'hostport'));
	console.log(`first frame: ${frames.map(each => each.toFixed(0)).join(', ')} ms`);
	const head = [
		'nodes',
		'names',
		'all judged',
		'key to frame, loading (ms)',
		'at rest',
		`${changes} changes/s`,
		'of a core at rest',
		`heap, ${minutes} min`,
	];
	const rows: string[][] = [];
	for (const nodes of sizes) rows.push(await measure(nodes));
	console.log([head, head.map(() => '---'), ...rows].map(line => `| ${line.join(' | ')} |`).join('\n'));
} finally {
	rmSync(state, {recursive: true, force: true});
}
