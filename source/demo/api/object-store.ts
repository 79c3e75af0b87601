import {randomUUID} from 'node:crypto';
import {alreadyExists, expired, notFound} from './api-failure.ts';
import type {Resource} from './resources.ts';

/** Who set which fields, as the API server keeps it. */
export type ManagedFields = {
	manager: string;
	operation: 'Update' | 'Apply';
	apiVersion: string;
	time: string;
	fieldsType: 'FieldsV1';
	fieldsV1: Record<string, unknown>;
};

/** Metadata of an object of the demo. */
export type ObjectMetadata = {
	readonly name: string;
	readonly generateName?: string;
	readonly namespace?: string;
	readonly uid?: string;
	readonly resourceVersion?: string;
	readonly generation?: number;
	readonly creationTimestamp?: string;
	readonly deletionTimestamp?: string;
	readonly deletionGracePeriodSeconds?: number;
	readonly labels?: Readonly<Record<string, string>>;
	readonly annotations?: Readonly<Record<string, string>>;
	readonly ownerReferences?: readonly {apiVersion: string; kind: string; name: string; uid: string; controller?: boolean}[];
	readonly managedFields?: readonly ManagedFields[];
};

/** Objects are never changed in place: a write puts a new one, so readers and watchers may share parts of them. */
export type StoredObject = {
	readonly apiVersion: string;
	readonly kind: string;
	readonly metadata: ObjectMetadata;
	readonly [field: string]: unknown;
};

/** One change of an object, as watches hear of it. */
export type Change = {
	readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
	readonly resource: Resource;
	readonly object: StoredObject;
	/** What stood there before; undefined for ADDED. */
	readonly before: StoredObject | undefined;
	readonly version: number;
};

/** Changes kept for watchers that come back; older ones answer 410, as etcd's compaction makes a real server do. */
const historyLength = 2_048;

/** The demo's etcd: objects by resource and `namespace/name`, one growing version number, and who wants to hear of changes. */
export type ObjectStore = ReturnType<typeof createObjectStore>;

/** Makes the store of the demo's objects: tables by kind, versions, and who listens to changes. */
export function createObjectStore() {
	const tables = new Map<string, Map<string, StoredObject>>();
	const sorted = new Map<string, readonly string[]>();
	const listeners = new Set<(change: Change) => void>();
	const history: Change[] = [];
	let version = 1_000;
	let oldest = version;

	const tableOf = (resource: Resource) => {
		const id = `${resource.group}/${resource.plural}`;
		let table = tables.get(id);
		if (!table) tables.set(id, (table = new Map()));
		return table;
	};
	const forgetOrder = (resource: Resource) => sorted.delete(`${resource.group}/${resource.plural}`);

	function announce(type: Change['type'], resource: Resource, object: StoredObject, before: StoredObject | undefined): void {
		const change = {type, resource, object, before, version};
		history.push(change);
		if (history.length > historyLength) oldest = history.shift()?.version ?? oldest;
		for (const listener of listeners) listener(change);
	}

	const stamped = (object: StoredObject): StoredObject => ({...object, metadata: {...object.metadata, resourceVersion: String(++version)}});

	return {
		get version(): number {
			return version;
		},
		get: (resource: Resource, key: string): StoredObject | undefined => tableOf(resource).get(key),
		/** Keys of one resource in the order in which a list gives them. */
		keys(resource: Resource): readonly string[] {
			const id = `${resource.group}/${resource.plural}`;
			let keys = sorted.get(id);
			if (!keys) sorted.set(id, (keys = [...tableOf(resource).keys()].sort()));
			return keys;
		},
		all: (resource: Resource): readonly StoredObject[] => [...tableOf(resource).values()],
		/** @throws ApiFailure 409 if the name is taken. */
		add(resource: Resource, object: StoredObject): StoredObject {
			const key = keyOf(object);
			if (tableOf(resource).has(key)) throw alreadyExists(resource, object.metadata.name);
			const added = stamped({...object, metadata: {uid: randomUUID(), creationTimestamp: timestamp(new Date()), ...object.metadata}});
			tableOf(resource).set(key, added);
			forgetOrder(resource);
			announce('ADDED', resource, added, undefined);
			return added;
		},
		/** Puts a new state in the place of an existing object; the caller has checked versions. @throws ApiFailure 404 */
		replace(resource: Resource, object: StoredObject): StoredObject {
			const key = keyOf(object);
			const before = tableOf(resource).get(key);
			if (!before) throw notFound(resource, object.metadata.name);
			const replaced = stamped(object);
			tableOf(resource).set(key, replaced);
			announce('MODIFIED', resource, replaced, before);
			return replaced;
		},
		remove(resource: Resource, key: string): StoredObject | undefined {
			const before = tableOf(resource).get(key);
			if (!before) return undefined;
			tableOf(resource).delete(key);
			forgetOrder(resource);
			const removed = stamped(before);
			announce('DELETED', resource, removed, before);
			return removed;
		},
		/** Changes after `since`. @throws ApiFailure 410 if some of them are forgotten. */
		changesSince(since: number): readonly Change[] {
			if (since < oldest) throw expired(`too old resource version: ${since} (${oldest})`);
			return history.filter(change => change.version > since);
		},
		/** Called for every change until the returned function is. */
		subscribe(listener: (change: Change) => void): () => void {
			listeners.add(listener);
			return () => listeners.delete(listener);
		},
		/** Ends the first filling: what was added so far is the past that no watcher can ask for. */
		seal(): void {
			history.length = 0;
			oldest = version;
		},
	};
}

/** `namespace/name`, or `name` where there is no namespace. */
export function keyOf({metadata: {namespace, name}}: {readonly metadata: {readonly namespace?: string; readonly name: string}}): string {
	return namespace === undefined ? name : `${namespace}/${name}`;
}

/** RFC 3339 in whole seconds, as Kubernetes writes `metav1.Time`. */
export const timestamp = (date: Date): string => `${date.toISOString().slice(0, 19)}Z`;
