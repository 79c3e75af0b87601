import type {ClusterClient} from '../cluster/cluster-client.ts';
import {clusterEvidence, type ClusterView} from '../evidence/cluster-evidence.ts';
import {version} from '../version.ts';

/** What the API server tells of the whole cluster; no node is asked. @throws as `clusterEvidence` */
export async function wholeEvidence(client: ClusterClient, signal: AbortSignal): Promise<ClusterView> {
	return clusterEvidence(client, {nodes: [], selector: undefined, namespace: undefined, version, signal});
}
