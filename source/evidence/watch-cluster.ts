import {setTimeout as pause} from 'node:timers/promises';
import type {ClusterClient} from '../cluster/cluster-client.ts';
import {parseJson} from '../bounded-json.ts';
import {messageOf} from '../errors.ts';
import {printableLine} from '../foreign-text.ts';
import type {Evidence, NodeEvidence} from './evidence.ts';
import {agentPodOf, agentSelectors} from './objects/agent-pods.ts';
import {configMapOf} from './objects/config-maps.ts';
import {daemonSetOf} from './objects/daemon-sets.ts';
import {hostPortPodOf} from './objects/host-port-pods.ts';
import {mayHaveHostPort} from './objects/host-port-text.ts';
import {line} from './objects/metadata.ts';
import {nodeOf} from './objects/nodes.ts';
import {httpStatusOf} from './objects/object-reader.ts';
import {at} from './untyped.ts';

type WatchOptions = {
	/** Cilium's namespace. */
	readonly namespace: string;
	/** What was seen last: a change that it holds already is none. */
	readonly seen: () => Pick<Evidence, 'nodes'> | undefined;
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

/** What is watched: where, which lines can matter, and what of an object does. */
type Kind = {
	readonly name: string;
	readonly path: (namespace: string) => string;
	readonly query?: Readonly<Record<string, string>>;
	/** Told by the text, before it is parsed: of 150,000 pods few have a hostPort. */
	readonly isMeant?: (line: string) => boolean;
	/** The part that a diagnosis depends on; undefined: nothing. Status that moves by itself is omitted. */
	readonly digest: (object: unknown) => unknown;
	/** The kind need not exist on this cluster. */
	readonly isOptional?: boolean;
};

const digestOfNode = ({ready, addresses, labels, schedulable}: NodeEvidence): unknown => [ready, addresses, labels, schedulable];

const kinds: readonly Kind[] = [
	{name: 'nodes', path: () => '/api/v1/nodes', digest: object => digestOfNode(nodeOf(object))},
	{
		name: 'pods',
		path: () => '/api/v1/pods',
		isMeant: text => mayHaveHostPort(Buffer.from(text)) || text.includes('"type":"BOOKMARK"') || text.includes('"type":"ERROR"'),
		digest: hostPortPodOf,
	},
	{
		name: 'agents',
		path: namespace => `/api/v1/namespaces/${namespace}/pods`,
		query: {labelSelector: agentSelectors[0]},
		digest(object) {
			const {isRunning, containerID, evidence} = agentPodOf(object);
			return [isRunning, containerID, evidence.ready, evidence.trouble];
		},
	},
	{
		name: 'cilium-config',
		path: namespace => `/api/v1/namespaces/${namespace}/configmaps`,
		query: {fieldSelector: 'metadata.name=cilium-config'},
		digest: object => configMapOf(object).data,
	},
	{
		name: 'daemonsets',
		path: namespace => `/apis/apps/v1/namespaces/${namespace}/daemonsets`,
		digest(object) {
			const {desired: _, updated: __, ready: ___, ...rest} = daemonSetOf(object);
			return rest;
		},
	},
	...['v2', 'v2alpha1'].map(version => ({
		name: 'ciliumnodeconfigs',
		path: () => `/apis/cilium.io/${version}/ciliumnodeconfigs`,
		digest: (object: unknown) => at(object, 'spec'),
		isOptional: true,
	})),
];

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
	const tell = (kind: Kind, state: WatchState): void => {
		states.set(kind.path(options.namespace), state);
		const all = [...states.values()];
		const refused = all.flatMap(each => (each.is === 'refused' ? each.kinds : []));
		const lost = all.find(each => each.is === 'lost');
		const now: WatchState = lost ?? (refused.length > 0 ? {is: 'refused', kinds: [...new Set(refused)]} : {is: 'live'});
		// As long as one kind is still asked for, its changes are missed.
		if (now.is === 'live' && states.size < kinds.length) return;
		const text = JSON.stringify(now);
		if (text !== told) options.onState(now);
		told = text;
	};
	await Promise.all(kinds.map(async kind => watchKind(client, kind, options, state => tell(kind, state))));
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

async function watchKind(client: ClusterClient, kind: Kind, options: WatchOptions, tell: (state: WatchState) => void): Promise<void> {
	const {signal, onChange, namespace, seen} = options;
	const known = new Map<string, string>();
	let version: string | undefined;
	let wait = shortestPause;
	let isMissed = false;
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
		const key = line(at(object, 'metadata', 'uid'), 64);
		const digest = JSON.stringify(type === 'DELETED' ? null : (kind.digest(object) ?? null));
		const node = kind.name === 'nodes' ? seen()?.nodes.find(({name}) => name === at(object, 'metadata', 'name')) : undefined;
		const before = known.get(key) ?? (node === undefined ? undefined : JSON.stringify(digestOfNode(node)));
		known.set(key, digest);
		if (digest !== before && !(before === undefined && digest === 'null')) onChange();
	};

	while (!signal.aborted) {
		try {
			if (version === undefined) {
				const list = await client.request({path, query: {...kind.query, limit: 1}, signal});
				version = line(at(list, 'metadata', 'resourceVersion'), 64);
				if (isMissed) onChange();
			}

			isMissed = false;
			tell({is: 'live'});
			await within(watchLimit, signal, async own =>
				client.watch(path, {query: {...kind.query, resourceVersion: version, timeoutSeconds: watchSeconds}, signal: own, onLine: take}),
			);
			isMissed = version === undefined;
		} catch (error) {
			if (signal.aborted) return;
			const status = httpStatusOf(error);
			// Of what is not there nothing is missed.
			if (status === 404 && kind.isOptional === true) return tell({is: 'live'});
			if (status === 403) return tell({is: 'refused', kinds: [kind.name]});
			isMissed = true;
			if (status === 410) version = undefined;
			tell({is: 'lost', reason: printableLine(messageOf(error))});
		}

		await pause(isMissed ? wait : shortestPause, undefined, {signal}).catch(() => undefined);
		if (isMissed) wait = Math.min(2 * wait, longestPause);
	}
}
