// How the time to read a journal grows with the nodes of its run: processor time of `runs`, without what it takes where there is none.
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import {program, run} from './measure.ts';

const repetitions = 7;
const sizes = [1000, 2000, 5000] as const;

export type JournalReading = {
	/** Processor time for each size, the least of some repetitions. */
	readonly seconds: ReadonlyMap<number, number>;
	/** Power of the number of nodes that the time grows with, from the smallest size to the largest; 1 is linear. */
	readonly exponent: number;
};

export async function journalReading(): Promise<JournalReading> {
	const least = new Map<number, number>();
	// In turn, so that what else the machine does meets all of them.
	for (let repetition = 0; repetition < repetitions; repetition += 1) {
		for (const nodes of [0, ...sizes]) least.set(nodes, Math.min(least.get(nodes) ?? Number.POSITIVE_INFINITY, await secondsFor(nodes)));
	}

	const without = least.get(0) ?? 0;
	const seconds = new Map(sizes.map(nodes => [nodes, (least.get(nodes) ?? 0) - without]));
	const [first, last] = [sizes[0], sizes[2]];
	return {seconds, exponent: Math.log((seconds.get(last) ?? 0) / (seconds.get(first) ?? 0)) / Math.log(last / first)};
}

async function secondsFor(nodes: number): Promise<number> {
	const state = mkdtempSync(path.join(os.tmpdir(), 'hostport-bench-'));
	try {
		const folder = path.join(state, 'kubectl-hostport', 'runs');
		mkdirSync(folder, {recursive: true});
		if (nodes > 0) writeFileSync(path.join(folder, '20240207-020000-a1b2.jsonl'), journalOf(nodes));
		const {exitCode, stderr, cpuSeconds} = await run(process.execPath, [program, 'demo', 'runs'], {
			env: {XDG_STATE_HOME: state},
			usage: true,
		});
		if (exitCode !== 0) throw new Error(`runs: ${stderr}`);
		return cpuSeconds;
	} finally {
		rmSync(state, {recursive: true});
	}
}

/** The file of a run that has put portmap on so many nodes: one line for the plan, two for each node. */
function journalOf(nodes: number): string {
	const time = '2024-02-07T02:00:00.000Z';
	const steps = Array.from({length: nodes}, (_, index) => ({
		id: `binary/node-${index}`,
		kind: 'put-binary',
		node: `node-${index}`,
		parameters: {folder: '/opt/cni/bin', architecture: 'amd64'},
	}));
	const plan = {
		apiVersion: 'hostport.dev/v1',
		kind: 'Plan',
		server: 'https://10.0.0.1:6443',
		namespace: 'kube-system',
		kubernetes: 'v1.26.9',
		ciliumVersion: '1.10.16',
		choice: {strategy: 'portmap'},
		steps,
		binaries: steps.map(({node}) => ({node, folder: '/opt/cni/bin'})),
		skipped: [],
		left: [],
		remaining: [],
	};
	const whole = {
		apiVersion: 'hostport.dev/v1',
		kind: 'Journal',
		id: '20240207-020000-a1b2',
		startedAt: time,
		updatedAt: time,
		by: 'bench',
		plan,
		entries: {},
		outcome: 'running',
	};
	const later = steps.flatMap(({id}) =>
		['started', 'done'].map(state => ({
			updatedAt: time,
			outcome: 'running',
			entries: {[id]: {state, before: {there: false}, seconds: 0.3, says: 'it answers {"cniVersion":"1.0.0"}'}},
		})),
	);
	return [whole, ...later].map(value => `${JSON.stringify(value)}\n`).join('');
}
