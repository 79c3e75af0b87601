import {refusedCniVersions} from '../../diagnosis/asked-cni-versions.ts';
import {guardsNewNodes} from '../../diagnosis/new-nodes.ts';
import type {Planning} from './planning.ts';

/** Whether the DaemonSet is there and works: `manifest daemonset` or an earlier repair has made it. */
export const isGuarded = ({view}: Pick<Planning, 'view'>): boolean => guardsNewNodes(view.evidence);

/**
 * DaemonSets of `manifest daemonset`, `namespace/name`, that are ready and keep a portmap on the nodes which the CNI file is too new for: a
 * newer one that is put there they replace within seconds.
 */
export function outdatedKeepers(planning: Pick<Planning, 'view' | 'nodes'>): readonly string[] {
	return isOutdated(planning) ? planning.view.evidence.portmapKeepers.filter(({ready}) => ready > 0).map(({name}) => name) : [];
}

/** Whether a portmap that runs on a node is too old for its CNI file. */
export const isOutdated = ({view, nodes}: Pick<Planning, 'view' | 'nodes'>): boolean =>
	nodes.some(node => node.binary.state === 'working' && refusedCniVersions(node, view).length > 0);
