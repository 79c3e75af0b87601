import type {CoreV1Event, V1Pod} from '@kubernetes/client-node';
import type {Wire} from '../cluster/cluster-client.ts';
import {printableLine} from '../foreign-text.ts';

/** A pod as it came, whose status tells why it does not run. */
export type SeenPod = Wire<V1Pod>;
/** An event that tells the same. */
export type SeenEvent = Wire<CoreV1Event>;

/** Waiting reasons that mean no more than that the kubelet is at work. */
const underWay = new Set(['ContainerCreating', 'PodInitializing']);

/** Whether the pod and one of its containers run. */
export function isRunning(pod: SeenPod): boolean {
	return pod.status?.phase === 'Running' && (pod.status.containerStatuses ?? []).some(({state}) => state?.running !== undefined);
}

/** Why the pod will not run, by its own status: an image that cannot be pulled, a kubelet that refuses it. Undefined: it may still. */
export function failureIn(pod: SeenPod): string | undefined {
	const {phase, reason, message, containerStatuses = []} = pod.status ?? {};
	if (phase === 'Failed' || phase === 'Succeeded') {
		// A container that could not be started at all has ended, in words of its own (`StartError`).
		const ended = containerStatuses.map(({state}) => state?.terminated).find(state => state?.message !== undefined);
		return ended === undefined || reason !== undefined
			? said(reason ?? `phase ${phase}`, message)
			: said(ended.reason ?? '', ended.message);
	}

	const waiting = containerStatuses
		.map(({state}) => state?.waiting)
		.find(state => state?.reason !== undefined && !underWay.has(state.reason));
	return waiting === undefined ? undefined : said(waiting.reason ?? '', waiting.message);
}

/** A secret that is missing stops nothing where the image is on the node; if it has to be pulled, the pull's own failure follows. */
const harmless = new Set(['FailedToRetrieveImagePullSecret']);

/** The same by the pod's events: a folder that is not there, a sandbox that cannot be made. */
export function failureAmong(events: readonly SeenEvent[]): string | undefined {
	const warning = events.find(
		({type, reason = ''}) => type === 'Warning' && !harmless.has(reason) && /^Failed|BackOff|^Evicted|^NodeNotReady/u.test(reason),
	);
	return warning === undefined ? undefined : said(warning.reason ?? '', warning.message);
}

/** Who removed it, by its events: a taint that it no longer tolerates, a pod that is worth more, a node that is short of something. */
export function whyRemoved(events: readonly SeenEvent[]): string {
	const why = events.findLast(({reason = ''}) => /^TaintManagerEviction$|^Preempt|^Evict/u.test(reason));
	return why === undefined ? 'it was removed by someone else' : `it was removed: ${said(why.reason ?? '', why.message)}`;
}

/** How far it is, for when there is no time to wait any longer. */
export function stateOf({status}: SeenPod, events: readonly SeenEvent[] = []): string {
	const waiting = (status?.containerStatuses ?? []).map(({state}) => state?.waiting?.reason ?? '').find(reason => reason !== '');
	const last = events.at(-1);
	const parts = [status?.phase ?? 'no status', waiting, last && `${last.reason ?? ''}: ${last.message ?? ''}`];
	return printableLine(parts.filter(Boolean).join(', '), 400);
}

function said(reason: string, message = ''): string {
	return printableLine(message === '' ? reason : `${reason}: ${message}`, 400);
}
