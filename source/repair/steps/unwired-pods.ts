import {isExpected} from '../../diagnosis/host-port-view.ts';
import type {HostPortPod} from '../../evidence/evidence.ts';
import type {Planning} from '../plan/planning.ts';
import type {Plan, Warning} from '../plan/plan.ts';

/** Pods that were made without their rules and that a repair restarts, by their owner; empty: a bare pod. */
export function podsToRestart(
	planning: Planning,
): ReadonlyArray<{readonly namespace: string; readonly owner: string; readonly pods: readonly HostPortPod[]}> {
	const taken = unwiredPods(planning).filter(pod => isTaken(pod, planning));
	return [...Map.groupBy(taken, pod => `${pod.namespace}/${pod.owner || `Pod/${pod.name}`}`).values()].flatMap(pods => {
		const [first] = pods;
		return first === undefined ? [] : [{namespace: first.namespace, owner: first.owner, pods}];
	});
}

/** Pods that would have to restart and that no step restarts, with the reason: their hostPorts stay dead. */
export function podsNotRestarted(planning: Planning): Plan['left'] {
	return unwiredPods(planning)
		.filter(pod => !isTaken(pod, planning))
		.map(pod => ({pod: `${pod.namespace}/${pod.name}`, reason: reasonToLeave(pod, planning)}));
}

function unwiredPods({view, choice}: Planning): HostPortPod[] {
	if (choice.strategy !== 'portmap') return [];
	const unwired = view.hostPorts.filter(hostPort => hostPort.diagnosis.state === 'unwired' && isExpected(hostPort));
	return [...new Map(unwired.map(({pod}) => [pod.uid || `${pod.namespace}/${pod.name}`, pod])).values()];
}

const isTaken = (pod: HostPortPod, {nodes, choice}: Planning): boolean =>
	nodes.some(({name}) => name === pod.node) && mayBeRecreated(pod, choice.allowBarePods === true);

function reasonToLeave(pod: HostPortPod, {nodes}: Planning): string {
	if (!nodes.some(({name}) => name === pod.node)) return `its node ${pod.node} is skipped`;
	if (pod.owner === '') return 'it has no owner; --allow-bare-pods restarts it from its own manifest';
	return pod.owner.startsWith('Node/')
		? `it is a static pod: move its manifest out of the kubelet’s static-pod directory on ${pod.node}, wait until the pod is gone, and move it back`
		: `it belongs to ${pod.owner}; its next pod gets rules`;
}

// A Node owns static pods, which only the kubelet makes; a Job's pod that is evicted loses its work.
function mayBeRecreated(pod: HostPortPod, allowBare: boolean): boolean {
	if (/^(?:Node|Job|CronJob)\//.test(pod.owner)) return false;
	return pod.owner !== '' || allowBare;
}

/** A DaemonSet's pods come back to a node that is cordoned; others do not. */
export function cordonedWarning(
	workloads: ReadonlyArray<{readonly owner: string; readonly pods: ReadonlyArray<{readonly node: string}>}>,
	{nodes}: Planning,
): Warning[] {
	const cordoned = new Set(nodes.filter(({node}) => !node.schedulable).map(({name}) => name));
	const isHeld = workloads.some(({owner, pods}) => !owner.startsWith('DaemonSet/') && pods.some(({node}) => cordoned.has(node)));
	if (!isHeld) return [];
	return [
		{
			message: `${[...cordoned].join(', ')} is cordoned: pods evicted there start elsewhere or stay pending`,
			hint: 'Uncordon it first if they have to return.',
		},
	];
}
