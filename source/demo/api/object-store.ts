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

/** `sorted`: its keys in the order in which a list gives them; undefined until it is asked for. */
type Table = {readonly objects: Map<string, StoredObject>; sorted: readonly string[] | undefined};

/** Makes the store of the demo's objects: tables by kind, versions, and who listens to changes. */
export function createObjectStore() {
	const tables = new Map<string, Table>();
	const log = changeLog();
	let version = 1_000;

	const tableOf = ({group, plural}: Resource): Table => {
		const id = `${group}/${plural}`;
		const table = tables.get(id) ?? {objects: new Map(), sorted: undefined};
		tables.set(id, table);
		return table;
	};
	const stamped = (object: StoredObject): StoredObject => ({...object, metadata: {...object.metadata, resourceVersion: String(++version)}});

	return {
		get version(): number {
			return version;
		},
		get: (resource: Resource, key: string): StoredObject | undefined => tableOf(resource).objects.get(key),
		/** Keys of one resource in the order in which a list gives them. */
		keys(resource: Resource): readonly string[] {
			const table = tableOf(resource);
			return (table.sorted ??= [...table.objects.keys()].sort());
		},
		all: (resource: Resource): readonly StoredObject[] => [...tableOf(resource).objects.values()],
		/** @throws ApiFailure 409 if the name is taken. */
		add(resource: Resource, object: StoredObject): StoredObject {
			const [key, table] = [keyOf(object), tableOf(resource)];
			if (table.objects.has(key)) throw alreadyExists(resource, object.metadata.name);
			const added = stamped({...object, metadata: {uid: randomUUID(), creationTimestamp: timestamp(new Date()), ...object.metadata}});
			table.objects.set(key, added);
			table.sorted = undefined;
			log.announce({type: 'ADDED', resource, object: added, before: undefined, version});
			return added;
		},
		/** Puts a new state in the place of an existing object; the caller has checked versions. @throws ApiFailure 404 */
		replace(resource: Resource, object: StoredObject): StoredObject {
			const [key, {objects}] = [keyOf(object), tableOf(resource)];
			const before = objects.get(key);
			if (!before) throw notFound(resource, object.metadata.name);
			const replaced = stamped(object);
			objects.set(key, replaced);
			log.announce({type: 'MODIFIED', resource, object: replaced, before, version});
			return replaced;
		},
		remove(resource: Resource, key: string): StoredObject | undefined {
			const table = tableOf(resource);
			const before = table.objects.get(key);
			if (!before) return undefined;
			table.objects.delete(key);
			table.sorted = undefined;
			const removed = stamped(before);
			log.announce({type: 'DELETED', resource, object: removed, before, version});
			return removed;
		},
		changesSince: log.changesSince,
		subscribe: log.subscribe,
		/** Ends the first filling: what was added so far is the past that no watcher can ask for. */
		seal: () => log.forgetBefore(version),
	};
}

/** What changed, as far back as it is kept, and who hears of it. */
function changeLog() {
	const listeners = new Set<(change: Change) => void>();
	const history: Change[] = [];
	let oldest = 0;
	return {
		announce(change: Change): void {
			history.push(change);
			if (history.length > historyLength) oldest = history.shift()?.version ?? oldest;
			for (const listener of listeners) listener(change);
		},
		/** Changes after `since`. @throws ApiFailure 410 if some of them are forgotten. */
		changesSince: (since: number): readonly Change[] => {
			if (since < oldest) throw expired(`too old resource version: ${since} (${oldest})`);
			return history.filter(change => change.version > since);
		},
		/** Called for every change until the returned function is. */
		subscribe: (listener: (change: Change) => void): (() => void) => {
			listeners.add(listener);
			return () => listeners.delete(listener);
		},
		forgetBefore(version: number): void {
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
