import type {ApiRequest, ClusterClient, ExecOptions, ExecResult, ExecTarget} from '../../source/cluster/cluster-client.ts';
import {ClusterError} from '../../source/cluster/cluster-error.ts';

export type FakeAnswer = unknown;
export type FakeCluster = ClusterClient & {
	readonly requests: ApiRequest[];
	/** Pods that were made here and not removed. */
	readonly made: Map<string, unknown>;
};

export type FakeParts = {
	/** By path: an array is a collection, an Error is thrown, a function answers, anything else is an object. */
	readonly objects?: Readonly<Record<string, FakeAnswer>>;
	/** Status of a pod that was made, by how often it was asked for. */
	readonly podStatus?: (asked: number) => unknown;
	/** What the server's clock says; nothing unless told. */
	readonly serverTime?: number;
	readonly exec?: (target: ExecTarget, command: readonly string[], options: ExecOptions) => Promise<ExecResult>;
};

export function refusal(status: number, message: string, verb = 'list', resource = 'pods'): ClusterError {
	return new ClusterError(message, 'a hint', {verb, resource}, {status, reason: 'Refused'});
}

export const runningPod = {phase: 'Running', containerStatuses: [{state: {running: {}}}]};

/** A cluster of plain objects that answers like the real client; pods can be made and removed. */
export function fakeCluster({objects = {}, podStatus = () => runningPod, exec, serverTime}: FakeParts): FakeCluster {
	const requests: ApiRequest[] = [];
	const made = new Map<string, unknown>();
	const asked = new Map<string, number>();
	const answerTo = (request: ApiRequest): unknown => {
		requests.push(request);
		request.signal?.throwIfAborted();
		const {path, method = 'GET', body} = request;
		const known = objects[method === 'GET' ? path : `${method} ${path}`];
		if (known instanceof Error) throw known;
		if (typeof known === 'function') return (known as (request: ApiRequest) => unknown)(request);
		if (known !== undefined) return known;
		if (method === 'POST' && path.endsWith('/pods')) {
			if (request.query?.['dryRun'] === 'All') return body;
			const {name} = (body as {metadata: {name: string}}).metadata;
			made.set(`${path}/${name}`, body);
			return {metadata: {uid: `uid-${name}`}};
		}

		if (method === 'DELETE' && made.delete(path)) return {};
		if (made.has(path)) {
			const times = (asked.get(path) ?? 0) + 1;
			asked.set(path, times);
			return {...(made.get(path) as object), status: podStatus(times)};
		}

		throw refusal(404, `${path} not found`, 'get');
	};

	return {
		server: 'https://cluster.test:6443',
		context: 'test',
		namespace: 'default',
		serverTime,
		requests,
		made,
		get requestCount() {
			return requests.length;
		},
		async request<T>(request: ApiRequest) {
			await Promise.resolve();
			return answerTo(request) as T;
		},
		async list<T>(path: string, {take, query, signal}: Parameters<ClusterClient['list']>[1] = {}) {
			await Promise.resolve();
			const isOurs = objects[path] === undefined && /\/namespaces\/[^/]+\/pods$/u.test(path);
			const ours = [...made].filter(([name]) => name.startsWith(`${path}/`)).map(([, pod]) => pod);
			const items = (isOurs ? ours : answerTo({path, ...(query !== undefined && {query}), ...(signal !== undefined && {signal})})) as T[];
			return take === undefined ? [...items] : (items.map(take).filter(each => each !== undefined) as T[]);
		},
		watch: async () => Promise.reject(new Error('nothing is watched here')),
		async exec(target, command, options) {
			requests.push({path: `exec ${target.namespace}/${target.pod}`});
			if (exec === undefined) throw refusal(403, 'missing permission: create pods/exec', 'create', 'pods/exec');
			return exec(target, command, options);
		},
		async close() {
			await Promise.resolve();
		},
	};
}
