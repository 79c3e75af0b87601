import {createHash} from 'node:crypto';
import type {Pod} from './kubernetes-types.ts';
import {stableUid} from './node-objects.ts';
import {timestamp, type StoredObject} from '../api/object-store.ts';
import {sandboxId} from '../node/port-mappings.ts';

/** What the kubelet reports where a sandbox cannot be made or taken down because the list names a plugin that is not there. */
export type SandboxTrouble = 'FailedCreatePodSandBox' | 'FailedKillPod';

const missing = 'failed to find plugin "portmap" in path [/opt/cni/bin]';

/** The messages of kubelet and containerd around libcni's `failed to find plugin` (the case's write-up; cilium/cilium #41300). */
function messageOf(reason: SandboxTrouble, uid: string): string {
	const sandbox = sandboxId(uid);
	if (reason === 'FailedCreatePodSandBox') {
		return `Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "${sandbox}": plugin type="portmap" failed (add): ${missing}`;
	}
	return `error killing pod: failed to "KillPodSandbox" for "${uid}" with KillPodSandboxError: "rpc error: code = Unknown desc = failed to destroy network for sandbox \\"${sandbox}\\": plugin type=\\"portmap\\" failed (delete): ${missing.replaceAll('"', '\\"')}"`;
}

/** An Event of core/v1 as the kubelet writes it. */
export function sandboxEvent(pod: Pod, reason: SandboxTrouble, first: Date, last: Date, count: number): StoredObject {
	const {namespace, name, uid = '', resourceVersion} = pod.metadata;
	const id = createHash('sha256').update(`${uid} ${reason}`).digest('hex').slice(0, 16);
	return {
		apiVersion: 'v1',
		kind: 'Event',
		metadata: {name: `${name}.${id}`, namespace, uid: stableUid(`event ${uid} ${reason}`), creationTimestamp: timestamp(first)},
		involvedObject: {kind: 'Pod', namespace, name, uid, apiVersion: 'v1', ...(resourceVersion !== undefined && {resourceVersion})},
		reason,
		message: messageOf(reason, uid),
		source: {component: 'kubelet', host: pod.spec.nodeName},
		firstTimestamp: timestamp(first),
		lastTimestamp: timestamp(last),
		count,
		type: 'Warning',
		eventTime: null,
		reportingComponent: 'kubelet',
		reportingInstance: pod.spec.nodeName,
	};
}
