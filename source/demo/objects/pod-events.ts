import {createHash} from 'node:crypto';
import {timestamp, type StoredObject} from '../api/object-store.ts';
import {sandboxId} from '../node/port-mappings.ts';
import type {Pod} from './kubernetes-types.ts';
import {stableUid} from './node-objects.ts';

/** Why a kubelet cannot start or stop a pod, in the words of its event. */
export type PodTrouble = {readonly reason: 'FailedCreatePodSandBox' | 'FailedKillPod' | 'FailedMount'; readonly message: string};

const missing = 'failed to find plugin "portmap" in path [/opt/cni/bin]';

/**
 * What the kubelet reports where the list names portmap and it is not there: its own words and containerd's around libcni's
 * `failed to find plugin` (the case's write-up; cilium/cilium #41300).
 */
export function sandboxTrouble(reason: 'FailedCreatePodSandBox' | 'FailedKillPod', {metadata: {uid = ''}}: Pod): PodTrouble {
	const sandbox = sandboxId(uid);
	const message =
		reason === 'FailedCreatePodSandBox'
			? `Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "${sandbox}": plugin type="portmap" failed (add): ${missing}`
			: `error killing pod: failed to "KillPodSandbox" for "${uid}" with KillPodSandboxError: "rpc error: code = Unknown desc = failed to destroy network for sandbox \\"${sandbox}\\": plugin type=\\"portmap\\" failed (delete): ${missing.replaceAll('"', '\\"')}"`;
	return {reason, message};
}

/** An Event of core/v1 as the kubelet writes it; the same pod and reason have the same name. */
export function podEvent(pod: Pod, {reason, message}: PodTrouble, seen: {first: Date; last: Date; count: number}): StoredObject {
	const {namespace, name, uid = '', resourceVersion} = pod.metadata;
	const id = createHash('sha256').update(`${uid} ${reason}`).digest('hex').slice(0, 16);
	return {
		apiVersion: 'v1',
		kind: 'Event',
		metadata: {name: `${name}.${id}`, namespace, uid: stableUid(`event ${uid} ${reason}`), creationTimestamp: timestamp(seen.first)},
		involvedObject: {kind: 'Pod', namespace, name, uid, apiVersion: 'v1', ...(resourceVersion !== undefined && {resourceVersion})},
		reason,
		message,
		source: {component: 'kubelet', host: pod.spec.nodeName},
		firstTimestamp: timestamp(seen.first),
		lastTimestamp: timestamp(seen.last),
		count: seen.count,
		type: 'Warning',
		eventTime: null,
		reportingComponent: 'kubelet',
		reportingInstance: pod.spec.nodeName,
	};
}
