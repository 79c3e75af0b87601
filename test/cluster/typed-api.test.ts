// The client library's calls over our own requests. What it does worse than these is held here: on the day that it no longer does, a test
// fails, and more can be left to it.
import {V1Pod} from '@kubernetes/client-node';
import {ObjectSerializer} from '@kubernetes/client-node/dist/gen/models/ObjectSerializer.js';
import {expect, test} from 'vitest';
import type {ApiRequest, ClusterClient} from '../../source/cluster/cluster-client.ts';
import {ClusterError} from '../../source/cluster/cluster-error.ts';
import {ask} from '../../source/cluster/typed-api.ts';

type Client = Pick<ClusterClient, 'request' | 'server'>;

/** A client that answers so, and what it was asked. */
function answering(answer: (request: ApiRequest) => unknown): {readonly client: Client; readonly asked: ApiRequest[]} {
	const asked: ApiRequest[] = [];
	const request = async <T>(each: ApiRequest): Promise<T> => {
		asked.push(each);
		return answer(each) as T;
	};
	return {client: {server: 'https://here:6443', request}, asked};
}

const {signal} = new AbortController();
const place = {name: 'cilium-config', namespace: 'kube-system'};

test('a patch goes out with its path, its type, its query and null for a key that goes', async () => {
	const {client, asked} = answering(() => ({kind: 'ConfigMap', metadata: {name: 'cilium-config', resourceVersion: '2'}}));
	const body = {metadata: {resourceVersion: '1'}, data: {'cni-chaining-mode': null}};
	const written = await ask(client, {signal, patchType: 'merge'}, async ({core}) =>
		core.patchNamespacedConfigMap({...place, body, fieldManager: 'us', dryRun: 'All'}),
	);
	expect(asked).toEqual([
		{
			method: 'PATCH',
			path: '/api/v1/namespaces/kube-system/configmaps/cilium-config',
			query: {fieldManager: 'us', dryRun: 'All'},
			patchType: 'merge',
			body,
			signal,
		},
	]);
	expect(written.metadata?.resourceVersion).toBe('2');
});

test('a deletion keeps its preconditions, and a creation is no patch', async () => {
	const {client, asked} = answering(() => ({kind: 'Status', status: 'Success'}));
	const preconditions = {uid: 'u-1', resourceVersion: '7'};
	await ask(client, {signal}, async ({core}) => core.deleteNamespacedPod({name: 'web-1', namespace: 'default', body: {preconditions}}));
	await ask(client, {signal, patchType: 'merge'}, async ({core}) =>
		core.createNamespacedConfigMap({namespace: 'default', body: {metadata: {name: 'x'}, data: {a: 'b'}}}),
	);
	expect(asked[0]).toMatchObject({method: 'DELETE', path: '/api/v1/namespaces/default/pods/web-1', body: {preconditions}});
	expect(asked[1]).toEqual({
		method: 'POST',
		path: '/api/v1/namespaces/default/configmaps',
		query: {},
		body: {metadata: {name: 'x'}, data: {a: 'b'}},
		signal,
	});
});

test('what our own request throws comes through as it is', async () => {
	const gone = new ClusterError('not there', 'look again', {verb: 'get', resource: 'configmaps'}, {status: 404, reason: 'NotFound'});
	const {client} = answering(() => {
		throw gone;
	});
	await expect(ask(client, {signal}, async ({core}) => core.readNamespacedConfigMap(place))).rejects.toBe(gone);
});

test.each([
	['a list where names belong', {kind: 'Pod', metadata: {ownerReferences: 7}}],
	['a text where an object belongs', {kind: 'Pod', spec: {containers: 'none'}, metadata: {ownerReferences: {a: 1}}}],
])('an answer of another form is no pod: %s', async (_, answer) => {
	const {client} = answering(() => answer);
	const asked = ask(client, {signal}, async ({core}) => core.readNamespacedPod({name: 'a', namespace: 'b'}));
	await expect(asked).rejects.toMatchObject({name: 'ClusterError', reason: 'NotKubernetes', verb: 'get', resource: 'pods'});
});

test('a call that is wrong by itself is a fault of ours and says so', async () => {
	const {client, asked} = answering(() => ({kind: 'Pod'}));
	const wrong = ask(client, {signal}, async ({core}) => core.readNamespacedPod({name: undefined as unknown as string, namespace: 'b'}));
	await expect(wrong).rejects.toThrow(/Required parameter name/u);
	expect(asked).toEqual([]);
});

test('the library drops what it does not know of an object: what is created again is read and sent by our own request', () => {
	const pod = {apiVersion: 'v1', kind: 'Pod', metadata: {name: 'a'}, spec: {containers: [], tomorrow: 'kept'}, alsoTomorrow: 1};
	const read = ObjectSerializer.deserialize(pod, 'V1Pod', '') as V1Pod;
	expect(read).toBeInstanceOf(V1Pod);
	expect(JSON.stringify(ObjectSerializer.serialize(read, 'V1Pod', ''))).not.toMatch(/omorrow/u);
});

test('the library takes whatever stands where a text belongs: what is shown is made printable by us', () => {
	const read = ObjectSerializer.deserialize({kind: 'Pod', metadata: {name: {a: 1}}}, 'V1Pod', '') as V1Pod;
	expect(read.metadata?.name).toEqual({a: 1});
});
