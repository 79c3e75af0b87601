import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {describe, expect, test} from 'vitest';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import {hostPortName, type HostPortDiagnosis} from '../../source/diagnosis/diagnosis.ts';
import type {Evidence, HostPortPod, Observation} from '../../source/evidence/evidence.ts';
import {agentPodOf} from '../../source/evidence/objects/agent-pods.ts';
import {serviceOf, servicesSharing} from '../../source/evidence/objects/services.ts';
import {parseAgentStatus} from '../../source/evidence/parse-agent-status.ts';
import {parseDatapath} from '../../source/evidence/parse-datapath.ts';
import {parseNat} from '../../source/evidence/parse-nat.ts';
import {parseServiceList} from '../../source/evidence/parse-service-list.ts';
import {savedPart} from '../../source/evidence/saved-part.ts';
import {binary, cilium, configurationFile, evidence, node, observation, pod, workingPortmap} from './builders.ts';

// Real agents' answers, and what answered on the same cluster in the same minute (test/evidence/recordings/README.md).

const read = (recording: string, file: string): string =>
	readFileSync(new URL(`../evidence/recordings/${recording}/${file}`, import.meta.url), 'utf8');

/** Lines of a file that not every recording has. */
function linesOf(recording: string, file: string): string[] {
	const isThere = existsSync(new URL(`../evidence/recordings/${recording}/${file}`, import.meta.url));
	return isThere ? read(recording, file).trim().split('\n').filter(Boolean) : [];
}

function podsOf(recording: string): HostPortPod[] {
	return read(recording, 'pods.txt')
		.trim()
		.split('\n')
		.map(line => {
			const [, name = '', uid = '', ip = '', ports = ''] = /^(\S+) (\S+) (\S+) (.*)$/.exec(line) ?? [];
			const listed = JSON.parse(ports) as Array<Array<{containerPort: number; hostPort: number; hostIP?: string; protocol: string}>>;
			const podIPs = ip.split(',');
			return pod(
				name.replace(/^web-.*/, 'web'),
				'node-1',
				podIPs[0] ?? '',
				listed.flat().map(({containerPort, hostPort, hostIP = '', protocol}) => ({
					container: 'c',
					init: false,
					containerPort,
					hostPort,
					hostIP,
					protocol,
				})),
				{uid, podIPs},
			);
		});
}

function evidenceOf(recording: string, parts: Partial<Observation> = {}): Evidence {
	const files = read(recording, 'files.txt');
	const agentPod: unknown = JSON.parse(linesOf(recording, 'agent-pod.json').join('\n') || 'null');
	const told = (file: string): string => linesOf(recording, file).join('\n');
	const local = linesOf(recording, 'local-addresses.txt').map(line => line.split(' ')[1]?.replace(/\/\d+$/u, '') ?? '');
	const rules = (build: 'nft' | 'legacy') =>
		([4, 6] as const).flatMap(family => [
			{key: 'nat', value: `${build}-${family}\n${told(`ip${family === 6 ? '6' : ''}tables-${build}-save.txt`)}`},
			{key: 'status', value: family === 4 || local.some(address => address.includes(':')) ? '0' : '127'},
		]);
	const seen = observation({
		agentStatus: parseAgentStatus(told('status.json')) ?? null,
		serviceEntries: parseServiceList(told('service-list.json')) ?? null,
		datapathEntries: parseDatapath(told('bpf-lb-list.json')) ?? null,
		nat: told('status.json') === '' ? {nft: null, legacy: null} : parseNat([...rules('nft'), ...rules('legacy')]),
		agentLog: linesOf(recording, 'agent.log'),
		localAddresses: local.length === 0 ? null : local,
		configurationFolder: {
			host: '/etc/cni/net.d',
			files:
				linesOf(recording, '05-cilium.conflist').length === 0
					? []
					: [configurationFile('05-cilium.conflist', read(recording, '05-cilium.conflist'))],
		},
		binaryFolder: {
			host: '/opt/cni/bin',
			files: ['cilium-cni', 'loopback', 'portmap']
				.filter(name => files.includes(`/opt/cni/bin/${name}`))
				.map(name =>
					name === 'portmap' ? workingPortmap({versionAnswer: '{"supportedVersions":["0.3.1","0.4.0","1.0.0","1.1.0"]}'}) : binary(name),
				),
		},
		...parts,
	});
	const addresses = linesOf(recording, 'addresses.txt').map(line => {
		const [type = '', address = ''] = line.split(' ');
		return {type, address};
	});
	const one = node('node-1', '10.88.0.11', seen, {containerRuntime: 'containerd://2.2.9', ...(addresses.length > 0 && {addresses})});
	const agent = agentPodOf({spec: {nodeName: 'node-1', containers: [{name: 'cilium-agent'}]}, status: agentPod}).evidence;
	const pods = podsOf(recording);
	return evidence({
		cilium: cilium(recording.split('/')[0] ?? '', JSON.parse(read(recording, 'cilium-config.json')) as Record<string, string>),
		nodes: [agentPod === null ? one : {...one, agent: one.agent && {...one.agent, ready: agent.ready, trouble: agent.trouble}}],
		pods,
		services: servicesSharing(
			linesOf(recording, 'services.txt').map(line => serviceOf(JSON.parse(line))),
			new Set(pods.flatMap(({ports}) => ports.map(({hostPort}) => hostPort))),
		),
	});
}

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
	const there = ['1.15.19', '1.20.2'].flatMap(version =>
		readdirSync(new URL(`../evidence/recordings/${version}`, import.meta.url)).map(state => `${version}/${state}`),
	);
	expect(recordings.map(([recording]) => recording).sort()).toEqual(there.sort());
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
