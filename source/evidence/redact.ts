import {isIPv4, isIPv6, SocketAddress} from 'node:net';
import type {Evidence} from './evidence.ts';

/** Puts replacements into every text of a value, object keys included; one address always gets the same replacement. */
export type Redactor = <T>(value: T) => T;

/**
 * Evidence whose server is named by RFC 2606, of which the rest is still to be redacted: then it may be shown to strangers. Addresses of nodes,
 * pods and Services are replaced by such of documentation ranges (RFC 5737, RFC 3849), and what looks like a secret is taken out. Names of nodes,
 * pods and namespaces stay; versions stay too, though some look like addresses. What evidence means does not change.
 */
export function withoutServer(evidence: Evidence): Evidence {
	return {...evidence, server: redactedServer(evidence.server), redacted: true};
}

/** Fields whose text may look like an address and is a version or a digest. */
const versions = new Set([
	'version',
	'kubernetes',
	'kernel',
	'image',
	'imageID',
	'containerRuntime',
	'osImage',
	'collectedBy',
	'sha256',
	'versionAnswer',
]);

/** A redactor with a table of its own: addresses are numbered in the order in which it meets them. */
export function addressRedactor(): Redactor {
	const known = new Map<string, string>();
	const counts = {four: 0, six: 0};
	const replace = (address: string): string => {
		const family = isIPv4(address) ? 'four' : 'six';
		const key = family === 'four' ? address : new SocketAddress({address, family: 'ipv6'}).address;
		const before = known.get(key);
		if (before !== undefined) return before;
		const made = family === 'four' ? documentationV4(counts.four++) : `2001:db8::${(++counts.six).toString(16)}`;
		known.set(key, made);
		return made;
	};

	const text = (value: string): string =>
		withoutSecrets(value)
			.replaceAll(sixLike, found => {
				// The end of a sentence, or a colon before what is said of the address.
				const end = isIPv6(found) ? '' : (/[.:]$/u.exec(found)?.[0] ?? '');
				const address = found.slice(0, found.length - end.length);
				return isIPv6(address) && !/^::1?$/u.test(address) ? replace(address) + end : found;
			})
			.replaceAll(fourLike, found => (isIPv4(found) && !isEverywhere(found) ? replace(found) : found))
			// Names that clouds make of addresses: ip-10-0-1-23.
			.replaceAll(/(?<=\b(?:ip|ec2)-)\d{1,3}(?:-\d{1,3}){3}(?!\d)/gu, found => {
				const address = found.replaceAll('-', '.');
				return isIPv4(address) ? replace(address).replaceAll('.', '-') : found;
			});
	const walk = (value: unknown, key = ''): unknown => {
		if (typeof value === 'string') return versions.has(key) ? value : text(value);
		if (Array.isArray(value)) return value.map(item => walk(item, key));
		if (typeof value !== 'object' || value === null) return value;
		return Object.fromEntries(
			Object.entries(value).map(([name, item]) => [
				text(name),
				typeof item === 'string' && isSecret(name, item) ? '(hidden)' : walk(item, name),
			]),
		);
	};

	return <T>(value: T): T => walk(value) as T;
}

const fourLike = /(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w]|\.\d)/gu;
const sixLike = /(?<![\w:.])[\da-f]{0,4}:[\da-f:]*:[\da-f:.]*(?!\w)/giu;

/** Addresses that are the same everywhere and mean something by themselves. */
function isEverywhere(address: string): boolean {
	return address === '0.0.0.0' || address === '255.255.255.255' || address.startsWith('127.');
}

// 192.0.2.0/24, 198.51.100.0/24 and 203.0.113.0/24; beyond their 762 hosts the range for benchmarks (RFC 2544), which is no one's either.
const documentation = ['192.0.2', '198.51.100', '203.0.113'];

function documentationV4(number: number): string {
	const range = documentation[Math.floor(number / 254)];
	if (range !== undefined) return `${range}.${(number % 254) + 1}`;
	const rest = number - documentation.length * 254;
	return `198.${18 + (Math.floor(rest / 65_536) % 2)}.${Math.floor(rest / 256) % 256}.${rest % 256}`;
}

function redactedServer(server: string): string {
	return server === '' ? '' : server.replace(/^(?<scheme>https?:\/\/)?(?:\[[^\]]*\]|[^:/]+)/u, '$<scheme>server.example');
}

/** Whether a field holds a secret by its name; switches, numbers and paths are none. */
function isSecret(name: string, value: string): boolean {
	return /token|passwd|password|secret|credential/iu.test(name) && value !== '' && !/^(?:true|false|\d+|\/.*)$/u.test(value);
}

function withoutSecrets(value: string): string {
	return value
		.replaceAll(/\beyJ[\w-]+\.[\w-]+\.[\w-]*/gu, '(hidden)')
		.replaceAll(/(?<=\b(?:bearer|basic) )[\w.~+/=-]{8,}/giu, '(hidden)')
		.replaceAll(/(?<=:\/\/)[^\s/]+(?=@)/gu, '(hidden)');
}
