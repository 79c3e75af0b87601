import {ruleProofs} from '../proofs.ts';
import {nodesInTitle} from '../wording.ts';
import type {Cause} from './cause.ts';

/** CRI-O maps ports itself and gives CNI plugins no mappings: chaining portmap brings nothing there. */
export const hp17: Cause = {
	code: 'HP17',
	find(view) {
		const nodes = view.judged.filter(
			({node, chained, mappings}) => node.containerRuntime.startsWith('cri-o://') && chained === true && mappings.length === 0,
		);
		return nodes.length === 0
			? []
			: [
					{
						code: 'HP17',
						severity: 'warning',
						nodes: nodes.map(({name}) => name),
						hostPorts: nodes.flatMap(node => view.hostPortsOf(node)).map(({name}) => name),
						title: `CRI-O on ${nodesInTitle(nodes)} maps ports itself: the portmap in the CNI file gets no mappings`,
						because: [
							...nodes.slice(0, 1).map(({name, node}) => ({source: `node ${name}`, says: `container runtime ${node.containerRuntime}`})),
							...ruleProofs(nodes),
						],
						remedy:
							'Leave hostPort to CRI-O there, or use full kube-proxy replacement with disable_hostport_mapping. Whether a port answers: kubectl hostport verify.',
						repairable: false,
					},
				];
	},
};
