import type {Duplex} from 'node:stream';
import ssh2, {type Client, type ServerHostKeyAlgorithm} from 'ssh2';
import {fingerprint} from './known-hosts.ts';
import {connectionError, type RawSshError} from './connection-error.ts';
import {keyTypeName, refusal} from './host-key-refusal.ts';
import {nameIn, type HostKeys, type HostTrust} from './host-keys.ts';
import type {KeyRing} from './key-ring.ts';
import {startLogin} from './login.ts';
import {startPatience, type Patience} from './patience.ts';
import type {SshQuestions} from './questions.ts';
import {shownPath} from './shown-path.ts';
import type {SshError} from './ssh-error.ts';
import type {SshSettings} from './ssh-settings.ts';

/** What connections of one run have in common. */
export type ConnectContext = {
	readonly hostKeys: HostKeys;
	readonly keyRing: KeyRing;
	readonly questions: SshQuestions;
};

/** The algorithms that ssh2 1.17.0 offers by itself (lib/protocol/constants.js), in its order. */
const hostKeyAlgorithms: readonly ServerHostKeyAlgorithm[] = [
	'ssh-ed25519',
	'ecdsa-sha2-nistp256',
	'ecdsa-sha2-nistp384',
	'ecdsa-sha2-nistp521',
	'rsa-sha2-512',
	'rsa-sha2-256',
	'ssh-rsa',
];

/**
 * Opens one connection and logs in. The host's key is judged before anything else is sent.
 * @param sock a stream through a jump host; without it, a TCP connection is made
 * @throws SshError, whose `kind` says what may help; the signal's reason if it was aborted
 */
export async function connectSsh2(settings: SshSettings, context: ConnectContext, signal: AbortSignal, sock?: Duplex): Promise<Client> {
	const {hostKeys, keyRing, questions} = context;
	const trust = await hostKeys.trustIn(settings);
	const identities = await keyRing.identitiesOf(settings);
	signal.throwIfAborted();

	const client = new ssh2.Client();
	const patience = startPatience(settings.connectTimeoutMilliseconds);
	const {askSecret} = questions;
	const login = startLogin(settings, identities, {
		signal,
		whileAsking: question => patience.whileAsking(question),
		privateKey: identity => patience.whileAsking(keyRing.privateKey(identity)),
		askSecret: askSecret && ((prompt, options) => patience.whileAsking(askSecret(prompt, options))),
	});
	const host = judging(hostKeys, settings, async key => decide(settings, key, trust, questions, patience, signal));
	return new Promise((resolve, reject) => {
		const fail = (error: unknown): void => {
			patience.stop();
			signal.removeEventListener('abort', onAbort);
			client.destroy();
			reject(error);
		};
		const orFail = async (act: () => Promise<void>): Promise<void> => act().catch(fail);
		const onAbort = (): void => fail(signal.reason);
		signal.addEventListener('abort', onAbort, {once: true});
		patience.signal.addEventListener('abort', () => {
			fail(connectionError(settings, {level: 'client-timeout', message: 'Timed out'}, login));
		});

		// This listener stays: a connection that breaks later tells its channels by closing them, and must not end the process.
		client.on('error', (error: RawSshError) => {
			// ssh2 reports a key that the agent cannot use this way, and goes on to the next by itself.
			if (error.level !== 'agent') fail(host.refused() ?? connectionError(settings, error, login));
		});
		// Each step of the handshake is a small packet that waits for the answer to the last: with Nagle's algorithm a login takes
		// 280 ms instead of 50 (OpenSSH 9.2 beside us, seen).
		client.on('connect', () => client.setNoDelay(true));
		client.on('close', () => fail(host.refused() ?? connectionError(settings, {message: 'Connection closed'}, login)));
		client.on('handshake', () => void host.proved().catch(fail));
		client.on('ready', () => {
			patience.stop();
			signal.removeEventListener('abort', onAbort);
			void host.remembered().then(() => resolve(client), fail);
		});
		client.connect({
			host: settings.host,
			port: settings.port,
			username: settings.user,
			...(sock && {sock}),
			readyTimeout: 0,
			keepaliveInterval: settings.keepaliveMilliseconds,
			keepaliveCountMax: settings.keepaliveCountMaximum,
			algorithms: {serverHostKey: preferKnown(trust.keyTypes)},
			hostVerifier: (key: Buffer, done: (trusted: boolean) => void) => void orFail(async () => done(await host.judge(key))),
			// The types omit `false`, which tells ssh2 that nothing is left to try.
			authHandler: (open, _partial, next) => void orFail(async () => next((await login.next(open)) ?? (false as never))),
		});
	});
}

/** The judgement of a host's key over one connection, which may show it again, and what is to be remembered of it. */
function judging(hostKeys: HostKeys, settings: SshSettings, decideOn: (key: Buffer) => Promise<'trusted' | 'new' | SshError>) {
	let accepted: Buffer | undefined;
	let agreed: Buffer | undefined;
	let refused: SshError | undefined;
	let remembering = Promise.resolve();
	return {
		async judge(key: Buffer): Promise<boolean> {
			// The server may exchange keys anew in the middle of a transfer: nobody is asked twice about the same key.
			const decision = agreed?.equals(key) === true ? 'trusted' : await decideOn(key);
			if (decision === 'new') accepted = key;
			else if (decision !== 'trusted') refused = decision;
			if (refused === undefined) agreed = key;
			return refused === undefined;
		},
		/** Why the key was refused. */
		refused: () => refused,
		/** The handshake is over: only now has the host proved that the key is its own. */
		async proved(): Promise<void> {
			if (accepted) remembering = hostKeys.remember(settings, accepted);
			accepted = undefined;
			return remembering;
		},
		remembered: async () => remembering,
	};
}

/** Asks the server first for the kinds of key it is known by, so that a host with several keys shows one we can check. */
function preferKnown(keyTypes: readonly string[]): ServerHostKeyAlgorithm[] {
	const known = hostKeyAlgorithms.filter(name => keyTypes.includes(name.startsWith('rsa-') ? 'ssh-rsa' : name));
	return [...known, ...hostKeyAlgorithms.filter(name => !known.includes(name))];
}

async function decide(
	settings: SshSettings,
	key: Buffer,
	trust: HostTrust,
	{askHostKey}: SshQuestions,
	patience: Patience,
	signal: AbortSignal,
): Promise<'trusted' | 'new' | SshError> {
	const verdict = trust.judge(key);
	if (verdict.kind === 'trusted') return 'trusted';
	if (verdict.kind !== 'unknown') return refusal(settings, key, verdict);
	if (settings.unknownHostKey === 'accept') return 'new';
	const [file] = settings.userKnownHostsFiles;
	if (settings.unknownHostKey === 'refuse' || !askHostKey || file === undefined) return refusal(settings, key, verdict);
	const question = {host: nameIn(settings), keyType: keyTypeName(key), fingerprint: fingerprint(key), file: shownPath(file)};
	return (await patience.whileAsking(askHostKey(question, signal))) ? 'new' : refusal(settings, key, verdict);
}
