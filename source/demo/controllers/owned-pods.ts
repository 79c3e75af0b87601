import {randomUUID} from 'node:crypto';
import {keyOf, type StoredObject} from '../api/object-store.ts';
import type {Resource} from '../api/resources.ts';
import {markedForDeletion, suffix} from '../api/write-objects.ts';
import type {Pod, Workload} from '../objects/kubernetes-types.ts';
import {podFromTemplate} from '../objects/pod-objects.ts';
import type {Control} from './control.ts';

/** The pods that a workload controls. */
export function podsOf({store, resource}: Control, {metadata: {uid}}: StoredObject): Pod[] {
	return (store.all(resource('pods')) as Pod[]).filter(({metadata}) =>
		metadata.ownerReferences?.some(owner => owner.controller === true && owner.uid === uid),
	);
}

/** Whether the pod is being deleted. */
export const isGoing = ({metadata}: Pod): boolean => metadata.deletionTimestamp !== undefined;

/** Whether the pod is ready and stays. */
export function isReady(pod: Pod): boolean {
	return !isGoing(pod) && (pod.status.conditions ?? []).some(({type, status}) => type === 'Ready' && status === 'True');
}

/** Makes a pod of the workload's template; without a node it waits for the scheduler. */
export function makePod({store, resource}: Control, owner: Workload, node?: string): void {
	const name = `${owner.metadata.name}-${suffix()}`;
	const pod = podFromTemplate({owner, name, uid: randomUUID(), node: node ?? '', createdAt: new Date()});
	if (node !== undefined) store.add(resource('pods'), pod);
	else {
		const {nodeName: _, ...spec} = pod.spec;
		store.add(resource('pods'), {...pod, spec});
	}
}

/** Deletes as a client would: with the pod's own grace, left to the kubelet where it has one. */
export function deletePod({store, resource}: Control, pod: Pod): void {
	if (isGoing(pod)) return;
	if (pod.spec.nodeName === undefined) store.remove(resource('pods'), keyOf(pod));
	else store.replace(resource('pods'), markedForDeletion(pod, pod.spec.terminationGracePeriodSeconds ?? 30, new Date()));
}

/** Writes a status if it says anything new. */
export function setStatus({store}: Control, resource: Resource, object: Workload, status: Record<string, number>): void {
	if (JSON.stringify(object.status) !== JSON.stringify(status)) store.replace(resource, {...object, status});
}
