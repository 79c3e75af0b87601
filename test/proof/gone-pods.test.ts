import {expect, test} from 'vitest';
import type {ClusterClient} from '../../source/cluster/cluster-client.ts';
import {withoutGonePods} from '../../source/proof/gone-pods.ts';
import {judged} from '../../source/proof/judge.ts';
import type {Proof} from '../../source/proof/proof.ts';
import {evidence, pod, port} from '../diagnosis/builders.ts';

const {signal} = new AbortController();
const [web] = evidence({pods: [pod('web', 'node-1', '10.0.0.5', [port(8080, 80)])]}).pods;
if (web === undefined) throw new Error('the evidence has a pod');
const hostPort = 'default/web:8080/TCP';

function refused(own: boolean): Proof {
	const answer = {hostPort, node: 'node-1', milliseconds: 0};
	const pods = [{...answer, address: '10.0.0.5', ok: own, error: own ? '' : 'unreachable'}];
	const result = {
		...answer,
		from: 'other-node',
		via: 'node-2',
		address: '10.88.0.11',
		ok: false,
		error: 'refused',
		by: '',
		expected: 'answer',
		because: '',
	} as const;
	return {apiVersion: 'hostport.dev/v1', kind: 'Proof', generatedAt: '', results: judged([result], pods), pods, unasked: [], skipped: []};
}

/** A server that has these pods now. */
function having(...now: readonly object[]): {client: Pick<ClusterClient, 'list'>; asked: unknown[]} {
	const asked: unknown[] = [];
	const list = async <T>(path: string, options?: {query?: object | undefined}): Promise<T[]> => {
		asked.push([path, options?.query]);
		return now as T[];
	};
	return {client: {list}, asked};
}

const same = {metadata: {uid: web.uid}, status: {phase: 'Running', podIP: '10.0.0.5'}};

test.each([
	['is gone', []],
	['is on its way out', [{...same, metadata: {uid: web.uid, deletionTimestamp: '2026-01-01T00:00:00Z'}}]],
	['was created again under its name', [{...same, metadata: {uid: 'another'}}]],
	['has another address', [{...same, status: {phase: 'Running', podIP: '10.0.0.9'}}]],
	['has ended', [{...same, status: {phase: 'Succeeded', podIP: '10.0.0.5'}}]],
])('a pod that %s by the end proves nothing of hostPort', async (_, now) => {
	const {client, asked} = having(...now);
	const {results} = await withoutGonePods(refused(false), [web], {client, signal});
	expect(results).toMatchObject([
		{ok: false, error: 'refused', verdict: 'not proven', note: 'its pod was deleted meanwhile: run verify again', gone: true},
	]);
	expect(asked).toEqual([['/api/v1/namespaces/default/pods', {fieldSelector: 'metadata.name=web'}]]);
});

test('a pod that is there as before and does not answer is a fault still', async () => {
	const proof = refused(false);
	expect(await withoutGonePods(proof, [web], {client: having(same).client, signal})).toEqual(proof);
});

test('a pod that answers at its own address is not asked after', async () => {
	const {client, asked} = having();
	expect((await withoutGonePods(refused(true), [web], {client, signal})).results[0]?.verdict).toBe('fails');
	expect(asked).toEqual([]);
});

test('where pods cannot be listed the proof stays as it is, and an interruption is heard', async () => {
	const list = async (): Promise<never> => Promise.reject(new Error('forbidden'));
	expect((await withoutGonePods(refused(false), [web], {client: {list}, signal})).results[0]?.verdict).toBe('fails');
	const stopped = AbortSignal.abort(new Error('interrupted'));
	await expect(withoutGonePods(refused(false), [web], {client: {list}, signal: stopped})).rejects.toThrow('interrupted');
});
