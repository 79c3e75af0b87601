import {appendFile, mkdir, readdir, readFile, stat, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {homeFolder} from '../../local-user.ts';
import {ActionableError, UsageError} from '../../errors.ts';
import type {Entry, Journal, JournalStore} from '../journal.ts';
import {readJournal, readJournalPart} from './journal-schema.ts';

/** Bytes; the states of a run on 5,000 nodes take some 5 MiB. */
const largestFile = 64 * 1024 * 1024;

/** `$XDG_STATE_HOME/kubectl-hostport/runs` (XDG Base Directory Specification 0.8). */
export function runsFolder(environment: NodeJS.ProcessEnv): string {
	const state = environment['XDG_STATE_HOME'];
	return path.join(
		state !== undefined && path.isAbsolute(state) ? state : path.join(homeFolder(), '.local', 'state'),
		'kubectl-hostport',
		'runs',
	);
}

/** A line of the file: the first holds the whole journal, each later one what has changed. */
type Line = Journal | {readonly updatedAt: string; readonly outcome: Journal['outcome']; readonly entries: Readonly<Record<string, Entry>>};

const vouchedFile = (folder: string, id: string): string => path.join(folder, `${id}.vouched`);

/** Keeps a journal as one line for each write, only ever added to: a crash loses at most the last line. */
export function journalFile(folder: string): JournalStore {
	const fileOf = ({id}: Journal): string => path.join(folder, `${id}.jsonl`);
	return {
		async begin(journal) {
			await mkdir(folder, {recursive: true, mode: 0o700});
			await writeFile(fileOf(journal), `${JSON.stringify(journal)}\n`, {mode: 0o600, flag: 'a', flush: true});
		},
		async update(journal, changed) {
			const {updatedAt, outcome, entries} = journal;
			const part = Object.fromEntries(changed.flatMap(id => (entries[id] === undefined ? [] : [[id, entries[id]]])));
			await appendFile(fileOf(journal), `${JSON.stringify({updatedAt, outcome, entries: part} satisfies Line)}\n`, {
				mode: 0o600,
				flush: true,
			});
		},
		async vouch(run, id) {
			await mkdir(folder, {recursive: true, mode: 0o700});
			await appendFile(vouchedFile(folder, run), `${id}\n`, {mode: 0o600, flush: true});
		},
	};
}

/** Reads a journal back. @throws UsageError where the file is none, UnreadableJournal where this version could not have written it */
export function parseJournalFile(text: string, name: string): Journal {
	let whole: Record<string, unknown> | undefined;
	const later: Array<NonNullable<ReturnType<typeof readJournalPart>>> = [];
	for (const line of text.split('\n')) {
		let value: unknown;
		try {
			value = JSON.parse(line) as unknown;
		} catch {
			continue; // the end of the text, or a line that a crash cut off
		}

		if (typeof value !== 'object' || value === null) continue;
		if ('plan' in value) {
			whole = {...value};
			later.length = 0;
		} else {
			const part = readJournalPart(value);
			if (part !== undefined) later.push(part);
		}
	}

	if (whole === undefined) throw new UsageError(`${name} is not the journal of a run`, 'See: kubectl hostport runs');
	const first = readJournal(whole, name);
	// One object for all lines: a copy for each would make a long file quadratic.
	const entries = new Map(Object.entries(first.entries));
	for (const part of later) for (const [id, entry] of Object.entries(part.entries)) entries.set(id, entry);
	const {updatedAt, outcome} = later.at(-1) ?? first;
	return readJournal({...first, updatedAt, outcome, entries: Object.fromEntries(entries)}, name);
}

/** This machine's copy of one run; undefined where it has none, or none that can be read. */
export async function readJournalCopy(folder: string, id: string): Promise<Journal | undefined> {
	return readFileOf(folder, `${id}.jsonl`);
}

/**
 * Ids of doubts that this machine has no need of, since it has made itself what they are about (see `Doubt`). They are in no journal: what
 * a run that goes on has taken over from one would be among them.
 */
export async function readVouched(folder: string, id: string): Promise<ReadonlySet<string>> {
	const file = vouchedFile(folder, id);
	try {
		const {size} = await stat(file);
		return new Set(size > largestFile ? [] : (await readFile(file, 'utf8')).split('\n').filter(Boolean));
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new Set();
		throw error;
	}
}

/** The journals of this machine, newest first, read one at a time; a file that cannot be read, or is too large, is skipped. */
export async function listJournalFiles(folder: string): Promise<Journal[]> {
	const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
		if (error.code === 'ENOENT') return [];
		throw error;
	});
	const journals: Journal[] = [];
	for (const name of names
		.filter(each => each.endsWith('.jsonl'))
		.sort()
		.reverse()) {
		const journal = await readFileOf(folder, name);
		if (journal !== undefined) journals.push(journal);
	}

	return journals;
}

async function readFileOf(folder: string, name: string): Promise<Journal | undefined> {
	const file = path.join(folder, name);
	try {
		const {size} = await stat(file);
		return size <= largestFile ? parseJournalFile(await readFile(file, 'utf8'), name) : undefined;
	} catch (error) {
		// Another run's folder may hold what an editor or an older version has left; it is not this cluster's concern.
		if (!(error instanceof ActionableError) && (error as NodeJS.ErrnoException).code === undefined) throw error;
		return undefined;
	}
}
