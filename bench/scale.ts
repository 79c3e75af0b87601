/**
 * How `check` grows with nodes, pods and latency, beside `kubectl get --raw` of the same pods in the same run. Prints tables, changes no file.
 * SIZES, LATENCIES and FIXED (values of --concurrency to try beside the usual) are lists of numbers; PARTS names some of the tables.
 */
import {spawn} from 'node:child_process';
import {existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import pty from '@lydell/node-pty';
import {elfFile} from '../test/repair/elf-file.ts';
import {environment, program, run} from './measure.ts';

const numbers = (name: string, usual: string): number[] => (process.env[name] ?? usual).split(',').filter(Boolean).map(Number);
const [sizes, latencies, fixed] = [numbers('SIZES', '100,1000,5000'), numbers('LATENCIES', '1,20,200'), numbers('FIXED', '16,64,256')];
const parts = (process.env['PARTS'] ?? 'looks,parallel,refusals,forms,verify,terminal,repair,split').split(',');
const kubectl = (process.env['PATH'] ?? '')
	.split(path.delimiter)
	.map(folder => path.join(folder, 'kubectl'))
	.find(file => existsSync(file));
const state = mkdtempSync(path.join(os.tmpdir(), 'hostport-bench-'));

type Counts = Record<'execs' | 'requests' | 'refused' | 'most' | 'journalWrites' | 'journalBytes' | 'journalMaps' | 'largestMap', number>;

type Server = {
	readonly url: string;
	counts(): Promise<Counts>;
	stop(): Promise<void>;
};

async function serve(settings: Readonly<Record<string, number>>): Promise<Server> {
	const words = Object.entries(settings).map(([name, value]) => `--${name}=${value}`);
	const child = spawn(process.execPath, [path.join(import.meta.dirname, 'scale-server.ts'), ...words], {
		stdio: ['ignore', 'pipe', 'inherit'],
	});
	const url = await new Promise<string>((resolve, reject) => {
		child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString().trim()));
		child.once('exit', () => reject(new Error('the server did not start')));
	});
	return {
		url,
		counts: async () => (await countsOf(url)) as Counts,
		async stop() {
			const ended = new Promise(resolve => child.once('exit', resolve));
			child.kill('SIGTERM');
			await ended;
		},
	};
}

const countsOf = async (url: string): Promise<unknown> =>
	new Promise((resolve, reject) => {
		const {get} = url.startsWith('https') ? https : http;
		get(`${url}/counts`, {rejectUnauthorized: false}, response => {
			let text = '';
			response.on('data', (chunk: Buffer) => (text += chunk.toString())).on('end', () => resolve(JSON.parse(text)));
		}).on('error', reject);
	});

const connectionTo = (url: string): string[] => [
	'--server',
	url,
	'--insecure-skip-tls-verify',
	'--token',
	'x',
	'--kubeconfig',
	'/dev/null',
];

type Look = {
	readonly seconds: number;
	readonly cpuSeconds: number;
	readonly peakMegabytes: number;
	readonly unknown: number;
	readonly outputMegabytes: number;
};

async function check(server: Server, words: readonly string[] = ['-o', 'name']): Promise<Look> {
	return measured(server, ['check', '--no-connect', ...words]);
}

async function measured({url}: Server, words: readonly string[], worst = 3): Promise<Look> {
	const {milliseconds, cpuSeconds, peakMegabytes, stdout, stderr, exitCode} = await run(
		process.execPath,
		[program, ...words, ...connectionTo(url)],
		{usage: true, env: {XDG_STATE_HOME: state}},
	);
	if (exitCode > worst) throw new Error(`${words[0]} ended with ${exitCode}: ${stderr}`);
	const unknown = words.includes('json') ? (stdout.match(/"verdict": ?"unknown"/gu) ?? []).length : 0;
	return {seconds: milliseconds / 1000, cpuSeconds, peakMegabytes, unknown, outputMegabytes: stdout.length / 1e6};
}

