import {guardsNewNodes} from '../diagnosis/new-nodes.ts';
import {daemonSetName} from './manifests/daemon-set.ts';
import {binaryFolderOf} from './plan-binaries.ts';
import type {Planning} from './planning.ts';
import type {StepOf} from './plan.ts';

/** Whether the DaemonSet is there and works: `manifest daemonset` or an earlier repair has made it. */
export const isGuarded = ({view}: Pick<Planning, 'view'>): boolean => guardsNewNodes(view.evidence);

/** The DaemonSet that keeps portmap on nodes that join, where the person wants it and nothing of the kind is there. */
export function guardSteps(planning: Planning): Array<StepOf<'guard-new-nodes'>> {
	const {choice, view, nodes, leftOut} = planning;
	const {cilium} = view.evidence;
	const [first] = nodes;
	if (choice.daemonSet !== true || isGuarded(planning) || cilium === null || first === undefined) return [];
	const {namespace} = cilium;
	const folder = binaryFolderOf(first, cilium.daemonSet?.hostPaths ?? []);
	const architectures = [...new Set(nodes.map(({node}) => node.architecture))].filter(name => name !== '').sort();
	return [
		{
			id: 'guard',
			kind: 'guard-new-nodes',
			title: 'keep portmap on every node that joins',
			node: '',
			preview: {
				text: `Creates the DaemonSet ${namespace}/${daemonSetName} (host network, one folder: ${folder}) and ConfigMaps that carry the binary for ${architectures.join(', ')}; the same as kubectl hostport manifest daemonset.`,
				changes: [],
			},
			checkBefore: 'none',
			checkAfter: 'it is ready on every node',
			undo: 'deletes the DaemonSet and its ConfigMaps; the binary stays on the nodes',
			blastRadius: 'one small pod more on every node, new ones included',
			parameters: {namespace, image: cilium.daemonSet?.image ?? '', folder, architectures, leftOut: leftOut.length},
		},
	];
}
