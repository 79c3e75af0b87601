import type {Evidence} from '../evidence/evidence.ts';

type Seen = Pick<Evidence, 'otherDaemonSets' | 'portmapKeepers'>;

/** Whether a DaemonSet of `manifest daemonset` puts portmap on nodes that join: it is there, and ready on one node at least. */
export function guardsNewNodes(evidence: Seen): boolean {
	const idle = new Set(idleKeepers(evidence).map(({name}) => name));
	return evidence.otherDaemonSets.some(name => name.endsWith('/kubectl-hostport-portmap') && !idle.has(name));
}

/** Those that are there and run nowhere: an image that cannot be pulled, a wrong checksum, a selector that no node fits. */
export const idleKeepers = ({portmapKeepers}: Seen): Evidence['portmapKeepers'] => portmapKeepers.filter(({ready}) => ready === 0);