/** Processor and other seconds of `kubectl get --raw` of all pods, whole or in the pages that we read. */
async function raw({url}: Server): Promise<{seconds: number; cpuSeconds: number} | undefined> {
	if (kubectl === undefined) return undefined;
	const words = [...connectionTo(url), 'get', '--raw', '/api/v1/pods'];
	const {milliseconds, stderr} = await run('bash', ['-c', 'TIMEFORMAT="%U %S"; time "$@" >/dev/null', 'bash', kubectl, ...words]);
	const [user = 0, system = 0] = stderr.trim().split('\n').at(-1)?.split(' ').map(Number) ?? [];
	return {seconds: milliseconds / 1000, cpuSeconds: user + system};
}

const table = (title: string, head: readonly string[], rows: ReadonlyArray<ReadonlyArray<string | number>>): void => {
	const cell = (value: string | number): string =>
		typeof value === 'number' ? value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0) : value;
	const lines = [head, head.map(() => '---'), ...rows.map(row => row.map(cell))];
	console.log(`\n${title}\n\n${lines.map(line => `| ${line.join(' | ')} |`).join('\n')}`);
};
const exponent = (from: number, to: number, first: number, last: number): string =>
	(Math.log(last / first) / Math.log(to / from)).toFixed(2);

async function looks(): Promise<void> {
	const rows: Array<Array<string | number>> = [];
	const seen = new Map<number, {cpu: number; peak: number}>();
	for (const nodes of sizes) {
		for (const latency of latencies) {
			const server = await serve({nodes, latency});
			const ours = await check(server, ['-o', 'json']);
			const theirs = await raw(server);
			const {execs, requests} = await server.counts();
			await server.stop();
			const ratio = theirs === undefined ? '–' : (ours.cpuSeconds / theirs.cpuSeconds).toFixed(1);
			rows.push([
				nodes.toLocaleString('en'),
				`${latency} ms`,
				ours.seconds,
				ours.cpuSeconds,
				ours.peakMegabytes,
				ours.unknown,
				(execs + requests) / nodes,
				theirs?.seconds ?? '–',
				theirs?.cpuSeconds ?? '–',
				ratio,
			]);
			if (latency === latencies[0]) seen.set(nodes, {cpu: ours.cpuSeconds, peak: ours.peakMegabytes});
		}
	}

	table(
		'check -o json',
		['nodes', 'exec', 's', 'cpu s', 'peak MB', 'unknown', 'requests a node', 'kubectl s', 'kubectl cpu s', 'cpu ratio'],
		rows,
	);
	const all = [...seen];
	for (const [index, [nodes, {cpu, peak}]] of all.entries()) {
		const before = all[index - 1];
		if (before === undefined) continue;
		const [fewer, was] = before;
		console.log(
			`from ${fewer} to ${nodes} nodes: processor time grows with the power ${exponent(fewer, nodes, was.cpu, cpu)}, peak memory ${exponent(fewer, nodes, was.peak, peak)}`,
		);
	}
}

async function parallel(): Promise<void> {
	const rows: Array<Array<string | number>> = [];
	for (const capacity of [0, 64]) {
		const server = await serve({nodes: 1000, latency: 200, capacity, pods: 3});
		const at = new Map<string, number>();
		for (const value of ['usual', ...fixed]) {
			const words = value === 'usual' ? [] : [`--concurrency=${value}`];
			at.set(String(value), Math.min((await check(server, words)).seconds, (await check(server, words)).seconds));
		}

		await server.stop();
		const best = Math.min(...fixed.map(value => at.get(String(value)) ?? Number.POSITIVE_INFINITY));
		rows.push([capacity === 0 ? 'no limit' : capacity, ...[...at.values()], ((at.get('usual') ?? 0) / best).toFixed(2)]);
	}

	table('1,000 nodes at 200 ms, seconds, better of two', ['server works on', 'usual', ...fixed.map(String), 'usual / best'], rows);
}

