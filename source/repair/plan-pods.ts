import {isExpected} from '../diagnosis/host-port-view.ts';
import type {HostPortPod} from '../evidence/evidence.ts';
import type {Planning} from './planning.ts';
import type {Plan, StepOf} from './plan.ts';

const mostNamed = 5;

/**
 * One step for each owner with pods that were made without their rules. Rules are made when a pod starts, so it has to start
 * anew; a pod that has no IP yet does so by itself. By the native way nothing is re-created: agents read the pods that are there.
 */
export function podSteps(planning: Planning): Array<StepOf<'recreate-pods'>> {
	const changesList = Object.keys(planning.changes).length > 0;
	const taken = unwiredPods(planning).filter(pod => isTaken(pod, planning));
	return [...Map.groupBy(taken, pod => `${pod.namespace}/${pod.owner || `Pod/${pod.name}`}`)].map(([id, pods]) =>
		podStep(id, pods, changesList),
	);
}

/** Pods that would have to start anew and that no step takes, with the reason: they stay as dead as they are. */
export function podsLeft(planning: Planning): Plan['left'] {
	return unwiredPods(planning)
		.filter(pod => !isTaken(pod, planning))
		.map(pod => ({pod: `${pod.namespace}/${pod.name}`, reason: reasonToLeave(pod, planning)}));
}

/** The same in lines for people. */
export function leftLines(left: Plan['left']): string[] {
	return [...Map.groupBy(left, ({reason}) => reason)].map(([reason, pods]) => {
		const names = pods.slice(0, mostNamed).map(({pod}) => pod);
		const more = pods.length > mostNamed ? ` and ${pods.length - mostNamed} more` : '';
		return `${names.join(', ')}${more}: its hostPort stays dead until it starts anew; ${reason}.`;
	});
}

function unwiredPods({view, choice}: Planning): HostPortPod[] {
	if (choice.strategy !== 'portmap') return [];
	const unwired = view.hostPorts.filter(hostPort => hostPort.diagnosis.state === 'unwired' && isExpected(hostPort));
	return [...new Map(unwired.map(({pod}) => [pod.uid || `${pod.namespace}/${pod.name}`, pod])).values()];
}

const isTaken = (pod: HostPortPod, {nodes, choice}: Planning): boolean =>
	nodes.some(({name}) => name === pod.node) && mayBeRecreated(pod, choice.allowBarePods === true);

function reasonToLeave(pod: HostPortPod, {nodes}: Planning): string {
	if (!nodes.some(({name}) => name === pod.node)) return `its node ${pod.node} is passed by`;
	if (pod.owner === '') return 'it has no owner; --allow-bare-pods makes it anew from its own manifest';
	return pod.owner.startsWith('Node/')
		? `it is a static pod; move its file out of the folder of the kubelet of ${pod.node}, and back when it is gone`
		: `it works for ${pod.owner}; the next one gets its rules`;
}

// A Node owns static pods, which only the kubelet makes; a Job's pod that is evicted loses its work.
function mayBeRecreated(pod: HostPortPod, allowBare: boolean): boolean {
	if (/^(?:Node|Job|CronJob)\//.test(pod.owner)) return false;
	return pod.owner !== '' || allowBare;
}

/** What becomes of re-created pods when a run is undone, by whether the list that wires them is the run's own work. */
export const undoOfPods = (changesList: boolean): string =>
	changesList ? 're-creates them once more when the list is as before' : 'nothing to undo';

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
		undo: undoOfPods(changesList),
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
