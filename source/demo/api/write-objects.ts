import {randomInt} from 'node:crypto';
import {parse} from 'yaml';
import {badRequest, notFound, staleVersion, conflict, unsupportedMediaType} from './api-failure.ts';
import type {ApiPath} from './api-path.ts';
import {storeKey} from './list-objects.ts';
import {checkApplyConflicts, withManagedFields, withoutUnapplied} from './managed-fields.ts';
import {timestamp, type ObjectStore, type StoredObject} from './object-store.ts';
import {jsonPatch, mergePatch, strategicMergePatch} from './patches.ts';
import {groupVersion, type Resource} from './resources.ts';
import {validate} from './validate-object.ts';

/** A request that writes an object. */
export type WriteRequest = {
	readonly query: URLSearchParams;
	readonly body: string;
	/** Without parameters, in lower case. */
	readonly contentType: string;
	/** The client's own name, which a real server takes for the manager where none is given. */
	readonly userAgent: string;
};

/** The stored object, and whether it was made (201) or was there (200). */
export type Written = {readonly object: StoredObject; readonly created: boolean};

/** @throws ApiFailure 400, 404 (namespace), 409, 422 */
export function createObject(store: ObjectStore, path: ApiPath, namespaces: Resource, request: WriteRequest): Written {
	const given = parseBody(request.body) as StoredObject;
	const {resource, namespace} = path;
	const name = given.metadata?.name ?? (given.metadata?.generateName === undefined ? '' : given.metadata.generateName + suffix());
	if (given.metadata?.namespace !== undefined && given.metadata.namespace !== namespace) {
		throw badRequest(`the namespace of the provided object does not match the namespace sent on the request`);
	}
	if (namespace !== undefined && !store.get(namespaces, namespace)) throw notFound(namespaces, namespace);
	const object = withDefaults(resource, {
		...given,
		apiVersion: groupVersion(resource.group, resource.version),
		kind: resource.kind,
		metadata: {...given.metadata, name, ...(namespace !== undefined && {namespace})},
	});
	validate(resource, object);
	const managed = withManagedFields(undefined, object, {manager: managerOf(request), operation: 'Update'}, new Date());
	if (!isDryRun(request)) return {object: store.add(resource, managed), created: true};
	if (store.get(resource, storeKey(namespace, name))) store.add(resource, managed);
	return {object: managed, created: true};
}

/** PUT. @throws ApiFailure 400, 404, 409, 422 */
export function updateObject(store: ObjectStore, path: ApiPath, request: WriteRequest): Written {
	const before = current(store, path);
	return {object: commit(store, path, before, parseBody(request.body) as StoredObject, request, 'Update'), created: false};
}

/** PATCH in the four forms; an apply patch makes what is not there. @throws ApiFailure 400, 404, 409, 415, 422 */
export function patchObject(store: ObjectStore, path: ApiPath, namespaces: Resource, request: WriteRequest): Written {
	const patch = parseBody(request.body);
	if (request.contentType === 'application/apply-patch+yaml') return applyObject(store, path, namespaces, request, patch as StoredObject);
	const before = current(store, path);
	return {
		object: commit(store, path, before, patched(path.resource, before, patch, request.contentType) as StoredObject, request, 'Update'),
		created: false,
	};
}

function applyObject(store: ObjectStore, path: ApiPath, namespaces: Resource, request: WriteRequest, patch: StoredObject): Written {
	const manager = request.query.get('fieldManager');
	if (!manager) throw badRequest('PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch');
	const before = store.get(path.resource, storeKey(path.namespace, path.name ?? ''));
	if (!before) return createObject(store, path, namespaces, request);
	const after = withoutUnapplied(before, patch, strategicMergePatch(before, patch) as StoredObject, manager);
	if (request.query.get('force') !== 'true') checkApplyConflicts(before, after, manager);
	return {object: commit(store, path, before, after, request, 'Apply'), created: false};
}

function patched(resource: Resource, before: StoredObject, patch: unknown, contentType: string): unknown {
	switch (contentType) {
		case 'application/merge-patch+json':
			return mergePatch(before, patch);
		case 'application/json-patch+json':
			return jsonPatch(before, patch);
		case 'application/strategic-merge-patch+json':
			if (!resource.custom) return strategicMergePatch(before, patch);
	}
	throw unsupportedMediaType(
		'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml',
	);
}

