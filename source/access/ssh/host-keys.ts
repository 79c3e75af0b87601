import {randomBytes} from 'node:crypto';
import {appendFile, mkdir, readFile, stat} from 'node:fs/promises';
import path from 'node:path';
import {messageOf} from '../../errors.ts';
import {entriesFor, hashedName, judgeHostKey, keyTypeOf, knownHostsName, knownKeyTypes, parseKnownHosts} from './known-hosts.ts';
import type {HostKeyVerdict, KnownHostsEntry} from './known-hosts.ts';
import {SshError} from './ssh-error.ts';
import {shownPath} from './shown-path.ts';
import type {SshSettings} from './ssh-settings.ts';

/** What the known_hosts files say about one host. */
export type HostTrust = {
	/** Key types the host is known by; empty if it is not known. */
	readonly keyTypes: readonly string[];
	judge(key: Buffer): HostKeyVerdict;
};

/** The known_hosts files, each read once for the whole run and again when it has changed. */
export type HostKeys = {
	trustIn(settings: SshSettings): Promise<HostTrust>;
	/** Writes the key of a host into the first UserKnownHostsFile, hashed if HashKnownHosts says so. */
	remember(settings: SshSettings, key: Buffer): Promise<void>;
};

/** Checks host keys against known_hosts files; each file is read once for each version of it. */
export function createHostKeys(): HostKeys {
	const files = new Map<string, {readonly version: string; readonly entries: Promise<readonly KnownHostsEntry[]>}>();

	const entriesIn = async (file: string): Promise<readonly KnownHostsEntry[]> => {
		const version = await versionOf(file);
		if (version === undefined) return [];
		const held = files.get(file);
		if (held?.version === version) return held.entries;
		const entries = readFile(file, 'utf8').then(text => parseKnownHosts(text, file).entries);
		files.set(file, {version, entries});
		return entries;
	};

	return {
		async trustIn(settings) {
			const all = (await Promise.all([...settings.userKnownHostsFiles, ...settings.globalKnownHostsFiles].map(entriesIn))).flat();
			const own = entriesFor(all, nameIn(settings));
			// As ssh does: a host on another port is trusted too if this very key stands under its name alone.
			const plain = settings.hostKeyAlias === undefined && settings.port !== 22 ? entriesFor(all, settings.host.toLowerCase()) : [];
			return {
				keyTypes: knownKeyTypes(own.length > 0 ? own : plain),
				judge(key) {
					const verdict = judgeHostKey(own, key);
					if (verdict.kind !== 'unknown' && verdict.kind !== 'authority-only') return verdict;
					const second = judgeHostKey(plain, key);
					return second.kind === 'trusted' || second.kind === 'revoked' ? second : verdict;
				},
			};
		},

		async remember(settings, key) {
			const [file] = settings.userKnownHostsFiles;
			if (file === undefined) return;
			const name = nameIn(settings);
			const shown = settings.hashKnownHosts ? hashedName(name, randomBytes(20)) : name;
			try {
				await mkdir(path.dirname(file), {recursive: true, mode: 0o700});
				const before = await readFile(file).catch(() => Buffer.alloc(0));
				const start = before.length > 0 && before.at(-1) !== 0x0a ? '\n' : '';
				await appendFile(file, `${start}${shown} ${keyTypeOf(key)} ${key.toString('base64')}\n`, {mode: 0o600});
			} catch (error) {
				throw new SshError(
					'host-key',
					`the key of ${name} cannot be written to ${shownPath(file)}: ${messageOf(error)}`,
					'Make the file writable, or name another with --ssh-known-hosts.',
					{cause: error},
				);
			}
		},
	};
}

async function versionOf(file: string): Promise<string | undefined> {
	try {
		const {mtimeMs, size, ino} = await stat(file);
		return `${ino} ${size} ${mtimeMs}`;
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
		throw new SshError(
			'host-key',
			`${shownPath(file)} cannot be read: ${messageOf(error)}`,
			'Make the file readable, or name another with --ssh-known-hosts.',
			{cause: error},
		);
	}
}

/** The name a host stands under in known_hosts. */
export function nameIn({host, port, hostKeyAlias}: Pick<SshSettings, 'host' | 'port' | 'hostKeyAlias'>): string {
	return hostKeyAlias?.toLowerCase() ?? knownHostsName(host, port);
}
