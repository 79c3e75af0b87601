import {type Found, ofCluster} from '../finding.ts';
import {conflistRefusals} from '../conflist-refusals.ts';
import {otherNetworksBeside} from '../other-networks.ts';
import {providerOf} from '../ownership.ts';
import type {View} from '../view.ts';
import {defineCause} from './cause.ts';

/** No Cilium to be found, or one that the provider runs. */
export const hp18 = defineCause({
	code: 'HP18',
	title: 'The network is not Cilium, or the provider runs it',
	meaning:
		'No Cilium agent was found, or the provider runs Cilium itself (GKE Dataplane V2, AKS). The diagnosis still reports what it sees; nothing is repaired there.',
	proof: [
		'no DaemonSet and no ConfigMap of Cilium in any namespace that could be read',
		'DaemonSets of a provider: `anetd`, `azure-cns`; or its labels, annotations and field managers on cilium-config (GKE, AKS, EKS, DigitalOcean)',
		'DaemonSets of another network beside Cilium, such as `aws-node`: reported, because the loaded CNI file decides',
	],
	toldApart: ['A missing permission to list DaemonSets looks the same; the finding then says so'],
	cure: ['Use the provider’s own setting, or a Service of type LoadBalancer or with `internalTrafficPolicy: Local`.'],
	falseLeads: [],
	sources: ['Azure/AKS#2070', 'cilium/cilium#14287'],
	explains: () => false,
	refusesAll(view) {
		const provider = providerOf(view);
		const beside = otherNetworksBeside(view);
		if (view.evidence.cilium !== null && provider === '' && beside.length === 0) return [];
		const why =
			view.evidence.cilium === null
				? 'no Cilium agent was found in any namespace'
				: provider === ''
					? besideText(beside)
					: `${provider} runs Cilium here`;
		const ofNetwork = provider === '' && view.evidence.cilium !== null ? conflistRefusals(view, 'network')[0]?.hint : undefined;
		const hint = ofNetwork ?? 'Change the network with the provider’s tools; kubectl hostport only reads here.';
		return [{message: why, hint, isOfNetwork: true}];
	},
	refuses: (view, strategy) => (strategy === 'portmap' ? conflistRefusals(view, 'network') : []),
	find: view => (view.evidence.cilium === null ? notFound(view) : [...runByProvider(view), ...besideOthers(view)]),
});

function notFound(view: View): Found[] {
	const {gaps, otherDaemonSets} = view.evidence;
	return ofCluster({
		severity: view.hostPorts.length > 0 ? 'warning' : 'info',
		hostPorts: view.hostPorts.filter(({diagnosis}) => diagnosis.state !== 'wired'),
		title: gaps.length > 0 ? 'no Cilium was found, but not everything could be read' : 'no Cilium was found in this cluster',
		because: [
			{source: 'API server', says: 'no DaemonSet of the Cilium agent in any namespace that could be read'},
			...(otherDaemonSets.length > 0
				? [{source: 'other network DaemonSets', says: [...otherDaemonSets].sort().slice(0, 6).join(', ')}]
				: []),
			...gaps.slice(0, 3).map(({what, reason}) => ({source: what, says: reason})),
		],
		remedy: gaps[0]?.hint || 'Check the CNI of this cluster, which is responsible for hostPort. Only what the nodes show is reported here.',
	});
}

function runByProvider(view: View): Found[] {
	const provider = providerOf(view);
	if (provider === '') return [];
	return ofCluster({
		severity: 'info',
		title: `${provider} runs Cilium here: kubectl hostport diagnoses it and changes nothing`,
		because: [{source: 'DaemonSets', says: [...view.evidence.otherDaemonSets].sort().slice(0, 6).join(', ')}],
		remedy: 'Use the provider’s own setting for hostPort, or a Service with internalTrafficPolicy: Local.',
	});
}

/** Cilium runs beside another network: with chaining it is that one's CNI file that decides. */
function besideOthers(view: View): Found[] {
	const found = otherNetworksBeside(view);
	if (found.length === 0) return [];
	return ofCluster({
		severity: 'info',
		title: besideText(found),
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
		remedy: 'Nothing to do if hostPort works. Otherwise see how that network chains portmap before you change cilium-config.',
	});
}

const besideText = (networks: ReturnType<typeof otherNetworksBeside>): string =>
	`${networks.map(({name}) => name).join(' and ')} runs beside Cilium: the loaded CNI file decides which one serves a pod`;
