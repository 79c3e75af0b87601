import {createHash} from 'node:crypto';
import type {Container, ContainerStatus, Pod, PodSpec, PodStatus, PodTemplate, Workload} from './kubernetes-types.ts';
import {timestamp} from '../api/object-store.ts';

/** Ten letters that change with the template, as `pod-template-hash` and `controller-revision-hash` do. */
export function templateHash(template: PodTemplate): string {
	return digest(JSON.stringify(template)).slice(0, 10);
}

/** The label by which an owner of this kind tells pods of its current template from older ones. */
export const hashLabel = (kind: string): string => (kind === 'DaemonSet' ? 'controller-revision-hash' : 'pod-template-hash');

type NewPod = {
	readonly owner: Workload;
	readonly name: string;
	readonly uid: string;
	readonly node: string;
	readonly createdAt: Date;
};

/** A pod made from its owner's template and bound to a node, before any kubelet has seen it. */
export function podFromTemplate({owner, name, uid, node, createdAt}: NewPod): Pod {
	const {template} = owner.spec;
	return {
		apiVersion: 'v1',
		kind: 'Pod',
		metadata: {
			name,
			generateName: `${owner.metadata.name}-`,
			namespace: owner.metadata.namespace,
			uid,
			creationTimestamp: timestamp(createdAt),
			labels: {...template.metadata.labels, [hashLabel(owner.kind)]: templateHash(template)},
			...(template.metadata.annotations && {annotations: template.metadata.annotations}),
			ownerReferences: [
				{apiVersion: owner.apiVersion, kind: owner.kind, name: owner.metadata.name, uid: owner.metadata.uid ?? '', controller: true},
			],
		},
		spec: {restartPolicy: 'Always', terminationGracePeriodSeconds: 30, serviceAccountName: 'default', ...template.spec, nodeName: node},
		status: {phase: 'Pending'},
	};
}

type Place = {readonly hostIP: string; readonly podIP: string; readonly startedAt: Date; readonly uid: string; readonly ready?: boolean};

/** Status of a pod that runs since a moment. */
export function runningStatus(spec: PodSpec, {hostIP, podIP, startedAt, uid, ready = true}: Place): PodStatus {
	const time = timestamp(startedAt);
	return {
		phase: 'Running',
		hostIP,
		podIP,
		podIPs: [{ip: podIP}],
		startTime: time,
		conditions: conditions(time, ready),
		containerStatuses: spec.containers.map(container => ({
			...containerStatus(container, uid),
			ready,
			started: true,
			state: {running: {startedAt: time}},
		})),
		...(spec.initContainers && {
			initContainerStatuses: spec.initContainers.map(container => ({
				...containerStatus(container, uid),
				ready: true,
				state: {terminated: {exitCode: 0, reason: 'Completed', startedAt: time, finishedAt: time}},
			})),
		}),
	};
}

/** The kubelet has the pod, its sandbox does not come: `kubectl get pods` shows ContainerCreating. */
export function creatingStatus(spec: PodSpec, hostIP: string, since: Date): PodStatus {
	const time = timestamp(since);
	return {
		phase: 'Pending',
		hostIP,
		startTime: time,
		conditions: conditions(time, false),
		containerStatuses: spec.containers.map(({name, image}) => ({
			name,
			image,
			imageID: '',
			ready: false,
			started: false,
			restartCount: 0,
			state: {waiting: {reason: 'ContainerCreating'}},
		})),
	};
}

function conditions(time: string, ready: boolean) {
	const why = ready ? {} : {reason: 'ContainersNotReady', message: 'containers with unready status'};
	const status = ready ? 'True' : 'False';
	return [
		{type: 'Initialized', status: 'True', lastTransitionTime: time},
		{type: 'Ready', status, ...why, lastTransitionTime: time},
		{type: 'ContainersReady', status, ...why, lastTransitionTime: time},
		{type: 'PodScheduled', status: 'True', lastTransitionTime: time},
	];
}

function containerStatus(
	{name, image}: Container,
	uid: string,
): Pick<ContainerStatus, 'name' | 'image' | 'imageID' | 'containerID' | 'restartCount' | 'started'> {
	return {
		name,
		image,
		imageID: `${image.split(':')[0]}@sha256:${digest(image)}`,
		containerID: `containerd://${digest(`${uid} ${name}`)}`,
		restartCount: 0,
		started: false,
	};
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
