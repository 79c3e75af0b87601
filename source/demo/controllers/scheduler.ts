import {timestamp} from '../api/object-store.ts';
import type {Pod} from '../objects/kubernetes-types.ts';
import type {Control} from './control.ts';
import {mayRunOn, portsClash} from './placement.ts';
import {workQueue} from './work-queue.ts';

/** Binds pods that name no node: to one that may take it, has the hostPorts free, and has the fewest pods of the same owner. */
export function runScheduler(control: Control): void {
	const {store, resource, listen} = control;
	const look = workQueue(control, () => {
		const pods = store.all(resource('pods')) as readonly Pod[];
		for (const pod of pods) if (pod.spec.nodeName === undefined && pod.metadata.deletionTimestamp === undefined) schedule(control, pod);
	});
	listen(({type, resource: {plural}, object}) => {
		// A new pod to place, or room that came free for one that waits.
		if (
			plural === 'nodes' ||
			(plural === 'pods' && (type === 'DELETED' || (type === 'ADDED' && (object as Pod).spec.nodeName === undefined)))
		)
			look('all');
	});
}

function schedule({store, resource}: Control, pod: Pod): void {
	const pods = store.all(resource('pods')) as readonly Pod[];
	const nodes = store.all(resource('nodes')).filter(node => mayRunOn(pod.spec, node, {daemonSet: false}));
	const taken = new Set(pods.filter(other => portsClash(pod, other)).map(other => other.spec.nodeName));
	const owner = pod.metadata.ownerReferences?.[0]?.uid;
	const sisters = Map.groupBy(
		pods.filter(({metadata}) => owner !== undefined && metadata.ownerReferences?.[0]?.uid === owner),
		({spec}) => spec.nodeName,
	);
	const [best] = nodes
		.map(({metadata: {name}}) => ({name, count: sisters.get(name)?.length ?? 0}))
		.filter(({name}) => !taken.has(name))
		.sort((a, b) => a.count - b.count);
	const now = timestamp(new Date());
	if (best) {
		const conditions = [{type: 'PodScheduled', status: 'True', lastTransitionTime: now}];
		store.replace(resource('pods'), {...pod, spec: {...pod.spec, nodeName: best.name}, status: {phase: 'Pending', conditions}});
		return;
	}
	if (pod.status.conditions?.some(({reason}) => reason === 'Unschedulable')) return;
	const all = store.all(resource('nodes')).length;
	const message = `0/${all} nodes are available: ${nodes.length} node(s) didn't have free ports for the requested pod ports.`;
	const conditions = [{type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message, lastTransitionTime: now}];
	store.replace(resource('pods'), {...pod, status: {phase: 'Pending', conditions}});
}
