import {readFile} from 'node:fs/promises';
import ssh2, {type ParsedKey} from 'ssh2';
import {UsageError, whyUnusable} from '../../errors.ts';
import {readIdentity, unlock, type Identity} from './identity-file.ts';
import type {SshQuestions} from './questions.ts';
import {shownPath} from './shown-path.ts';
import type {SshSettings} from './ssh-settings.ts';

const passphraseTries = 3;

/** The identity files of a run: each read once, each passphrase asked for once and never kept but as the decrypted key in memory. */
export type KeyRing = {
	/**
	 * The identity files of a host that are there.
	 * @throws UsageError if one was named on the command line or for the node and is no key
	 */
	identitiesOf(settings: Pick<SshSettings, 'identityFiles' | 'choices'>): Promise<Identity[]>;
	/** The private key, after asking for its passphrase where that is needed and possible; undefined: it cannot be had. */
	privateKey(identity: Identity): Promise<ParsedKey | undefined>;
	/** Passphrases that were not given are asked for once more. */
	askAgain(): void;
};

/** Reads private keys and asks for each passphrase once. */
export function createKeyRing({askSecret}: SshQuestions, signal: AbortSignal): KeyRing {
	const identities = new Map<string, Promise<Identity | undefined>>();
	const unlocked = new Map<string, Promise<ParsedKey | undefined>>();
	const givenUp = new Set<string>();

	const read = (path: string): Promise<Identity | undefined> => {
		const identity = identities.get(path) ?? readIdentity(path);
		identities.set(path, identity);
		return identity;
	};

	const askFor = async (identity: Identity): Promise<ParsedKey | undefined> => {
		if (!askSecret) return undefined;
		for (let tries = 0; tries < passphraseTries; tries += 1) {
			const again = tries === 0 ? '' : 'Wrong passphrase. ';
			const passphrase = await askSecret(`${again}Passphrase for the key ${shownPath(identity.path)}: `, {echo: false, signal});
			if (passphrase === undefined || passphrase === '') return undefined;
			const key = unlock(identity, passphrase);
			if (key) return key;
		}

		return undefined;
	};

	return {
		async identitiesOf({identityFiles, choices}) {
			const found = await Promise.all(identityFiles.map(async path => ({path, identity: await read(path)})));
			const missing = found.find(({identity}) => !identity);
			if (missing && choices.key !== undefined)
				throw new UsageError(
					`the SSH key ${missing.path} cannot be used: ${await whyNoKey(missing.path)}`,
					'Name a private key file with --ssh-key.',
				);
			return found.flatMap(({identity}) => identity ?? []);
		},

		async privateKey(identity) {
			if (identity.privateKey || !identity.encrypted) return identity.privateKey;
			const asking = unlocked.get(identity.path) ?? askFor(identity);
			unlocked.set(identity.path, asking);
			const key = await asking;
			if (!key) givenUp.add(identity.path);
			return key;
		},

		askAgain() {
			for (const path of givenUp) unlocked.delete(path);
			givenUp.clear();
		},
	};
}

type SignCallback = (error?: Error | null, signature?: Buffer) => void;
type WhileAsking = (question: Promise<void>) => Promise<void>;

const sameKey = (one: ParsedKey, other: ParsedKey): boolean => one.getPublicSSH().equals(other.getPublicSSH());

/**
 * An agent made of key files: ssh2 offers the public keys and comes back for a signature only when the server has accepted
 * one, so that a passphrase is asked for no sooner than it is needed. (A class because ssh2 knows its agents by their class.)
 */
export class FileAgent extends ssh2.BaseAgent<ParsedKey> {
	readonly #identities: readonly Identity[];
	readonly #ring: Pick<KeyRing, 'privateKey'>;

	constructor(identities: readonly Identity[], ring: Pick<KeyRing, 'privateKey'>) {
		super();
		this.#identities = identities;
		this.#ring = ring;
	}

	override getIdentities(callback: (error: Error | undefined, keys?: ParsedKey[]) => void): void {
		callback(
			undefined,
			this.#identities.flatMap(({publicKey}) => publicKey ?? []),
		);
	}

	override sign(publicKey: ParsedKey, data: Buffer, options: unknown, callback?: SignCallback): void {
		const done = typeof options === 'function' ? (options as SignCallback) : callback;
		const hash = (options as {hash?: string}).hash;
		const answer = async (): Promise<void> => {
			const {error, signature} = await this.#signature(publicKey, data, hash);
			done?.(error, signature);
		};
		void answer();
	}

	async #signature(publicKey: ParsedKey, data: Buffer, hash: string | undefined): Promise<{error?: Error; signature?: Buffer}> {
		const identity = this.#identities.find(candidate => candidate.publicKey && sameKey(candidate.publicKey, publicKey));
		try {
			const key = identity && (await this.#ring.privateKey(identity));
			return key ? {signature: key.sign(data, hash)} : {error: new Error(`the key ${identity?.path} stayed locked`)};
		} catch (error) {
			return {error: error as Error};
		}
	}
}

/** The person's agent, with the keys that ssh_config names first, and with no others where IdentitiesOnly says so. */
export class ChosenKeysAgent extends ssh2.BaseAgent<ParsedKey> {
	readonly #agent: ssh2.BaseAgent;
	readonly #wanted: readonly ParsedKey[];
	readonly #only: boolean;
	readonly #whileAsking: WhileAsking;
	/** What the agent offered, for not offering the same keys from files again. */
	offered: readonly ParsedKey[] = [];

	constructor(agent: ssh2.BaseAgent, wanted: readonly ParsedKey[], only: boolean, whileAsking: WhileAsking) {
		super();
		this.#agent = agent;
		this.#wanted = wanted;
		this.#only = only;
		this.#whileAsking = whileAsking;
	}

	override getIdentities(callback: (error: Error | undefined, keys?: ParsedKey[]) => void): void {
		this.#agent.getIdentities((error, keys) => {
			if (error) {
				callback(error);
				return;
			}

			const held = (keys ?? []) as ParsedKey[];
			const named = this.#wanted.flatMap(wanted => held.find(key => sameKey(key, wanted)) ?? []);
			this.offered = this.#only ? named : [...named, ...held.filter(key => !named.includes(key))];
			callback(undefined, [...this.offered]);
		});
	}

	override sign(publicKey: ParsedKey, data: Buffer, options: unknown, callback?: SignCallback): void {
		// An agent may ask its owner (ssh-add -c), who takes the time it takes.
		const signing = new Promise<void>(resolve => {
			this.#agent.sign(publicKey, data, options as object, (error, signature) => {
				resolve();
				callback?.(error, signature);
			});
		});
		void this.#whileAsking(signing);
	}
}

/** Why there is no key in a file, in words. */
async function whyNoKey(file: string): Promise<string> {
	return readFile(file).then(() => 'it is not a private key', whyUnusable);
}
