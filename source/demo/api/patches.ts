import {ApiFailure, badRequest} from './api-failure.ts';

type Json = unknown;
type JsonObject = Record<string, Json>;

const isObject = (value: Json): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);

/** JSON merge patch (RFC 7396). */
export function mergePatch(target: Json, patch: Json): Json {
	return merge(target, patch, (_, items) => items);
}

/**
 * Kubernetes' strategic merge patch as far as this demo needs it: like a merge patch, but lists whose items all have a
 * name (containers, volumes, env) are merged by that name, and `$patch: delete` takes one away.
 */
export function strategicMergePatch(target: Json, patch: Json): Json {
	return merge(target, patch, mergeByName);
}

function merge(target: Json, patch: Json, mergeLists: (target: Json, items: Json[]) => Json): Json {
	if (Array.isArray(patch)) return mergeLists(target, patch);
	if (!isObject(patch)) return patch;
	const result: JsonObject = isObject(target) ? {...target} : {};
	for (const [key, value] of Object.entries(patch)) {
		if (value === null) delete result[key];
		else set(result, key, merge(result[key], value, mergeLists));
	}
	return result;
}

function mergeByName(target: Json, items: Json[]): Json {
	const named = (list: Json): list is JsonObject[] =>
		Array.isArray(list) && list.every(item => isObject(item) && typeof item['name'] === 'string');
	if (!named(items) || !named(target)) return items;
	const result = [...target];
	for (const item of items) {
		const index = result.findIndex(existing => existing['name'] === item['name']);
		if (item['$patch'] === 'delete') result.splice(index, index === -1 ? 0 : 1);
		else if (index === -1) result.push(item);
		else result[index] = merge(result[index], item, mergeByName) as JsonObject;
	}
	return result;
}

/**
 * JSON patch (RFC 6902): add, remove, replace, test, move, copy.
 * @throws ApiFailure 400 for a malformed patch, 422 for a path that is not there or a test that fails.
 */
export function jsonPatch(target: Json, patch: Json): Json {
	if (!Array.isArray(patch)) throw badRequest('json: cannot unmarshal object into Go value of type jsonpatch.Patch');
	// One holder above the document, so that the path "" (the whole) needs no case of its own.
	const holder: JsonObject = {document: structuredClone(target)};
	for (const operation of patch) applyOperation(holder, operation);
	return holder['document'];
}

function applyOperation(holder: JsonObject, operation: Json): void {
	if (!isObject(operation) || typeof operation['path'] !== 'string') throw badRequest('json patch: an operation needs op and path');
	const {op, path, from, value} = operation;
	const place = locate(holder, path);
	switch (op) {
		case 'add':
			return insert(place, value);
		case 'remove':
			return remove(place);
		case 'replace':
			remove(place);
			return insert(place, value);
		case 'test':
			if (stable(read(place)) !== stable(value)) throw unprocessable(`testing path ${path}: test failed`);
			return;
		case 'move':
		case 'copy': {
			if (typeof from !== 'string') throw badRequest(`json patch: ${op} needs from`);
			const source = locate(holder, from);
			const moved = structuredClone(read(source));
			if (op === 'move') remove(source);
			return insert(locate(holder, path), moved);
		}
		default:
			throw badRequest(`json patch: unknown operation ${String(op)}`);
	}
}

type Place = {readonly parent: JsonObject | Json[]; readonly key: string; readonly path: string};

function locate(holder: JsonObject, path: string): Place {
	const keys = [
		'document',
		...path
			.split('/')
			.slice(1)
			.map(key => key.replaceAll('~1', '/').replaceAll('~0', '~')),
	];
	const last = keys.pop() ?? '';
	let parent: Json = holder;
	for (const key of keys)
		parent = Array.isArray(parent) ? parent[Number(key)] : isObject(parent) && Object.hasOwn(parent, key) ? parent[key] : undefined;
	if (!isObject(parent) && !Array.isArray(parent)) throw unprocessable(`doc is missing path: ${path}`);
	return {parent, key: last, path};
}

function read({parent, key, path}: Place): Json {
	const value = Array.isArray(parent) ? parent[Number(key)] : Object.hasOwn(parent, key) ? parent[key] : undefined;
	if (value === undefined) throw unprocessable(`doc is missing key: ${path}`);
	return value;
}

function remove(place: Place): void {
	read(place);
	if (Array.isArray(place.parent)) place.parent.splice(Number(place.key), 1);
	else delete place.parent[place.key];
}

function insert({parent, key, path}: Place, value: Json): void {
	if (!Array.isArray(parent)) return set(parent, key, value);
	const index = key === '-' ? parent.length : Number(key);
	if (!Number.isInteger(index) || index < 0 || index > parent.length) throw unprocessable(`index out of bounds: ${path}`);
	parent.splice(index, 0, value);
}

/** Sets an own property whatever its name: `__proto__` from a request must stay data. */
function set(object: JsonObject, key: string, value: Json): void {
	Object.defineProperty(object, key, {value, writable: true, enumerable: true, configurable: true});
}

function stable(value: Json): string {
	return JSON.stringify(value, (_, inner: Json) =>
		isObject(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner,
	);
}

const unprocessable = (why: string): ApiFailure =>
	new ApiFailure(422, 'Invalid', `the server rejected our request due to an error in our request: ${why}`);
