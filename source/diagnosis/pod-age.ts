import type {HostPortPod} from '../evidence/evidence.ts';
import type {NodeView} from './node-view.ts';
import {secondsOf} from './time.ts';

/** By how much the clocks of API server and node may differ before a time of one is compared with a time of the other. */
const clockDifferenceSeconds = 300;

/** Whether the pod started before the loaded file was written. */
export function isOlderThanFile(pod: HostPortPod, {loaded}: Pick<NodeView, 'loaded'>): boolean {
	const written = loaded?.file.modified;
	if (written === undefined) {
		return false;
	}

	// The kubelet sets startedAt by the clock that also dates the file; createdAt is the API server's, which may differ.
	const started = secondsOf(pod.startedAt);
	const created = secondsOf(pod.createdAt);
	return started === undefined ? created !== undefined && created + clockDifferenceSeconds < written : started < written;
}
