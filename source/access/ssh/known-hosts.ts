import {hash} from 'node:crypto';

/** One usable line of a known_hosts file, as sshd(8) describes the format under “SSH_KNOWN_HOSTS FILE FORMAT”. */
export type KnownHostsEntry = {
	readonly file: string;
	/** Counted from 1. */
	readonly line: number;
	readonly marker: 'none' | 'revoked' | 'cert-authority';
	readonly hosts: HostPatterns;
	/** `ssh-ed25519`, `ssh-rsa`, … */
	readonly keyType: string;
	/** The public key in its wire form. */
	readonly key: Buffer;
};

/** A list of patterns with `*`, `?` and `!`, or one hashed name (`|1|salt|hash`, HMAC-SHA1 of the name). */
type HostPatterns =
	| {readonly hashed: false; readonly patterns: readonly string[]}
	| {readonly hashed: true; readonly salt: HmacKey; readonly hash: string};

/** The salt, worked into the two blocks that HMAC begins with (RFC 2104): done once, it makes a look-up four times as fast. */
type HmacKey = {readonly inner: Buffer; readonly outer: Buffer};

type KnownHosts = {
	readonly entries: readonly KnownHostsEntry[];
	/** Lines that are neither comment nor blank and could not be understood. They are passed over, as OpenSSH does. */
	readonly ignored: number;
};

/** What the known_hosts files say about a key that a host has shown. `changed`: the host is known, but by other keys only. */
export type HostKeyVerdict =
	| {readonly kind: 'trusted' | 'unknown'}
	| {readonly kind: 'changed' | 'revoked' | 'authority-only'; readonly file: string; readonly line: number};

const markers = {'@revoked': 'revoked', '@cert-authority': 'cert-authority'} as const;
const saltBytes = 20;
const hmacBlockBytes = 64;
const base64 = /^[A-Za-z0-9+/]+={0,2}$/u;

/** Reads the text of one known_hosts file; `file` is only remembered for messages. */
export function parseKnownHosts(text: string, file: string): KnownHosts {
	const entries: KnownHostsEntry[] = [];
	let ignored = 0;
	for (const [index, line] of text.split('\n').entries()) {
		const words = line.trim().split(/[ \t]+/u);
		if (words[0] === '' || words[0]?.startsWith('#')) continue;
		const entry = parseWords(words, file, index + 1);
		if (entry) entries.push(entry);
		else ignored += 1;
	}

	return {entries, ignored};
}

function parseWords(words: readonly string[], file: string, line: number): KnownHostsEntry | undefined {
	const marked = words[0]?.startsWith('@') ?? false;
	const marker = marked ? markers[words[0] as keyof typeof markers] : 'none';
	const [hosts, keyType, encoded] = marked ? words.slice(1) : words;
	if (!marker || !hosts || !keyType || !encoded || !base64.test(encoded)) return undefined;
	const key = Buffer.from(encoded, 'base64');
	const patterns = parseHosts(hosts);
	return patterns && keyTypeOf(key) === keyType ? {file, line, marker, hosts: patterns, keyType, key} : undefined;
}

function parseHosts(hosts: string): HostPatterns | undefined {
	if (!hosts.startsWith('|')) return {hashed: false, patterns: hosts.toLowerCase().split(',')};
	const [, version, salt, digest, ...rest] = hosts.split('|');
	if (version !== '1' || !salt || !digest || rest.length > 0 || !base64.test(salt)) return undefined;
	const bytes = Buffer.from(salt, 'base64');
	// OpenSSH takes no other length either (hostfile.c, extract_salt).
	return bytes.length === saltBytes ? {hashed: true, salt: hmacKey(bytes), hash: digest} : undefined;
}

