import type {Evidence} from '../evidence.ts';
import {at, listOf, objectOf} from '../untyped.ts';
import {byNamespaceAndName, expressionsOf, line, nameOf, namespaceOf, textMap} from './metadata.ts';
import type {ObjectReader} from './object-reader.ts';

type Policy = Evidence['networkPolicies'][number];

const kinds = [
	{kind: 'NetworkPolicy', group: 'networking.k8s.io', version: 'v1', resource: 'networkpolicies', namespaced: true},
	{kind: 'CiliumNetworkPolicy', group: 'cilium.io', version: 'v2', resource: 'ciliumnetworkpolicies', namespaced: true},
	{
		kind: 'CiliumClusterwideNetworkPolicy',
		group: 'cilium.io',
		version: 'v2',
		resource: 'ciliumclusterwidenetworkpolicies',
		namespaced: false,
	},
] as const;

/** Policies of Kubernetes and Cilium that restrict ingress; kinds that the cluster does not have are omitted. */
export async function readNetworkPolicies(
	reader: ObjectReader,
	namespace: string | undefined,
	ciliumKinds: Promise<readonly string[]>,
): Promise<Policy[]> {
	const lists = await Promise.all(
		kinds.map(async ({kind, group, version, resource, namespaced}) => {
			if (group === 'cilium.io' && !(await ciliumKinds).includes(`${version}/${resource}`)) return [];
			const scope = namespaced && namespace !== undefined ? `namespaces/${encodeURIComponent(namespace)}/` : '';
			const path = `/apis/${group}/${version}/${scope}${resource}`;
			const request = {what: resource, right: `list ${resource}.${group}`, path, optional: true};
			return (await reader.list(request, object => policiesOf(kind, object))).items.flat();
		}),
	);
	return lists.flat().sort(byNamespaceAndName);
}

function policiesOf(kind: Policy['kind'], object: unknown): Policy[] {
	const rules = kind === 'NetworkPolicy' ? [at(object, 'spec')] : [at(object, 'spec'), ...listOf(at(object, 'specs'))];
	// With a nodeSelector it is a policy of the host firewall, which selects no pod (Cilium docs: Host Policies).
	return rules
		.filter(rule => restrictsIngress(rule) && at(rule, 'nodeSelector') === undefined)
		.map(rule => {
			const selector = at(rule, kind === 'NetworkPolicy' ? 'podSelector' : 'endpointSelector');
			const ingress = listOf(at(rule, 'ingress'));
			const denied = listOf(at(rule, 'ingressDeny')).flatMap(entry => entitiesOf(kind, entry));
			return {
				kind,
				namespace: namespaceOf(object),
				name: nameOf(object),
				matchLabels: textMap(at(selector, 'matchLabels')),
				matchExpressions: expressionsOf(selector),
				ingressEntities: [...new Set(ingress.flatMap(entry => entitiesOf(kind, entry)))],
				...(denied.length > 0 && {deniedEntities: [...new Set(denied)]}),
			};
		});
}

/**
 * Whom one ingress rule lets in, as far as it is not a matter of pods: a rule that names no source lets in all. An empty one of Cilium's
 * lets in nobody (docs, Ingress Default Deny; seen on 1.20.2), and of Kubernetes' everybody.
 */
function entitiesOf(kind: Policy['kind'], entry: unknown): string[] {
	const sources = Object.keys(objectOf(entry)).filter(key => key.startsWith('from'));
	const named = sources.filter(key => key !== 'from' || listOf(at(entry, 'from')).length > 0);
	if (named.length === 0) return kind !== 'NetworkPolicy' && Object.keys(objectOf(entry)).length === 0 ? [] : ['all'];
	const cidrs = [
		...listOf(at(entry, 'from')).map(source => at(source, 'ipBlock', 'cidr')),
		...listOf(at(entry, 'fromCIDR')),
		...listOf(at(entry, 'fromCIDRSet')).map(source => at(source, 'cidr')),
	];
	// By address Cilium lets in the world, never a node.
	const world = cidrs.some(cidr => cidr === '0.0.0.0/0' || cidr === '::/0') ? ['world'] : [];
	return [...listOf(at(entry, 'fromEntities')).map(entity => line(entity, 64)), ...world];
}

/** Kubernetes: `policyTypes` says it, and without it every policy does. Cilium: an ingress section does. */
function restrictsIngress(rule: unknown): boolean {
	if (rule === undefined) return false;
	const types = listOf(at(rule, 'policyTypes'));
	if (at(rule, 'podSelector') !== undefined) return types.length === 0 || types.includes('Ingress');
	return at(rule, 'ingress') !== undefined || at(rule, 'ingressDeny') !== undefined;
}
