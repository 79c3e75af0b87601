import {glob, readFile} from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import {homeFolder} from '../../local-user.ts';
import {messageOf, UsageError, whyUnusable} from '../../errors.ts';
import type {SshChoices} from './ssh-flags.ts';
import type {Keywords} from './ssh-settings.ts';

const defaultIdentityFiles = ['id_rsa', 'id_ecdsa', 'id_ecdsa_sk', 'id_ed25519', 'id_ed25519_sk'].map(name => `~/.ssh/${name}`);
const maximumIncludeDepth = 16;

// A block that is open at the end of one file must not take in the lines of the next.
const endOfFile = '\nHost *\n';

/** What the ssh-config package knows of Match (5.x, lib/ssh-config.js), but for `exec` and for `user`, of which it sees no command line. */
/** OpenSSH's file for every user of a machine. */
export const systemConfig = (platform: NodeJS.Platform, environment: NodeJS.ProcessEnv): string =>
	platform === 'win32'
		? path.win32.join(environment['PROGRAMDATA'] ?? String.raw`C:\ProgramData`, 'ssh', 'ssh_config')
		: '/etc/ssh/ssh_config';

const knownCriteria = new Set(['all', 'host', 'originalhost', 'localuser', 'final']);

/**
 * Reads ssh_config without the help of an `ssh`, for machines that have none. Does what the ssh-config package does (Host,
 * Match host) and follows Include outside of Host and Match. An Include inside such a block and Match by anything else are
 * refused rather than passed over: settings that silently miss a jump host lead to the wrong machine.
 * @throws UsageError
 */
export async function readKeywords(alias: string, choices: SshChoices): Promise<Keywords> {
	const home = path.join(homeFolder(), '.ssh');
	const files = choices.config === undefined ? [path.join(home, 'config'), systemConfig(process.platform, process.env)] : [choices.config];
	const texts: string[] = [];
	for (const file of files)
		texts.push(await readConfig(file, choices.config !== undefined, file.startsWith(home) ? home : path.dirname(file), 0));
	const {default: sshConfig} = await import('ssh-config');
	let computed: Record<string, string | string[]>;
	try {
		const parsed = sshConfig.parse(texts.join(endOfFile));
		computed = parsed.compute(
			{Host: alias, ...(choices.user === undefined ? {} : {User: choices.user})},
			{ignoreCase: true, matchExec: false},
		);
	} catch (error) {
		throw new UsageError(
			`${files.join(', ')} is not an ssh_config: ${messageOf(error)}`,
			'Correct the file, or name another with --ssh-config.',
			error,
		);
	}

	const keywords = new Map(Object.entries(computed).map(([keyword, value]) => [keyword, [value].flat().map(unquote)]));
	const file = (keyword: string, ...values: string[]): void => {
		if (!keywords.has(keyword)) keywords.set(keyword, values);
	};
	const hostName = keywords.get('hostname')?.[0];
	if (hostName !== undefined) keywords.set('hostname', [hostName.replaceAll('%h', alias).replaceAll('%%', '%')]);
	file('identityfile', ...defaultIdentityFiles);
	file('userknownhostsfile', '~/.ssh/known_hosts', '~/.ssh/known_hosts2');
	file('globalknownhostsfile', '/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2');
	if (choices.port !== undefined) keywords.set('port', [String(choices.port)]);
	if (choices.user !== undefined) keywords.set('user', [choices.user]);
	if (choices.jump !== undefined) {
		keywords.set('proxyjump', [choices.jump]);
		keywords.delete('proxycommand');
	}

	return keywords;
}

const unquote = (value: string): string => value.replace(/^"(.*)"$/u, '$1');

async function readConfig(file: string, mustExist: boolean, includeFolder: string, depth: number): Promise<string> {
	if (depth > maximumIncludeDepth) throw new UsageError(`${file} includes itself`, 'Remove the loop of Include lines.');
	let text: string;
	try {
		text = await readFile(file, 'utf8');
	} catch (error) {
		if (!mustExist && (error as NodeJS.ErrnoException).code === 'ENOENT') return '';
		throw new UsageError(`${file} cannot be read: ${whyUnusable(error)}`, 'Name another ssh_config with --ssh-config.', error);
	}

	const lines: string[] = [];
	let inBlock = false;
	for (const line of text.split(/\r?\n/u)) {
		const [, keyword = '', rest = ''] = /^\s*(\w+)(?:\s*=\s*|\s+)(.*\S)\s*$/u.exec(line) ?? [];
		const name = keyword.toLowerCase();
		if (name === 'host' || name === 'match') inBlock = true;
		const needsSsh = (name === 'match' && !isKnownMatch(rest)) || (name === 'include' && inBlock);
		if (needsSsh)
			throw new UsageError(
				`${file} uses “${line.trim().slice(0, 60)}”, which only ssh itself can follow, and there is no ssh on PATH`,
				'Install the OpenSSH client, or name another ssh_config with --ssh-config.',
			);
		if (name === 'include') lines.push(await readIncluded(rest, includeFolder, depth));
		else lines.push(line);
	}

	return lines.join('\n');
}

/** Words of a Match line: criteria and, for all but two of them, a value each. */
function isKnownMatch(words: string): boolean {
	const all = words.toLowerCase().match(/"[^"]*"|\S+/gu) ?? [];
	const criteria: string[] = [];
	for (let at = 0; at < all.length; at += all[at] === 'all' || all[at] === 'final' ? 1 : 2) criteria.push(all[at] ?? '');
	return criteria.every(each => knownCriteria.has(each));
}

async function readIncluded(words: string, folder: string, depth: number): Promise<string> {
	const texts: string[] = [];
	for (const [word] of words.matchAll(/"[^"]*"|\S+/gu)) {
		const pattern = path.resolve(folder, unquote(word).replace(/^~(?=\/)/u, homeFolder()));
		const found: string[] = [];
		for await (const file of glob(pattern)) found.push(file);
		for (const file of found.sort()) texts.push(await readConfig(file, true, folder, depth + 1));
	}

	return [...texts, ''].join(endOfFile);
}
