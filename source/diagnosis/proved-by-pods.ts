import type {NodeView} from './node-view.ts';
import {secondsOf} from './time.ts';
import type {View} from './view.ts';

/** Whether a pod of the node got its rules from the portmap that is there now: the surest sign that the runtime can call it. */
export function isProvedByPods(view: View, node: NodeView): boolean {
	// Rules from before the runtime said that it does not find portmap tell nothing of what it finds now.
	const told = node.events.find(({missingPlugin, isOfThePast}) => missingPlugin === 'portmap' && !isOfThePast)?.lastSeen ?? 0;
	const since = Math.max(node.binary.file?.changed ?? 0, told);
	return since === 0
		? node.mappings.some(({by}) => by === 'portmap')
		: view
				.hostPortsOf(node)
				.some(({mapping, pod}) => mapping !== undefined && pod.startedAt !== null && (secondsOf(pod.startedAt) ?? 0) >= since);
}
