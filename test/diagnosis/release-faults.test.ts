import {describe, expect, test} from 'vitest';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import type {Evidence} from '../../source/evidence/evidence.ts';
import {natTable, pod, port} from './builders.ts';
import {entriesFor, healthyNativeEvidence, withObservation} from './scenes.ts';

// Faults of single releases, from Cilium's issues and source: none of these versions can be had, so each row has a twin beside it.

const told = (evidence: Evidence): string[] =>
	diagnose(evidence)
		.findings.filter(({severity}) => severity !== 'info')
		.map(({code, severity}) => `${code} ${severity}`);

describe('entries for pods of the host network (cilium/cilium#40721)', () => {
	const sceneOf = (version: string): Evidence => {
		const base = healthyNativeEvidence(version, ['node-1']);
		const serviceEntries = (base.nodes[0]?.observation?.serviceEntries ?? []).map(entry =>
			entry.port === 8080 ? {...entry, backends: [{ip: '10.88.0.11', port: 8080}]} : entry,
		);
		return withObservation(base, 'node-1', {serviceEntries});
	};
	const faultsOf = (evidence: Evidence): string =>
		(diagnose(evidence).findings.find(({code}) => code === 'HP10')?.because ?? [])
			.filter(({source}) => source.startsWith('known faults'))
			.map(({says}) => says)
			.join('\n');

	test.each([
		['1.17.4', false],
		['1.18.0', true],
		['1.18.1', false],
		['1.20.2', false],
	])('Cilium %s: %j', (version, isKnown) => {
		expect(told(sceneOf(version))).toEqual(['HP10 error']);
		expect(faultsOf(sceneOf(version)).includes('#40721')).toBe(isKnown);
	});
});

describe('entries that are there although hostPort is off (1.18 and later)', () => {
	/** The keys say off, the agent’s status was not read, the service table was, and no rule of portmap is there. */
	const sceneOf = (version: string, replacement: string, lastChanged?: string): Evidence => {
		const base = healthyNativeEvidence(version);
		const {cilium} = base;
		const data = {'kube-proxy-replacement': replacement};
		const configMap = cilium?.configMap && {...cilium.configMap, data, ...(lastChanged !== undefined && {lastChanged})};
		return {
			...base,
			cilium: cilium && {...cilium, configMap: configMap ?? null},
			nodes: base.nodes.map(node => ({
				...node,
				observation: node.observation && {...node.observation, agentStatus: null, nat: {nft: natTable(), legacy: natTable()}},
			})),
		};
	};
	const seen = (evidence: Evidence) => {
		const {nodes, hostPorts, cluster} = diagnose(evidence);
		return {
			states: [...new Set(hostPorts.map(({state}) => state))],
			verdicts: [...new Set(nodes.map(({verdict}) => verdict))],
			path: cluster.cilium.path,
		};
	};

	test.each(['1.18.12', '1.19.6'])('Cilium %s: they carry nothing, every hostPort is dead', version => {
		const scene = sceneOf(version, 'false');
		expect(seen(scene)).toEqual({states: ['unwired'], verdicts: ['broken'], path: 'none'});
		expect(told(scene)).toEqual(['HP01 error']);
		// Nothing is said of pods that still run by rules of before: there are none.
		expect(JSON.stringify(diagnose(scene))).not.toContain('older rules');
	});

	test('Cilium 1.18.12, whose agent is older than the change: it may serve them until it restarts, so nothing is known', () => {
		const scene = sceneOf('1.18.12', 'false', '2024-03-01T00:00:00Z');
		expect(seen(scene)).toMatchObject({states: ['unknown'], verdicts: ['unknown']});
		expect(diagnose(scene).findings.filter(({severity}) => severity === 'error')).toEqual([]);
		expect(diagnose(scene).hostPorts[0]?.by).toContain('creates entries even then');
		// On 1.17 there is an entry only where it is on.
		expect(seen(sceneOf('1.17.4', 'false', '2024-03-01T00:00:00Z')).states).toEqual(['wired']);
	});

	test.each([
		['1.17.4', 'false'],
		['1.18.12', 'true'],
	])('Cilium %s with replacement %s: an entry is the proof', (version, replacement) => {
		expect(seen(sceneOf(version, replacement)).states).toEqual(['wired']);
	});
});

describe('one of two protocols is lost though entries tell them apart (cilium/cilium#41426)', () => {
	const sceneOf = (version: string): Evidence => {
		const base = healthyNativeEvidence(version, ['node-1']);
		const dns = pod('dns', 'node-1', '10.0.0.42', [port(5353, 53), port(5353, 53, {protocol: 'UDP'})]);
		const pods = [...base.pods, dns];
		const serviceEntries = entriesFor(pods, 'node-1', '10.88.0.11', version).filter(each => each.port !== 5353 || each.protocol === 'UDP');
		return withObservation({...base, pods}, 'node-1', {serviceEntries});
	};

	test.each([
		['1.17.4', 'HP10'],
		['1.18.0', 'HP26'],
		['1.18.1', 'HP26'],
		['1.18.2', 'HP10'],
		['1.20.2', 'HP10'],
	])('Cilium %s: %s', (version, code) => {
		expect(told(sceneOf(version))).toEqual([`${code} error`]);
		const [finding] = diagnose(sceneOf(version)).findings;
		expect(finding?.hostPorts).toEqual(['default/dns:5353/TCP']);
		if (code === 'HP26') expect(finding?.remedy).toContain('1.18.2 or later (cilium/cilium#41426)');
	});
});
