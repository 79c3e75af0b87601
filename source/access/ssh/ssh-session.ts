import {rm} from 'node:fs/promises';
import path from 'node:path';
import {makeTemporaryFolder} from '../../temporary-folder.ts';
import {createConnectionPool, type ConnectionPool, type Route} from './connection-pool.ts';
import {createHostKeys} from './host-keys.ts';
import {createKeyRing, type KeyRing} from './key-ring.ts';
import {readNodeOverrides, type NodeOverrides} from './node-overrides.ts';
import {oneAtATime, type SshQuestions} from './questions.ts';
import {createSlots} from '../../slots.ts';
import {effectiveSettings} from './ssh-config.ts';
import type {SshChoices, SshFlags} from './ssh-flags.ts';
import type {SshSettings} from './ssh-settings.ts';
import {systemSshTransport} from './system-ssh.ts';
import type {SshTransport} from './transport.ts';

/** `ssh -G` is a process of its own: a few at a time are enough. */
const maximumLookups = 4;
const maximumHops = 8;

type SshSessionOptions = {
	readonly flags: SshFlags;
	/** Absent where there is no terminal. */
	readonly questions?: SshQuestions;
	/** File of node overrides; by default the one `nodeOverridesPath` names. */
	readonly overridesFile?: string;
	/** The system's ssh, if it is not `ssh` on PATH. */
	readonly sshProgram?: string;
	/** Is told each command, a line each; never what was typed or what a key holds. */
	readonly log?: (line: string) => void;
};

/** What all SSH of one run shares: connections, known_hosts, unlocked keys, and one keyboard. */
export type SshSession = {
	readonly flags: SshFlags;
	readonly pool: ConnectionPool;
	readonly keyRing: KeyRing;
	readonly log: (line: string) => void;
	/** @throws UsageError if the file of node overrides cannot be understood */
	overrides(): Promise<NodeOverrides>;
	settings(alias: string, choices: SshChoices, signal: AbortSignal): Promise<SshSettings>;
	/** The jump hosts on the way and the host itself. */
	route(settings: SshSettings, signal: AbortSignal): Promise<Route>;
	/** The system's ssh to a host, if ssh2 is not to be used. */
	systemTransport(settings: SshSettings): Promise<SshTransport>;
	/** What was not answered or refused before is asked once more: the person has asked for another look. */
	askAgain(): void;
	/** Closes every connection and forgets every key. */
	close(): Promise<void>;
};

/** Makes the SSH of one command: its settings, keys, questions and connections. */
export function createSshSession({flags, questions = {}, overridesFile, sshProgram, log = () => {}}: SshSessionOptions): SshSession {
	const asking = oneAtATime(questions);
	const life = new AbortController();
	const keyRing = createKeyRing(asking, life.signal);
	const pool = createConnectionPool({hostKeys: createHostKeys(), keyRing, questions: asking});
	const lookups = createSlots(maximumLookups);
	const systemTransports = new Set<SshTransport>();
	let controlFolder: Promise<string | undefined> | undefined;
	let overrides: Promise<NodeOverrides> | undefined;

	const settings: SshSession['settings'] = (alias, choices, signal) =>
		lookups.use(() => effectiveSettings(alias, choices, {signal, sshProgram}), signal);

	return {
		flags,
		pool,
		keyRing,
		log,
		overrides() {
			overrides ??= readNodeOverrides(overridesFile);
			return overrides;
		},
		settings,
		route: (target, signal) => routeTo(target, async (host, choices) => settings(host, choices, signal), 0),
		async systemTransport(target) {
			controlFolder ??= process.platform === 'win32' ? Promise.resolve(undefined) : makeTemporaryFolder('ssh');
			const folder = await controlFolder;
			const controlPath = folder === undefined ? undefined : path.join(folder, String(systemTransports.size));
			const transport = systemSshTransport(target, controlPath, sshProgram);
			systemTransports.add(transport);
			return transport;
		},
		askAgain() {
			keyRing.askAgain();
			pool.forgetRefusals();
		},
		async close() {
			life.abort(new Error('SSH was closed'));
			pool.close();
			await Promise.all([...systemTransports].map(transport => transport.close()));
			const folder = await controlFolder;
			if (folder !== undefined) await rm(folder, {recursive: true, force: true});
		},
	};
}

/** The route to a host: what its settings name as jump hosts, and theirs. */
async function routeTo(
	target: SshSettings,
	settingsOf: (host: string, choices: SshChoices) => Promise<SshSettings>,
	depth: number,
): Promise<Route> {
	if (depth > maximumHops) return [target];
	const hops: SshSettings[] = [];
	for (const [index, {host, user, port}] of target.jumps.entries()) {
		// As for `ssh -J`, what was chosen for the node holds for it alone, but for the files that say what to trust.
		const {config, knownHosts, key, jump} = target.choices;
		const found = await settingsOf(host, {config, knownHosts, user, port});
		// A jump host of the command line may be in no ssh_config: the key of the command line is offered there too, last.
		const hop =
			jump !== undefined && key !== undefined ? {...found, identityFiles: [...found.identityFiles, ...target.identityFiles]} : found;
		// The list gives the whole way from its first hop on; only the way to that one may have jump hosts of its own.
		if (index === 0) hops.push(...(await routeTo(hop, settingsOf, depth + 1)));
		else hops.push(hop);
	}

	return [...hops, target] as unknown as Route;
}
