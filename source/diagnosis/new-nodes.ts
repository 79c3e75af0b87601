import type {Evidence} from '../evidence/evidence.ts';

type Seen = Pick<Evidence, 'cilium' | 'otherDaemonSets' | 'portmapKeepers'>;

/**
 * Whether something puts portmap on nodes that join: an init container of Cilium's own DaemonSet, or one of `manifest daemonset` that is
 * there and ready on one node at least.
 */
export function guardsNewNodes(evidence: Seen): boolean {
	if (evidence.cilium?.daemonSet?.portmapInstaller) return true;
	const idle = new Set(idleKeepers(evidence).map(({name}) => name));
	return evidence.otherDaemonSets.some(name => name.endsWith('/kubectl-hostport-portmap') && !idle.has(name));
}

/** Those that are there and run nowhere: an image that cannot be pulled, a wrong checksum, a selector that no node fits. */
export const idleKeepers = ({portmapKeepers}: Seen): Evidence['portmapKeepers'] => portmapKeepers.filter(({ready}) => ready === 0);
