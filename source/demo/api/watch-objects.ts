import type {ServerResponse} from 'node:http';
import {ApiFailure} from './api-failure.ts';
import {collectionFilter, type Collection} from './list-objects.ts';
import type {Change, ObjectStore, StoredObject} from './object-store.ts';
import {groupVersion} from './resources.ts';

/** Seconds after which a server ends a watch by itself where the client names none. */
const defaultSeconds = 1_800;

/**
 * Sends the changes of a collection as lines of JSON until the client goes, the time is over or the server stops.
 * Without a resourceVersion (or 0) the objects that are there come first.
 */
export function watchObjects(store: ObjectStore, collection: Collection, query: URLSearchParams, response: ServerResponse): void {
	const chosen = collectionFilter(collection, query);
	const apiVersion = groupVersion(collection.resource.group, collection.version);
	const send = (type: string, object: unknown) => response.write(`${JSON.stringify({type, object})}\n`);
	const show = (type: string, object: StoredObject) => send(type, {...object, apiVersion});
	const tell = ({resource, type, object, before}: Change) => {
		if (resource.plural !== collection.resource.plural || resource.group !== collection.resource.group) return;
		const was = before !== undefined && chosen(before);
		const is = type !== 'DELETED' && chosen(object);
		// An object that leaves the selection is deleted for this watcher, one that enters it is new.
		if (is) show(was ? 'MODIFIED' : 'ADDED', object);
		else if (was) show('DELETED', object);
	};

	response.writeHead(200, {'content-type': 'application/json'});
	response.flushHeaders();
	const since = Number(query.get('resourceVersion') ?? 0);
	try {
		if (since > 0) for (const change of store.changesSince(since)) tell(change);
		else for (const object of store.all(collection.resource).filter(chosen)) show('ADDED', object);
	} catch (error) {
		if (!(error instanceof ApiFailure)) throw error;
		send('ERROR', error.status);
		response.end();
		return;
	}
	const unsubscribe = store.subscribe(tell);
	const timer = setTimeout(() => response.end(), Number(query.get('timeoutSeconds') ?? defaultSeconds) * 1_000);
	response.once('close', () => {
		clearTimeout(timer);
		unsubscribe();
	});
}
