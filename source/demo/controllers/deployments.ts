import type {Workload} from '../objects/kubernetes-types.ts';
import {hashLabel, templateHash} from '../objects/pod-objects.ts';
import {replicaSet} from '../objects/replica-set.ts';
import type {Control} from './control.ts';
import {deletePod, isGoing, isReady, makePod, podsOf, setStatus} from './owned-pods.ts';

/** As many pods as the ReplicaSet says; the youngest go first. */
export function reconcileReplicaSet(control: Control, key: string): void {
	const {store, resource} = control;
	const set = store.get(resource('replicasets'), key) as Workload | undefined;
	if (!set) return;
	const pods = podsOf(control, set).filter(pod => !isGoing(pod));
	const wanted = set.spec.replicas ?? 1;
	for (let count = pods.length; count < wanted; count++) makePod(control, set);
	for (const pod of pods.slice(wanted)) deletePod(control, pod);
	const ready = pods.filter(isReady).length;
	setStatus(control, resource('replicasets'), set, {
		observedGeneration: set.metadata.generation ?? 1,
		replicas: pods.length,
		readyReplicas: ready,
		availableReplicas: ready,
	});
}

/**
 * One ReplicaSet for the current template. After a change its pods take the place of the old ones one by one: with a
 * hostPort the old pod has to go before the new one finds room.
 */
export function reconcileDeployment(control: Control, key: string): void {
	const {store, resource} = control;
	const deployment = store.get(resource('deployments'), key) as Workload | undefined;
	if (!deployment) return;
	const sets = (store.all(resource('replicasets')) as readonly Workload[]).filter(({metadata}) =>
		metadata.ownerReferences?.some(owner => owner.uid === deployment.metadata.uid),
	);
	const hash = templateHash(deployment.spec.template);
	const current = sets.find(({metadata}) => metadata.labels?.[hashLabel('ReplicaSet')] === hash);
	if (!current) {
		// It starts with none; the next look gives it its share.
		const made = replicaSet(deployment, new Date());
		store.add(resource('replicasets'), {...made, spec: {...made.spec, replicas: 0}, status: {}});
		return;
	}
	const desired = deployment.spec.replicas ?? 1;
	const older = sets.filter(set => set !== current && (set.spec.replicas ?? 0) > 0);
	const left = older.reduce((sum, set) => sum + (set.spec.replicas ?? 0), 0);
	const pods = podsOf(control, current).filter(pod => !isGoing(pod));
	const settled = pods.length === (current.spec.replicas ?? 0) && pods.every(isReady);
	const [oldest] = older;
	if (oldest && settled) scale(control, oldest, (oldest.spec.replicas ?? 1) - 1);
	else scale(control, current, Math.max(0, desired - left));
	const ready = sets.flatMap(set => podsOf(control, set)).filter(isReady).length;
	setStatus(control, resource('deployments'), deployment, {
		observedGeneration: deployment.metadata.generation ?? 1,
		replicas: left + pods.length,
		updatedReplicas: pods.length,
		readyReplicas: ready,
		availableReplicas: ready,
		...(ready < desired && {unavailableReplicas: desired - ready}),
	});
}

function scale({store, resource}: Control, set: Workload, replicas: number): void {
	if (set.spec.replicas === replicas) return;
	const generation = (set.metadata.generation ?? 1) + 1;
	store.replace(resource('replicasets'), {...set, metadata: {...set.metadata, generation}, spec: {...set.spec, replicas}});
}
