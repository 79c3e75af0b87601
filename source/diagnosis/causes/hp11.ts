import type {Evidence} from '../../evidence/evidence.ts';
import {isSilence} from '../failed-connection.ts';
import {finding} from '../finding.ts';
import type {HostPortView} from '../host-port-view.ts';
import {selects, selectsAsCilium} from '../label-selector.ts';
import type {View} from '../view.ts';
import {count} from '../../words.ts';
import {defineCause} from './cause.ts';

type Policy = Evidence['networkPolicies'][number];
type PolicyPort = NonNullable<Policy['portRules']>[number]['ports'][number];

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
		'a policy selects the pod and allows none of these entities to the port of its container: likely; or not all of them: possible',
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
		const hit = view.hostPorts
			.filter(({diagnosis}) => diagnosis.state === 'wired')
			.flatMap(hostPort => {
				const policies = selectingPolicies(view, hostPort);
				const allowed = identitiesIn(policies, hostPort);
				return policies.length === 0 || entities.every(entity => allowed.has(entity))
					? []
					: [{hostPort, isClosed: allowed.size === 0, names: policies.map(nameOf)}];
			});
		if (hit.length === 0) {
			return [];
		}

		const names = [...new Set(hit.flatMap(each => each.names))].sort();
		const closed = hit.filter(({isClosed}) => isClosed);
		return finding({
			severity: closed.length > 0 ? 'warning' : 'info',
			hostPorts: hit.map(({hostPort}) => hostPort),
			title: `network policies may drop traffic to ${count(hit.length, 'hostPort')} from other nodes or from outside`,
			because: names.slice(0, 3).map(source => ({
				source,
				says: closed.some(each => each.names.includes(source))
					? `selects the pod and allows none of ${entities.join(', ')} to that port; all hostPort traffic has one of these identities`
					: `selects the pod and does not name all of ${entities.join(', ')} for that port`,
			})),
			remedy:
				'If they do not answer from there (kubectl hostport verify), allow the entities host, remote-node and, for clients outside, world to the port of the container.',
		});
	},
});

/** Whether policies keep other nodes or the world from a pod: some select it, and none of them lets these in. */
export function denies(view: View, hostPort: HostPortView, whom: 'remote-node' | 'world'): boolean {
	const selecting = selectingPolicies(view, hostPort);
	return selecting.length > 0 && !identitiesIn(selecting, hostPort).has(whom);
}

/** Names of the policies that select a pod, whatever they let in. */
export const policiesOn = (view: View, hostPort: HostPortView): string[] => selectingPolicies(view, hostPort).map(nameOf);

const selectingPolicies = (view: View, hostPort: HostPortView): Policy[] =>
	view.evidence.networkPolicies.filter(policy => concerns(policy, hostPort));

function nameOf({kind, namespace, name}: Policy): string {
	return `${kind} ${namespace}/${name}`;
}

/**
 * Which of these identities policies let in together: what one of them allows is allowed (Kubernetes, Network Policies: they are
 * additive), unless a rule of Cilium denies it, which comes first (Cilium docs, Deny Policies).
 */
function identitiesIn(policies: readonly Policy[], {port}: HostPortView): ReadonlySet<(typeof entities)[number]> {
	const rules = policies.flatMap(({portRules = []}) => portRules).filter(({ports}) => ports.some(one => isOf(one, port)));
	const byPort = (isDenied: boolean): string[] => rules.flatMap(rule => (rule.denied === isDenied ? rule.entities : []));
	const [allowed, denied] = [
		new Set([...policies.flatMap(({ingressEntities}) => ingressEntities), ...byPort(false)]),
		new Set([...policies.flatMap(({deniedEntities = []}) => deniedEntities), ...byPort(true)]),
	];
	return new Set(entities.filter(entity => includesEntity(allowed, entity) && !includesEntity(denied, entity)));
}

/** Whether a rule's port is that of the container: where policies are asked, the packet goes there already (Cilium docs, Life of a Packet). */
function isOf({protocol, port, endPort}: PolicyPort, own: HostPortView['port']): boolean {
	if (protocol !== 'ANY' && protocol !== own.protocol) return false;
	if (!/^\d+$/.test(port)) return port === own.name;
	const first = Number(port);
	return first === 0 || (own.containerPort >= first && own.containerPort <= (endPort ?? first));
}

/** `cluster` holds the nodes (Cilium docs, Entities based). */
function includesEntity(named: ReadonlySet<string>, entity: (typeof entities)[number]): boolean {
	return named.has('all') || named.has(entity) || (entity !== 'world' && named.has('cluster'));
}

function concerns(policy: Policy, {pod}: HostPortView): boolean {
	if (policy.kind !== 'CiliumClusterwideNetworkPolicy' && policy.namespace !== pod.namespace) return false;
	return policy.kind === 'NetworkPolicy' ? selects(policy, pod.labels) : selectsAsCilium(policy, pod.namespace, pod.labels);
}
