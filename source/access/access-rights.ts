import type {AccessKind} from './access.ts';
import type {ClusterClient} from '../cluster/cluster-client.ts';
import {canI, permissionText, type Permission} from '../cluster/permissions.ts';

/** What an access needs of the API server; SSH needs nothing of it. */
const needs = {
	/** Exec over WebSocket is a GET, so the right is `get`; servers from 1.35 on want `create` too and say so (kubernetes #134577). */
	agent: [{verb: 'get', resource: 'pods', subresource: 'exec'}],
	pod: [
		{verb: 'get', resource: 'pods', subresource: 'exec'},
		{verb: 'create', resource: 'pods'},
		{verb: 'get', resource: 'pods'},
		{verb: 'delete', resource: 'pods'},
	],
} as const satisfies Readonly<Record<string, readonly Permission[]>>;

/** An API server that is slow to say what we may is not waited for: the refusal itself names the right as well. */
const patienceMilliseconds = 5000;

/** What we may not do, as far as the API server has told. */
export type AccessRights = {
	/** Asks for a namespace, once; never rejects. */
	ask(namespace: string): Promise<void>;
	/** The rights that are missing for an access; none also where it is not known. */
	readonly missingFor: (via: 'agent' | 'pod', namespace: string) => readonly string[];
};

/** Asks what the accesses that may be taken need by SelfSubjectAccessReview, all rights of a namespace at once. */
export function accessRights(client: ClusterClient, via: 'auto' | AccessKind, signal: AbortSignal): AccessRights {
	const asked = new Map<string, Promise<void>>();
	const missing = new Set<string>();
	const wanted = Object.entries(needs).flatMap(([kind, permissions]): readonly Permission[] =>
		via === 'auto' || via === kind ? permissions : [],
	);
	const askOne = async (permission: Permission): Promise<void> => {
		try {
			const {allowed} = await canI(client, permission, AbortSignal.any([signal, AbortSignal.timeout(patienceMilliseconds)]));
			if (!allowed) missing.add(permissionText(permission));
		} catch {
			// Not told is not forbidden: whoever is in the way will be named when it is tried.
		}
	};

	return {
		async ask(namespace) {
			const unique = new Map(wanted.map(permission => [permissionText(permission), {...permission, namespace}]));
			const asking = asked.get(namespace) ?? Promise.all([...unique.values()].map(askOne)).then(() => undefined);
			asked.set(namespace, asking);
			await asking;
		},
		missingFor(via, namespace) {
			return needs[via].map(permission => permissionText({...permission, namespace})).filter(text => missing.has(text));
		},
	};
}
