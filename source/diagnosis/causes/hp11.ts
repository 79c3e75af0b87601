import type {Evidence} from '../../evidence/evidence.ts';
import {isSilence} from '../failed-connection.ts';
import {finding} from '../finding.ts';
import type {HostPortView} from '../host-port-view.ts';
import {selects} from '../label-selector.ts';
import type {View} from '../view.ts';
import {count} from '../../words.ts';
import {defineCause} from './cause.ts';

type Policy = Evidence['networkPolicies'][number];

/** What comes through a hostPort bears one of these identities, never a pod's. */
const entities = ['host', 'remote-node', 'world'] as const;

/**
 * Policies that select a wired pod and do not let in what comes through a hostPort. Where they let in nobody of that kind it is likely
 * to be dropped, else possible; a live test decides.
 */
export const hp11 = defineCause({
	code: 'HP11',
	title: 'A network policy may drop it',
	meaning:
		'The hostPort is mapped, and an ingress policy selects its pod. Traffic through a hostPort has the identity of a node (`host`, `remote-node`) or of the outside (`world`); a policy that allows only pods drops it.',
	proof: [
		'rule or entry is right',
		'a policy selects the pod and allows none of these entities: likely; or not all of them: possible',
		'proof only by `hubble observe --verdict DROPPED` or a live connection',
	],
	toldApart: ['HP13: there a firewall in front drops it, and from inside it works'],
	cure: ['Allow `host`, `remote-node` and, for clients outside, `world`.'],
	falseLeads: ['It may still work from the same node: local host traffic is allowed by default.'],
	sources: ['cilium/cilium#31522', 'cilium/cilium#34517', 'cilium/cilium#12781'],
	// Policies drop, and never what the node itself sends to its pods (Cilium, `allow-localhost`).
	explains: asked => isSilence(asked) && asked.from !== 'same-node',
	explainsAsInformation: true,
	keepsOut: (view, hostPort) => denies(view, hostPort, 'remote-node'),
	// What somebody has asked for is a fact, and no fault.
	proved: () => 'warning',
	find(view) {
		const policies = view.evidence.networkPolicies.filter(policy => !letsIn(policy));
		const hit = view.hostPorts
			.filter(({diagnosis}) => diagnosis.state === 'wired')
			.map(hostPort => ({hostPort, policy: policies.find(policy => concerns(policy, hostPort))}))
			.filter(({policy}) => policy !== undefined);
		if (hit.length === 0) {
			return [];
		}

		const names = [...new Set(hit.map(({policy}) => nameOf(policy)))].sort();
		const closed = hit.filter(({policy}) => policy !== undefined && !entities.some(entity => policy.ingressEntities.includes(entity)));
		return finding({
			severity: closed.length > 0 ? 'warning' : 'info',
			hostPorts: hit.map(({hostPort}) => hostPort),
			title: `network policies may drop traffic to ${count(hit.length, 'hostPort')} from other nodes or from outside`,
			because: names.slice(0, 3).map(source => ({
				source,
				says: closed.some(({policy}) => nameOf(policy) === source)
					? `selects the pod and allows none of ${entities.join(', ')}; all hostPort traffic has one of these identities`
					: `selects the pod and does not name all of ${entities.join(', ')}`,
			})),
			remedy:
				'If they do not answer from there (kubectl hostport verify), allow the entities host, remote-node and, for clients outside, world.',
		});
	},
});

/** Whether policies keep other nodes or the world from a pod: some select it, and none of them lets these in. */
export function denies(view: View, hostPort: HostPortView, whom: 'remote-node' | 'world'): boolean {
	const selecting = selectingPolicies(view, hostPort);
	const letIn = ['all', whom, ...(whom === 'remote-node' ? ['cluster'] : [])];
	return selecting.length > 0 && !selecting.some(({ingressEntities}) => letIn.some(entity => ingressEntities.includes(entity)));
}

/** Names of the policies that select a pod, whatever they let in. */
export const policiesOn = (view: View, hostPort: HostPortView): string[] => selectingPolicies(view, hostPort).map(nameOf);

const selectingPolicies = (view: View, hostPort: HostPortView): Policy[] =>
	view.evidence.networkPolicies.filter(policy => concerns(policy, hostPort));

function nameOf(policy: Policy | undefined): string {
	return `${policy?.kind ?? ''} ${policy?.namespace ?? ''}/${policy?.name ?? ''}`;
}

function letsIn({ingressEntities}: Policy): boolean {
	return ingressEntities.includes('all') || entities.every(entity => ingressEntities.includes(entity));
}

function concerns(policy: Policy, {pod}: HostPortView): boolean {
	return (policy.kind === 'CiliumClusterwideNetworkPolicy' || policy.namespace === pod.namespace) && selects(policy, pod.labels);
}
