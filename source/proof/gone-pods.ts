import pMap from 'p-map';
import type {ClusterClient} from '../cluster/cluster-client.ts';
import {isGone} from '../cluster/pod-is-gone.ts';
import type {HostPortPod} from '../evidence/evidence.ts';
import type {Proof} from './proof.ts';

/** What is said of a result whose pod is no longer the one that was looked at. */
export const goneNote = 'its pod was deleted meanwhile';

/** Where much more fails than this, no pod has gone: something larger has. */
const mostLooks = 64;
const concurrency = 8;

/**
 * Looks once more after the pods that did not answer at their own address either. A pod that a rollout or a person took away
 * between the look and the connection says nothing of hostPort, so what failed there is not proven. Takes no right but to list
 * pods; where they cannot be listed the proof stays as it is.
 * @throws the signal's reason
 */
export async function withoutGonePods(
	proof: Proof,
	pods: readonly HostPortPod[],
	{client, signal}: {readonly client: Pick<ClusterClient, 'list'>; readonly signal: AbortSignal},
): Promise<Proof> {
	const answering = new Set(proof.pods.filter(({ok}) => ok).map(({hostPort}) => podOf(hostPort)));
	const failing = new Set(proof.results.filter(({verdict}) => verdict === 'fails').map(({hostPort}) => podOf(hostPort)));
	const suspects = pods.filter(pod => failing.has(nameOf(pod)) && !answering.has(nameOf(pod)));
	if (suspects.length === 0 || suspects.length > mostLooks) return proof;
	const gone = new Set<string>();
	await pMap(
		suspects,
		async pod => {
			if (await isGone(pod, client, signal)) gone.add(nameOf(pod));
		},
		{concurrency},
	);
	const note = `${goneNote}: run verify again`;
	return {
		...proof,
		results: proof.results.map(result =>
			result.verdict === 'fails' && gone.has(podOf(result.hostPort)) ? {...result, verdict: 'not proven', note, gone: true} : result,
		),
	};
}

const nameOf = ({namespace, name}: HostPortPod): string => `${namespace}/${name}`;
const podOf = (hostPort: string): string => hostPort.slice(0, hostPort.lastIndexOf(':'));