/** The name under which a host stands in known_hosts: `[host]:port` unless the port is 22; always lower case. */
export function knownHostsName(host: string, port: number): string {
	return port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`;
}

/** The name as HashKnownHosts writes it; the salt has 20 bytes. */
export function hashedName(name: string, salt: Buffer): string {
	return `|1|${salt.toString('base64')}|${hashOf(name, hmacKey(salt))}`;
}

function hmacKey(salt: Buffer): HmacKey {
	const block = (pad: number): Buffer => Buffer.from(Array.from({length: hmacBlockBytes}, (_, index) => (salt[index] ?? 0) ^ pad));
	return {inner: block(0x36), outer: block(0x5c)};
}

function hashOf(name: string, {inner, outer}: HmacKey): string {
	const first = hash('sha1', Buffer.concat([inner, Buffer.from(name)]), 'buffer');
	return hash('sha1', Buffer.concat([outer, first]), 'base64');
}

/** Whether an entry speaks of this host. A negated pattern that fits decides against the whole line. */
function entryMatches(entry: KnownHostsEntry, name: string): boolean {
	const {hosts} = entry;
	if (hosts.hashed) return hashOf(name, hosts.salt) === hosts.hash;
	const fits = (pattern: string): boolean => wildcardMatches(pattern, name);
	const {patterns} = hosts;
	return !patterns.some(pattern => pattern.startsWith('!') && fits(pattern.slice(1))) && patterns.some(pattern => fits(pattern));
}

/** `*` any text, `?` one character. Walks back to the last star only, so that a hostile pattern costs length × length at most. */
export function wildcardMatches(pattern: string, text: string): boolean {
	let at = 0;
	let star = -1;
	let resume = 0;
	for (let position = 0; position < text.length;) {
		if (pattern[at] === '*') {
			star = at;
			at += 1;
			resume = position;
		} else if (at < pattern.length && (pattern[at] === '?' || pattern[at] === text[position])) {
			at += 1;
			position += 1;
		} else if (star >= 0) {
			at = star + 1;
			resume += 1;
			position = resume;
		} else {
			return false;
		}
	}

	return /^\**$/u.test(pattern.slice(at));
}

/** The entries that speak of a host: look them up once, then judge keys by them. */
export function entriesFor(known: readonly KnownHostsEntry[], name: string): KnownHostsEntry[] {
	return known.filter(entry => entryMatches(entry, name));
}

/**
 * Judges the key a host has shown by the entries that speak of that host. As in OpenSSH 9.2 (seen), a host that is known by
 * any other key, of whatever type, counts as changed: a stranger must not pass as new by showing another type.
 */
export function judgeHostKey(entriesOfHost: readonly KnownHostsEntry[], key: Buffer): HostKeyVerdict {
	const at = ({file, line}: KnownHostsEntry): {file: string; line: number} => ({file, line});
	const revoked = entriesOfHost.find(entry => entry.marker === 'revoked' && entry.key.equals(key));
	if (revoked) return {kind: 'revoked', ...at(revoked)};
	const plain = entriesOfHost.filter(entry => entry.marker === 'none');
	if (plain.some(entry => entry.key.equals(key))) return {kind: 'trusted'};
	const [other] = plain;
	if (other) return {kind: 'changed', ...at(other)};
	const authority = entriesOfHost.find(entry => entry.marker === 'cert-authority');
	return authority ? {kind: 'authority-only', ...at(authority)} : {kind: 'unknown'};
}

/** Key types a host is known by, in the order of the files: what to ask the server for first. */
export function knownKeyTypes(entriesOfHost: readonly KnownHostsEntry[]): string[] {
	return [...new Set(entriesOfHost.filter(entry => entry.marker === 'none').map(entry => entry.keyType))];
}

/** The type that a public key in wire form names itself (RFC 4253, section 6.6); undefined where it is none. */
export function keyTypeOf(key: Buffer): string | undefined {
	if (key.length < 4) return undefined;
	const length = key.readUInt32BE(0);
	const type = key.toString('latin1', 4, 4 + length);
	return length > 0 && key.length > 4 + length && /^[\w.@-]+$/u.test(type) ? type : undefined;
}

/** `SHA256:…` as OpenSSH prints it: base64 without padding. */
export function fingerprint(key: Buffer): string {
	return `SHA256:${hash('sha256', key, 'base64').replace(/=+$/u, '')}`;
}
