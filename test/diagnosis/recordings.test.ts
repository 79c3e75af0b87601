import {describe, expect, test} from 'vitest';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import {hostPortName, type HostPortDiagnosis} from '../../source/diagnosis/diagnosis.ts';
import type {Evidence} from '../../source/evidence/evidence.ts';
import {savedPart} from '../../source/evidence/saved-part.ts';
import {allRecordings, evidenceOf, linesOf} from './recorded-evidence.ts';

// Real agents' answers, and what answered on the same cluster in the same minute (test/evidence/recordings/README.md).

function judged(seen: Evidence) {
	const {findings, hostPorts} = diagnose(seen);
	return {
		codes: findings.filter(({severity}) => severity !== 'info').map(({code, severity}) => `${code} ${severity}`),
		mapped: hostPorts
			.filter(({state}) => state === 'wired')
			.map(({pod: name, hostPort, protocol}) => `${name} ${hostPort}/${protocol}`)
			.sort(),
	};
}

const all = [
	'loopback 8182/TCP',
	'nodeport-range 30500/TCP',
	'one-port-two-protocols 5353/TCP',
	'one-port-two-protocols 5353/UDP',
	'unspecified 8181/TCP',
	'web 8080/TCP',
	'web 9053/UDP',
];
const both = [...all, 'loopback-six 8282/TCP', 'unspecified-six 8281/TCP'].sort();
const without = (...names: string[]): string[] => all.filter(name => !names.includes(name));

// What answered, by connections from outside and from the other node; a loopback hostIP by one from its node.
const recordings: ReadonlyArray<readonly [recording: string, codes: readonly string[], mapped: readonly string[]]> = [
	['1.20.2/native', ['HP15 error', 'HP20 error', 'HP27 warning'], without('nodeport-range 30500/TCP', 'unspecified 8181/TCP')],
	['1.20.2/native-address-left-out', ['HP15 error', 'HP20 error', 'HP20 error'], ['loopback 8182/TCP']],
	['1.20.2/native-device-left-out', ['HP15 error', 'HP20 error', 'HP20 error', 'HP27 warning'], ['loopback 8182/TCP']],
	['1.20.2/none', ['HP01 error'], []],
	// Its other pods were older than the list that names portmap; their times were not recorded.
	['1.20.2/portmap', ['HP08 error'], ['web 8080/TCP', 'web 9053/UDP']],
	...(['native-routing', 'native-dsr', 'native-second-address-ranges', 'native-second-device'] as const).map(
		state =>
			[
				`1.20.2/${state}`,
				['HP15 error', 'HP20 error', 'HP27 warning'],
				without('nodeport-range 30500/TCP', 'unspecified 8181/TCP'),
			] as const,
	),
	[
		'1.20.2/native-second-address',
		['HP15 error', 'HP20 error', 'HP20 warning', 'HP27 warning'],
		without('nodeport-range 30500/TCP', 'unspecified 8181/TCP'),
	],
	// The Services’ own pods were nobody, so these ports were refused; the node’s address belongs to a LoadBalancer and an externalIP.
	[
		'1.20.2/native-services',
		['HP15 error', 'HP15 error', 'HP20 error', 'HP27 warning'],
		without('nodeport-range 30500/TCP', 'unspecified 8181/TCP', 'web 8080/TCP', 'one-port-two-protocols 5353/TCP'),
	],
	// Seen between two runs; entries are what its last good run left, and were not asked for.
	['1.20.2/crash-loop', ['HP24 error'], []],
	['1.20.2/dual-native', ['HP15 error', 'HP20 error', 'HP27 warning'], both.filter(name => !/^(?:nodeport-range|unspecified)/u.test(name))],
	// ::1 alone gets no answer: rules serve no loopback address of IPv6.
	['1.20.2/dual-portmap', ['HP20 error'], both.filter(name => !name.startsWith('loopback-six'))],
	['1.15.19/native', ['HP26 error', 'HP15 error'], without('nodeport-range 30500/TCP', 'one-port-two-protocols 5353/TCP')],
	...(['native-routing', 'native-dsr', 'native-second-address-ranges', 'native-second-device'] as const).map(
		state =>
			[`1.15.19/${state}`, ['HP26 error', 'HP15 error'], without('nodeport-range 30500/TCP', 'one-port-two-protocols 5353/TCP')] as const,
	),
	[
		'1.15.19/native-second-address',
		['HP26 error', 'HP15 error', 'HP20 warning'],
		without('nodeport-range 30500/TCP', 'one-port-two-protocols 5353/TCP'),
	],
	// One entry serves both protocols there: the Service on 5353/TCP takes it from UDP too.
	[
		'1.15.19/native-services',
		['HP26 error', 'HP15 error', 'HP15 error'],
		without('nodeport-range 30500/TCP', 'web 8080/TCP', 'one-port-two-protocols 5353/TCP', 'one-port-two-protocols 5353/UDP'),
	],
	// Linux 6.18 refuses the program of the devices: every entry is there, and only the node's own sockets and its pods get an answer.
	['1.15.19/dual-native', ['HP36 error', 'HP26 error', 'HP15 error'], ['loopback 8182/TCP', 'loopback-six 8282/TCP']],
	['1.15.19/dual-portmap', ['HP20 error'], both.filter(name => !name.startsWith('loopback-six'))],
	['1.15.19/crash-loop', ['HP24 error'], []],
	['1.15.19/native-address-left-out', ['HP26 error', 'HP15 error', 'HP20 error'], ['loopback 8182/TCP']],
	['1.15.19/native-device-left-out', ['HP26 error', 'HP15 error', 'HP20 error'], ['loopback 8182/TCP']],
	['1.15.19/none', ['HP01 error'], []],
	['1.15.19/host-port-without-node-port', ['HP01b error'], []],
	[
		'1.15.19/node-port-without-socket-lb',
		['HP26 error', 'HP15 error', 'HP20 error'],
		without('nodeport-range 30500/TCP', 'one-port-two-protocols 5353/TCP', 'loopback 8182/TCP'),
	],
	['1.15.19/portmap', [], all],
];

