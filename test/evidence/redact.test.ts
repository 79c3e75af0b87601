import {isIPv4, isIPv6} from 'node:net';
import * as fc from 'fast-check';
import {expect, test} from 'vitest';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import {evidenceSchema} from '../../source/evidence/evidence.ts';
import {addressRedactor} from '../../source/evidence/redact.ts';
import {redacted} from '../support/redacted.ts';
import * as cases from '../diagnosis/cause-scenes.ts';
import {mutilatedEvidence} from '../diagnosis/mutilated-evidence.ts';
import {healthyNativeEvidence, healthyPortmapEvidence, missingBinaryEvidence, nksEvidence} from '../diagnosis/scenes.ts';

const documentation = /^(?:192\.0\.2|198\.51\.100|203\.0\.113|198\.1[89])\./u;

test.each(Object.entries({...cases, healthyNativeEvidence, healthyPortmapEvidence, missingBinaryEvidence, nksEvidence}))(
	'%s means the same when it is redacted',
	(_, scene) => {
		const evidence = scene();
		const redact = addressRedactor();
		const shared = redacted(evidence, redact);
		expect(diagnose(shared).findings).toEqual(redact(diagnose(evidence).findings));
		expect(JSON.stringify(shared)).not.toMatch(/10\.88\.0\.1|10\.0\.[012]\.|cluster\.example/u);
		expect(evidenceSchema.parse(shared)).toEqual(shared);
	},
);

test('whatever evidence holds, severities, codes, nodes and states stay', () => {
	fc.assert(
		fc.property(mutilatedEvidence(), evidence => {
			const summary = (value: typeof evidence) => {
				const {findings, nodes, hostPorts} = diagnose(value);
				return [findings.map(({code, severity}) => [code, severity]), nodes.map(({verdict}) => verdict), hostPorts.map(({state}) => state)];
			};

			expect(summary(redacted(evidence))).toEqual(summary(evidence));
		}),
		{numRuns: 60},
	);
});

test('one address has one replacement, wherever and however it stands, and two have two', () => {
	const redact = addressRedactor();
	fc.assert(
		fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), fc.oneof(fc.ipV4(), fc.ipV6()), (one, other) => {
			const [first, second, rule] = redact([one, other, `-d ${one} -j DNAT --to-destination ${isIPv6(other) ? `[${other}]` : other}:80`]);
			expect(isIPv4(first ?? '')).toBe(isIPv4(one));
			expect(isIPv6(first ?? '')).toBe(isIPv6(one));
			expect(rule).toBe(`-d ${first} -j DNAT --to-destination ${isIPv6(other) ? `[${second}]` : second}:80`);
			if (isIPv4(one) && first !== one) expect(first).toMatch(documentation);
			if (isIPv4(one) && isIPv4(other)) expect(first === second).toBe(one === other);
		}),
	);
});

test('a cluster of thousands gets an address of its own for each', () => {
	const addresses = Array.from(
		{length: 20_000},
		(_, index) => `10.${Math.floor(index / 65_536)}.${Math.floor(index / 256) % 256}.${index % 256}`,
	);
	const made = addressRedactor()(addresses);
	expect(new Set(made).size).toBe(addresses.length);
	expect(made.every(address => isIPv4(address) && documentation.test(address))).toBe(true);
});

test('what means something by itself stays: loopback, every address, versions, times, digests', () => {
	const redact = addressRedactor();
	const same = [
		'0.0.0.0',
		'127.0.0.1',
		'::',
		'::1',
		'2024-02-07T02:00:00Z',
		'sha256:abcdef0123',
		'aa:bb:cc:dd:ee:ff',
		'8080:80',
		'30000-32767',
		'a::b::c',
	];
	expect(redact(same)).toEqual(same);
	expect(redact({version: '1.10.16.2', kernel: '5.4.0.163'})).toEqual({version: '1.10.16.2', kernel: '5.4.0.163'});
	expect(redact('10.0.0.0/24 and 10.0.0.0')).toMatch(/^(192\.0\.2\.\d+)\/24 and \1$/u);
	expect(redact(['10.0.1.23', 'ip-10-0-1-23.ec2.internal'])).toEqual(['192.0.2.2', 'ip-192-0-2-2.ec2.internal']);
});

test('nothing that looks like a secret stays', () => {
	const redact = addressRedactor();
	const token = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl';
	expect(JSON.stringify(redact({a: `x ${token}`, b: 'Authorization: Bearer abcdefgh12345', c: 'https://me:hunter22@host/'}))).not.toMatch(
		/eyJ|abcdefgh|hunter22/u,
	);
	expect(redact({'etcd-password': 'hunter22', 'enable-secrets-sync': 'true', 'token-file': '/var/run/token'})).toEqual({
		'etcd-password': '(hidden)',
		'enable-secrets-sync': 'true',
		'token-file': '/var/run/token',
	});
});

test.each([
	['https://10.88.0.1:6443', 'https://server.example:6443'],
	['https://[fd00::1]:6443', 'https://server.example:6443'],
	['https://abc.gr7.eu-west-1.eks.amazonaws.com', 'https://server.example'],
	['', ''],
])('the server %s is %s', (server, expected) => {
	expect(redacted({...nksEvidence(), server})).toMatchObject({server: expected, redacted: true});
});
