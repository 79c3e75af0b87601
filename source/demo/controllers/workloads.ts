import {keyOf, type Change, type StoredObject} from '../api/object-store.ts';
import type {Pod} from '../objects/kubernetes-types.ts';
import type {Control} from './control.ts';
import {reconcileDaemonSet} from './daemon-sets.ts';
import {reconcileDeployment, reconcileReplicaSet} from './deployments.ts';
import {deletePod} from './owned-pods.ts';
import {workQueue} from './work-queue.ts';

const pluralOf: Readonly<Record<string, string>> = {DaemonSet: 'daemonsets', Deployment: 'deployments', ReplicaSet: 'replicasets'};
const kinds = Object.values(pluralOf);

/** Plays the controller manager: keeps DaemonSets, Deployments and ReplicaSets at what they say, and removes what lost its owner. */
export function runWorkloads(control: Control): void {
	const {store, resource, listen} = control;
	const look = workQueue(control, word => {
		const [plural = '', key = ''] = word.split(' ');
		if (plural === 'daemonsets') reconcileDaemonSet(control, key);
		else if (plural === 'deployments') reconcileDeployment(control, key);
		else reconcileReplicaSet(control, key);
	});
	const lookAtOwner = ({metadata}: StoredObject) => {
		const owner = metadata.ownerReferences?.find(({controller}) => controller === true);
		const plural = pluralOf[owner?.kind ?? ''];
		if (owner && plural !== undefined) look(`${plural} ${metadata.namespace}/${owner.name}`);
	};
	const collect = workQueue(control, uid => removeOrphans(control, uid));
	for (const plural of kinds) for (const object of store.all(resource(plural))) look(`${plural} ${keyOf(object)}`);
	listen(({type, resource: {plural}, object}: Change) => {
		if (plural === 'pods' || plural === 'replicasets') lookAtOwner(object);
		// A new node needs its pods; the demo's own workloads are looked at anew.
		if (plural === 'nodes') for (const set of store.all(resource('daemonsets'))) look(`daemonsets ${keyOf(set)}`);
		if (!kinds.includes(plural)) return;
		if (type === 'DELETED') collect(object.metadata.uid ?? '');
		else look(`${plural} ${keyOf(object)}`);
	});
}

function removeOrphans(control: Control, uid: string): void {
	const {store, resource} = control;
	const isOrphan = ({metadata}: StoredObject) => metadata.ownerReferences?.some(owner => owner.uid === uid) ?? false;
	for (const set of store.all(resource('replicasets')).filter(isOrphan)) store.remove(resource('replicasets'), keyOf(set));
	for (const pod of store.all(resource('pods')).filter(isOrphan)) deletePod(control, pod as Pod);
}
