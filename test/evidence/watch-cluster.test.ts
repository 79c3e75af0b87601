import {afterEach, describe, expect, it, vi} from 'vitest';
import type {ClusterClient, WatchRequest} from '../../source/cluster/cluster-client.ts';
import {nodeOf} from '../../source/evidence/objects/nodes.ts';
import {hostPortPodOf} from '../../source/evidence/objects/host-port-pods.ts';
import {watchCluster, type WatchState} from '../../source/evidence/watch-cluster.ts';
import type {SeenParts} from '../../source/evidence/watched-kinds.ts';
import {refusal} from './fake-cluster.ts';

type Watched = WatchRequest & {readonly path: string; readonly end: () => void; readonly fail: (error: Error) => void};

const stops: AbortController[] = [];
afterEach(() => {
	for (const stop of stops.splice(0)) stop.abort();
	vi.useRealTimers();
});

const parts = ['nodes', 'pods', 'agents', 'cilium-config', 'daemonsets', 'node-configs'] as const;

type Given = {
	/** By a part of the path: what lists are answered with. */
	readonly lists?: Readonly<Record<string, unknown>>;
	readonly late?: {readonly part: string; readonly until: Promise<void>};
	/** What the look before saw, and at which version it read each part: all of them at 7 unless told. */
	readonly seen?: SeenParts;
	readonly since?: ReadonlyMap<(typeof parts)[number], string>;
};

