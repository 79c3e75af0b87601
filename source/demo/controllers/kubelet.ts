import {setTimeout as wait} from 'node:timers/promises';
import {keyOf, timestamp, type Change} from '../api/object-store.ts';
import {agentState} from '../node/agent-state.ts';
import type {DemoNode} from '../node/demo-node.ts';
import type {Container, Pod} from '../objects/kubernetes-types.ts';
import {podEvent, sandboxTrouble, type PodTrouble} from '../objects/pod-events.ts';
import {creatingStatus, runningStatus} from '../objects/pod-objects.ts';
import {agentConfiguration} from './agent-configuration.ts';
import type {Control} from './control.ts';
import {addSandbox, missingHostPath, removeSandbox} from './sandbox.ts';

/** How long things take here: long enough to be seen, short enough to wait for. Milliseconds. */
const startMilliseconds = 120;
const stopMilliseconds = 120;
const retryMilliseconds = 1_000;
/** A kubelet tries again and again, but tells only now and then. */
const triesPerEvent = 12;

/** Plays every node's kubelet: starts pods that are bound to a node, takes down those that are marked for deletion. */
export function runKubelet(control: Control): void {
	const {store, resource, during} = control;
	const pods = resource('pods');
	const take = (pod: Pod, before: Pod | undefined) => {
		const bound = pod.spec.nodeName !== undefined && before?.spec.nodeName === undefined;
		const marked = pod.metadata.deletionTimestamp !== undefined && before?.metadata.deletionTimestamp === undefined;
		if (bound && pod.status.phase === 'Pending' && pod.metadata.deletionTimestamp === undefined) during(() => startPod(control, pod));
		if (marked) during(() => stopPod(control, pod));
	};
	for (const pod of store.all(pods)) take(pod as Pod, undefined);
	control.listen((change: Change) => {
		if (change.resource !== pods) return;
		if (change.type === 'DELETED') during(() => forgetPod(control, change.object as Pod));
		else take(change.object as Pod, change.before as Pod | undefined);
	});
}

async function startPod(control: Control, {metadata}: Pod): Promise<void> {
	await wait(startMilliseconds, undefined, {signal: control.signal});
	for (let tries = 0; ; tries++) {
		const pod = control.currentPod(metadata);
		const node = pod && control.nodes.get(pod.spec.nodeName ?? '');
		// A node that is down starts nothing, and a pod that is to go is the other function's.
		if (!pod || !node?.shape.ready || pod.metadata.deletionTimestamp !== undefined) return;
		const trouble = await tryToStart(control, node, pod);
		if (!trouble) return;
		report(control, pod, trouble, tries);
		await wait(retryMilliseconds, undefined, {signal: control.signal});
	}
}

async function tryToStart(control: Control, node: DemoNode, pod: Pod): Promise<PodTrouble | undefined> {
	const {folders, store, resource} = control;
	const startedAt = new Date();
	const missing = await missingHostPath(folders, node, pod);
	if (missing) {
		return {
			reason: 'FailedMount',
			message: `MountVolume.SetUp failed for volume "${missing.volume}" : hostPath type check failed: ${missing.path} is not a directory`,
		};
	}
	const wired = await addSandbox(folders, node, pod);
	if (wired === 'plugin-missing') return sandboxTrouble('FailedCreatePodSandBox', pod);
	const agent = pod.spec.containers.find(({name}) => name === 'cilium-agent');
	if (agent) await startAgent(control, node, agent, startedAt);
	const current = control.currentPod(pod.metadata);
	const status = runningStatus(pod.spec, {hostIP: node.address, podIP: wired.podIP, startedAt, uid: pod.metadata.uid ?? ''});
	if (current) store.replace(resource('pods'), {...current, status});
	return undefined;
}

/** The agent reads its configuration once and then writes the CNI file of its version. */
async function startAgent(control: Control, node: DemoNode, container: Container, startedAt: Date): Promise<void> {
	const version = /:v?(\d+\.\d+\.\d+)/u.exec(container.image)?.[1] ?? control.scene.cilium;
	// The folder as it was must be there before the agent's new state decides what it would hold.
	await control.folders.open(node);
	node.agent = agentState(version, agentConfiguration(control, node), startedAt);
	await control.folders.writeCniFile(node);
}

async function stopPod(control: Control, {metadata}: Pod): Promise<void> {
	const grace = (metadata.deletionGracePeriodSeconds ?? 0) * 1_000;
	await wait(Math.min(grace, stopMilliseconds), undefined, {signal: control.signal});
	for (let tries = 0; ; tries++) {
		const pod = control.currentPod(metadata);
		const node = pod && control.nodes.get(pod.spec.nodeName ?? '');
		if (!pod || !node?.shape.ready) return;
		if ((await removeSandbox(control.folders, node, pod)) === 'removed') {
			control.store.remove(control.resource('pods'), keyOf(pod));
			return;
		}
		report(control, pod, sandboxTrouble('FailedKillPod', pod), tries);
		await wait(retryMilliseconds, undefined, {signal: control.signal});
	}
}

/** A pod that was deleted by force: its sandbox goes like any other, only nobody waited for it. */
async function forgetPod(control: Control, pod: Pod): Promise<void> {
	const node = control.nodes.get(pod.spec.nodeName ?? '');
	if (node?.shape.ready && node.hostPorts.has(pod.metadata.uid ?? '')) await removeSandbox(control.folders, node, pod);
}

/** Writes the pod's event, or raises the count of the one that is there; a pod that cannot start shows ContainerCreating. */
function report(control: Control, pod: Pod, trouble: PodTrouble, tries: number): void {
	const {store, resource, nodes} = control;
	if (tries % triesPerEvent !== 0) return;
	const now = new Date();
	const event = podEvent(pod, trouble, {first: now, last: now, count: 1});
	const before = store.get(resource('events'), keyOf(event));
	if (before)
		store.replace(resource('events'), {
			...before,
			message: trouble.message,
			lastTimestamp: timestamp(now),
			count: Number(before['count']) + 1,
		});
	else store.add(resource('events'), event);
	const hostIP = nodes.get(pod.spec.nodeName ?? '')?.address ?? '';
	if (pod.status.containerStatuses === undefined) store.replace(resource('pods'), {...pod, status: creatingStatus(pod.spec, hostIP, now)});
}
