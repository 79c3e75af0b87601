import type {ClusterClient} from '../../cluster/cluster-client.ts';
import {ClusterError} from '../../cluster/cluster-error.ts';
import {messageOf} from '../../errors.ts';
import {printableLine} from '../../foreign-text.ts';
import {isThere, listKept} from '../acts/kept-pods.ts';
import {isGone} from '../acts/patience.ts';
import {nothing, type LeftoverSearch} from './leftover.ts';

/** Manifests of bare pods that were being restarted. Who may not list Secrets cannot have made one. */
export async function findSecrets(
	namespace: string,
	{client, signal}: {readonly client: ClusterClient; readonly signal: AbortSignal},
): Promise<LeftoverSearch> {
	try {
		const seen = await Promise.all(
			(await listKept({client, namespace}, signal)).map(async ({name, kept}) => ({
				name,
				kept,
				isLost: kept !== undefined && !(await isThere({client}, kept, signal)),
			})),
		);
		return {
			found: seen.map(({name, kept, isLost}) => ({
				...nothing,
				kind: 'secret',
				namespace,
				name,
				says:
					kept === undefined
						? 'not a manifest that a pod can be created from'
						: `the manifest of the pod ${kept.namespace}/${kept.name}, ${isLost ? 'which was deleted for a restart and is gone' : 'which exists'}`,
				// Of one that cannot be read nobody knows whether it is the only copy.
				removal: kept === undefined || isLost ? 'asked' : 'plain',
			})),
			unseen: [],
			lost: seen.flatMap(({kept, isLost}) => (kept !== undefined && isLost ? [kept] : [])),
		};
	} catch (error) {
		signal.throwIfAborted();
		const isClosed = isGone(error) || (error instanceof ClusterError && error.status === 403);
		return {found: [], unseen: isClosed ? [] : [`secrets in ${namespace}: ${printableLine(messageOf(error))}`]};
	}
}
