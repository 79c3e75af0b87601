import {printable, printableLine, withMarks} from '../foreign-text.ts';
import {architectureOf} from './elf-architecture.ts';
import type {BinaryFile, ConfigurationFile} from './evidence.ts';
import {answerAt, type NodeRecord} from './node-records.ts';
import {withoutSecrets} from './without-secrets.ts';

/** Bytes of a file that the node script reads at most. */
const contentLimit = 65_536;

type FolderRecords = {
	readonly records: readonly NodeRecord[];
	/** When a file came or went there, seconds since the epoch. */
	readonly touched: number | undefined;
	/** Whether the folder could be listed; else `errors` says why not. */
	readonly readable: boolean;
	readonly errors: readonly string[];
};

/** The records of one folder (`conf` or `bin`): from its `folder` record to the next one or the first of another kind. */
export function folderRecords(records: readonly NodeRecord[], kind: 'conf' | 'bin'): FolderRecords | undefined {
	const start = records.findIndex(({key, value}) => key === 'folder' && value.trim() === kind);
	if (start === -1) return undefined;
	const mine: NodeRecord[] = [];
	for (const record of records.slice(start + 1)) {
		if (!folderKeys.has(record.key)) break;
		mine.push(record);
	}

	const missing = mine.find(({key}) => key === 'missing');
	const touched = Number.parseInt(mine.find(({key}) => key === 'touched')?.value ?? '', 10);
	const hasFiles = mine.some(({key}) => key === 'file' || key === 'link');
	const errors = mine.filter(({key}) => key === 'error').map(({value}) => printableLine(value));
	const unreadable = mine.filter(({key}) => key === 'unreadable').map(({value}) => `${nameOf(value)} cannot be read`);
	return {
		records: mine,
		touched: Number.isNaN(touched) ? undefined : touched,
		readable: missing === undefined && (hasFiles || errors.length === 0),
		errors: [...(missing === undefined ? [] : [`there is no folder ${printableLine(missing.value)}`]), ...errors, ...unreadable],
	};
}

const folderKeys = new Set([
	'touched',
	'file',
	'link',
	'to',
	'since',
	'name',
	'content',
	'unreadable',
	'head',
	'sha256',
	'version',
	'status',
	'error',
	'missing',
]);

/** Files of the CNI configuration folder, of the node script's records. */
export function parseConfigurationFiles(records: readonly NodeRecord[]): ConfigurationFile[] {
	const contents = new Map<string, string>();
	const unreadable = new Set<string>();
	for (const [name, {key, value}] of named(records)) {
		if (key === 'content') contents.set(name, value);
		if (key === 'unreadable') unreadable.add(name);
	}

	return filesOf(records).map(({raw, ...file}) => ({
		...file,
		// A byte order mark, a zero-width blank: a runtime refuses the file for what nobody sees in it.
		content: printable(withMarks(withoutSecrets(contents.get(raw) ?? '')), contentLimit),
		truncated: file.size > contentLimit,
		...(unreadable.has(raw) && {unreadable: true}),
	}));
}

/** Files of the folder of CNI binaries, of the node script's records. */
export function parseBinaryFiles(records: readonly NodeRecord[]): BinaryFile[] {
	const answers = new Map<string, Partial<BinaryFile>>();
	for (const [name, {key, value}, index] of named(records)) {
		const before = answers.get(name) ?? {};
		// Nothing read of a file that was opened: it is empty.
		if (key === 'head') answers.set(name, {...before, architecture: value.trim() === '' ? 'none' : architectureOf(value)});
		if (key === 'unreadable') answers.set(name, {...before, architecture: ''});
		if (key === 'sha256') answers.set(name, {...before, sha256: /^[\da-f]{64}\b/u.exec(value.trim())?.[0] ?? ''});
		if (key === 'version') {
			const {text, exitCode} = answerAt(records, index);
			answers.set(name, {...before, versionAnswer: printableLine(text), versionExitCode: exitCode ?? null});
		}
	}

	return filesOf(records).map(({raw, ...file}) => ({
		...file,
		architecture: '',
		sha256: '',
		versionAnswer: '',
		versionExitCode: null,
		...answers.get(raw),
	}));
}

/** Records behind a `name` record, with that name. */
function* named(records: readonly NodeRecord[]): Generator<[string, NodeRecord, number]> {
	let name: string | undefined;
	for (const [index, record] of records.entries()) {
		if (record.key === 'name') name = record.value;
		else if (name !== undefined) yield [name, record, index];
	}
}

type SeenFile = {raw: string; name: string; size: number; modified: number; changed: number; mode: string; linksTo: string};

function filesOf(records: readonly NodeRecord[]): SeenFile[] {
	const links = new Map<string, {linksTo: string; since: number}>();
	const files = new Map<string, SeenFile>();
	for (const [index, {key, value}] of records.entries()) {
		const [next, second] = [records[index + 1], records[index + 2]];
		if (key === 'link') {
			const since = second?.key === 'since' ? Number.parseInt(second.value, 10) || 0 : 0;
			links.set(value, {linksTo: next?.key === 'to' ? printableLine(next.value) : '', since});
		}

		const match = key === 'file' ? fileLine.exec(value) : null;
		if (match?.groups === undefined || match === null) continue;
		const {size, modified, changed, mode = '', raw = ''} = match.groups;
		const bits = Number.parseInt(mode.slice(1), mode.startsWith('x') ? 16 : 8) % 0o10000;
		const times = {modified: Number(modified), changed: Number(changed ?? 0)};
		files.set(raw, {raw, name: nameOf(raw), size: Number(size), ...times, mode: bits.toString(8), linksTo: ''});
	}

	for (const [raw, {linksTo, since}] of links) {
		const target = files.get(raw) ?? {raw, name: nameOf(raw), size: 0, modified: 0, changed: 0, mode: ''};
		// A link that was changed brings another file just as a file that was.
		files.set(raw, {...target, linksTo, changed: Math.max(target.changed, since)});
	}

	return [...files.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** Size, modified, changed (by scripts of the first days it is not told), mode, name. */
const fileLine = /^(?<size>\d+) (?<modified>\d+) (?:(?<changed>\d+) )?(?<mode>x[\da-f]+|o[0-7]+) (?<raw>[\s\S]+)$/u;

/** A file's name with everything invisible spelled out, so that no name looks like another one. */
function nameOf(raw: string): string {
	const name = raw.replace(/^\.\//u, '').slice(0, 512);
	return printable(
		name.replaceAll(/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]|^ | $/gu, character => `\\u{${character.codePointAt(0)?.toString(16)}}`),
		1024,
	);
}
