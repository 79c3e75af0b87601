import type {ClusterClient} from '../../cluster/cluster-client.ts';
import {ClusterError} from '../../cluster/cluster-error.ts';
import {ActionableError, messageOf} from '../../errors.ts';
import {printableLine} from '../../foreign-text.ts';
import type {Gap} from '../evidence.ts';
import {keyOf} from './metadata.ts';

/** A list that is read, and what it means where it cannot be. */
export type ListRequest = {
	/** What it is for people: `pods in all namespaces`. */
	readonly what: string;
	/** Which part of the evidence, where others depend on it. */
	readonly of?: PartOfCluster;
	/** The right it needs, as `kubectl auth can-i` takes it: `list pods`. */
	readonly right: string;
	readonly path: string;
	readonly query?: Readonly<Record<string, string>>;
	/** Told by an object's bytes whether it can be of use: what is not is not parsed. */
	readonly isWanted?: (object: Buffer) => boolean;
	/** The kind may not exist on this cluster: 404 is no gap. */
	readonly optional?: boolean;
};

/** A part of the evidence that is read of the API server. */
export type PartOfCluster = NonNullable<Gap['of']>;

/** Objects of one kind, cut down, each once. `failed`: HTTP status of what stopped the list, 0 where the server gave none. */
export type Listing<T> = {readonly items: readonly T[]; readonly failed: number | undefined};

/** Reads API objects one kind after another; what cannot be read becomes a gap and stops nothing. */
export type ObjectReader = {
	readonly client: ClusterClient;
	readonly signal: AbortSignal;
	readonly gaps: Gap[];
	/** Of what was listed whole, the version that it was read at; the oldest where several lists are of one part. */
	readonly versions: Map<PartOfCluster, string>;
	/** Takes what is wanted of each object as the pages come, so that whole objects are never held; undefined: nothing. */
	list<T>(request: ListRequest, take: (object: unknown) => T | undefined): Promise<Listing<T>>;
	/** One object; undefined where it is missing or cannot be read. */
	get(request: ListRequest): Promise<unknown>;
};

/** HTTP status that an error carries; 0 where the server gave no answer. */
export function httpStatusOf(error: unknown): number {
	return error instanceof ClusterError ? (error.status ?? 0) : 0;
}

const grant = (right: string): string => `Grant ${right}; kubectl hostport manifest rbac prints a role`;

/** The gap that a failed request makes. */
export function gapOf({what, right, of}: Pick<ListRequest, 'what' | 'right' | 'of'>, error: unknown): Gap {
	const advice = error instanceof ActionableError ? printableLine(error.hint) : '';
	return {
		...(of !== undefined && {of}),
		what: printableLine(what),
		reason: printableLine(messageOf(error)),
		hint: httpStatusOf(error) === 403 ? grant(printableLine(right)) : advice === '' ? 'Try again' : advice,
	};
}

/** Reads lists and objects; what cannot be read becomes a gap. */
export function objectReader(client: ClusterClient, signal: AbortSignal): ObjectReader {
	const gaps: Gap[] = [];
	const versions = new Map<PartOfCluster, string>();
	const giveUp = (request: ListRequest, error: unknown): number => {
		signal.throwIfAborted();
		const status = httpStatusOf(error);
		if (!(request.optional === true && status === 404)) gaps.push(gapOf(request, error));
		return status;
	};

	return {
		client,
		signal,
		gaps,
		versions,
		async list<T>(request: ListRequest, take: (object: unknown) => T | undefined) {
			const found = new Map<string, T>();
			try {
				await client.list(request.path, {
					signal,
					...(request.query !== undefined && {query: request.query}),
					...(request.isWanted !== undefined && {isWanted: request.isWanted}),
					// What came before a page that failed counts too.
					take: object => {
						const taken = take(object);
						if (taken !== undefined) found.set(keyOf(object), taken);
						return undefined;
					},
					onRestart: () => found.clear(),
					onVersion(version) {
						if (request.of !== undefined) versions.set(request.of, olderOf(version, versions.get(request.of) ?? version));
					},
				});
				return {items: [...found.values()], failed: undefined};
			} catch (error) {
				return {items: [...found.values()], failed: giveUp(request, error)};
			}
		},
		async get(request) {
			try {
				return await client.request({path: request.path, signal, ...(request.query !== undefined && {query: request.query})});
			} catch (error) {
				giveUp(request, error);
				return undefined;
			}
		},
	};
}

/** Of two versions of one kind: they are whole numbers that grow (meta/v1 from Kubernetes 1.35 on; revisions of etcd before). */
function olderOf(one: string, other: string): string {
	if (one.length !== other.length) return one.length < other.length ? one : other;
	return one < other ? one : other;
}
