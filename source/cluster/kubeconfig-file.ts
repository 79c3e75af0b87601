import path from 'node:path';
import {LineCounter, parseDocument, type Document} from 'yaml';
import {assertFewValues} from '../bounded-yaml.ts';
import {messageOf, UsageError, whyUnusable} from '../errors.ts';
import {printableLine} from '../foreign-text.ts';
import {readNamedFile, shownFile, standardInput} from '../named-file.ts';
import {kubeconfigFile, type Kubeconfig, type KubeconfigCluster, type KubeconfigUser} from './kubeconfig.ts';

/** Thousands of clusters. */
const maximumBytes = 16 * 1024 * 1024;

/**
 * Reads one kubeconfig file; relative paths in it are resolved against its folder, as kubectl does, and those of standard input (`-`) against
 * the current folder.
 * Gives undefined where the file does not exist.
 * @throws UsageError when the file cannot be read or is no kubeconfig. No line of the file gets into the message: it may hold secrets.
 */
export async function readKubeconfigFile(file: string, signal: AbortSignal): Promise<Kubeconfig | undefined> {
	const absolute = file === standardInput ? file : path.resolve(file);
	let text: string;
	try {
		text = (await readNamedFile(absolute, {maximumBytes, signal})).toString('utf8');
	} catch (error) {
		signal.throwIfAborted();
		const code = (error as NodeJS.ErrnoException).code;
		if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
		throw new UsageError(
			`the kubeconfig ${shownFile(file)} cannot be read: ${whyUnusable(error)}`,
			'Check the file and its permissions.',
			error,
		);
	}

	return parseKubeconfig(text, absolute);
}

/**
 * What `readKubeconfigFile` does with the text of a file.
 * @throws UsageError
 */
export function parseKubeconfig(text: string, file: string): Kubeconfig {
	const unusable = (
		why: string,
		hint = `Compare: kubectl config view --kubeconfig ${file === standardInput ? '/dev/stdin' : file}`,
	): UsageError => new UsageError(`${shownFile(file)} is not a valid kubeconfig: ${printableLine(why, 200)}`, hint);
	const result = kubeconfigFile.safeParse(plainValue(text, unusable) ?? {});
	if (!result.success) {
		const issue = result.error.issues[0];
		const expected =
			issue?.code === 'invalid_type'
				? `expected ${/^[aeiou]/u.test(issue.expected) ? 'an' : 'a'} ${issue.expected}`
				: 'not a value kubectl knows';
		throw unusable(`${pathText(issue?.path ?? [])}: ${expected}`);
	}

	const {kind, 'current-context': currentContext, contexts, clusters, users} = result.data;
	if (kind !== undefined && kind !== '' && kind !== 'Config') throw unusable(`it is of kind ${kind}, not Config`);
	const folder = path.resolve(path.dirname(file));
	return {
		files: [file],
		currentContext: currentContext === '' ? undefined : currentContext,
		contexts: byName('context', contexts, ({name, context}) => [name, context ?? {}], unusable),
		clusters: byName('cluster', clusters, ({name, cluster}) => [name, clusterIn(folder, cluster ?? {})], unusable),
		users: byName('user', users, ({name, user}) => [name, userIn(folder, user ?? {})], unusable),
	};
}

/** YAML to plain values, without the nulls: for Go a null is the same as nothing. */
function plainValue(text: string, unusable: (why: string, hint?: string) => UsageError): unknown {
	try {
		assertFewValues(text);
	} catch (error) {
		throw unusable(messageOf(error), 'Use a smaller file, made with: kubectl config view --minify --raw');
	}

	const lineCounter = new LineCounter();
	let document: Document.Parsed;
	let value: unknown;
	try {
		document = parseDocument(text, {lineCounter, prettyErrors: false, uniqueKeys: false, logLevel: 'silent'});
		value = document.errors.length === 0 ? document.toJS() : undefined;
	} catch {
		// Aliases of nothing, too many of them, or nested beyond all measure. The parser's own words may quote the file.
		throw unusable('broken YAML');
	}

	const error = document.errors[0];
	if (error !== undefined) {
		const {line, col} = lineCounter.linePos(error.pos[0]);
		throw unusable(`broken YAML in line ${line}, column ${col} (${error.code.toLowerCase().replaceAll('_', ' ')})`);
	}

	dropNulls(value, new Set());
	return value;
}

/** In place, and each object once: an alias may point at what it stands in. */
function dropNulls(value: unknown, seen: Set<unknown>): void {
	if (typeof value !== 'object' || value === null || seen.has(value)) return;
	seen.add(value);
	for (const [key, item] of Object.entries(value)) {
		if (item === null && !Array.isArray(value)) Reflect.deleteProperty(value, key);
		else dropNulls(item, seen);
	}
}

function byName<Item, Entry>(
	what: string,
	items: readonly Item[] | undefined,
	entryOf: (item: Item) => [string, Entry],
	unusable: (why: string) => UsageError,
): ReadonlyMap<string, Entry> {
	const entries = new Map<string, Entry>();
	for (const item of items ?? []) {
		const [name, entry] = entryOf(item);
		// client-go refuses this too (tools/clientcmd/api/v1/conversion.go); only across files does the first win.
		if (entries.has(name)) throw unusable(`it names the ${what} "${name}" twice`);
		entries.set(name, entry);
	}

	return entries;
}

function clusterIn(folder: string, cluster: KubeconfigCluster): KubeconfigCluster {
	return {...cluster, ...resolved(folder, cluster, ['certificate-authority'])};
}

function userIn(folder: string, user: KubeconfigUser): KubeconfigUser {
	const {exec, 'auth-provider': provider} = user;
	return {
		...user,
		...resolved(folder, user, ['client-certificate', 'client-key', 'tokenFile']),
		// A bare name is looked for on PATH.
		...(exec?.command !== undefined && /[/\\]/u.test(exec.command) && {exec: {...exec, ...resolved(folder, exec, ['command'])}}),
		...(provider?.config !== undefined && {
			'auth-provider': {...provider, config: {...provider.config, ...resolved(folder, provider.config, ['idp-certificate-authority'])}},
		}),
	};
}

function resolved(folder: string, holder: Readonly<Record<string, unknown>>, keys: readonly string[]): Record<string, string> {
	const paths: Record<string, string> = {};
	for (const key of keys) {
		const value = holder[key];
		if (typeof value === 'string' && value !== '') paths[key] = path.resolve(folder, value);
	}

	return paths;
}

function pathText(parts: readonly PropertyKey[]): string {
	return (
		parts.map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${String(part)}`)).join('') ||
		'the whole file'
	);
}
