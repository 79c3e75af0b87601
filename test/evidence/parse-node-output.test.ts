import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import * as fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import * as z from 'zod/mini';
import {evidenceSchema, type Observation} from '../../source/evidence/evidence.ts';
import {parseNodeOutput} from '../../source/evidence/parse-node-output.ts';

const folder = join(import.meta.dirname, 'recorded');
const marker = '0123456789abcdef';
const context = {marker, configurationFolder: '/etc/cni/net.d', binaryFolder: '/opt/cni/bin'};
const recorded = (name: string): string => readFileSync(join(folder, `${name}.txt`), 'utf8');
const observation = z.nullable(evidenceSchema.shape.nodes.def.element.shape.observation);
const everything = readdirSync(folder).map(name => readFileSync(join(folder, name), 'utf8'));

const keys =
	'clock uname folder file link to name content head sha256 version status nat agent-status services listeners error missing unreadable rest end __proto__'.split(
		' ',
	);

/** Characters that no screen may be sent. */
const unprintable = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]/u;

function expectSound(seen: Observation): void {
	expect(observation.safeParse(seen).success).toBe(true);
	expect(textsOf(seen).find(text => unprintable.test(text))).toBeUndefined();
}

function textsOf(value: unknown): string[] {
	if (typeof value === 'string') return [value];
	return typeof value === 'object' && value !== null ? Object.entries(value).flatMap(([key, part]) => [key, ...textsOf(part)]) : [];
}

describe('answers recorded on real nodes', () => {
	test('the case: plain conf, two binaries, hostPort off', () => {
		const seen = parseNodeOutput(recorded('agent-1.10.16-none'), context);
		expect(seen.errors).toEqual([]);
		expect(seen.kernel).toMatch(/^\d+\.\d+/u);
		expect(seen.machine).toBe('x86_64');
		expect(seen.clock).toBeGreaterThan(1_700_000_000);
		expect(seen.configurationFolder?.files.map(({name, mode}) => `${name} ${mode}`)).toEqual(['05-cilium.conf 644']);
		expect(JSON.parse(seen.configurationFolder?.files[0]?.content ?? '')).toMatchObject({type: 'cilium-cni'});
		expect(seen.binaryFolder?.files.map(({name, architecture}) => `${name} ${architecture}`)).toEqual([
			'cilium-cni script',
			'loopback amd64',
		]);
		expect(seen.agentStatus).toMatchObject({
			version: '1.10.16',
			kubeProxyReplacement: 'disabled',
			hostPortEnabled: false,
			chainingMode: '',
		});
		expect(seen.serviceEntries).toEqual([]);
		expect(seen.nat.nft).toMatchObject({available: true, truncated: false, error: ''});
		expect(seen.listeners).toContainEqual({protocol: 'TCP', address: '10.88.0.12', port: 22});
		expect(seen.facts).toEqual({ip_local_port_range: '32768 60999'});
	});

	test('an agent that does not see the binary folder leaves it open', () => {
		const seen = parseNodeOutput(recorded('agent-1.17.4-portmap'), {...context, binaryFolder: undefined});
		expect(seen.binaryFolder).toBeNull();
		expect(seen.errors).toEqual([]);
		expect(seen.agentStatus).toMatchObject({version: '1.17.4', kubeProxyReplacement: 'false', chainingMode: 'portmap'});
		expect(seen.agentStatus?.cniFile).toContain('05-cilium.conflist');
	});

	test('the rules of portmap are there, in the order of the table', () => {
		const rules = parseNodeOutput(recorded('agent-1.10.16-wired'), context).nat.nft?.rules ?? [];
		expect(rules.findIndex(rule => rule.startsWith('-A PREROUTING'))).toBeGreaterThan(rules.indexOf(':CNI-HOSTPORT-DNAT - [0:0]'));
		expect(rules.some(rule => /^-A CNI-DN-\w+ .*--dport 4318 -j DNAT/u.test(rule))).toBe(true);
	});

	test('the reader pod sees the binaries and what portmap answers', () => {
		const seen = parseNodeOutput(recorded('reader-pod-1.19.6'), context);
		const portmap = seen.binaryFolder?.files.find(({name}) => name === 'portmap');
		expect(portmap).toMatchObject({architecture: 'amd64', versionExitCode: 0, mode: '755', size: 2_563_712});
		expect(portmap?.sha256).toHaveLength(64);
		expect(seen).toMatchObject({configurationFolder: null, agentStatus: null, listeners: null, nat: {nft: null, legacy: null}, errors: []});
	});
});

