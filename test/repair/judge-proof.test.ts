import {expect, test} from 'vitest';
import type {Diagnosis} from '../../source/diagnosis/diagnosis.ts';
import {judgeRepair, silentApplications} from '../../source/repair/judge-proof.ts';
import {judged} from '../../source/proof/judge.ts';
import type {PodResult, Proof, UnjudgedResult} from '../../source/proof/proof.ts';

/** A cluster with the DaemonSets `web` and `mute`, whose pods bear this suffix. */
function diagnosisOf(suffix: string, silent: readonly string[] = []): Diagnosis {
	const hostPorts = ['web', 'mute'].map(name => ({
		namespace: 'default',
		pod: `${name}-${suffix}`,
		node: 'node-1',
		hostIP: '',
		hostPort: name === 'web' ? 8080 : 9090,
		containerPort: 80,
		protocol: 'TCP',
		owner: `DaemonSet/${name}`,
		state: 'wired' as const,
		by: '',
	}));
	const finding = {code: 'HP21', severity: 'warning' as const, nodes: [], title: '', because: [], remedy: '', repairable: false};
	return {
		apiVersion: 'hostport.dev/v1',
		kind: 'Diagnosis',
		generatedAt: '2026-01-01T00:00:00Z',
		cluster: {server: '', kubernetes: '', cilium: {version: '1.17.4', namespace: 'kube-system', path: 'portmap'}},
		nodes: [],
		hostPorts,
		findings: silent.length === 0 ? [] : [{...finding, hostPorts: silent}],
	};
}

function proofOf(web: boolean, mute: boolean, podItself = {web, mute}, unasked: readonly string[] = []): Proof {
	const result = (hostPort: string, ok: boolean): UnjudgedResult => ({
		hostPort,
		node: 'node-1',
		from: 'same-node',
		via: 'node-1',
		address: '10.88.0.11',
		ok,
		milliseconds: 1,
		error: ok ? '' : 'refused',
		by: '',
	});
	const pod = (hostPort: string, ok: boolean): PodResult => ({
		hostPort,
		node: 'node-1',
		address: '10.0.0.5',
		ok,
		milliseconds: 1,
		error: ok ? '' : 'refused',
	});
	const [webName, muteName] = ['default/web-new:8080/TCP', 'default/mute-new:9090/TCP'];
	const pods = [pod(webName, podItself.web), pod(muteName, podItself.mute)];
	const results = unasked.length > 0 ? [] : judged([result(webName, web), result(muteName, mute)], pods);
	return {apiVersion: 'hostport.dev/v1', kind: 'Proof', generatedAt: '', results, pods, unasked};
}

const after = diagnosisOf('new');
const muteBefore = silentApplications(diagnosisOf('old', ['default/mute-old:9090/TCP']));

test('where every port answers the repair is proved', () => {
	expect(judgeRepair(proofOf(true, true), after, new Set())).toEqual({ok: true, summary: '2 of 2 connections work'});
});

test('an application that was silent before is passed over, by its workload, and named', () => {
	const {ok, summary} = judgeRepair(proofOf(true, false), after, muteBefore);
	expect(ok).toBe(true);
	expect(summary).toContain('the application behind default/mute-new:9090/TCP does not answer, as before (HP21)');
});

test('an application that is silent only since the repair is a failure of it', () => {
	expect(judgeRepair(proofOf(true, false), after, new Set())).toMatchObject({
		ok: false,
		summary: expect.stringMatching(/^default\/mute-new:9090\/TCP from node-1 \(same-node\): refused, HP21/) as string,
	});
	expect(judgeRepair(proofOf(false, false), after, muteBefore).ok).toBe(false);
});

test('a port that does not answer though its application does is a failure, whatever was before', () => {
	expect(judgeRepair(proofOf(true, false, {web: true, mute: true}), after, muteBefore).ok).toBe(false);
});

test('where nothing could be asked nothing is proved', () => {
	expect(judgeRepair(proofOf(true, true, undefined, ['node-1: no agent runs']), after, new Set())).toEqual({
		ok: false,
		summary: '0 of 0 connections work, 1 could not be asked; node-1: no agent runs',
	});
});