async function refusals(): Promise<void> {
	const rows: Array<Array<string | number>> = [];
	for (const [refuse, capacity] of [
		[3, 0],
		[3, 32],
	] as const) {
		const server = await serve({nodes: 1000, latency: 20, refuse, capacity, pods: 3});
		const {seconds, unknown} = await check(server, ['-o', 'json']);
		const {refused, most} = await server.counts();
		await server.stop();
		rows.push([
			`one in ${refuse}`,
			capacity === 0 ? 'no limit' : String(capacity),
			seconds,
			String(refused),
			String(most),
			String(unknown),
		]);
	}

	table(
		'1,000 nodes at 20 ms, execs refused with 429',
		['refused', 'server works on', 's', 'refusals', 'most at once', 'unknown nodes'],
		rows,
	);
}

async function forms(): Promise<void> {
	const rows: Array<Array<string | number>> = [];
	const file = path.join(state, 'evidence.json');
	for (const nodes of sizes) {
		const server = await serve({nodes, latency: 1});
		for (const words of [[], ['-o', 'name'], ['-o', 'json'], ['-o', 'yaml'], ['--save', file, '-o', 'name']]) {
			const {seconds, cpuSeconds, peakMegabytes, outputMegabytes} = await check(server, words);
			rows.push([
				nodes.toLocaleString('en'),
				words.join(' ').replace(file, 'FILE') || 'table',
				seconds,
				cpuSeconds,
				peakMegabytes,
				outputMegabytes,
			]);
		}

		await server.stop();
	}

	table('what is printed', ['nodes', 'form', 's', 'cpu s', 'peak MB', 'output MB'], rows);
}

/** A look, then from each node the connections to its hostPort: at its address, at the loopback address, and to the pod itself. */
async function verify(): Promise<void> {
	const rows: Array<Array<string | number>> = [];
	for (const nodes of sizes) {
		const server = await serve({nodes, latency: 1, answering: 1});
		const {seconds, cpuSeconds, peakMegabytes, outputMegabytes} = await measured(server, ['verify', '-o', 'json']);
		const {execs, requests} = await server.counts();
		await server.stop();
		rows.push([nodes.toLocaleString('en'), seconds, cpuSeconds, peakMegabytes, (execs + requests) / nodes, outputMegabytes]);
	}

	table('verify -o json', ['nodes', 's', 'cpu s', 'peak MB', 'requests a node', 'output MB'], rows);
}

/** A repair of a cluster in which no node serves hostPorts, the proof, and its rollback: nothing but the program's own work takes time. */
async function repair(): Promise<void> {
	const rows: Array<Array<string | number>> = [];
	const least = new Map<string, {nodes: number; cpuSeconds: number; bytes: number}>();
	for (const nodes of sizes) {
		const server = await serve({nodes, latency: 1, answering: 1, broken: 1});
		for (const act of ['fix', 'verify', 'rollback'] as const) {
			const {look, counts} = await acted(server, act);
			const {cpuSeconds, seconds, peakMegabytes} = look;
			const asked = (counts.execs + counts.requests) / nodes;
			const before = least.get(act);
			const grown =
				before === undefined
					? ['–', '–']
					: [
							exponent(before.nodes, nodes, before.cpuSeconds, cpuSeconds),
							act === 'verify' ? '–' : exponent(before.nodes, nodes, before.bytes, counts.journalBytes),
						];
			least.set(act, {nodes, cpuSeconds, bytes: counts.journalBytes});
			rows.push([
				nodes.toLocaleString('en'),
				act,
				seconds,
				cpuSeconds,
				peakMegabytes,
				asked,
				String(counts.journalWrites),
				counts.journalBytes / 1000,
				...grown,
			]);
		}

		console.log(`${nodes} nodes: largest ConfigMap of the journal ${((await server.counts()).largestMap / 1000).toFixed(0)} kB`);
		await server.stop();
	}

	const head = ['nodes', 'act', 's', 'cpu s', 'peak MB', 'requests a node', 'writes', 'journal kB', 'cpu grows with', 'bytes grow with'];
	table('repair', head, rows);
}

