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
export function outdatedKeepers(planning: Pick<Planning, 'view' | 'nodes'>): readonly string[] {
	return isOutdated(planning) ? planning.view.evidence.portmapKeepers.filter(({ready}) => ready > 0).map(({name}) => name) : [];
}

const isOutdated = ({view, nodes}: Pick<Planning, 'view' | 'nodes'>): boolean =>
	nodes.some(node => node.binary.state === 'working' && refusedCniVersions(node, view).length > 0);

/**
 * Where what a repair puts on the nodes would not stay: such a DaemonSet is there that the one of the repair does not take the place of,
 * or the agents bring a portmap that is too old each time that they start, as this repair makes them do.
 */
export function keeperRefusals({view, nodes, choice}: Pick<Planning, 'view' | 'nodes' | 'choice'>): Refusal[] {
	if (choice.strategy !== 'portmap') return [];
	const own = view.evidence.cilium?.namespace ?? '';
	const installer = view.evidence.cilium?.daemonSet?.portmapInstaller ?? '';
	const byAgents: Refusal[] =
		installer !== '' && isOutdated({view, nodes})
			? [
					{
						code: '',
						message: `the agents' init container ${installer} puts the portmap there that is too old, and would again when an agent starts`,
						hint: 'Give that init container an image with a newer portmap (RKE2: the values of its Cilium chart), then run fix again.',
					},
				]
			: [];
	const byKeepers = outdatedKeepers({view, nodes}).flatMap((keeper): Refusal[] => {
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
	return [...byAgents, ...byKeepers];
}