function commit(
	store: ObjectStore,
	path: ApiPath,
	before: StoredObject,
	given: StoredObject,
	request: WriteRequest,
	operation: 'Update' | 'Apply',
): StoredObject {
	const {resource} = path;
	const {name, namespace, uid, creationTimestamp, deletionTimestamp, generation} = before.metadata;
	const version = given.metadata?.resourceVersion;
	if (version !== undefined && version !== '' && version !== before.metadata.resourceVersion) throw staleVersion(resource, name);
	if (given.metadata?.name !== name)
		throw badRequest(`the name of the object (${given.metadata?.name}) does not match the name on the URL (${name})`);
	if (given.metadata.uid !== undefined && given.metadata.uid !== uid)
		throw conflict(resource, name, `Precondition failed: UID in precondition: ${given.metadata.uid}, UID in object meta: ${uid}`);
	const specChanged = JSON.stringify(given['spec']) !== JSON.stringify(before['spec']);
	const fixed = {
		uid,
		creationTimestamp,
		deletionTimestamp,
		namespace,
		generation: specChanged && generation !== undefined ? generation + 1 : generation,
	};
	const after = {
		...given,
		apiVersion: before.apiVersion,
		kind: before.kind,
		metadata: {...given.metadata, ...Object.fromEntries(Object.entries(fixed).filter(([, value]) => value !== undefined))},
	} as StoredObject;
	validate(resource, after);
	const managed = withManagedFields(before, after, {manager: managerOf(request), operation}, new Date());
	return isDryRun(request) ? managed : store.replace(resource, managed);
}

function current(store: ObjectStore, {resource, namespace, name = ''}: ApiPath): StoredObject {
	const object = store.get(resource, storeKey(namespace, name));
	if (!object) throw notFound(resource, name);
	return object;
}

/** JSON, or YAML for apply patches: JSON is YAML too, but a JSON parser is some hundred times as fast. */
export function parseBody(body: string): unknown {
	let value: unknown;
	try {
		value = body.startsWith('{') || body.startsWith('[') ? JSON.parse(body) : parse(body);
	} catch (error) {
		throw badRequest(`unable to decode the body: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`);
	}
	if (typeof value !== 'object' || value === null) throw badRequest('the body of the request is not an object');
	return value;
}

/** `dryRun=All`: everything is checked and answered, nothing is stored. @throws ApiFailure 400 for another word */
export function isDryRun({query}: {readonly query: URLSearchParams}): boolean {
	const word = query.get('dryRun');
	if (word !== null && word !== '' && word !== 'All') throw badRequest(`Invalid value: "${word}": dryRun must be All`);
	return word === 'All';
}

const managerOf = ({query, userAgent}: WriteRequest): string => query.get('fieldManager') ?? (userAgent.split('/')[0] || 'unknown');

function withDefaults(resource: Resource, object: StoredObject): StoredObject {
	const spec = (object['spec'] ?? {}) as Record<string, unknown>;
	if (resource.kind === 'Pod') {
		return {
			...object,
			spec: {restartPolicy: 'Always', terminationGracePeriodSeconds: 30, serviceAccountName: 'default', ...spec},
			status: {phase: 'Pending'},
		};
	}
	if (resource.group === 'apps') return {...object, metadata: {...object.metadata, generation: 1}, status: {}};
	return object;
}

const alphabet = 'bcdfghjklmnpqrstvwxz2456789';
/** Five letters as Kubernetes appends them to generateName (apimachinery, util/rand). */
export const suffix = (length = 5): string => Array.from({length}, () => alphabet[randomInt(alphabet.length)]).join('');

/** The part of a pod's deletion that the API server does: mark it, and leave the rest to the kubelet. */
export function markedForDeletion(object: StoredObject, graceSeconds: number, now: Date): StoredObject {
	const deletionTimestamp = timestamp(new Date(now.getTime() + graceSeconds * 1000));
	return {...object, metadata: {...object.metadata, deletionTimestamp, deletionGracePeriodSeconds: graceSeconds}};
}
