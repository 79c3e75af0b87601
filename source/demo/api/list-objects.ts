import {badRequest, expired} from './api-failure.ts';
import {keyOf, type ObjectStore, type StoredObject} from './object-store.ts';
import {groupVersion, type Resource} from './resources.ts';
import {fieldFilter, labelFilter, type Filter} from './selectors.ts';

/** Which objects are listed: a kind in a version, of one namespace or of all. */
export type Collection = {readonly resource: Resource; readonly version: string; readonly namespace: string | undefined};

/** A page of a collection. */
export type ObjectList = {
	readonly kind: string;
	readonly apiVersion: string;
	readonly metadata: object;
	readonly items: readonly StoredObject[];
};

/** The objects of a collection that the query's selectors choose. */
export function collectionFilter({resource, namespace}: Collection, query: URLSearchParams): Filter {
	const byLabel = labelFilter(query.get('labelSelector') ?? '');
	const byField = fieldFilter(query.get('fieldSelector') ?? '', resource.kind);
	return object => (namespace === undefined || object.metadata.namespace === namespace) && byLabel(object) && byField(object);
}

/**
 * One page of a collection, with `limit`, `continue` and `remainingItemCount` as a real server gives them.
 * @throws ApiFailure 400 for a token that is none, 410 for one that is too old.
 */
export function listObjects(store: ObjectStore, collection: Collection, query: URLSearchParams): ObjectList {
	const {resource, version} = collection;
	const chosen = collectionFilter(collection, query);
	const token = readToken(store, query.get('continue'));
	const limit = Number(query.get('limit') ?? 0);
	if (!Number.isInteger(limit) || limit < 0) throw badRequest(`strconv.ParseInt: parsing "${query.get('limit')}": invalid syntax`);
	const items: StoredObject[] = [];
	let last = '';
	let remaining = 0;
	for (const key of store.keys(resource)) {
		if (token && key <= token.start) continue;
		const object = store.get(resource, key);
		if (!object || !chosen(object)) continue;
		if (limit > 0 && items.length === limit) remaining++;
		else {
			items.push(presented(object, collection));
			last = key;
		}
	}
	// A real server cannot count what a selector would leave over, so it gives no number then.
	const counted = !query.get('labelSelector') && !query.get('fieldSelector');
	return {
		kind: `${resource.kind}List`,
		apiVersion: groupVersion(resource.group, version),
		metadata: {
			resourceVersion: String(token?.rv ?? store.version),
			...(remaining > 0 && {continue: writeToken({v: 'meta.k8s.io/v1', rv: token?.rv ?? store.version, start: last})}),
			...(remaining > 0 && counted && {remainingItemCount: remaining}),
		},
		items,
	};
}

/** Items of built-in kinds come without apiVersion and kind; those of custom resources with the version asked for. */
function presented(object: StoredObject, {resource, version}: Collection): StoredObject {
	if (resource.custom) return {...object, apiVersion: groupVersion(resource.group, version)};
	const {apiVersion: _, kind: __, ...rest} = object;
	return rest as StoredObject;
}

type Token = {readonly v: 'meta.k8s.io/v1'; readonly rv: number; readonly start: string};

const writeToken = (token: Token): string => Buffer.from(JSON.stringify(token)).toString('base64url');

function readToken(store: ObjectStore, text: string | null): Token | undefined {
	if (text === null || text === '') return undefined;
	let token: Partial<Token>;
	try {
		token = JSON.parse(Buffer.from(text, 'base64url').toString()) as Partial<Token>;
	} catch {
		throw badRequest('continue key is not valid');
	}
	if (typeof token?.rv !== 'number' || typeof token.start !== 'string') throw badRequest('continue key is not valid');
	try {
		store.changesSince(token.rv);
	} catch {
		throw expired(
			'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.',
		);
	}
	return token as Token;
}

/** The key under which a path's object is stored. */
export const storeKey = (namespace: string | undefined, name: string): string =>
	keyOf({metadata: {name, ...(namespace !== undefined && {namespace})}});
