import {readFile} from 'node:fs/promises';
import ssh2, {type ParsedKey} from 'ssh2';

/** What is found at the path of an IdentityFile. */
export type Identity = {
	readonly path: string;
	/** Type by the file itself, also of kinds ssh2 has no code for: `sk-ssh-ed25519@openssh.com`. Empty where it cannot be told. */
	readonly keyType: string;
	/** Undefined: the key is encrypted in an old format and no `.pub` lies beside it, or ssh2 has no code for its type. */
	readonly publicKey: ParsedKey | undefined;
	/** Undefined: encrypted, a public key only (the agent holds the rest), or of a type ssh2 has no code for. */
	readonly privateKey: ParsedKey | undefined;
	readonly encrypted: boolean;
	/** A certificate lies beside it (`KEY-cert.pub`). */
	readonly certified: boolean;
	/** The text of the private key, kept for decrypting it once somebody knows the passphrase. */
	readonly text: Buffer;
};

/** Reads one identity file and what lies beside it; undefined if there is nothing there, or nothing that is a key. */
export async function readIdentity(path: string): Promise<Identity | undefined> {
	const [text, publicText, certificate] = await Promise.all([
		readOptional(path),
		readOptional(`${path}.pub`),
		readOptional(`${path}-cert.pub`),
	]);
	if (!text && !publicText) return undefined;
	const content = text ?? Buffer.alloc(0);
	const parsed = parse(content);
	const privateKey = parsed?.isPrivateKey() ? parsed : undefined;
	const inner = publicKeyInside(content);
	const publicKey = parsed ?? parse(inner && `${typeOf(inner)} ${inner.toString('base64')}`) ?? parse(publicText);
	const keyType = publicKey?.type ?? (inner ? typeOf(inner) : publicText?.toString('latin1').trim().split(/\s+/u)[0]) ?? '';
	const encrypted = !privateKey && content.includes('PRIVATE KEY') && !keyType.startsWith('sk-');
	return {path, keyType, publicKey, privateKey, encrypted, certified: certificate !== undefined, text: content};
}

/** Decrypts a private key; undefined if the passphrase is wrong. */
export function unlock(identity: Identity, passphrase: string): ParsedKey | undefined {
	const key = ssh2.utils.parseKey(identity.text, passphrase);
	return key instanceof Error || !key.isPrivateKey() ? undefined : key;
}

async function readOptional(path: string): Promise<Buffer | undefined> {
	try {
		return await readFile(path);
	} catch {
		// ssh passes over keys that it cannot read as well; a key named on the command line is checked by its own rule.
		return undefined;
	}
}

function parse(text: Buffer | string | undefined): ParsedKey | undefined {
	if (!text || text.length === 0) return undefined;
	const key = ssh2.utils.parseKey(text);
	return key instanceof Error ? undefined : key;
}

const typeOf = (blob: Buffer): string => blob.toString('latin1', 4, 4 + blob.readUInt32BE(0));

/** The public key inside an OpenSSH private key stands in the clear even where the rest is encrypted (PROTOCOL.key of OpenSSH). */
function publicKeyInside(text: Buffer): Buffer | undefined {
	const [, armoured] = /-----BEGIN OPENSSH PRIVATE KEY-----([\sA-Za-z0-9+/=]+)-----END/u.exec(text.toString('latin1')) ?? [];
	if (armoured === undefined) return undefined;
	const blob = Buffer.from(armoured, 'base64');
	const magic = 'openssh-key-v1\0';
	if (blob.toString('latin1', 0, magic.length) !== magic) return undefined;
	let position = magic.length;
	const take = (): Buffer => {
		const length = blob.readUInt32BE(position);
		const value = blob.subarray(position + 4, position + 4 + length);
		position += 4 + length;
		return value;
	};
	try {
		// Cipher, key derivation and its options come first, then the number of keys.
		for (let skipped = 0; skipped < 3; skipped += 1) take();
		position += 4;
		const key = take();
		return key.length > 4 ? key : undefined;
	} catch {
		return undefined;
	}
}
