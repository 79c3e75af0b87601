import {ApiFailure, conflict, notFound, type Status} from './api-failure.ts';
import type {ApiPath} from './api-path.ts';
import {collectionFilter, storeKey} from './list-objects.ts';
import {keyOf, type ObjectStore, type StoredObject} from './object-store.ts';
import type {Resource} from './resources.ts';
import {labelFilter} from './selectors.ts';
import {isDryRun, markedForDeletion, parseBody} from './write-objects.ts';

type DeleteOptions = {gracePeriodSeconds?: number; preconditions?: {uid?: string; resourceVersion?: string}; dryRun?: string[]};
type DeleteRequest = {readonly query: URLSearchParams; readonly body: string};

/**
 * DELETE of one object, with preconditions and dry run. A pod that runs is only marked: its kubelet takes it away.
 * @throws ApiFailure 404, 409
 */
export function deleteObject(store: ObjectStore, {resource, namespace, name = ''}: ApiPath, request: DeleteRequest): StoredObject | Status {
	const object = store.get(resource, storeKey(namespace, name));
	if (!object) throw notFound(resource, name);
	const options = readOptions(request);
	const {uid, resourceVersion} = options.preconditions ?? {};
	if (uid !== undefined && uid !== object.metadata.uid) {
		throw conflict(resource, name, `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${object.metadata.uid}`);
	}
	if (resourceVersion !== undefined && resourceVersion !== object.metadata.resourceVersion) {
		throw conflict(
			resource,
			name,
			`Precondition failed: ResourceVersion in precondition: ${resourceVersion}, ResourceVersion in object meta: ${object.metadata.resourceVersion}`,
		);
	}
	return remove(store, resource, object, options);
}

/** DELETE of a collection: everything that the selectors choose. */
export function deleteCollection(store: ObjectStore, path: ApiPath, request: DeleteRequest): Status {
	const options = readOptions(request);
	for (const object of store.all(path.resource).filter(collectionFilter(path, request.query)))
		remove(store, path.resource, object, options);
	return {kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success'};
}

/**
 * POST of an Eviction: a deletion that a PodDisruptionBudget can refuse.
 * @throws ApiFailure 404, 409, 429
 */
export function evictPod(store: ObjectStore, path: ApiPath, budgets: Resource, request: DeleteRequest): Status {
	const pod = store.get(path.resource, storeKey(path.namespace, path.name ?? ''));
	if (!pod) throw notFound(path.resource, path.name ?? '');
	const budget = store.all(budgets).find(one => one.metadata.namespace === path.namespace && protects(one, pod));
	if (budget) {
		throw new ApiFailure(429, 'TooManyRequests', "Cannot evict pod as it would violate the pod's disruption budget.", {
			causes: [
				{reason: 'DisruptionBudget', message: `The disruption budget ${budget.metadata.name} needs 1 healthy pods and has 1 currently`},
			],
		});
	}
	const eviction = request.body === '' ? {} : (parseBody(request.body) as {deleteOptions?: DeleteOptions});
	deleteObject(store, path, {query: request.query, body: JSON.stringify(eviction.deleteOptions ?? {})});
	return {kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201};
}

function protects(budget: StoredObject, pod: StoredObject): boolean {
	const labels = (budget['spec'] as {selector?: {matchLabels?: Record<string, string>}} | undefined)?.selector?.matchLabels ?? {};
	const allowed = (budget['status'] as {disruptionsAllowed?: number} | undefined)?.disruptionsAllowed ?? 1;
	return (
		allowed < 1 &&
		labelFilter(
			Object.entries(labels)
				.map(([key, value]) => `${key}=${value}`)
				.join(','),
		)(pod)
	);
}

function readOptions({query, body}: DeleteRequest): DeleteOptions & {readonly dry: boolean} {
	const options = body === '' ? {} : (parseBody(body) as DeleteOptions);
	const grace = query.get('gracePeriodSeconds');
	return {
		...options,
		...(grace !== null && {gracePeriodSeconds: Number(grace)}),
		dry: isDryRun({query}) || options.dryRun?.includes('All') === true,
	};
}

function remove(
	store: ObjectStore,
	resource: Resource,
	object: StoredObject,
	options: DeleteOptions & {readonly dry: boolean},
): StoredObject | Status {
	const spec = object['spec'] as {nodeName?: string; terminationGracePeriodSeconds?: number} | undefined;
	const grace = options.gracePeriodSeconds ?? spec?.terminationGracePeriodSeconds ?? 30;
	if (resource.kind === 'Pod' && spec?.nodeName !== undefined && grace > 0) {
		// A second, shorter deletion shortens the first; a longer one changes nothing.
		const shorter = grace < (object.metadata.deletionGracePeriodSeconds ?? Infinity);
		if (!shorter) return object;
		const marked = markedForDeletion(object, grace, new Date());
		return options.dry ? marked : store.replace(resource, marked);
	}
	if (!options.dry) store.remove(resource, keyOf(object));
	const details = {
		name: object.metadata.name,
		kind: resource.plural,
		...(resource.group && {group: resource.group}),
		...(object.metadata.uid && {uid: object.metadata.uid}),
	};
	return {kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details};
}
