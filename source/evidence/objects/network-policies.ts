import type {Evidence} from '../evidence.ts';
import {at, listOf, numberOf, objectOf} from '../untyped.ts';
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
			const ingress = rulesOf(kind, listOf(at(rule, 'ingress')), false);
			const denied = rulesOf(kind, listOf(at(rule, 'ingressDeny')), true);
			const portRules = [...ingress.byPort, ...denied.byPort];
			return {
				kind,
				namespace: namespaceOf(object),
				name: nameOf(object),
				matchLabels: textMap(at(selector, 'matchLabels')),
				matchExpressions: expressionsOf(selector),
				ingressEntities: at(rule, 'enableDefaultDeny', 'ingress') === false ? ['all'] : ingress.onEveryPort,
				...(denied.onEveryPort.length > 0 && {deniedEntities: denied.onEveryPort}),
				...(portRules.length > 0 && {portRules}),
			};
		});
}

type PortRule = NonNullable<Policy['portRules']>[number];

/** Of rules that all allow or all deny, whom they concern: on every port, and on those that a rule names. */
function rulesOf(kind: Policy['kind'], entries: readonly unknown[], denied: boolean) {
	const each = entries.map(entry => ({entities: entitiesOf(kind, entry), ports: portsOf(kind, entry)}));
	return {
		onEveryPort: [...new Set(each.flatMap(({entities, ports}) => (ports === undefined ? entities : [])))],
		byPort: each.flatMap(({entities, ports}) => (ports === undefined || entities.length === 0 ? [] : [{entities, denied, ports}])),
	};
}

/**
 * The ports that a rule names; undefined: it holds for every port. Kubernetes: a port without protocol is of TCP, one without number every port of
 * its protocol. Cilium: any protocol, port 0 for every port, an entry of `toPorts` without ports for all, and a rule of ICMP for none; names are compared in lower case
 * (pkg/policy/api/rule.go and rule_validation.go).
 */
function portsOf(kind: Policy['kind'], entry: unknown): PortRule['ports'] | undefined {
	const isCilium = kind !== 'NetworkPolicy';
	const groups = isCilium ? listOf(at(entry, 'toPorts')) : [entry];
	if (groups.length === 0) return at(entry, 'icmps') === undefined ? undefined : [];
	const named = groups.map(group => listOf(at(group, 'ports')));
	if (named.some(ports => ports.length === 0)) return undefined;
	return named.flat().map(port => {
		const endPort = numberOf(at(port, 'endPort'));
		const number = at(port, 'port');
		const name = line(number, 64);
		return {
			protocol: line(at(port, 'protocol'), 16).toUpperCase() || (isCilium ? 'ANY' : 'TCP'),
			port: typeof number === 'number' ? String(number) : (isCilium && name.toLowerCase()) || name || '0',
			...(endPort !== undefined && endPort > 0 && {endPort}),
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
	// It lets in what it names and keeps nobody out (pkg/policy/api/rule.go, 1.16 and later); what it denies is denied all the same.
	if (at(rule, 'enableDefaultDeny', 'ingress') === false && at(rule, 'ingressDeny') === undefined) return false;
	return at(rule, 'ingress') !== undefined || at(rule, 'ingressDeny') !== undefined;
}
