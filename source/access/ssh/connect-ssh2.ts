import type {Duplex} from 'node:stream';
import ssh2, {type Client, type NextAuthHandler, type ServerHostKeyAlgorithm} from 'ssh2';
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
	return new Promise((resolve, reject) => {
		let accepted: Buffer | undefined;
		let agreed: Buffer | undefined;
		let verdict: SshError | undefined;
		let remembered = Promise.resolve();
		const fail = (error: unknown): void => {
			patience.stop();
			signal.removeEventListener('abort', onAbort);
			client.destroy();
			reject(error);
		};
		const onAbort = (): void => fail(signal.reason);
		signal.addEventListener('abort', onAbort, {once: true});
		patience.signal.addEventListener('abort', () => {
			fail(connectionError(settings, {level: 'client-timeout', message: 'Timed out'}, login));
		});

		// This listener stays: a connection that breaks later tells its channels by closing them, and must not end the process.
		client.on('error', (error: RawSshError) => {
			// ssh2 reports a key that the agent cannot use this way, and goes on to the next by itself.
			if (error.level !== 'agent') fail(verdict ?? connectionError(settings, error, login));
		});
		// Each step of the handshake is a small packet that waits for the answer to the last: with Nagle's algorithm a login takes
		// 280 ms instead of 50 (OpenSSH 9.2 beside us, seen).
		client.on('connect', () => client.setNoDelay(true));
		client.on('close', () => fail(verdict ?? connectionError(settings, {message: 'Connection closed'}, login)));
		client.on('handshake', () => {
			// Only now has the host proved that the key is its own.
			if (accepted) remembered = hostKeys.remember(settings, accepted);
			remembered.catch(fail);
			accepted = undefined;
		});
		client.on('ready', () => {
			patience.stop();
			signal.removeEventListener('abort', onAbort);
			void remembered.then(() => resolve(client), fail);
		});

		const judge = async (key: Buffer, done: (trusted: boolean) => void): Promise<void> => {
			try {
				// The server may exchange keys anew in the middle of a transfer: nobody is asked twice about the same key.
				const decision = agreed?.equals(key) === true ? 'trusted' : await decide(settings, key, trust, questions, patience, signal);
				if (decision === 'new') accepted = key;
				else if (decision !== 'trusted') verdict = decision;
				if (verdict === undefined) agreed = key;
				done(verdict === undefined);
			} catch (error) {
				fail(error);
			}
		};
		const logIn = async (open: readonly string[] | null, next: NextAuthHandler): Promise<void> => {
			try {
				// The types omit `false`, which tells ssh2 that nothing is left to try.
				next((await login.next(open)) ?? (false as never));
			} catch (error) {
				fail(error);
			}
		};

		client.connect({
			host: settings.host,
			port: settings.port,
			username: settings.user,
			...(sock && {sock}),
			readyTimeout: 0,
			keepaliveInterval: settings.keepaliveMilliseconds,
			keepaliveCountMax: settings.keepaliveCountMaximum,
			algorithms: {serverHostKey: preferKnown(trust.keyTypes)},
			hostVerifier: (key: Buffer, done: (trusted: boolean) => void) => {
				void judge(key, done);
			},
			authHandler: (open, _partial, next) => {
				void logIn(open, next);
			},
		});
	});
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
