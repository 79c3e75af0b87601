import {stringify} from 'yaml';
import type {Right} from '../define-step.ts';
import {rightsOfReading, rightsOfRuns} from '../plan/permissions-needed.ts';
import {stepKinds} from '../steps/index.ts';

/** `list`: what the API server tells; `diagnose`: the nodes are asked too; `fix`: the repair, its undoing and its proof. */
export const rbacModes = ['list', 'diagnose', 'fix'] as const;
/** What the roles of a manifest are for. */
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

const verbOrder = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'];

/** The rights of every kind of step and of every run, without those that only a flag asks for. */
function rulesFor(isMeant: (right: Right) => boolean, more: readonly Right[] = []): Rule[] {
	return [...rightsOfRuns, ...rightsOfReading, ...stepKinds.flatMap(({rights: own = []}) => own), ...more]
		.filter(right => right.flag === undefined && isMeant(right))
		.map(({group = '', resource, subresource, verbs}) =>
			rule(group, [subresource === undefined ? resource : `${resource}/${subresource}`], verbs),
		);
}

/** In the namespace that the role is for: Cilium's, where our pods are too. */
const isOwn = ({where}: Pick<Right, 'where'>): boolean => where === 'cilium' || where === 'helpers';

/** In all namespaces. Each mode adds to the one before it. */
const clusterRules: Readonly<Record<RbacMode, readonly Rule[]>> = {
	list: [
		// `watch` keeps the terminal UI true; without it the cluster is asked every 30 s.
		rule('', ['nodes'], ['get', 'list', 'watch']),
		rule('', ['namespaces'], ['get', 'list']),
		rule('', ['pods'], ['list', 'watch']),
		rule('', ['services', 'events'], ['list']),
		rule('apps', ['daemonsets'], ['list', 'watch']),
		rule('apps', ['replicasets'], ['get']),
		rule('batch', ['jobs'], ['get']),
		rule('networking.k8s.io', ['networkpolicies'], ['list']),
		rule('cilium.io', ['ciliumnetworkpolicies', 'ciliumclusterwidenetworkpolicies'], ['list']),
		rule('cilium.io', ['ciliumnodeconfigs'], ['list', 'watch']),
	],
	diagnose: [],
	// Pods that were there before the repair are restarted, wherever they are.
	fix: rulesFor(right => !isOwn(right)),
};

/** In Cilium's namespace. */
const namespaceRules: Readonly<Record<RbacMode, readonly Rule[]>> = {
	list: [rule('', ['configmaps'], ['get', 'list', 'watch'], ['cilium-config'])],
	diagnose: [
		// Over WebSocket the server asks for `get`, from Kubernetes 1.35 on for `create` too.
		rule('', ['pods/exec'], ['get', 'create']),
		rule('', ['pods'], ['get', 'list', 'create', 'delete']),
		rule('', ['events'], ['list']),
	],
	// Journals are found by their label.
	fix: rulesFor(isOwn, [{verbs: ['list'], resource: 'configmaps', where: 'cilium', why: 'journals'}]),
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
	const own = joined(upTo.flatMap(one => namespaceRules[one]));
	const isUsual = namespace === 'kube-system';
	const roles = [
		role('ClusterRole', joined(upTo.flatMap(one => clusterRules[one]))),
		role('Role', isUsual ? [...own, ...kubeProxyRules] : own, namespace),
		...(isUsual ? [] : [role('Role', kubeProxyRules, 'kube-system', '-kube-proxy')]),
	];
	const more = mode === 'fix' ? flagLines(namespace) : '';
	return `# The smallest roles for kubectl hostport: ${purposes[mode]}. Bind them to a user or group, for example:
#   kubectl create clusterrolebinding ${name} --clusterrole=${name} --user=NAME
#   kubectl -n ${namespace} create rolebinding ${name} --role=${name} --user=NAME
${isUsual ? '' : `#   kubectl -n kube-system create rolebinding ${name}-kube-proxy --role=${name}-kube-proxy --user=NAME\n`}${more}${roles.map(object => stringify(object, {lineWidth: 0, aliasDuplicateObjects: false})).join('---\n')}`;
}

/** The same rights in as few rules as they fit into: each resource once, those with the same verbs together. */
function joined(rules: readonly Rule[]): Rule[] {
	const each = rules.flatMap(({apiGroups, resources, verbs, resourceNames}) =>
		apiGroups.flatMap(group => resources.map(resource => ({group, resource, verbs, names: resourceNames}))),
	);
	const resources = [...Map.groupBy(each, ({group, resource, names}) => JSON.stringify([group, resource, names]))].map(([, own]) => {
		const verbs = new Set(own.flatMap(one => one.verbs));
		return {...own[0]!, verbs: verbOrder.filter(verb => verbs.has(verb))};
	});
	// What all may be done with is not granted once more for some by name.
	const needed = resources.filter(
		own =>
			own.names === undefined ||
			!resources.some(
				all =>
					all.names === undefined &&
					all.group === own.group &&
					all.resource === own.resource &&
					own.verbs.every(verb => all.verbs.includes(verb)),
			),
	);
	return [...Map.groupBy(needed, ({group, verbs, names}) => JSON.stringify([group, verbs, names]))].map(([, own]) =>
		rule(
			own[0]!.group,
			own.map(({resource}) => resource),
			own[0]!.verbs,
			own[0]!.names,
		),
	);
}

/** What a flag takes besides, in comments: `# With --allow-bare-pods also create, delete pods in their namespaces`. */
function flagLines(namespace: string): string {
	const rights = stepKinds
		.flatMap(({rights: own = []}) => own)
		.flatMap(right => (right.flag === undefined ? [] : [{...right, flag: right.flag}]));
	return [...Map.groupBy(rights, ({flag}) => flag)]
		.map(([flag, own]) => {
			const each = own.map(
				({verbs, resource, where}) => `${verbs.join(', ')} ${resource} in ${isOwn({where}) ? namespace : 'the namespaces of those pods'}`,
			);
			return `# With ${flag} also: ${each.join('; ')}.\n`;
		})
		.join('');
}

const purposes: Readonly<Record<RbacMode, string>> = {
	list: 'hostPorts and what the API server knows; no node is asked',
	diagnose: 'check, diff and verify; nodes are read through the Cilium agents or small read-only pods',
	fix: 'fix, rollback and cleanup',
};
