import type {Cause} from './cause.ts';
import {count, nodesInTitle} from '../wording.ts';

/** An older mapping of the same port stands first and leads elsewhere. */
export const hp07: Cause = {
	code: 'HP07',
	find(view) {
		const hostPorts = view.hostPorts.filter(({reason}) => reason === 'shadowed');
		const names = new Set(hostPorts.map(({pod}) => pod.node));
		const nodes = view.judged.filter(({name}) => names.has(name));
		if (hostPorts.length === 0) {
			return [];
		}

		return [
			{
				code: 'HP07',
				severity: 'error',
				nodes: nodes.map(({name}) => name),
				hostPorts: hostPorts.map(({name}) => name),
				title: `an older rule catches the traffic of ${count(hostPorts.length, 'hostPort')} on ${nodesInTitle(nodes)}`,
				because: hostPorts.slice(0, 3).map(({name, shadow, pod, diagnosis}) => ({
					source: `nat table (${shadow?.build ?? ''}) on ${diagnosis.node}`,
					says: `${shadow?.chain ?? ''} comes first and leads to ${shadow?.targetIP ?? ''}:${shadow?.targetPort ?? 0}; ${name} is at ${pod.podIPs.join(', ')}`,
				})),
				remedy: `Delete the stale jump in CNI-HOSTPORT-DNAT and its chain on ${nodesInTitle(nodes)}; the pod's own rule then counts.`,
				repairable: false,
			},
		];
	},
};
