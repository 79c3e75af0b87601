import type {NodeView} from './node-view.ts';
import {secondsOf} from './time.ts';
import type {View} from './view.ts';

/** Whether a pod of the node got its rules from the portmap that is there now: the surest sign that the runtime can call it. */
export function isProvedByPods(view: View, node: NodeView): boolean {
	const since = node.binary.file?.changed ?? 0;
	return since === 0
		? node.mappings.some(({by}) => by === 'portmap')
		: view
				.hostPortsOf(node)
				.some(({mapping, pod}) => mapping !== undefined && pod.startedAt !== null && (secondsOf(pod.startedAt) ?? 0) >= since);
}
