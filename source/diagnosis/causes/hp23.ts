import {count} from '../wording.ts';
import type {Cause} from './cause.ts';

/** Nodes that are left out by their kind. */
export const hp23: Cause = {
	code: 'HP23',
	find(view) {
		const nodes = view.nodes.filter(
			({node, skipped}) => skipped !== '' && (node.skipped === '' || /windows|virtual|fargate/i.test(node.skipped)),
		);
		return nodes.length === 0
			? []
			: [
					{
						code: 'HP23',
						severity: 'info',
						nodes: nodes.map(({name}) => name),
						hostPorts: nodes.flatMap(node => view.hostPortsOf(node)).map(({name}) => name),
						title: `${count(nodes.length, 'node')} skipped: neither Cilium nor portmap maps ports there`,
						because: nodes.slice(0, 3).map(({name, skipped}) => ({source: `node ${name}`, says: skipped})),
						remedy: 'Nothing to do for Linux nodes; place pods that need a hostPort there.',
						repairable: false,
					},
				];
	},
};