test('every recording is judged', () => {
	expect(recordings.map(([recording]) => recording).sort()).toEqual([...allRecordings].sort());
});

describe.each(recordings)('%s', (recording, codes, mapped) => {
	test('is judged by the datapath as what answered', () => {
		expect(judged(evidenceOf(recording))).toEqual({codes, mapped});
	});

	test.skipIf(linesOf(recording, 'answers.txt').length === 0)('what is called mapped answered, what is called unmapped did not', () => {
		const seen = evidenceOf(recording);
		const told = diagnose(seen).hostPorts.filter(({state}) => state !== 'unknown');
		const heard = told.map(each => ({...each, answered: answeredFor(seen, recording, each)}));
		expect(heard.filter(({state, answered}) => answered !== undefined && answered !== (state === 'wired'))).toEqual([]);
	});

	test('an error tells of each hostPort that is not mapped', () => {
		const {findings, hostPorts} = diagnose(evidenceOf(recording));
		const errors = findings.filter(({severity}) => severity === 'error');
		const named = new Set(errors.flatMap(each => each.hostPorts));
		const isTold = errors.some(each => each.hostPorts.length === 0);
		expect(hostPorts.filter(each => each.state === 'unwired' && !named.has(hostPortName(each)) && !isTold)).toEqual([]);
	});

	test('is judged alike when it was saved', () => {
		const seen = evidenceOf(recording);
		expect(diagnose(savedPart(seen))).toEqual(diagnose(seen));
	});

	test('without the datapath no port is called mapped that did not answer', () => {
		for (const name of judged(evidenceOf(recording, {datapathEntries: null})).mapped) expect(mapped).toContain(name);
	});

	test('a mapped hostPort whose entry or rule is taken away is mapped no more, and nothing is called fine', () => {
		const whole = evidenceOf(recording);
		for (const {hostPort} of diagnose(whole).hostPorts.filter(({state}) => state === 'wired')) {
			const bare = withoutPort(whole, hostPort);
			expect(diagnose(bare).hostPorts.filter(each => each.hostPort === hostPort && each.state === 'wired')).toEqual([]);
			expect(diagnose(bare).findings.map(({code}) => code)).not.toContain('HP22');
		}
	});
});

/**
 * Whether the pod itself answered another node at each address that its hostPort promises, a private one its own node's loopback;
 * undefined where that was not asked (UDP over IPv6).
 */
function answeredFor(seen: Evidence, recording: string, {pod: name, hostPort, hostIP, protocol}: HostPortDiagnosis): boolean | undefined {
	const isPrivate = hostIP.startsWith('127.') || hostIP === '::1';
	const internal = seen.nodes[0]?.addresses.filter(({type}) => type === 'InternalIP').map(({address}) => address) ?? [];
	const promised = ['', '0.0.0.0', '::'].includes(hostIP)
		? internal.filter(address => hostIP === '' || address.includes(':') === hostIP.includes(':'))
		: [hostIP];
	const place = isPrivate ? 'loopback' : 'other-node';
	const said = linesOf(recording, 'answers.txt')
		.map(line => /^(?<from>\S+) (?<by>\S+) (?<address>\S+) (?<port>\S+) (?<answer>\S+)$/u.exec(line)?.groups ?? {})
		.filter(({from, by, address, port}) => from === place && by === protocol && port === `${hostPort}` && promised.includes(address ?? ''))
		.map(({answer}) => answer);
	const own = protocol === 'UDP' ? 'ping' : `hello-from-${name === 'web' ? 'node-1' : name}`;
	return said.length === 0 ? undefined : said.every(answer => answer === own);
}

/** The same evidence with nothing that serves one port. */
function withoutPort(seen: Evidence, hostPort: number): Evidence {
	return {
		...seen,
		nodes: seen.nodes.map(each => ({
			...each,
			observation: each.observation && {
				...each.observation,
				serviceEntries: each.observation.serviceEntries?.filter(({port}) => port !== hostPort) ?? null,
				datapathEntries: each.observation.datapathEntries?.filter(({port}) => port !== hostPort) ?? null,
				nat: {
					...each.observation.nat,
					nft: each.observation.nat.nft && {
						...each.observation.nat.nft,
						rules: each.observation.nat.nft.rules.filter(line => !line.includes(` ${hostPort} `)),
						rules6: each.observation.nat.nft.rules6.filter(line => !line.includes(` ${hostPort} `)),
					},
				},
			},
		})),
	};
}
