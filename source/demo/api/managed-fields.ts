import {ApiFailure} from './api-failure.ts';
import {timestamp, type ManagedFields, type StoredObject} from './object-store.ts';

/**
 * Who owns which key below `data`, `metadata.labels` and `metadata.annotations`, as a real server keeps it in
 * `metadata.managedFields`. Other fields are not tracked: nothing in this project asks for them.
 */
type Writer = {readonly manager: string; readonly operation: 'Update' | 'Apply'};
type FieldSet = Record<string, unknown>;

const tracked: readonly (readonly string[])[] = [['data'], ['metadata', 'labels'], ['metadata', 'annotations']];

/** The object with its managedFields brought up to date: changed keys go to the writer and leave all others. */
export function withManagedFields(before: StoredObject | undefined, after: StoredObject, writer: Writer, now: Date): StoredObject {
	const changed = tracked.map(path => changedKeys(before, after, path));
	const gone = tracked.map(path => Object.keys(mapAt(before, path)).filter(key => !(key in mapAt(after, path))));
	if (changed.every(keys => keys.length === 0) && gone.every(keys => keys.length === 0)) {
		return {...after, metadata: {...after.metadata, ...(before?.metadata.managedFields && {managedFields: before.metadata.managedFields})}};
	}
	const entries = (before?.metadata.managedFields ?? []).map(entry => ({...entry, fieldsV1: structuredClone(entry.fieldsV1)}));
	let mine = entries.find(entry => entry.manager === writer.manager && entry.operation === writer.operation);
	if (!mine) entries.push((mine = newEntry(after, writer)));
	mine.time = timestamp(now);
	for (const [index, path] of tracked.entries()) {
		for (const entry of entries) for (const key of [...(changed[index] ?? []), ...(gone[index] ?? [])]) disown(entry.fieldsV1, path, key);
		for (const key of changed[index] ?? []) claim(mine.fieldsV1, path, key);
	}
	const managedFields = entries.filter(entry => Object.keys(entry.fieldsV1).length > 0);
	return {...after, metadata: {...after.metadata, managedFields}};
}

/**
 * What server-side apply refuses: a key below `data` that another manager owns with another value.
 * @throws ApiFailure 409
 */
export function checkApplyConflicts(before: StoredObject, after: StoredObject, manager: string): void {
	const changed = new Set(changedKeys(before, after, ['data']));
	for (const entry of before.metadata.managedFields ?? []) {
		if (entry.manager === manager) continue;
		const keys = Object.keys(fieldsAt(entry.fieldsV1, ['data']))
			.map(key => key.slice(2))
			.filter(key => changed.has(key));
		if (keys.length === 0) continue;
		const causes = keys.map(key => ({reason: 'FieldManagerConflict', message: `conflict with "${entry.manager}"`, field: `.data.${key}`}));
		const list = causes.map(cause => cause.field).join(', ');
		throw new ApiFailure(
			409,
			'Conflict',
			`Apply failed with ${keys.length} conflict${keys.length > 1 ? 's' : ''}: conflict with "${entry.manager}": ${list}`,
			{causes},
		);
	}
}

const newEntry = (object: StoredObject, writer: Writer): ManagedFields => ({
	...writer,
	apiVersion: object.apiVersion,
	time: '',
	fieldsType: 'FieldsV1',
	fieldsV1: {},
});

function mapAt(object: unknown, path: readonly string[]): FieldSet {
	let value = object;
	for (const key of path) value = (value as FieldSet | undefined)?.[key];
	return (value as FieldSet | undefined) ?? {};
}

function changedKeys(before: unknown, after: unknown, path: readonly string[]): string[] {
	const old = mapAt(before, path);
	return Object.entries(mapAt(after, path))
		.filter(([key, value]) => old[key] !== value)
		.map(([key]) => key);
}

const fieldsAt = (fields: FieldSet, path: readonly string[]): FieldSet =>
	mapAt(
		fields,
		path.map(key => `f:${key}`),
	);

function claim(fields: FieldSet, path: readonly string[], key: string): void {
	let level = fields;
	for (const step of path) level = (level[`f:${step}`] ??= {}) as FieldSet;
	level[`f:${key}`] = {};
}

/** Takes one key out, and every level that is empty without it. */
function disown(fields: FieldSet, path: readonly string[], key: string): void {
	const [step, ...rest] = path;
	if (step === undefined) delete fields[`f:${key}`];
	else {
		const level = fields[`f:${step}`] as FieldSet | undefined;
		if (!level) return;
		disown(level, rest, key);
		if (Object.keys(level).length === 0) delete fields[`f:${step}`];
	}
}

/** Server-side apply takes away what the same manager applied before and omits now, below `data`. */
export function withoutUnapplied(before: StoredObject, patch: StoredObject, merged: StoredObject, manager: string): StoredObject {
	const entry = before.metadata.managedFields?.find(one => one.manager === manager && one.operation === 'Apply');
	const left = Object.keys(fieldsAt(entry?.fieldsV1 ?? {}, ['data']))
		.map(key => key.slice(2))
		.filter(key => !(key in mapAt(patch, ['data'])));
	if (left.length === 0) return merged;
	return {...merged, data: Object.fromEntries(Object.entries(mapAt(merged, ['data'])).filter(([key]) => !left.includes(key)))};
}