/** A server whose watches the test feeds. */
function follow({lists: given = {}, late, seen, since = new Map(parts.map(part => [part, '7']))}: Given = {}) {
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
			const answer = Object.entries(given).find(([part]) => path.includes(part))?.[1];
			if (answer instanceof Error) throw answer;
			return answer ?? {metadata: {resourceVersion: '9'}, items: []};
		},
		watch: async (path: string, options: WatchRequest) =>
			new Promise<void>((resolve, reject) => {
				open.push({...options, path, end: resolve, fail: reject});
				options.signal.addEventListener('abort', () => reject(new Error('ended')), {once: true});
			}),
	} as unknown as ClusterClient;
	const done = watchCluster(client, {
		namespace: 'kube-system',
		seen: () => seen,
		since,
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

const web = {metadata: {uid: 'p', name: 'web'}, spec: {containers: [{name: 'web', ports: [{containerPort: 80, hostPort: 8080}]}]}};
const configMap = (version: string, data: object) => ({
	metadata: {resourceVersion: '9'},
	items: [{metadata: {name: 'cilium-config', namespace: 'kube-system', uid: 'c', resourceVersion: version}, data}],
});
/** The look before: a node, a pod, cilium-config at version 3. */
const seen = {
	nodes: [nodeOf(node('True', '1'))],
	pods: [{...hostPortPodOf(web), owner: 'DaemonSet/web'}],
	cilium: {configMap: {data: {a: '1'}, resourceVersion: '3'}},
} as unknown as SeenParts;

describe('what changed between the look and the watch', () => {
	it('is told by the watch itself, which goes on from what the look has read', async () => {
		const {watch, onChange} = follow({seen});
		const nodes = await watch('/nodes');
		expect(nodes.query).toMatchObject({resourceVersion: '7'});
		nodes.onLine(event('MODIFIED', node('False', '2')));
		expect(onChange).toHaveBeenCalledTimes(1);
	});

	it('is looked for once where the look has listed nothing that a watch can go on from', async () => {
		const {watch, onChange} = follow({seen, since: new Map(parts.filter(part => part !== 'nodes').map(part => [part, '7']))});
		expect((await watch('/nodes')).query).toMatchObject({resourceVersion: '9'});
		expect(onChange).toHaveBeenCalledTimes(1);
	});

	it.each([
		['is as it was seen', configMap('3', {a: '1'}), 0],
		['changed', configMap('5', {a: '2'}), 1],
		['is gone', {metadata: {resourceVersion: '9'}, items: []}, 1],
	])('shows by the version of cilium-config, which a look gets alone: it %s', async (_, configmaps, changes) => {
		const since = new Map(parts.filter(part => part !== 'cilium-config').map(part => [part, '7'] as const));
		const {watch, onChange} = follow({seen, since, lists: {configmaps}});
		expect((await watch('/configmaps')).query).toMatchObject({resourceVersion: '9'});
		expect(onChange).toHaveBeenCalledTimes(changes);
	});

	it('is looked for where the server has forgotten what the look has read', async () => {
		const {watch, lists, onChange} = follow({seen});
		(await watch('/nodes')).fail(refusal(410, 'too old resource version', 'watch', 'nodes'));
		expect((await watch('/nodes', 1)).query).toMatchObject({resourceVersion: '9'});
		expect(lists.filter(path => path.endsWith('/nodes'))).toHaveLength(2);
		expect(onChange).toHaveBeenCalledTimes(1);
	});

	it('is nothing where the first that is told of an object is as it was seen', async () => {
		const {watch, onChange} = follow({seen});
		(await watch('/nodes')).onLine(event('MODIFIED', node('True', '2')));
		(await watch('/api/v1/pods')).onLine(event('MODIFIED', web));
		(await watch('/configmaps')).onLine(event('MODIFIED', configMap('8', {a: '1'}).items[0]));
		expect(onChange).not.toHaveBeenCalled();
	});

	it.each([
		['a pod that ends', '/api/v1/pods', 'MODIFIED', {...web, status: {phase: 'Succeeded'}}],
		['a pod that is gone', '/api/v1/pods', 'DELETED', web],
		['a node that is gone', '/nodes', 'DELETED', node('True', '2')],
		['cilium-config that is gone', '/configmaps', 'DELETED', configMap('8', {a: '1'}).items[0]],
		['a pod that is new and gone', '/api/v1/pods', 'DELETED', {...web, metadata: {uid: 'q', name: 'other'}}],
	])('is something where the first that is told is %s', async (_, part, type, object) => {
		const {watch, onChange} = follow({seen});
		(await watch(part)).onLine(event(type, object));
		expect(onChange).toHaveBeenCalledTimes(1);
	});

	it('is something where a node is deleted and is there again as it was', async () => {
		const {watch, onChange} = follow({seen});
		const nodes = await watch('/nodes');
		nodes.onLine(event('DELETED', node('True', '1')));
		const again = node('True', '1');
		nodes.onLine(event('ADDED', {...again, metadata: {...again.metadata, uid: 'n2'}}));
		expect(onChange).toHaveBeenCalledTimes(2);
	});
});

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
		expect((await watch('/nodes', 2)).query).toMatchObject({resourceVersion: '9'});
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
		first.onLine(event('BOOKMARK', {metadata: {resourceVersion: '8'}}));
		await vi.advanceTimersByTimeAsync(300_000);
		expect(states.at(-1)).toEqual({is: 'live'});
		await vi.advanceTimersByTimeAsync(40_000);
		expect(states.some(({is}) => is === 'lost')).toBe(true);
		vi.useRealTimers();
		expect((await watch('/nodes', 1)).query).toMatchObject({resourceVersion: '8'});
	});

	it('says live once every kind is heard of, and not before', async () => {
		const {promise: until, resolve: answer} = Promise.withResolvers<void>();
		const {watch, states} = follow({
			lists: {ciliumnodeconfigs: refusal(404, 'no such kind', 'list')},
			late: {part: 'daemonsets', until},
		});
		for (const part of ['/nodes', '/api/v1/pods', '/namespaces/kube-system/pods', '/configmaps']) await watch(part);
		await vi.waitFor(() => expect(states).toEqual([]));
		answer();
		await watch('/daemonsets');
		expect(states).toEqual([{is: 'live'}]);
	});

	it('names what may not be watched, and is content without kinds that the cluster does not have', async () => {
		const {states, watch} = follow({
			lists: {'/api/v1/pods': refusal(403, 'no', 'list', 'pods'), ciliumnodeconfigs: refusal(404, 'no such kind', 'list')},
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
