import {mkdtemp, readdir, readFile} from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import type {Started} from './processes.ts';
import {startHostport} from './product.ts';

/** What a line of the journal on this machine tells; the first holds the whole plan. */
type Line = {
	readonly id?: string;
	readonly plan?: {readonly steps: ReadonlyArray<{readonly id: string}>};
	readonly entries?: Readonly<Record<string, {readonly state: string}>>;
	readonly outcome: string;
};

export type WatchedRun = Started & {
	/** Waits until the journal has so many lines. False: the run came to its end before. */
	readonly reaches: (lines: number) => Promise<boolean>;
	/** Waits until a step, by the beginning of its id, is in this state or was. @throws Error where the run ends before */
	readonly comesTo: (step: string, state: string) => Promise<void>;
	/** Id of the run, once it has begun. */
	readonly begun: () => Promise<string>;
	readonly lines: () => Promise<number>;
};

const pollMilliseconds = 15;

/**
 * Starts the program with a state folder of its own. A run writes each thing that it is about to do, or has done, into the journal
 * there first: so the moments of a run are told by how far it is and not by a clock.
 */
export async function watchHostport(words: readonly string[], {timeoutSeconds = 400}: {timeoutSeconds?: number} = {}): Promise<WatchedRun> {
	const state = await mkdtemp(path.join(os.tmpdir(), 'hostport-state-'));
	const run = startHostport(words, {timeoutSeconds, environment: {XDG_STATE_HOME: state}});
	let hasEnded = false;
	void run.ended.finally(() => (hasEnded = true)).catch(() => undefined);
	const waitFor = async <T>(look: (lines: readonly Line[]) => T | undefined): Promise<T | undefined> => {
		for (;;) {
			const wasOver = hasEnded;
			const found = look(await journalLines(state));
			if (found !== undefined || wasOver) return found;
			await sleep(pollMilliseconds);
		}
	};

	const mustCome = async <T>(what: string, look: (lines: readonly Line[]) => T | undefined): Promise<T> => {
		const found = await waitFor(look);
		if (found !== undefined) return found;
		const {exitCode, stderr} = await run.ended;
		throw new Error(`the run ended with ${exitCode} before ${what}:\n${stderr}`);
	};

	return {
		...run,
		lines: async () => (await journalLines(state)).length,
		reaches: async count => (await waitFor(lines => (lines.length >= count ? true : undefined))) ?? false,
		async comesTo(step, wanted) {
			await mustCome(`${step} was ${wanted}`, lines =>
				lines.some(({entries = {}}) => Object.entries(entries).some(([id, {state: now}]) => id.startsWith(step) && now === wanted))
					? true
					: undefined,
			);
		},
		begun: async () => mustCome('it had begun', ([first]) => first?.id),
	};
}

/** Whole lines only: the last one may be half written. */
async function journalLines(state: string): Promise<readonly Line[]> {
	const folder = path.join(state, 'kubectl-hostport', 'runs');
	const [name] = await readdir(folder).catch((): string[] => []);
	if (name === undefined) return [];
	const text = await readFile(path.join(folder, name), 'utf8');
	return text
		.slice(0, text.lastIndexOf('\n') + 1)
		.split('\n')
		.filter(Boolean)
		.map(line => JSON.parse(line) as Line);
}

/**
 * Kills a run at a moment of its life: so many milliseconds after its journal has so many lines, or as soon as the next line comes.
 * False: it came to its end before.
 */
export async function killAt(run: WatchedRun, lines: number, milliseconds: number): Promise<boolean> {
	if (!(await run.reaches(lines))) return false;
	await Promise.race([sleep(milliseconds), run.reaches(lines + 1)]);
	run.signal('SIGKILL');
	return (await run.ended).signal === 'SIGKILL';
}
