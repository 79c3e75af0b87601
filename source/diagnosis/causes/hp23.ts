import {finding, hostPortsOn} from '../finding.ts';
import {isDown, repairable} from '../repairable-nodes.ts';
import {count} from '../../words.ts';
import {defineCause} from './cause.ts';

/** Nodes that are skipped by their kind. */
export const hp23 = defineCause({
	code: 'HP23',
	title: 'A kind of node without hostPort',
	meaning:
		'Virtual kubelets and Fargate have no host whose ports could be mapped; on Windows nodes neither Cilium nor portmap runs, and their own network does the mapping. They are listed as skipped.',
	proof: ['operating system, labels and taints of the node (Virtual Kubelet, Fargate, TKE’s super nodes, KWOK, Liqo)'],
	toldApart: [],
	cure: ['Run such pods on Linux nodes.'],
	falseLeads: [],
	sources: ['Kubernetes docs, well-known labels'],
	refusesAll: view =>
		view.evidence.cilium !== null && repairable(view).length === 0
			? [{message: 'this cluster has no Linux node to repair', hint: 'hostPort is served on Linux nodes only.'}]
			: [],
	find(view) {
		const nodes = view.nodes.filter(node => node.skipped !== '' && !isDown(node));
		return finding({
			severity: 'info',
			nodes,
			hostPorts: hostPortsOn(view, nodes),
			title: `${count(nodes.length, 'node')} skipped: neither Cilium nor portmap maps ports there`,
			because: nodes.slice(0, 3).map(({name, skipped}) => ({source: `node ${name}`, says: skipped})),
			remedy: 'Nothing to do for Linux nodes; run pods that need a hostPort there.',
		});
	},
});