/** A repair, its proof or its rollback, and what the server has counted of it. @throws where it does not end well */
async function acted(server: Server, act: 'fix' | 'verify' | 'rollback'): Promise<{look: Look; counts: Counts}> {
	const words = {
		fix: ['fix', '--yes', '--strategy', 'portmap', '--portmap', portmapFile()],
		verify: ['verify', '-o', 'json'],
		rollback: ['rollback', '--yes'],
	}[act];
	const before = await server.counts();
	const look = await measured(server, words, 0);
	const after = await server.counts();
	const since = (name: keyof Counts): number => after[name] - before[name];
	return {
		look,
		counts: {
			...after,
			execs: since('execs'),
			requests: since('requests'),
			journalWrites: since('journalWrites'),
			journalBytes: since('journalBytes'),
		},
	};
}

/** A file that passes for portmap, small: what a real one of 4 MB takes to send is the network's business. */
function portmapFile(): string {
	const file = path.join(state, 'portmap');
	writeFileSync(file, elfFile('amd64', {size: 65_536}), {mode: 0o755});
	return file;
}

/** Nodes whose portmap says much of itself: their journal does not fit one ConfigMap, and is rolled back all the same. */
async function split(): Promise<void> {
	const server = await serve({nodes: 3200, pods: 2, latency: 1, answering: 1, broken: 1, words: 280});
	for (const act of ['fix', 'rollback'] as const) {
		const {look, counts} = await acted(server, act);
		console.log(
			`${act} of 3,200 nodes with long answers: ${look.seconds.toFixed(1)} s, ${counts.journalMaps} ConfigMaps, the largest ${(counts.largestMap / 1000).toFixed(0)} kB, ${(counts.journalBytes / 1000).toFixed(0)} kB written in ${counts.journalWrites} writes`,
		);
	}

	await server.stop();
}

/** The terminal UI from its start until half a minute after each node was seen, with changes coming in. */
async function terminal(): Promise<void> {
	const rows: Array<Array<string | number>> = [];
	for (const nodes of sizes) {
		for (const changes of [0, 200]) {
			const server = await serve({nodes, latency: 1, changes});
			const {CI: _, ...rest} = environment({TERM: 'xterm-256color', XDG_STATE_HOME: state});
			const child = pty.spawn(process.execPath, [program, ...connectionTo(server.url), '--no-connect'], {
				cols: 120,
				rows: 36,
				env: rest as Record<string, string>,
			});
			let written = 0;
			child.onData(data => void (written += data.length));
			const started = performance.now();
			while ((await server.counts()).execs < nodes && performance.now() - started < 300_000)
				await new Promise(resolve => setTimeout(resolve, 200));
			const seen = (performance.now() - started) / 1000;
			const before = processOf(child.pid);
			await new Promise(resolve => setTimeout(resolve, 15_000));
			const after = processOf(child.pid);
			rows.push([
				nodes.toLocaleString('en'),
				String(changes),
				seen,
				before.cpuSeconds,
				after.peakMegabytes,
				((after.cpuSeconds - before.cpuSeconds) / 15) * 100,
				written / 1000,
			]);
			child.kill();
			await server.stop();
		}
	}

	table(
		'the terminal UI',
		['nodes', 'changes/s', 's to the last node', 'cpu s by then', 'peak MB', '% of a core after', 'kB written'],
		rows,
	);
}

function processOf(pid: number): {peakMegabytes: number; cpuSeconds: number} {
	const peak = /^VmHWM:\s+(?<kilobytes>\d+)/mu.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.groups?.['kilobytes'];
	const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
	return {peakMegabytes: Number(peak) / 1024, cpuSeconds: (Number(fields[11]) + Number(fields[12])) / 100};
}

try {
	console.log(
		`${os.cpus().length} cores (${os.cpus()[0]?.model.trim()}), Node ${process.version}, load ${os
			.loadavg()
			.map(load => load.toFixed(1))
			.join(' ')}`,
	);
	const all = {looks, parallel, refusals, forms, verify, terminal, repair, split};
	for (const [name, part] of Object.entries(all)) if (parts.includes(name)) await part();
} finally {
	rmSync(state, {recursive: true});
}
