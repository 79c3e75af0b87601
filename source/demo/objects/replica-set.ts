import {timestamp} from '../api/object-store.ts';
import type {Workload} from './kubernetes-types.ts';
import {stableUid} from './node-objects.ts';
import {hashLabel, templateHash} from './pod-objects.ts';

/** The ReplicaSet by which a Deployment owns the pods of its current template. */
export function replicaSet(deployment: Workload, createdAt: Date): Workload {
	const {namespace, name, uid = '', labels} = deployment.metadata;
	const {template, selector, replicas = 1} = deployment.spec;
	const hash = templateHash(template);
	const hashed = {[hashLabel('ReplicaSet')]: hash};
	return {
		apiVersion: 'apps/v1',
		kind: 'ReplicaSet',
		metadata: {
			name: `${name}-${hash}`,
			namespace,
			uid: stableUid(`ReplicaSet ${uid} ${hash}`),
			generation: 1,
			creationTimestamp: timestamp(createdAt),
			labels: {...labels, ...hashed},
			ownerReferences: [{apiVersion: 'apps/v1', kind: 'Deployment', name, uid, controller: true}],
		},
		spec: {replicas, selector: {matchLabels: {...selector.matchLabels, ...hashed}}, template},
		status: {observedGeneration: 1, replicas, readyReplicas: replicas, availableReplicas: replicas},
	};
}
