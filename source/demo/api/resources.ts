/** One kind that the demo's API server stores. */
export type Resource = {
	readonly group: string;
	/** The version it is stored under; `alsoServed` names others that reach the same objects. */
	readonly version: string;
	readonly alsoServed: readonly string[];
	readonly plural: string;
	readonly kind: string;
	readonly namespaced: boolean;
	/** A custom resource: no strategic merge patch, and list items carry their kind. */
	readonly custom: boolean;
	readonly shortNames: readonly string[];
};

type Extra = Partial<Pick<Resource, 'alsoServed' | 'custom' | 'shortNames' | 'namespaced'>>;

const resource = (group: string, version: string, plural: string, kind: string, extra: Extra = {}): Resource => ({
	group,
	version,
	plural,
	kind,
	alsoServed: [],
	namespaced: true,
	custom: false,
	shortNames: [],
	...extra,
});

const builtIn = [
	resource('', 'v1', 'nodes', 'Node', {namespaced: false, shortNames: ['no']}),
	resource('', 'v1', 'namespaces', 'Namespace', {namespaced: false, shortNames: ['ns']}),
	resource('', 'v1', 'pods', 'Pod', {shortNames: ['po']}),
	resource('', 'v1', 'configmaps', 'ConfigMap', {shortNames: ['cm']}),
	resource('', 'v1', 'secrets', 'Secret'),
	resource('', 'v1', 'services', 'Service', {shortNames: ['svc']}),
	resource('', 'v1', 'serviceaccounts', 'ServiceAccount', {shortNames: ['sa']}),
	resource('', 'v1', 'events', 'Event', {shortNames: ['ev']}),
	resource('apps', 'v1', 'daemonsets', 'DaemonSet', {shortNames: ['ds']}),
	resource('apps', 'v1', 'deployments', 'Deployment', {shortNames: ['deploy']}),
	resource('apps', 'v1', 'replicasets', 'ReplicaSet', {shortNames: ['rs']}),
	resource('apps', 'v1', 'statefulsets', 'StatefulSet', {shortNames: ['sts']}),
	resource('networking.k8s.io', 'v1', 'networkpolicies', 'NetworkPolicy', {shortNames: ['netpol']}),
	resource('policy', 'v1', 'poddisruptionbudgets', 'PodDisruptionBudget', {shortNames: ['pdb']}),
];

/**
 * What a cluster with this Cilium version serves. CiliumNodeConfig came with 1.13 as v2alpha1 (facts: Cilium charts 1.13.0,
 * `daemon.configSources`) and is v2 from 1.16.
 */
export function resourcesFor(ciliumMinor: number): readonly Resource[] {
	const custom = [
		resource('cilium.io', 'v2', 'ciliumnetworkpolicies', 'CiliumNetworkPolicy', {custom: true, shortNames: ['cnp']}),
		resource('cilium.io', 'v2', 'ciliumclusterwidenetworkpolicies', 'CiliumClusterwideNetworkPolicy', {
			custom: true,
			namespaced: false,
			shortNames: ['ccnp'],
		}),
	];
	const nodeConfig = (version: string, alsoServed: readonly string[]) =>
		resource('cilium.io', version, 'ciliumnodeconfigs', 'CiliumNodeConfig', {custom: true, alsoServed});
	if (ciliumMinor >= 16) custom.push(nodeConfig('v2', ['v2alpha1']));
	else if (ciliumMinor >= 13) custom.push(nodeConfig('v2alpha1', []));
	return [...builtIn, ...custom];
}

/** `v1`, `apps/v1`. */
export const groupVersion = (group: string, version: string): string => (group === '' ? version : `${group}/${version}`);

/** The resource that `group`, `version` and `plural` name in a path. */
export function findResource(resources: readonly Resource[], group: string, version: string, plural: string): Resource | undefined {
	return resources.find(r => r.group === group && r.plural === plural && (r.version === version || r.alsoServed.includes(version)));
}
