import {expect, test} from 'vitest';
import {withoutProbesOfGonePods} from '../../source/evidence/gone-probes.ts';
import type {Evidence, Probe} from '../../source/evidence/evidence.ts';
import {healthyPortmapEvidence, withObservation} from '../diagnosis/scenes.ts';

const signal = new AbortController().signal;
const webAt = (answer: Probe['answer']): Probe => ({address: '10.88.0.11', port: 8080, answer});
const webItself = (answer: Probe['answer']): Probe => ({address: '10.0.0.5', port: 80, answer});
const collector: Probe = {address: '10.88.0.11', port: 4317, answer: 'open'};

function scene(fromNode2: Probe['answer'], itself: Probe['answer']): Evidence {
	const asked = withObservation(healthyPortmapEvidence(), 'node-2', {probes: [webAt(fromNode2), collector]});
	return {...withObservation(asked, 'node-1', {probes: [webItself(itself)]}), clientProbes: [webAt(fromNode2), collector]};
}

async function look(evidence: Evidence, now: object | undefined): Promise<{probes: unknown[]; requests: number}> {
	let requests = 0;
	const list = async <T>(): Promise<T[]> => {
		requests += 1;
		return (now === undefined ? [] : [now]) as T[];
	};
	const {nodes, clientProbes} = await withoutProbesOfGonePods(evidence, {client: {list}, signal});
	return {probes: [...nodes.map(({observation}) => observation?.probes), clientProbes], requests};
}

const there = {metadata: {uid: 'uid-web-6f7d9c-x2x4k'}, status: {phase: 'Running', podIP: '10.0.0.5'}};

test.each([
	['deleted', undefined],
	['on its way out', {...there, metadata: {...there.metadata, deletionTimestamp: '2024-02-07T02:00:00Z'}}],
	['another of the same name', {...there, metadata: {uid: 'other'}}],
])('what was said of a pod that is %s by now is taken out', async (_what, now) => {
	expect(await look(scene('refused', 'silent'), now)).toEqual({probes: [[], [collector], null, [collector]], requests: 1});
});

test('what was said of one that is still there stays', async () => {
	const {probes} = await look(scene('refused', 'silent'), there);
	expect(probes).toEqual([[webItself('silent')], [webAt('refused'), collector], null, [webAt('refused'), collector]]);
});

test.each([
	['answers', scene('open', 'open')],
	['answers its own node', scene('silent', 'open')],
	['was not asked', healthyPortmapEvidence()],
] as const)('a pod that %s is not looked after', async (_what, evidence) => {
	expect((await look(evidence, undefined)).requests).toBe(0);
});
