import {expect, test} from 'vitest';
import {sweepHelperPods, sweptLines} from '../../source/access/sweep.ts';
import type {ApiRequest} from '../../source/cluster/cluster-client.ts';
import {collectEvidence} from '../../source/evidence/collect.ts';
import {fakeCluster, refusal, type FakeCluster, type FakeParts} from '../evidence/fake-cluster.ts';
import {clusterObjects} from '../evidence/objects.ts';

// Whatever clock this machine has: the server's counts.
const now = Date.parse('2026-06-01T12:00:00Z');
const ago = (seconds: number): string => new Date(now - seconds * 1000).toISOString();

type Parts = {
	readonly age: number;
	readonly phase: string;
	readonly ended?: number;
	readonly labels?: Readonly<Record<string, string>>;
	readonly metadata?: object;
	readonly spec?: object;
};

const ours = {'app.kubernetes.io/managed-by': 'kubectl-hostport', 'hostport.dev/run': 'abc'};

function pod(name: string, {age, phase, ended, labels = ours, metadata = {}, spec = {activeDeadlineSeconds: 300}}: Parts): object {
	const state = ended === undefined ? {running: {}} : {terminated: {reason: 'Completed', finishedAt: ago(ended)}};
	return {
		metadata: {name, namespace: 'kube-system', uid: `uid-${name}`, labels, creationTimestamp: ago(age), ...metadata},
		spec,
		status: {phase, containerStatuses: [{state}]},
	};
}

function cluster(pods: readonly object[], parts: FakeParts = {}): FakeCluster {
	const {objects = {}, ...rest} = parts;
	return fakeCluster({serverTime: now, ...rest, objects: {'/api/v1/pods': pods, ...objects}});
}

const sweep = async (client: FakeCluster): ReturnType<typeof sweepHelperPods> =>
	sweepHelperPods(client, ['kube-system'], new AbortController().signal);
const deleted = ({requests}: FakeCluster): ApiRequest[] => requests.filter(({method}) => method === 'DELETE');

test.each<[string, Parts, boolean]>([
	['completed half an hour ago', {age: 2160, phase: 'Succeeded', ended: 1860}, true],
	['failed two minutes ago', {age: 180, phase: 'Failed', ended: 120}, true],
	['evicted long ago, without a word of its container', {age: 400, phase: 'Failed', ended: 400}, true],
	['running far beyond its deadline: its kubelet is away', {age: 900, phase: 'Running'}, true],
	['never started, its node away', {age: 900, phase: 'Pending'}, true],
	['failed just now: its run is about to read why', {age: 5, phase: 'Failed', ended: 3}, false],
	['running within its deadline', {age: 120, phase: 'Running'}, false],
	['running up to its deadline and a little more', {age: 310, phase: 'Running'}, false],
	['pending', {age: 20, phase: 'Pending'}, false],
	['on its way out', {age: 900, phase: 'Running', metadata: {deletionTimestamp: ago(1)}}, false],
	[
		'of a workload that bears our label',
		{age: 900, phase: 'Succeeded', ended: 800, metadata: {ownerReferences: [{kind: 'Job', name: 'x'}]}},
		false,
	],
	['of no run', {age: 900, phase: 'Succeeded', ended: 800, labels: {'app.kubernetes.io/managed-by': 'kubectl-hostport'}}, false],
	['somebody else’s', {age: 900, phase: 'Succeeded', ended: 800, labels: {'hostport.dev/run': 'abc'}}, false],
	['without a deadline, running', {age: 90_000, phase: 'Running', spec: {}}, false],
	['made in the future: a clock is wrong', {age: -900, phase: 'Running'}, false],
])('a pod that is %s', async (_, parts, isRemoved) => {
	const client = cluster([pod('x', parts)]);
	client.made.set('/api/v1/namespaces/kube-system/pods/x', {});
	expect((await sweep(client)).removed).toEqual(isRemoved ? ['kube-system/x'] : []);
	expect(deleted(client).map(({body}) => body)).toEqual(
		isRemoved ? [{apiVersion: 'v1', kind: 'DeleteOptions', preconditions: {uid: 'uid-x'}}] : [],
	);
});

const old = pod('old', {age: 2000, phase: 'Succeeded', ended: 1700});

test('nothing is removed where the server does not tell the time', async () => {
	const client = fakeCluster({objects: {'/api/v1/pods': [old]}});
	expect(await sweep(client)).toEqual({removed: [], left: [], reason: ''});
	expect(deleted(client)).toEqual([]);
});

test('where all namespaces together are closed, those are looked through that were named', async () => {
	const client = cluster([], {objects: {'/api/v1/pods': refusal(403, 'no'), '/api/v1/namespaces/kube-system/pods': [old]}});
	client.made.set('/api/v1/namespaces/kube-system/pods/old', {});
	expect((await sweep(client)).removed).toEqual(['kube-system/old']);
});

test('what may not be removed is named with the reason, and what somebody else has removed is not', async () => {
	const more = pod('more', {age: 2000, phase: 'Failed', ended: 1700});
	const client = cluster([old, more], {
		objects: {'DELETE /api/v1/namespaces/kube-system/pods/old': refusal(403, 'missing permission: delete pods', 'delete')},
	});
	const swept = await sweep(client);
	expect(swept).toEqual({removed: [], left: ['kube-system/old'], reason: 'missing permission: delete pods'});
	expect(sweptLines(swept)).toEqual([
		'1 leftover helper pod of runs that have ended could not be removed (missing permission: delete pods): kube-system/old; remove them with: kubectl hostport cleanup',
	]);
});

test('many are removed by one line', () => {
	const removed = Array.from({length: 7}, (_, index) => `kube-system/p${index}`);
	expect(sweptLines({removed, left: [], reason: ''})).toEqual([
		'removed 7 leftover helper pods of runs that have ended: kube-system/p0, kube-system/p1, kube-system/p2, kube-system/p3, kube-system/p4 and 2 more',
	]);
	expect(sweptLines({removed: [], left: [], reason: ''})).toEqual([]);
});

test('a look sweeps where it may tell, and not otherwise', async () => {
	const look = async (tells: boolean): Promise<{client: FakeCluster; told: unknown[]}> => {
		const objects: Record<string, unknown> = clusterObjects(['node-1'], {seesBinaries: true});
		const known = objects['/api/v1/pods'];
		const all = ({query}: ApiRequest): unknown =>
			String(query?.['labelSelector'] ?? '').includes('managed-by')
				? [old]
				: typeof known === 'function'
					? (known as (request: unknown) => unknown)({path: '/api/v1/pods', query})
					: known;
		const exec = async (): Promise<never> => Promise.reject(refusal(500, 'no', 'get', 'pods/exec'));
		const client = fakeCluster({serverTime: now, exec, objects: {...objects, '/api/v1/pods': all}});
		client.made.set('/api/v1/namespaces/kube-system/pods/old', {});
		const told: unknown[] = [];
		const onSwept = tells ? (swept: unknown) => told.push(swept) : undefined;
		await collectEvidence(client, {nodes: [], version: '1.0.0', signal: new AbortController().signal, onSwept});
		return {client, told};
	};
	const telling = await look(true);
	expect(telling.told).toEqual([{removed: ['kube-system/old'], left: [], reason: ''}]);
	expect(deleted((await look(false)).client).filter(({path}) => path.endsWith('/old'))).toEqual([]);
});
