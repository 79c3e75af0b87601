import {ruleProofs} from '../proofs.ts';
import {runtimeMapsNothing} from '../runtime-mapping.ts';
import {alike, nodesInTitle} from '../wording.ts';
import type {Cause} from './cause.ts';

/** CRI-O maps ports itself and gives CNI plugins no mappings: chaining portmap brings nothing there. */
export const hp17: Cause = {
	code: 'HP17',
	find(view) {
		const nodes = view.judged.filter(
			({node, chained, mappings}) =>
				node.containerRuntime.startsWith('cri-o://') && chained === true && !mappings.some(({by}) => by === 'portmap'),
		);
		const isOff = nodes.some(runtimeMapsNothing);
		// What CRI-O's own rules are seen to carry needs nothing.
		const isCarried = nodes.flatMap(node => view.hostPortsOf(node)).every(({diagnosis}) => diagnosis.state === 'wired');
		return nodes.length === 0
			? []
			: [
					{
						code: 'HP17',
						severity: isOff ? 'error' : isCarried ? 'info' : 'warning',
						nodes: nodes.map(({name}) => name),
						hostPorts: nodes.flatMap(node => view.hostPortsOf(node)).map(({name}) => name),
						title: isOff
							? `CRI-O on ${nodesInTitle(nodes)} maps no hostPort: its own mapping is switched off, and it hands portmap none`
							: `CRI-O on ${nodesInTitle(nodes)} maps ports itself: the portmap in the CNI file gets no mappings`,
						because: [
							...nodes.slice(0, 1).map(({name, node}) => ({source: `node ${name}`, says: `container runtime ${node.containerRuntime}`})),
							...alike(nodes, ({observation}) =>
								observation?.runtime?.mapsHostPorts === false
									? {source: observation.runtime.source, says: 'disable_hostport_mapping = true'}
									: undefined,
							),
							...ruleProofs(nodes),
						],
						remedy: isOff
							? 'Remove disable_hostport_mapping from CRI-O’s configuration and restart the pods, or use full kube-proxy replacement.'
							: isCarried
								? 'Nothing to do: CRI-O carries them, and portmap in the list does no harm.'
								: 'Leave hostPort to CRI-O there, or use full kube-proxy replacement with disable_hostport_mapping. Whether a port answers: kubectl hostport verify.',
						repairable: false,
					},
				];
	},
};
