import {createHmac, randomBytes} from 'node:crypto';
import * as fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {
	entriesFor,
	fingerprint,
	hashedName,
	judgeHostKey,
	keyTypeOf,
	knownHostsName,
	knownKeyTypes,
	parseKnownHosts,
	wildcardMatches,
} from '../../../source/access/ssh/known-hosts.ts';

const lengthAnd = (value: string | Buffer): Buffer => {
	const length = Buffer.alloc(4);
	length.writeUInt32BE(value.length);
	return Buffer.concat([length, Buffer.from(value)]);
};
const wire = (type: string, body: string): Buffer => Buffer.concat([lengthAnd(type), lengthAnd(body)]);
const line = (hosts: string, key: Buffer, marker = ''): string =>
	`${marker}${hosts} ${keyTypeOf(key)} ${key.toString('base64')} a comment\n`;
const ed = wire('ssh-ed25519', 'first');
const otherEd = wire('ssh-ed25519', 'second');
const rsa = wire('ssh-rsa', 'third');
const judge = (text: string, name: string, key: Buffer) =>
	judgeHostKey(entriesFor(parseKnownHosts(text, 'known_hosts').entries, name), key);

describe('known_hosts', () => {
	it('trusts a key that stands under the name, a list of names, a wildcard or a hash', () => {
		expect(judge(line('node-1', ed), 'node-1', ed)).toEqual({kind: 'trusted'});
		expect(judge(line('a,node-1,10.0.0.1', ed), '10.0.0.1', ed)).toEqual({kind: 'trusted'});
		expect(judge(line('node-?,*.example.com', ed), 'x.example.com', ed)).toEqual({kind: 'trusted'});
		expect(judge(line('Node-1', ed), knownHostsName('NODE-1', 22), ed)).toEqual({kind: 'trusted'});
		expect(judge(line(hashedName('node-1', randomBytes(20)), ed), 'node-1', ed)).toEqual({kind: 'trusted'});
	});

	it('reads a hash that ssh-keygen -H wrote', () => {
		// ssh-keygen -H of OpenSSH 9.2 for the name 10.0.0.1: the hash is HMAC-SHA1 of the name with the salt as key.
		const salt = Buffer.from('000102030405060708090a0b0c0d0e0f10111213', 'hex');
		const hash = createHmac('sha1', salt).update('10.0.0.1').digest('base64');
		expect(judge(line(`|1|${salt.toString('base64')}|${hash}`, ed), '10.0.0.1', ed).kind).toBe('trusted');
		expect(judge(line(`|1|${salt.toString('base64')}|${hash}`, ed), '10.0.0.2', ed).kind).toBe('unknown');
	});

	it('lets a negated pattern decide against the whole line, wherever it stands', () => {
		expect(judge(line('*.example.com,!bad.example.com', ed), 'bad.example.com', ed).kind).toBe('unknown');
		expect(judge(line('!bad.example.com,*.example.com', ed), 'good.example.com', ed).kind).toBe('trusted');
		expect(judge(line('!bad.example.com', ed), 'good.example.com', ed).kind).toBe('unknown');
	});

	it('tells ports apart', () => {
		expect(knownHostsName('node-1', 2222)).toBe('[node-1]:2222');
		expect(judge(line('[node-1]:2222', ed), '[node-1]:2222', ed).kind).toBe('trusted');
		expect(judge(line('[node-1]:2222', ed), 'node-1', ed).kind).toBe('unknown');
		expect(judge(line('[*.example.com]:2222', ed), '[a.example.com]:2222', ed).kind).toBe('trusted');
	});

	it('calls a host changed that is known by other keys, of whatever type, and says where', () => {
		expect(judge(`# comment\n${line('node-1', ed)}`, 'node-1', otherEd)).toEqual({kind: 'changed', file: 'known_hosts', line: 2});
		expect(judge(line('node-1', ed), 'node-1', rsa)).toEqual({kind: 'changed', file: 'known_hosts', line: 1});
		expect(judge(line('node-1', ed) + line('node-1', rsa), 'node-1', rsa).kind).toBe('trusted');
	});

	it('refuses a revoked key even where another line trusts it', () => {
		const text = line('node-1', ed) + line('*', ed, '@revoked ');
		expect(judge(text, 'node-1', ed)).toEqual({kind: 'revoked', file: 'known_hosts', line: 2});
		expect(judge(line('node-1', otherEd) + line('*', ed, '@revoked '), 'node-1', otherEd).kind).toBe('trusted');
	});

	it('never takes the key of a certificate authority for the key of a host', () => {
		expect(judge(line('*', ed, '@cert-authority '), 'node-1', ed)).toEqual({kind: 'authority-only', file: 'known_hosts', line: 1});
	});

	it('lists the key types a host is known by, once each and in order', () => {
		const text =
			line('node-1', rsa) +
			line('node-1', ed) +
			line('node-1', otherEd) +
			line('node-1', wire('ecdsa-sha2-nistp256', 'ca'), '@cert-authority ');
		expect(knownKeyTypes(entriesFor(parseKnownHosts(text, 'f').entries, 'node-1'))).toEqual(['ssh-rsa', 'ssh-ed25519']);
	});

	it('passes over lines it cannot understand, and counts them', () => {
		const broken = [
			'node-1',
			'node-1 ssh-ed25519',
			'node-1 ssh-ed25519 not*base64',
			`node-1 ssh-rsa ${ed.toString('base64')}`,
			`@strange node-1 ssh-ed25519 ${ed.toString('base64')}`,
			`|2|abc|def ssh-ed25519 ${ed.toString('base64')}`,
			'node-1 1024 35 1390217',
		];
		const {entries, ignored} = parseKnownHosts(`${broken.join('\n')}\n\n  # comment\n${line('node-2', ed)}`, 'f');
		expect(ignored).toBe(broken.length);
		expect(entries).toHaveLength(1);
		expect(entries[0]?.line).toBe(broken.length + 3);
	});

	it('survives any garbage', () => {
		fc.assert(
			fc.property(fc.string({unit: 'binary-ascii', maxLength: 300}), fc.string({maxLength: 30}), (text, name) => {
				const verdict = judge(text, name, ed);
				expect(['unknown', 'authority-only', 'changed']).toContain(verdict.kind);
			}),
		);
	});

	it('finds whatever name was hashed, and no other', () => {
		fc.assert(
			fc.property(fc.domain(), fc.domain(), fc.uint8Array({minLength: 20, maxLength: 20}), (name, other, salt) => {
				const text = line(hashedName(name, Buffer.from(salt)), ed);
				expect(judge(text, name, ed).kind).toBe('trusted');
				expect(judge(text, other, ed).kind).toBe(other === name ? 'trusted' : 'unknown');
			}),
		);
	});

	it('matches wildcards as the plain definition does', () => {
		const piece = fc.constantFrom('a', 'b', '.', '*', '?');
		const slow = (pattern: string, text: string): boolean => {
			if (pattern === '') return text === '';
			if (pattern[0] === '*') return slow(pattern.slice(1), text) || (text !== '' && slow(pattern, text.slice(1)));
			return text !== '' && (pattern[0] === '?' || pattern[0] === text[0]) && slow(pattern.slice(1), text.slice(1));
		};
		fc.assert(
			fc.property(
				fc.string({unit: piece, maxLength: 7}),
				fc.string({unit: fc.constantFrom('a', 'b', '.'), maxLength: 8}),
				(pattern, text) => {
					expect(wildcardMatches(pattern, text)).toBe(slow(pattern, text));
				},
			),
			{numRuns: 500},
		);
	});

	it('prints a fingerprint as ssh-keygen -l does', () => {
		// `ssh-keygen -lf` of OpenSSH 9.2 on this very public key.
		const key = Buffer.from('AAAAC3NzaC1lZDI1NTE5AAAAIKMkGKUPdhPKEGBlpeeGQUObIhzMMoEAeu2595iLUTeq', 'base64');
		expect(fingerprint(key)).toBe('SHA256:o26IJTQH2pgqSqo3Js1GlK5RbGKJ8ByOLCswIUqe/+c');
	});
});
