import type {HostPortPod} from '../evidence/evidence.ts';
import type {NodeView} from './node-view.ts';
import {wasFlushed} from './port-mappings.ts';
import {secondsOf} from './time.ts';

/** By how much the clocks of API server and node may differ before a time of one is compared with a time of the other. */
const clockDifferenceSeconds = 300;

/** Whether the pod started before the loaded file was written, or before another file came or went, which may have been the loaded one. */
export function isOlderThanFile(pod: HostPortPod, {loaded, observation}: Pick<NodeView, 'loaded' | 'observation'>): boolean {
	if (loaded === undefined) {
		return false;
	}

	const written = Math.max(loaded.file.modified, observation?.configurationFolder?.modified ?? 0);
	// The kubelet sets startedAt by the clock that also dates the file; createdAt is the API server's, which may differ.
	const started = secondsOf(pod.startedAt);
	const created = secondsOf(pod.createdAt);
	return started === undefined ? created !== undefined && created + clockDifferenceSeconds < written : started < written;
}

/**
 * Whether portmap was never asked for a pod that has no rules, so that none were lost. What the runtime keeps of the pod's sandbox
 * tells; else that somebody emptied the table; else only which of pod and file is older, for agents write their file anew
 * whenever they start.
 */
export function isFromBefore(
	{pod, port}: {readonly pod: HostPortPod; readonly port: HostPortPod['ports'][number]},
	node: NodeView,
): boolean {
	const sandboxes = node.observation?.sandboxes ?? undefined;
	if (sandboxes !== undefined && pod.uid !== '') {
		return !sandboxes.some(({uid, mappings}) => uid === pod.uid && mappings.some(({hostPort}) => hostPort === port.hostPort));
	}

	return !wasFlushed(node.observation?.nat) && isOlderThanFile(pod, node);
}
