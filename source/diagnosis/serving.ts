import {socketLoadBalancing, type Serving} from '../cilium/expected-reach.ts';
import type {NodeView} from './node-view.ts';

/** How a node serves hostPort, as far as it was seen: the agent's own word before what its settings say. */
export function servingOf(node: NodeView | undefined): Serving {
	if (node === undefined) return {strategy: 'unknown', socketLoadBalancing: undefined};
	const told = node.status?.socketLoadBalancing ?? undefined;
	return {
		strategy: node.path,
		socketLoadBalancing: told ?? (node.settings && socketLoadBalancing(node.version, node.settings)),
	};
}
