import {afterEach, describe, expect, it, vi} from 'vitest';
import type {ClusterClient, WatchRequest} from '../../source/cluster/cluster-client.ts';
import {watchCluster, type WatchState} from '../../source/evidence/watch-cluster.ts';
import {refusal} from './fake-cluster.ts';

type Watched = WatchRequest & {readonly path: string; readonly end: () => void; readonly fail: (error: Error) => void};

const stops: AbortController[] = [];
afterEach(() => {
	for (const stop of stops.splice(0)) stop.abort();
	vi.useRealTimers();
});

/** A server whose watches the test feeds. */
function follow(refused: Readonly<Record<string, Error>> = {}, late?: {readonly part: string; readonly until: Promise<void>}) {
	const open: Watched[] = [];
	const lists: string[] = [];
	const states: WatchState[] = [];
	const stop = new AbortController();
	stops.push(stop);
	const onChange = vi.fn<() => void>();
	const client = {
		async request({path}: {path: string}) {
			lists.push(path);
			if (late !== undefined && path.includes(late.part)) await late.until;
			const error = Object.entries(refused).find(([part]) => path.includes(part))?.[1];
			if (error !== undefined) throw error;
			return {metadata: {resourceVersion: '7'}, items: []};
		},
		watch: async (path: string, options: WatchRequest) =>
			new Promise<void>((resolve, reject) => {
				open.push({...options, path, end: resolve, fail: reject});
				options.signal.addEventListener('abort', () => reject(new Error('ended')), {once: true});
			}),
	} as unknown as ClusterClient;
	const done = watchCluster(client, {
		namespace: 'kube-system',
		seen: () => undefined,
		signal: stop.signal,
		onChange,
		onState: state => states.push(state),
	});
	const watch = async (part: string, number = 0): Promise<Watched> =>
		vi.waitUntil(() => open.filter(({path}) => path.endsWith(part))[number], {timeout: 10_000});
	return {watch, lists, states, stop, onChange, done};
}

const node = (ready: string, heartbeat: string) => ({
	metadata: {name: 'node-1', uid: 'n1', resourceVersion: '8'},
	status: {conditions: [{type: 'Ready', status: ready, lastHeartbeatTime: heartbeat}], addresses: []},
});
const event = (type: string, object: unknown): string => JSON.stringify({type, object});

describe('watching a cluster', () => {
	it('tells of what a diagnosis depends on, and of nothing else', async () => {
		const {watch, onChange} = follow();
		const nodes = await watch('/nodes');
		nodes.onLine(event('MODIFIED', node('True', '1')));
		expect(onChange).toHaveBeenCalledTimes(1);
		nodes.onLine(event('MODIFIED', node('True', '2')));
		expect(onChange).toHaveBeenCalledTimes(1);
		nodes.onLine(event('MODIFIED', node('False', '3')));
		expect(onChange).toHaveBeenCalledTimes(2);
		nodes.onLine(event('DELETED', node('False', '3')));
		expect(onChange).toHaveBeenCalledTimes(3);
	});

	it('does not even read pods without a hostPort', async () => {
		const {watch, onChange} = follow();
		const pods = await watch('/api/v1/pods');
		pods.onLine('{"type":"ADDED","object":{"spec":{"containers":[{"ports":[{"containerPort":80}]}]},"broken');
		expect(onChange).not.toHaveBeenCalled();
		const web = {metadata: {uid: 'p', name: 'web'}, spec: {containers: [{name: 'web', ports: [{containerPort: 80, hostPort: 8080}]}]}};
		pods.onLine(event('ADDED', web));
		expect(onChange).toHaveBeenCalledTimes(1);
	});

	it('goes on where it left off, and asks for all again where the server has forgotten that', async () => {
		const {watch, lists, onChange} = follow();
		const first = await watch('/nodes');
		expect(first.query).toMatchObject({resourceVersion: '7'});
		first.onLine(event('BOOKMARK', {metadata: {resourceVersion: '90'}}));
		first.end();
		const second = await watch('/nodes', 1);
		expect(second.query).toMatchObject({resourceVersion: '90'});
		expect(onChange).not.toHaveBeenCalled();
		second.onLine(event('ERROR', {code: 410, reason: 'Expired'}));
		second.end();
		expect((await watch('/nodes', 2)).query).toMatchObject({resourceVersion: '7'});
		expect(lists.filter(path => path.endsWith('/nodes'))).toHaveLength(2);
		expect(onChange).toHaveBeenCalledTimes(1);
	});

	it('says that the connection is lost, and that it is there again', async () => {
		const {watch, states} = follow();
		(await watch('/nodes')).fail(new Error('connection lost'));
		await vi.waitUntil(() => states.some(({is}) => is === 'lost'));
		await watch('/nodes', 1);
		expect(states.at(-1)).toEqual({is: 'live'});
	});

	it('takes a watch that does not end when it was to for lost, and goes on where it left off', async () => {
		vi.useFakeTimers({toFake: ['setTimeout', 'clearTimeout']});
		const {watch, states} = follow();
		const first = await watch('/nodes');
		first.onLine(event('BOOKMARK', {metadata: {resourceVersion: '9'}}));
		await vi.advanceTimersByTimeAsync(300_000);
		expect(states.at(-1)).toEqual({is: 'live'});
		await vi.advanceTimersByTimeAsync(40_000);
		expect(states.some(({is}) => is === 'lost')).toBe(true);
		vi.useRealTimers();
		expect((await watch('/nodes', 1)).query).toMatchObject({resourceVersion: '9'});
	});

	it('says live once every kind is heard of, and not before', async () => {
		const {promise: until, resolve: answer} = Promise.withResolvers<void>();
		const {watch, states} = follow({ciliumnodeconfigs: refusal(404, 'no such kind', 'list')}, {part: 'daemonsets', until});
		for (const part of ['/nodes', '/api/v1/pods', '/namespaces/kube-system/pods', '/configmaps']) await watch(part);
		await vi.waitFor(() => expect(states).toEqual([]));
		answer();
		await watch('/daemonsets');
		expect(states).toEqual([{is: 'live'}]);
	});

	it('names what may not be watched, and is content without kinds that the cluster does not have', async () => {
		const {states, watch} = follow({
			'/api/v1/pods': refusal(403, 'no', 'list', 'pods'),
			ciliumnodeconfigs: refusal(404, 'no such kind', 'list'),
		});
		await watch('/nodes');
		await vi.waitUntil(() => states.at(-1)?.is === 'refused', {timeout: 10_000});
		expect(states.at(-1)).toEqual({is: 'refused', kinds: ['pods']});
	});

	it('ends with its signal', async () => {
		const {watch, stop, done} = follow();
		await watch('/nodes');
		stop.abort();
		await done;
	});
});
