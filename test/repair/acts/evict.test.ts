import {expect, test} from 'vitest';
import type {ApiRequest, ListOptions} from '../../../source/cluster/cluster-client.ts';
import {ClusterError} from '../../../source/cluster/cluster-error.ts';
import {evictAll} from '../../../source/repair/acts/evict-pods.ts';
import {evict} from '../../../source/repair/acts/pods.ts';
import type {StepContext} from '../../../source/repair/step-work.ts';

/** What a step is given, with no more of it than these acts ask for. */
const contextOf = (client: object, clock: Pick<StepContext['clock'], 'now' | 'sleep'>): StepContext =>
	({
		client,
		clock,
		signal: new AbortController().signal,
		say: () => undefined,
		tell: () => undefined,
		plan: {kubernetes: 'v1.36.0'},
		budgets: {isSpent: false},
	}) as unknown as StepContext;

test('many workloads whose budgets refuse take one long wait, and a short one each', async () => {
	let now = 0;
	const refusal = new ClusterError(
		'too many',
		'wait',
		{verb: 'create', resource: 'pods/eviction'},
		{status: 429, reason: 'TooManyRequests'},
	);
	const context = contextOf(
		{request: async () => Promise.reject(refusal)},
		{
			now: () => now,
			sleep: async (milliseconds: number) => {
				await Promise.resolve();
				now += milliseconds;
			},
		},
	);
	const seconds: number[] = [];
	for (let workload = 0; workload < 20; workload += 1) {
		const began = now;
		await expect(evict(context, 'default', {name: `web-${workload}`, uid: '1'})).rejects.toThrow(/was refused/u);
		seconds.push(Math.round((now - began) / 1000));
	}

	expect(seconds[0]).toBeGreaterThanOrEqual(600);
	expect(Math.max(...seconds.slice(1))).toBeLessThanOrEqual(18);
});

/** A Deployment of pods with a hostPort; `placeOf` says on which node the one that follows the nth eviction comes up, two looks later. */
function deployment(size: number, placeOf: (eviction: number) => string) {
	type Kept = {uid: string; node: string; readyAt: number; hash: string};
	let looks = 0;
	let evictions = 0;
	let listed = 0;
	const pods = new Map<string, Kept>();
	for (let index = 0; index < size; index += 1) pods.set(`web-${index}`, {uid: `u${index}`, node: `node-${index}`, readyAt: 0, hash: 'rs'});
	const wire = ([name, {uid, node, readyAt, hash}]: [string, Kept]): object => ({
		metadata: {name, uid, labels: {'pod-template-hash': hash}, ownerReferences: [{controller: true, kind: 'ReplicaSet', uid: hash}]},
		spec: {nodeName: node},
		status: {podIP: '10.0.0.1', conditions: [{type: 'Ready', status: readyAt <= looks ? 'True' : 'False'}]},
	});
	const client = {
		async request({method = 'GET', path}: ApiRequest): Promise<unknown> {
			const name = path.split('/').at(method === 'POST' ? -2 : -1) ?? '';
			const found = pods.get(name);
			if (found === undefined) throw new ClusterError('gone', '', {verb: 'get', resource: 'pods'}, {status: 404, reason: 'NotFound'});
			if (method === 'GET') return wire([name, found]);
			pods.delete(name);
			evictions += 1;
			pods.set(`new-${evictions}`, {uid: `n${evictions}`, node: placeOf(evictions), readyAt: looks + 2, hash: 'rs'});
			return {kind: 'Status'};
		},
		async list(_: string, {query, take = object => object}: ListOptions): Promise<unknown[]> {
			looks += 1;
			const node = String(query?.['fieldSelector'] ?? '').replace('spec.nodeName=', '');
			const seen = [...pods].filter(([, each]) => node === '' || each.node === node);
			listed += seen.length;
			return seen
				.map(wire)
				.map(take)
				.filter(each => each !== undefined);
		},
	};
	const context = contextOf(client, {now: () => 0, sleep: async () => Promise.resolve()});
	return {
		pods,
		listed: () => listed,
		evictAll: async () =>
			evictAll(
				{namespace: 'default', owner: 'Deployment/web'},
				context,
				[...pods].map(([name, {uid}]) => ({name, uid})),
			),
	};
}

test('each pod of a Deployment is followed by one that is ready, and of the others none is read once more', async () => {
	const size = 200;
	const workload = deployment(size, eviction => `node-${eviction - 1}`);
	await workload.evictAll();
	expect([...workload.pods.keys()].filter(name => name.startsWith('new-'))).toHaveLength(size);
	// All of them once, then those of one node for each look.
	expect(workload.listed()).toBeLessThan(6 * size);
});

test('a pod of a Deployment may come up on another node', async () => {
	const workload = deployment(3, eviction => `other-${eviction}`);
	await workload.evictAll();
	expect([...workload.pods.keys()]).toEqual(['new-1', 'new-2', 'new-3']);
});
