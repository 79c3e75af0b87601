import {isExpected} from '../diagnosis/host-port-view.ts';
import type {HostPortPod} from '../evidence/evidence.ts';
import type {Planning} from './planning.ts';
import type {StepOf} from './plan.ts';

/**
 * One step for each owner with pods that were made without their rules. Rules are made when a pod starts, so it has to start
 * anew; a pod that has no IP yet does so by itself. By the native way nothing is re-created: agents read the pods that are there.
 */
export function podSteps({view, choice, nodes, changes}: Planning): Array<StepOf<'recreate-pods'>> {
	if (choice.strategy !== 'portmap') return [];
	const concerned = new Set(nodes.map(({name}) => name));
	const unwired = new Map<string, HostPortPod>();
	for (const hostPort of view.hostPorts) {
		const {pod, diagnosis} = hostPort;
		if (diagnosis.state === 'unwired' && isExpected(hostPort) && concerned.has(pod.node))
			unwired.set(pod.uid || `${pod.namespace}/${pod.name}`, pod);
	}

	const changesList = Object.keys(changes).length > 0;
	return [...Map.groupBy(unwired.values(), pod => `${pod.namespace}/${pod.owner || `Pod/${pod.name}`}`)]
		.filter(([, pods]) => mayBeRecreated(pods[0], choice.allowBarePods === true))
		.map(([id, pods]) => podStep(id, pods, changesList));
}

// A Node owns static pods, which only the kubelet makes; a Job's pod that is evicted loses its work.
function mayBeRecreated(pod: HostPortPod | undefined, allowBare: boolean): boolean {
	if (pod === undefined || /^(?:Node|Job|CronJob)\//.test(pod.owner)) return false;
	return pod.owner !== '' || allowBare;
}

function podStep(id: string, pods: readonly HostPortPod[], changesList: boolean): StepOf<'recreate-pods'> {
	const [first] = pods;
	const owner = first?.owner ?? '';
	const names = pods.map(({name}) => name);
	const shown = names.length > 6 ? `${names.slice(0, 6).join(', ')} and ${names.length - 6} more` : names.join(', ');
	return {
		id: `pods/${id}`,
		kind: 'recreate-pods',
		title:
			owner === ''
				? `make the pod ${id.replace('Pod/', '')} anew`
				: `re-create ${pods.length === 1 ? 'the pod' : `${pods.length} pods`} of ${id}`,
		node: '',
		preview: {
			text:
				owner === ''
					? `Deletes ${shown} and creates it again from its own manifest: nobody else would.`
					: `Evicts ${shown}, within disruption budgets; ${owner} makes them anew.`,
			changes: [],
		},
		checkBefore: 'which of these very pods are still there',
		checkAfter: 'as many pods of the owner are ready as before',
		undo: changesList ? 're-creates them once more when the list is as before' : 'nothing to undo',
		blastRadius:
			pods.length === 1
				? 'one pod is away for as long as it takes to start'
				: `${pods.length} pods, a few at a time, are away for as long as they take to start`,
		parameters: {
			namespace: first?.namespace ?? '',
			owner,
			pods: pods.map(({name, uid, node, ready}) => ({name, uid, node, ready})),
			changesList,
		},
	};
}
