import pMap from 'p-map';
import {readPod, type SeenPod} from './pods.ts';
import type {StepContext} from './step-work.ts';

type Pod = {readonly name: string; readonly uid: string; readonly node: string; readonly ready: boolean};
/** Pods of one owner, `DaemonSet/web`; empty: a bare pod. */
type Workload = {readonly namespace: string; readonly owner: string; readonly pods: readonly Pod[]};

/** Those of the pods that are there as they were: by their uid. */
export async function stillThere({namespace, pods}: Workload, context: StepContext): Promise<readonly Pod[]> {
	const seen = await pMap(pods, async pod => ({pod, now: await readPod(context, namespace, pod.name)}), {
		concurrency: 8,
		signal: context.signal,
	});
	return seen.filter(({pod, now}) => now?.metadata?.uid === pod.uid).map(({pod}) => pod);
}

/** Every pod of the step's owner as it is now; for a bare pod the one of its name. */
export async function podsOfOwner({namespace, owner, pods}: Workload, context: StepContext): Promise<SeenPod[]> {
	const all = await context.client.list<SeenPod>(`/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`, {signal: context.signal});
	const [kind, name] = owner.split('/');
	return all.filter(({metadata}) => {
		const controller = metadata?.ownerReferences?.find(each => each.controller === true);
		if (owner === '') return pods.some(pod => pod.name === metadata?.name);
		// A Deployment owns its pods through a ReplicaSet that bears its name and a hash.
		return kind === 'Deployment'
			? controller?.kind === 'ReplicaSet' && controller.name?.replace(/-[^-]+$/u, '') === name
			: controller?.kind === kind && controller?.name === name;
	});
}
