import {refusedCniVersions} from '../../diagnosis/asked-cni-versions.ts';
import {guardsNewNodes} from '../../diagnosis/new-nodes.ts';
import type {Refusal} from '../../diagnosis/refusals.ts';
import {daemonSetName} from '../manifests/daemon-set.ts';
import type {Planning} from './planning.ts';

/** Whether the DaemonSet is there and works: `manifest daemonset` or an earlier repair has made it. */
export const isGuarded = ({view}: Pick<Planning, 'view'>): boolean => guardsNewNodes(view.evidence);

/**
 * DaemonSets of `manifest daemonset`, `namespace/name`, that are ready and keep a portmap on the nodes which the CNI file is too new for: a
 * newer one that is put there they replace within seconds.
 */
export function outdatedKeepers({view, nodes}: Pick<Planning, 'view' | 'nodes'>): readonly string[] {
	const isOutdated = nodes.some(node => node.binary.state === 'working' && refusedCniVersions(node, view).length > 0);
	return isOutdated ? view.evidence.portmapKeepers.filter(({ready}) => ready > 0).map(({name}) => name) : [];
}

/** Where what a repair puts on the nodes would not stay: such a DaemonSet is there that the one of the repair does not take the place of. */
export function keeperRefusals({view, nodes, choice}: Pick<Planning, 'view' | 'nodes' | 'choice'>): Refusal[] {
	if (choice.strategy !== 'portmap') return [];
	const own = view.evidence.cilium?.namespace ?? '';
	return outdatedKeepers({view, nodes}).flatMap(keeper => {
		const [namespace = '', name = ''] = keeper.split('/');
		const isReplaceable = namespace === own && name === daemonSetName;
		if (isReplaceable && choice.daemonSet === true) return [];
		return [
			{
				code: '',
				message: `the DaemonSet ${keeper} keeps the portmap on the nodes that is too old, and would put it back within seconds`,
				hint: `${isReplaceable ? 'Give --daemonset: it gets the new one too. Or delete' : 'Delete'} it: kubectl -n ${namespace} delete daemonset ${name}`,
			},
		];
	});
}
