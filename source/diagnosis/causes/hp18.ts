import type {Finding} from '../diagnosis.ts';
import {otherNetworksBeside} from '../other-networks.ts';
import {providerOf} from '../ownership.ts';
import type {View} from '../view.ts';
import type {Cause} from './cause.ts';

/** No Cilium to be found, or one that the provider runs. */
export const hp18: Cause = {
	code: 'HP18',
	find: view => (view.evidence.cilium === null ? notFound(view) : [...runByProvider(view), ...besideOthers(view)]),
};

function notFound(view: View): Finding[] {
	const {gaps, otherDaemonSets} = view.evidence;
	return [
		{
			code: 'HP18',
			severity: view.hostPorts.length > 0 ? 'warning' : 'info',
			nodes: [],
			hostPorts: view.hostPorts.filter(({diagnosis}) => diagnosis.state !== 'wired').map(({name}) => name),
			title: gaps.length > 0 ? 'no Cilium was found, but not everything could be read' : 'no Cilium was found in this cluster',
			because: [
				{source: 'API server', says: 'no DaemonSet of the Cilium agent in any namespace that could be read'},
				...(otherDaemonSets.length > 0
					? [{source: 'other network DaemonSets', says: [...otherDaemonSets].sort().slice(0, 6).join(', ')}]
					: []),
				...gaps.slice(0, 3).map(({what, reason}) => ({source: what, says: reason})),
			],
			remedy: gaps[0]?.hint || 'Look at the CNI that the cluster has: hostPort is its matter. Only what the nodes show is told here.',
			repairable: false,
		},
	];
}

function runByProvider(view: View): Finding[] {
	const provider = providerOf(view);
	return provider === ''
		? []
		: [
				{
					code: 'HP18',
					severity: 'info',
					nodes: [],
					hostPorts: [],
					title: `${provider} runs Cilium here: it is diagnosed, but nothing is changed`,
					because: [{source: 'DaemonSets', says: [...view.evidence.otherDaemonSets].sort().slice(0, 6).join(', ')}],
					remedy: 'Use the provider’s own switch for hostPort, or a Service with internalTrafficPolicy: Local.',
					repairable: false,
				},
			];
}

/** Cilium runs beside another network: with chaining it is that one's CNI file that decides. */
function besideOthers(view: View): Finding[] {
	const found = otherNetworksBeside(view);
	return found.length === 0
		? []
		: [
				{
					code: 'HP18',
					severity: 'info',
					nodes: [],
					hostPorts: [],
					title: `${found.map(({name}) => name).join(' and ')} runs beside Cilium: which of the two wires a pod, the CNI file that is loaded decides`,
					because: [
						{
							source: 'DaemonSets',
							says: found
								.flatMap(({daemonSets}) => daemonSets)
								.sort()
								.slice(0, 6)
								.join(', '),
						},
					],
					remedy: 'Nothing to do where hostPort works. Else look at that network’s own way to portmap before cilium-config is changed.',
					repairable: false,
				},
			];
}
