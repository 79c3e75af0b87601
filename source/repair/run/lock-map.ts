import type {V1ConfigMap} from '@kubernetes/client-node';
import {managedBy} from '../../access/helper-pods.ts';
import type {Clock} from '../../clock.ts';
import type {ClusterClient} from '../../cluster/cluster-client.ts';
import {ask} from '../../cluster/typed-api.ts';
import {absent} from '../acts/patience.ts';

/** Name of the ConfigMap that locks repairs. */
export const lockName = 'hostport-lock';
/** A holder that has not renewed for so long is taken for dead. */
export const leaseMilliseconds = 15_000;

/** The ConfigMap that locks repairs, as it was read. */
export type SeenLock = Pick<V1ConfigMap, 'metadata' | 'data'>;

/** Who holds the lock, as it is written there. */
export type LockHolder = {
	/** `user@host (process 4711)`. */
	readonly holder: string;
	readonly run: string;
};

/** The lock as it is. @throws ClusterError, 404 where nobody has it */
export const readLock = async (client: ClusterClient, namespace: string, signal: AbortSignal): Promise<SeenLock> =>
	ask(client, {signal}, async ({core}) => core.readNamespacedConfigMap({name: lockName, namespace}));

/** Writes the lock for one holder, each time over the version that is known: whoever was faster is a conflict. @throws ClusterError */
export type LockMap = {
	/** `namespace/name`. */
	readonly name: string;
	/** Undefined where nobody has it. */
	readonly read: (signal: AbortSignal) => Promise<SeenLock | undefined>;
	/** Puts the holder's words in the place of what was seen; gives the version. */
	readonly write: (seen: SeenLock | undefined) => Promise<string>;
	/** Says that the holder is alive; gives the version. */
	readonly renew: (version: string, signal: AbortSignal) => Promise<string>;
	readonly remove: (version: string, signal: AbortSignal) => Promise<void>;
	/** Whether it is the holder's own. */
	readonly isOwn: (lock: SeenLock | undefined) => lock is SeenLock;
};

/** The ConfigMap that locks repairs, in the hands of one holder. */
export function lockMap(client: ClusterClient, namespace: string, own: LockHolder, clock: Clock): LockMap {
	const data = (): Record<string, string> => ({...own, renewedAt: new Date(clock.now()).toISOString()});
	return {
		name: `${namespace}/${lockName}`,
		read: async signal => readLock(client, namespace, signal).catch(absent),
		async write(seen) {
			const version = seen?.metadata?.resourceVersion;
			const labels = {[managedBy.label]: managedBy.value};
			const metadata = {name: lockName, namespace, labels, ...(version !== undefined && {resourceVersion: version})};
			const body = {apiVersion: 'v1', kind: 'ConfigMap', metadata, data: data()};
			// Ctrl-C does not cut it off: a lock that the server has made would stay, and nobody would know of it.
			return versionOf(
				await ask(client, {timeoutMilliseconds: leaseMilliseconds}, async ({core}) =>
					seen === undefined
						? core.createNamespacedConfigMap({namespace, body})
						: core.replaceNamespacedConfigMap({name: lockName, namespace, body}),
				),
			);
		},
		async renew(version, signal) {
			const body = {metadata: {resourceVersion: version}, data: data()};
			return versionOf(
				await ask(client, {patchType: 'merge', signal}, async ({core}) => core.patchNamespacedConfigMap({name: lockName, namespace, body})),
			);
		},
		async remove(version, signal) {
			const body = {apiVersion: 'v1', kind: 'DeleteOptions', preconditions: {resourceVersion: version}};
			await ask(client, {signal}, async ({core}) => core.deleteNamespacedConfigMap({name: lockName, namespace, body}));
		},
		isOwn: (lock): lock is SeenLock => lock?.data?.['holder'] === own.holder && lock.data['run'] === own.run,
	};
}

/** Version of the lock as the server gave it. */
export const versionOf = ({metadata}: SeenLock): string => metadata?.resourceVersion ?? '';
