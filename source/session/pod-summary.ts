import {needsOf, type PodPower} from '../access/pod-powers.ts';

type SeenManifest = {readonly metadata: {readonly namespace: string; readonly name: string}; readonly spec: {readonly nodeName: string}};

/** One line: `pod kube-system/hostport-host-1 on node-1 (NET_ADMIN, NET_RAW)`. */
export function podSummary(manifest: object, powers: readonly PodPower[]): string {
	const {metadata, spec} = manifest as SeenManifest;
	const {capabilities, hostPID, isWritable} = needsOf(powers);
	const more = [...(hostPID ? ['host PID'] : []), ...capabilities, ...(isWritable ? ['may write to the folder of CNI binaries'] : [])];
	return `pod ${metadata.namespace}/${metadata.name} on ${spec.nodeName}${more.length === 0 ? '' : ` (${more.join(', ')})`}`;
}
