import type {V1Pod} from '@kubernetes/client-node';
import type {ClusterClient, Wire} from './cluster-client.ts';

/** A pod as it was seen before. */
export type SeenPod = {readonly namespace: string; readonly name: string; readonly uid: string; readonly podIPs: readonly string[]};

/**
 * Whether a pod is no longer the one that was seen: deleted, on its way out, replaced, ended, or with another address. Takes no right
 * but to list pods; false where they cannot be listed.
 * @throws the signal's reason
 */
export async function isGone(
	{namespace, name, uid, podIPs}: SeenPod,
	client: Pick<ClusterClient, 'list'>,
	signal: AbortSignal,
): Promise<boolean> {
	const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`;
	try {
		const [now] = await client.list<Wire<V1Pod>>(path, {query: {fieldSelector: `metadata.name=${name}`}, signal});
		if (now?.metadata === undefined || now.metadata.deletionTimestamp !== undefined) return true;
		const isAnother = uid !== '' && now.metadata.uid !== uid;
		return isAnother || now.status?.phase !== 'Running' || !podIPs.includes(now.status.podIP ?? '');
	} catch {
		signal.throwIfAborted();
		return false;
	}
}