describe('whatever comes back', () => {
	test('of any bytes it makes a sound observation', () => {
		fc.assert(
			fc.property(fc.uint8Array({maxLength: 2000}), bytes => {
				expectSound(parseNodeOutput(new TextDecoder().decode(bytes), context));
			}),
		);
		expect.hasAssertions();
	});

	test('of records in any order, with any content, it makes a sound observation', () => {
		const key = fc.constantFrom(...keys);
		const value = fc.oneof(
			fc.uint8Array({maxLength: 60}).map(bytes => new TextDecoder().decode(bytes)),
			fc.constantFrom(
				'conf',
				'bin',
				'12 34 x81a4 ./a',
				'12 34 o100644 ./__proto__',
				'nft-4\n*nat\n-A OUTPUT -j X',
				'0',
				'./a',
				'7f 45 4c 46',
			),
			fc.constantFrom(
				'{"cilium":{"msg":{}},"kube-proxy-replacement":[]}',
				'[{"spec":{"flags":{"type":"HostPort"}}},null]',
				'{\u001B[31m',
				'[1,',
			),
		);
		fc.assert(
			fc.property(fc.array(fc.tuple(key, value), {maxLength: 12}), records => {
				expectSound(parseNodeOutput(records.map(([name, text]) => `\n${marker} ${name} ${text}`).join(''), context));
			}),
		);
		expect.hasAssertions();
	});

	test('a cut answer says that it was cut, and keeps what came whole', () => {
		fc.assert(
			fc.property(fc.constantFrom(...everything), fc.double({min: 0, max: 0.99, noNaN: true}), (whole, share) => {
				const seen = parseNodeOutput(whole.slice(0, Math.floor((whole.length - 20) * share)), context);
				expectSound(seen);
				expect(seen.errors[0]).toMatch(/^the answer was cut off after \d[\d.]* k?B$/u);
				expect(seen.cutOff).toBe(seen.errors[0]);
			}),
		);
	});

	test('a file that imitates records cannot forge any, as it does not know the marker', () => {
		const forged = ['\nfedcba9876543210 uname 1.0 evil', '\nuname 1.0 evil', `\n ${marker} uname 1.0 evil`, `\n${marker}uname 1.0`];
		for (const text of forged) {
			const stdout = `\n${marker} folder conf\n${marker} file 9 9 x81a4 ./a.conf\n${marker} name ./a.conf\n${marker} content ${text}\n${marker} uname 5.4 x86_64\n${marker} end `;
			const seen = parseNodeOutput(stdout, context);
			expect(seen.kernel).toBe('5.4');
			expect(seen.configurationFolder?.files[0]?.content).toContain(text.trim().slice(-8));
		}
	});

	test('no file name passes for another one', () => {
		const names = ['portmap', 'portmap ', ' portmap', 'port\u200Bmap', 'port\u0007map', 'portmap\n', 'portmap\u202E'];
		const files = names.map(name => `\n${marker} file 1 1 x81ed ./${name}`).join('');
		const seen = parseNodeOutput(`\n${marker} folder bin${files}\n${marker} rest \n${marker} end `, context);
		expect(seen.binaryFolder?.files.filter(({name}) => name === 'portmap')).toHaveLength(1);
		expect(new Set(seen.binaryFolder?.files.map(({name}) => name)).size).toBe(names.length);
	});

	test('programs that fail are told by name, with their exit code and words', () => {
		const stdout = `\n${marker} agent-status Get "http:///var/run/cilium/cilium.sock": connection refused\n${marker} status 1\n${marker} services \n${marker} status 137\n${marker} end `;
		expect(parseNodeOutput(stdout, context).errors).toEqual([
			'cilium status: exit code 1: Get "http:///var/run/cilium/cilium.sock": connection refused',
			'cilium service list: no answer within the time limit',
		]);
	});
});
