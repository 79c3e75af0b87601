import {engineOf} from './mapping-engine.ts';
import type {NodeView} from './node-view.ts';
import type {PortMapping} from './port-mappings.ts';
import type {View} from './view.ts';

/** A mapping that traffic can reach and that serves no pod, or a pod that another mapping serves already. */
export type StaleMapping = {readonly mapping: PortMapping; readonly because: 'no-pod' | 'doubled'};

type OfNode = {networks?: ReadonlySet<string>; stale?: readonly StaleMapping[]};
const known = new WeakMap<View, Map<NodeView, OfNode>>();

/** What was found of a node in this view, or will be: several causes ask, on thousands of nodes at once. */
function ofNode(view: View, node: NodeView): OfNode {
	const ofView = known.get(view) ?? new Map<NodeView, OfNode>();
	const found = ofView.get(node) ?? {};
	known.set(view, ofView.set(node, found));
	return found;
}

/** CNI networks that wire pods on a node: that of the loaded file, and those whose mappings lead to a pod. */
export function ownNetworks(view: View, node: NodeView): ReadonlySet<string> {
	return (ofNode(view, node).networks ??= networksOf(view, node));
}

function networksOf(view: View, {loaded, mappings, name}: NodeView): ReadonlySet<string> {
	const addresses = new Set(view.podsOf(name).flatMap(({podIPs}) => podIPs));
	return new Set([loaded?.network ?? '', ...mappings.filter(({targetIP}) => addresses.has(targetIP)).map(({network}) => network)]);
}

/**
 * Mappings of a node that should be gone. None where it cannot be told: not every pod of the cluster was listed, or a pod that
 * wants the port has no address yet and the mapping may be its own.
 */
export function staleMappings(view: View, node: NodeView): readonly StaleMapping[] {
	return (ofNode(view, node).stale ??= stale(view, node));
}

function stale(view: View, node: NodeView): readonly StaleMapping[] {
	const {namespace, gaps} = view.evidence;
	if (namespace !== '' || gaps.some(({of}) => of === 'pods')) {
		return [];
	}

	const pods = view.podsOf(node.name).filter(({hostNetwork}) => !hostNetwork);
	const networks = ownNetworks(view, node);
	const reached = node.mappings.filter(mapping => mapping.position !== undefined && engineOf(mapping, networks) === undefined);
	return reached.flatMap((mapping, index) => {
		const wants = pods.filter(({ports}) => ports.some(port => isFor(mapping, port)));
		if (wants.some(({podIPs}) => podIPs.length === 0)) {
			return [];
		}

		if (!wants.some(({podIPs}) => podIPs.includes(mapping.targetIP))) {
			return {mapping, because: 'no-pod' as const};
		}

		return reached.slice(0, index).some(other => isSame(other, mapping)) ? {mapping, because: 'doubled' as const} : [];
	});
}

function isFor(mapping: PortMapping, port: {hostPort: number; containerPort: number; protocol: string}): boolean {
	return (
		mapping.hostPort === port.hostPort && mapping.targetPort === port.containerPort && mapping.protocol === port.protocol.toUpperCase()
	);
}

function isSame(one: PortMapping, other: PortMapping): boolean {
	return (['by', 'build', 'family', 'protocol', 'hostPort', 'hostIP', 'targetIP', 'targetPort'] as const).every(
		key => one[key] === other[key],
	);
}
