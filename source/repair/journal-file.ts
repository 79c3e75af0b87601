import {appendFile, mkdir, readdir, readFile, writeFile} from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import {UsageError} from '../errors.ts';
import type {Entry, Journal, JournalStore} from './journal.ts';

/** `$XDG_STATE_HOME/kubectl-hostport/runs` (XDG Base Directory Specification 0.8). */
export function runsFolder(environment: NodeJS.ProcessEnv): string {
	const state = environment['XDG_STATE_HOME'];
	return path.join(
		state !== undefined && path.isAbsolute(state) ? state : path.join(os.homedir(), '.local', 'state'),
		'kubectl-hostport',
		'runs',
	);
}

/** A line of the file: the first holds the whole journal, each later one what has changed. */
type Line = Journal | {readonly updatedAt: string; readonly outcome: Journal['outcome']; readonly entries: Readonly<Record<string, Entry>>};

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
	};
}

/** Reads a journal back. @throws UsageError where the file is none */
export function parseJournalFile(text: string, name: string): Journal {
	let journal: Journal | undefined;
	for (const line of text.split('\n')) {
		let value: Line;
		try {
			value = JSON.parse(line) as Line;
		} catch {
			continue; // the end of the text, or a line that a crash cut off
		}

		if (typeof value !== 'object' || value === null) continue;
		if ('plan' in value) journal = value;
		else if (journal !== undefined)
			journal = {...journal, updatedAt: value.updatedAt, outcome: value.outcome, entries: {...journal.entries, ...value.entries}};
	}

	if (journal === undefined) throw new UsageError(`${name} is no journal of a run`, 'See: kubectl hostport runs');
	return journal;
}

/** The journals of this machine, newest first; a file that cannot be read is passed by. */
export async function listJournalFiles(folder: string): Promise<Journal[]> {
	const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
		if (error.code === 'ENOENT') return [];
		throw error;
	});
	const read = names
		.filter(name => name.endsWith('.jsonl'))
		.sort()
		.reverse()
		.map(async name => parseJournalFile(await readFile(path.join(folder, name), 'utf8'), name));
	return (await Promise.allSettled(read)).flatMap(each => (each.status === 'fulfilled' ? [each.value] : []));
}
