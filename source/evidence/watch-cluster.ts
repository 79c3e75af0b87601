import {setTimeout as pause} from 'node:timers/promises';
import type {ClusterClient} from '../cluster/cluster-client.ts';
import {parseJson} from '../bounded-json.ts';
import {messageOf} from '../errors.ts';
import {printableLine} from '../foreign-text.ts';
import type {VersionsRead} from './cluster-evidence.ts';
import {line, nameOf, namespaceOf} from './objects/metadata.ts';
import {httpStatusOf} from './objects/object-reader.ts';
import {at} from './untyped.ts';
import {watchedKinds, type SeenParts, type WatchedKind} from './watched-kinds.ts';

type WatchOptions = {
	/** Cilium's namespace. */
	readonly namespace: string;
	/** What was seen last: a change that it holds already is none. */
	readonly seen: () => SeenParts | undefined;
	/** At which version that was read: what has changed since is told first. A part without one is to be looked at again once its watch has begun. */
	readonly since: VersionsRead;
	readonly signal: AbortSignal;
	/** Something changed that a diagnosis depends on. May be called many times for one cause. */
	readonly onChange: () => void;
	/** `live`, or why not: `connection lost`, and which rights are missing. Told whenever that changes. */
	readonly onState: (state: WatchState) => void;
};

/** Whether changes are heard of. */
export type WatchState =
	| {readonly is: 'live'}
	/** Watches are tried again. */
	| {readonly is: 'lost'; readonly reason: string}
	/** The person may not watch these kinds, so that they have to be asked for again and again. */
	| {readonly is: 'refused'; readonly kinds: readonly string[]};

/** Seconds that a server is to keep one watch; it may end it sooner. */
const watchSeconds = 300;
/** Milliseconds after which it has ended or nobody is there any more: a proxy may keep a connection that leads nowhere. */
const watchLimit = (watchSeconds + 30) * 1000;
const shortestPause = 1000;
const longestPause = 30_000;

/** Watches everything that a diagnosis depends on, one request a kind, until the signal ends it. Never rejects. */
export async function watchCluster(client: ClusterClient, options: WatchOptions): Promise<void> {
	const states = new Map<string, WatchState>();
	let told = '';
	const tell = (kind: WatchedKind, state: WatchState): void => {
		states.set(kind.path(options.namespace), state);
		const all = [...states.values()];
		const refused = all.flatMap(each => (each.is === 'refused' ? each.kinds : []));
		const lost = all.find(each => each.is === 'lost');
		const now: WatchState = lost ?? (refused.length > 0 ? {is: 'refused', kinds: [...new Set(refused)]} : {is: 'live'});
		// As long as one kind is still asked for, its changes are missed.
		if (now.is === 'live' && states.size < watchedKinds.length) return;
		const text = JSON.stringify(now);
		if (text !== told) options.onState(now);
		told = text;
	};
	await Promise.all(watchedKinds.map(async kind => watchKind(client, kind, options, state => tell(kind, state))));
}

async function within(milliseconds: number, signal: AbortSignal, act: (own: AbortSignal) => Promise<void>): Promise<void> {
	const late = new AbortController();
	const timer = setTimeout(() => late.abort(new Error('the server did not end a watch when it was to')), milliseconds);
	try {
		await act(AbortSignal.any([signal, late.signal]));
	} finally {
		clearTimeout(timer);
	}
}

async function watchKind(
	client: ClusterClient,
	kind: WatchedKind,
	options: WatchOptions,
	tell: (state: WatchState) => void,
): Promise<void> {
	const {signal, onChange, namespace, seen, since} = options;
	const known = new Map<string, string>();
	let start = since.get(kind.of);
	let version: string | undefined;
	let wait = shortestPause;
	const path = kind.path(encodeURIComponent(namespace));
	const take = (text: string): void => {
		if (kind.isMeant?.(text) === false) return;
		const event = parseJson(Buffer.from(text));
		const type = line(at(event, 'type'), 32);
		const object = at(event, 'object');
		// Too old a version, mostly (410): everything is asked for anew.
		if (type === 'ERROR') {
			version = undefined;
			return;
		}

		version = line(at(object, 'metadata', 'resourceVersion'), 64) || version;
		wait = shortestPause;
		if (type === 'BOOKMARK') return;
		// By its name: what is deleted and created again is not as it was seen.
		const key = `${namespaceOf(object)}/${nameOf(object)}`;
		const value = kind.digest(object) ?? null;
		const digest = JSON.stringify(type === 'DELETED' && value !== null ? 'gone' : value);
		const last = seen();
		const before = known.get(key) ?? (last && JSON.stringify(kind.seen?.(last, object)));
		known.set(key, digest);
		if (digest !== before && !(before === undefined && digest === 'null')) onChange();
	};

	while (!signal.aborted) {
		let isCut = true;
		try {
			if (version === undefined) {
				const list = await client.request({path, query: {...kind.query, limit: 1}, signal});
				version = start ?? line(at(list, 'metadata', 'resourceVersion'), 64);
				const last = seen();
				const isAsSeen = start !== undefined || (last !== undefined && kind.isAsSeen?.(last, list) === true);
				if (!isAsSeen) onChange();
				start = undefined;
			}

			tell({is: 'live'});
			await within(watchLimit, signal, async own =>
				client.watch(path, {query: {...kind.query, resourceVersion: version, timeoutSeconds: watchSeconds}, signal: own, onLine: take}),
			);
			isCut = version === undefined;
		} catch (error) {
			if (signal.aborted) return;
			const status = httpStatusOf(error);
			// Of what is not there nothing is missed.
			if (status === 404 && kind.isOptional === true) return tell({is: 'live'});
			if (status === 403) return tell({is: 'refused', kinds: [kind.name]});
			if (status === 410) version = undefined;
			tell({is: 'lost', reason: printableLine(messageOf(error))});
		}

		await pause(isCut ? wait : shortestPause, undefined, {signal}).catch(() => undefined);
		if (isCut) wait = Math.min(2 * wait, longestPause);
	}
}
