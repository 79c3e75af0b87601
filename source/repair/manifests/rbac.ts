import {stringify} from 'yaml';

/** `list`: what the API server tells; `diagnose`: the nodes are asked too; `fix`: the repair, its undoing and its proof. */
export const rbacModes = ['list', 'diagnose', 'fix'] as const;
export type RbacMode = (typeof rbacModes)[number];

type Rule = {
	readonly apiGroups: readonly string[];
	readonly resources: readonly string[];
	readonly verbs: readonly string[];
	readonly resourceNames?: readonly string[];
};

const rule = (group: string, resources: readonly string[], verbs: readonly string[], resourceNames?: readonly string[]): Rule => ({
	apiGroups: [group],
	resources,
	verbs,
	...(resourceNames !== undefined && {resourceNames}),
});

/** In all namespaces. Each mode adds to the one before it. */
const clusterRules: Readonly<Record<RbacMode, readonly Rule[]>> = {
	list: [
		rule('', ['nodes'], ['get', 'list']),
		rule('', ['pods', 'services', 'events'], ['list']),
		rule('apps', ['daemonsets'], ['list']),
		rule('apps', ['replicasets'], ['get']),
		rule('batch', ['jobs'], ['get']),
		rule('networking.k8s.io', ['networkpolicies'], ['list']),
		rule('cilium.io', ['ciliumnetworkpolicies', 'ciliumclusterwidenetworkpolicies', 'ciliumnodeconfigs'], ['list']),
	],
	diagnose: [],
	// Pods that were there before the repair are made anew, wherever they are.
	fix: [
		rule('', ['pods'], ['get', 'list']),
		rule('', ['pods/eviction'], ['create']),
		rule('apps', ['daemonsets', 'deployments', 'statefulsets', 'replicasets'], ['get']),
	],
};

/** In Cilium's namespace. */
const namespaceRules: Readonly<Record<RbacMode, readonly Rule[]>> = {
	list: [rule('', ['configmaps'], ['get'], ['cilium-config'])],
	diagnose: [
		// Over WebSocket the server asks for `get`, from Kubernetes 1.35 on for `create` too.
		rule('', ['pods/exec'], ['get', 'create']),
		rule('', ['pods'], ['get', 'list', 'create', 'delete']),
		rule('', ['events'], ['list']),
	],
	fix: [
		rule('', ['configmaps'], ['get', 'list', 'create', 'update', 'patch', 'delete']),
		rule('apps', ['daemonsets'], ['get', 'create', 'patch', 'delete']),
		rule('cilium.io', ['ciliumnodeconfigs'], ['get', 'list', 'create', 'delete']),
	],
};

/** kube-proxy's mode is read from its ConfigMap, in this namespace on every cluster that has one: of kubeadm, of EKS. */
const kubeProxyRules = [rule('', ['configmaps'], ['get'], ['kube-proxy', 'kube-proxy-config'])];

/** The smallest roles for a mode, as YAML: bound to nobody, because only the person knows to whom. */
export function rbacManifest(mode: RbacMode, namespace: string): string {
	const name = `kubectl-hostport-${mode}`;
	const upTo = rbacModes.slice(0, rbacModes.indexOf(mode) + 1);
	const role = (kind: 'ClusterRole' | 'Role', rules: readonly Rule[], place?: string, suffix = ''): object => ({
		apiVersion: 'rbac.authorization.k8s.io/v1',
		kind,
		metadata: {name: name + suffix, ...(place !== undefined && {namespace: place})},
		rules,
	});
	const own = upTo.flatMap(each => namespaceRules[each]);
	const isUsual = namespace === 'kube-system';
	const roles = [
		role(
			'ClusterRole',
			upTo.flatMap(each => clusterRules[each]),
		),
		role('Role', isUsual ? [...own, ...kubeProxyRules] : own, namespace),
		...(isUsual ? [] : [role('Role', kubeProxyRules, 'kube-system', '-kube-proxy')]),
	];
	const bare =
		mode === 'fix'
			? `# With --allow-bare-pods also create and delete pods in the namespaces of those pods, and create and delete secrets in ${namespace}.\n`
			: '';
	return `# The smallest roles for kubectl hostport: ${purposes[mode]}. Bind them to whom they are for, such as:
#   kubectl create clusterrolebinding ${name} --clusterrole=${name} --user=NAME
#   kubectl -n ${namespace} create rolebinding ${name} --role=${name} --user=NAME
${isUsual ? '' : `#   kubectl -n kube-system create rolebinding ${name}-kube-proxy --role=${name}-kube-proxy --user=NAME\n`}${bare}${roles.map(object => stringify(object, {lineWidth: 0, aliasDuplicateObjects: false})).join('---\n')}`;
}

const purposes: Readonly<Record<RbacMode, string>> = {
	list: 'hostPorts and what the API server tells; no node is asked',
	diagnose: 'check, diff and verify; nodes are asked through the Cilium agents, or small pods that read',
	fix: 'fix, rollback and cleanup',
};
