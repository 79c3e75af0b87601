import type {ServerResponse} from 'node:http';
import {badRequest, methodNotAllowed, notFound, unknownResource} from './api-failure.ts';
import {parseApiPath, type ApiPath} from './api-path.ts';
import {deleteCollection, deleteObject, evictPod} from './delete-objects.ts';
import {discoveryDocument} from './discovery.ts';
import {listObjects, storeKey, type ObjectList} from './list-objects.ts';
import type {ObjectStore, StoredObject} from './object-store.ts';
import {findResource, groupVersion, type Resource} from './resources.ts';
import {reviewAccess} from './review-access.ts';
import {tableOf, wantsTable} from './table.ts';
import {createObject, patchObject, updateObject, type WriteRequest} from './write-objects.ts';
import {watchObjects} from './watch-objects.ts';

/** What answers are made from. */
export type ApiServing = {
	readonly store: ObjectStore;
	readonly resources: readonly Resource[];
	/** `v1.26.9`. */
	readonly kubernetes: string;
	/** Text of a container's log. */
	readonly log: (pod: StoredObject, query: URLSearchParams) => string;
};

/** One request, read to its end. */
export type Call = WriteRequest & {readonly method: string; readonly path: string; readonly accept: string};

/** An answer of the demo's API server: an object, a text, or a stream. */
export type Reply =
	| {readonly code: number; readonly body: unknown}
	| {readonly code: number; readonly text: string}
	| {readonly stream: (response: ServerResponse) => void};

/** Answers any request of the API but an exec. @throws ApiFailure */
export function answerCall(serving: ApiServing, call: Call): Reply {
	const {method, path: words, body} = call;
	if (words === '/version') return {code: 200, body: versionInfo(serving.kubernetes)};
	const review = method === 'POST' ? reviewAccess(words, body) : undefined;
	if (review) return {code: 201, body: review};
	const discovery = method === 'GET' ? discoveryDocument(words, serving.resources) : undefined;
	if (discovery) return {code: 200, body: discovery};
	const path = parseApiPath(words, serving.resources);
	if (path === 'unknown-group') return {code: 404, text: '404 page not found\n'};
	if (path === 'unknown-resource') throw unknownResource();
	if (path.subresource !== undefined) return answerSubresource(serving, path, call);
	return path.name === undefined ? answerCollection(serving, path, call) : answerObject(serving, path, call);
}

function answerCollection({store, resources}: ApiServing, path: ApiPath, call: Call): Reply {
	const {method, query} = call;
	if (method === 'GET' && ['true', '1'].includes(query.get('watch') ?? ''))
		return {stream: response => watchObjects(store, path, query, response)};
	if (method === 'GET') return {code: 200, body: presentedList(listObjects(store, path, query), path, call)};
	if (method === 'DELETE') return {code: 200, body: deleteCollection(store, path, call)};
	if (method !== 'POST' || path.resource.namespaced !== (path.namespace !== undefined)) throw methodNotAllowed();
	return {code: 201, body: shown(path, createObject(store, path, builtIn(resources, 'namespaces'), call).object)};
}

/** As the client asks for it. */
const presentedList = (list: ObjectList, {resource}: ApiPath, {accept}: Call): object =>
	wantsTable(accept) ? tableOf(list.items, resource, list.metadata) : list;

function answerObject({store, resources}: ApiServing, path: ApiPath, call: Call): Reply {
	const {resource, namespace, name = ''} = path;
	switch (call.method) {
		case 'GET': {
			const object = store.get(resource, storeKey(namespace, name));
			if (!object) throw notFound(resource, name);
			return {code: 200, body: wantsTable(call.accept) ? tableOf([object], resource, {}) : shown(path, object)};
		}
		case 'PUT':
			return {code: 200, body: shown(path, updateObject(store, path, call).object)};
		case 'PATCH': {
			const {object, created} = patchObject(store, path, builtIn(resources, 'namespaces'), call);
			return {code: created ? 201 : 200, body: shown(path, object)};
		}
		case 'DELETE':
			return {code: 200, body: deleteObject(store, path, call)};
		default:
			throw methodNotAllowed();
	}
}

function answerSubresource({store, resources, log}: ApiServing, path: ApiPath, call: Call): Reply {
	const pod = findPod(store, path);
	switch (`${call.method} ${path.subresource}`) {
		case 'GET log':
			return {code: 200, text: log(pod, call.query)};
		case 'POST eviction':
			return {code: 201, body: evictPod(store, path, builtIn(resources, 'poddisruptionbudgets'), call)};
		case 'GET exec':
		case 'POST exec':
			throw badRequest('Upgrade request required');
		default:
			throw unknownResource();
	}
}

/** The pod whose subresource a path names. @throws ApiFailure 404 */
export function findPod(store: ObjectStore, {resource, namespace, name = ''}: ApiPath): StoredObject {
	if (resource.plural !== 'pods') throw unknownResource();
	const pod = store.get(resource, storeKey(namespace, name));
	if (!pod) throw notFound(resource, name);
	return pod;
}

/** In the version that the path asks for. */
const shown = ({resource, version}: ApiPath, object: StoredObject): StoredObject => ({
	...object,
	apiVersion: groupVersion(resource.group, version),
});

function builtIn(resources: readonly Resource[], plural: 'namespaces' | 'poddisruptionbudgets'): Resource {
	return findResource(resources, plural === 'namespaces' ? '' : 'policy', 'v1', plural) as Resource;
}

function versionInfo(gitVersion: string) {
	const [, major, minor] = /^v(\d+)\.(\d+)/u.exec(gitVersion) ?? [];
	return {major, minor, gitVersion, gitTreeState: 'clean', goVersion: 'go1.22', compiler: 'gc', platform: 'linux/amd64'};
}
