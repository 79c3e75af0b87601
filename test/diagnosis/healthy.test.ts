import {describe, expect, test} from 'vitest';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import {natTable} from './builders.ts';
import {apiOnly, healthyNativeEvidence, healthyPortmapEvidence, pathlessEvidence, withObservation} from './scenes.ts';

const minors = [
	'1.8.13',
	'1.9.18',
	'1.10.16',
	'1.11.20',
	'1.12.19',
	'1.13.18',
	'1.14.19',
	'1.15.19',
	'1.16.7',
	'1.17.4',
	'1.18.3',
	'1.19.6',
	'1.20.0',
];

describe.each(minors)('Cilium %s', version => {
	test.each([
		['portmap', healthyPortmapEvidence],
		['native', healthyNativeEvidence],
	] as const)('a healthy cluster on %s has nothing wrong and says so', (path, evidence) => {
		const {cluster, nodes, hostPorts, findings} = diagnose(evidence(version));
		expect(cluster.cilium).toEqual({version, namespace: 'kube-system', path});
		expect(nodes.map(({verdict}) => verdict)).toEqual(['ok', 'ok', 'ok']);
		expect(new Set(hostPorts.map(({state}) => state))).toEqual(new Set(['wired']));
		expect(findings.map(({code, severity}) => [code, severity])).toEqual([['HP22', 'info']]);
	});

	test('without either way every node is broken, and that is one finding', () => {
		const {cluster, nodes, findings} = diagnose(pathlessEvidence(version));
		expect(cluster.cilium.path).toBe('none');
		expect(nodes.map(({verdict}) => verdict)).toEqual(['broken', 'broken', 'broken']);
		expect(findings.map(({code, severity}) => [code, severity])).toEqual([['HP01', 'error']]);
	});

	test('what only the API server told is never called proved', () => {
		for (const scene of [healthyPortmapEvidence(version), healthyNativeEvidence(version), pathlessEvidence(version)]) {
			const {findings, nodes} = diagnose(apiOnly(scene));
			expect(findings.filter(({severity}) => severity === 'error')).toEqual([]);
			expect(nodes.every(({verdict, reason}) => verdict === 'unknown' && reason !== '')).toBe(true);
		}
	});
});

test('a cluster without hostPorts and without a way is no fault, only told', () => {
	const {findings, nodes} = diagnose({...pathlessEvidence(), pods: []});
	expect(findings).toMatchObject([{code: 'HP01', severity: 'info', title: expect.stringContaining('would not work') as string}]);
	expect(nodes.map(({verdict}) => verdict)).toEqual(['ok', 'ok', 'ok']);
});

test('a cluster with a way and without hostPorts is told to be ready', () => {
	const base = healthyPortmapEvidence();
	const unused = base.nodes.reduce((all, {name}) => withObservation(all, name, {nat: {nft: natTable(), legacy: natTable()}}), base);
	expect(diagnose({...unused, pods: []}).findings).toMatchObject([
		{code: 'HP22', hostPorts: [], title: expect.stringContaining('would work') as string},
	]);
});
