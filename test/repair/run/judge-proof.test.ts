import {expect, test} from 'vitest';
import type {Diagnosis} from '../../../source/diagnosis/diagnosis.ts';
import {diagnose} from '../../../source/diagnosis/diagnose.ts';
import type {Evidence, HostPortPod} from '../../../source/evidence/evidence.ts';
import {judged} from '../../../source/proof/judge.ts';
import type {PodResult, Proof, UnjudgedResult} from '../../../source/proof/proof.ts';
import {judgeRepair, silentBefore} from '../../../source/repair/run/judge-proof.ts';
import {evidence, pod, port} from '../../diagnosis/builders.ts';

/** The pods of the DaemonSets `web` and `mute`, whose names end like this. */
function pods(suffix: string, mute: Partial<HostPortPod> = {}): Evidence {
	const of = (owner: string, address: string, hostPort: number, parts: Partial<HostPortPod> = {}): HostPortPod =>
		pod(`${owner}-${suffix}`, 'node-1', address, [port(hostPort, 80)], {owner: `DaemonSet/${owner}`, ...parts});
	return evidence({pods: [of('web', '10.0.0.5', 8080), of('mute', '10.0.0.6', 9090, mute)]});
}

const named = (before: Evidence, code: string, hostPort: string): Diagnosis => ({
	...diagnose(before),
	findings: [{code, severity: 'warning', nodes: [], hostPorts: [hostPort], title: '', because: [], remedy: '', repairable: false}],
});

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
		expected: 'answer',
		because: '',
	});
	const own = (hostPort: string, address: string, ok: boolean): PodResult => ({
		hostPort,
		node: 'node-1',
		address,
		ok,
		milliseconds: 1,
		error: ok ? '' : 'refused',
	});
	const [webName, muteName] = ['default/web-new:8080/TCP', 'default/mute-new:9090/TCP'];
	const podResults = [own(webName, '10.0.0.5', podItself.web), own(muteName, '10.0.0.6', podItself.mute)];
	const results = unasked.length > 0 ? [] : judged([result(webName, web), result(muteName, mute)], podResults);
	return {apiVersion: 'hostport.dev/v1', kind: 'Proof', generatedAt: '', results, pods: podResults, unasked, skipped: []};
}

const after = pods('new');
const nothing = new Set<string>();
const muteBefore = silentBefore(pods('old'), named(pods('old'), 'HP21', 'default/mute-old:9090/TCP'));

test('where every port answers the repair is proved', () => {
	expect(judgeRepair(proofOf(true, true), after, nothing)).toEqual({ok: true, summary: '2 of 2 connections work'});
});

test('an application that was silent before is passed over, by its workload, and named', () => {
	const {ok, summary} = judgeRepair(proofOf(true, false), after, muteBefore);
	expect(ok).toBe(true);
	expect(summary).toContain('the application behind default/mute-new:9090/TCP does not answer, as before (HP21)');
});

test('a pod that the plan has left as it is is no failure of the repair, and is named', () => {
	const {ok, summary} = judgeRepair(proofOf(true, false, {web: true, mute: true}), after, nothing, new Set(['default/mute-new']));
	expect(ok).toBe(true);
	expect(summary).toContain('default/mute-new:9090/TCP: the pod was not restarted');
	expect(judgeRepair(proofOf(false, false, {web: true, mute: true}), after, nothing, new Set(['default/mute-new'])).ok).toBe(false);
});

test('an application that is silent only since the repair is a failure of it', () => {
	expect(judgeRepair(proofOf(true, false), after, nothing)).toMatchObject({
		ok: false,
		summary: expect.stringMatching(/^default\/mute-new:9090\/TCP from node-1 \(same-node\): refused, HP21/) as string,
	});
	expect(judgeRepair(proofOf(false, false), after, muteBefore).ok).toBe(false);
});

test('a port that does not answer though its application does is a failure, whatever was before', () => {
	expect(judgeRepair(proofOf(true, false, {web: true, mute: true}), after, muteBefore).ok).toBe(false);
});

test.each([
	['starts', {phase: 'Pending', podIPs: [], trouble: 'ContainerCreating'}, 'default/mute-new is ContainerCreating'],
	['is on no node', {phase: 'Pending', podIPs: [], node: ''}, 'default/mute-new is Pending'],
	['goes', {trouble: 'Terminating'}, 'default/mute-new is Terminating'],
] as const)('a pod that still %s is waited for, unless it was there before for a reason of its own', (_what, parts, words) => {
	const coming = pods('new', {...parts, podIPs: [...('podIPs' in parts ? parts.podIPs : ['10.0.0.6'])]});
	expect(judgeRepair(proofOf(true, true), coming, nothing)).toEqual({ok: false, summary: `2 of 2 connections work; ${words}`});
	for (const code of ['HP14', 'HP21']) {
		const before = silentBefore(pods('old'), named(pods('old'), code, 'default/mute-old:9090/TCP'));
		expect(judgeRepair(proofOf(true, true), coming, before).ok).toBe(true);
	}
});

test('pods that have ended, and pods of the host’s network, are waited for by nobody', () => {
	for (const parts of [
		{phase: 'Succeeded', podIPs: []},
		{phase: 'Pending', hostNetwork: true},
	])
		expect(judgeRepair(proofOf(true, true), pods('new', parts), nothing).ok).toBe(true);
});

test('where nothing could be asked nothing is proved', () => {
	expect(judgeRepair(proofOf(true, true, undefined, ['node-1: no agent runs']), after, nothing)).toEqual({
		ok: false,
		summary: 'nothing was tried, 1 could not be tried; node-1: no agent runs',
	});
});

test('a pod that went away while it was asked is waited for: its successor has not been asked yet', () => {
	const proof = proofOf(false, true, {web: false, mute: true});
	const gone = proof.results.map(result =>
		result.ok ? result : {...result, verdict: 'not proven' as const, note: 'in any words', gone: true as const},
	);
	const {ok, summary} = judgeRepair({...proof, results: gone}, after, nothing);
	expect(ok).toBe(false);
	expect(summary).toContain('default/web-new:8080/TCP: its pod was deleted meanwhile');
});
