import {printable} from '../../foreign-text.ts';
import type {DaemonSetEvidence} from '../evidence.ts';
import {at, listOf, numberOf, textOf} from '../untyped.ts';
import {usualNamespace} from './agent-pods.ts';
import {agentContainerOf, hostPathMounts} from './host-path-mounts.ts';
import {keyOf, line, nameOf, namespaceOf, textMap} from './metadata.ts';
import type {ObjectReader} from './object-reader.ts';

export type DaemonSets = {
	readonly agent: {readonly namespace: string; readonly daemonSet: DaemonSetEvidence} | undefined;
	/** Other CNIs and kube-proxy, `namespace/name`. */
	readonly others: readonly string[];
};

// Agents, helpers and meta-plugins that also write into the CNI folders, and kube-proxy.
const otherNetworks =
	/^(?:kube-proxy|aws-node|anetd|netd|azure-cns|azure-cni|acns|cns|kube-flannel|calico-node|canal|weave-net|antrea-agent|kube-router|kube-ovn|ovn|ovnkube|kindnet|multus|kube-multus|istio-cni|linkerd-cni|svclb-)/u;

/** The Cilium agent's DaemonSet by label in any namespace, and the names of other networks' DaemonSets. */
export async function readDaemonSets(reader: ObjectReader): Promise<DaemonSets> {
	const agents = new Map<string, {namespace: string; daemonSet: DaemonSetEvidence}>();
	const others = new Set<string>();
	const visit = (object: unknown): void => {
		if (isAgent(object)) agents.set(keyOf(object), {namespace: namespaceOf(object), daemonSet: daemonSetOf(object)});
		if (otherNetworks.test(nameOf(object))) others.add(`${namespaceOf(object)}/${nameOf(object)}`);
	};

	const result = await reader.list({what: 'DaemonSets', right: 'list daemonsets.apps', path: '/apis/apps/v1/daemonsets'}, visit);
	if (!result.ok && result.failed === 403) {
		const path = `/apis/apps/v1/namespaces/${usualNamespace}/daemonsets`;
		const right = `list daemonsets.apps in namespace ${usualNamespace}`;
		await reader.list({what: `DaemonSets in ${usualNamespace}`, right, path}, visit);
	}

	const [agent] = [...agents.values()].sort((one, other) => other.daemonSet.desired - one.daemonSet.desired);
	return {agent, others: [...others].sort()};
}

function isAgent(object: unknown): boolean {
	const own = textMap(at(object, 'metadata', 'labels'));
	const template = textMap(at(object, 'spec', 'template', 'metadata', 'labels'));
	return [own, template].some(labels => labels['k8s-app'] === 'cilium' || labels['app.kubernetes.io/name'] === 'cilium-agent');
}

export function daemonSetOf(object: unknown): DaemonSetEvidence {
	const spec = at(object, 'spec');
	const podSpec = at(spec, 'template', 'spec');
	const container = agentContainerOf(podSpec);
	const count = (key: string): number => numberOf(at(object, 'status', key)) ?? 0;
	return {
		name: nameOf(object),
		image: line(at(container, 'image')),
		labels: textMap(at(object, 'metadata', 'labels')),
		annotations: textMap(at(object, 'metadata', 'annotations')),
		templateAnnotations: textMap(at(spec, 'template', 'metadata', 'annotations')),
		updateStrategy: line(at(spec, 'updateStrategy', 'type')) || 'RollingUpdate',
		maxUnavailable: line(at(spec, 'updateStrategy', 'rollingUpdate', 'maxUnavailable')),
		desired: count('desiredNumberScheduled'),
		updated: count('updatedNumberScheduled'),
		ready: count('numberReady'),
		args: [...listOf(at(container, 'command')), ...listOf(at(container, 'args'))].map(word => printable(textOf(word), 1024)),
		env: environmentOf(container),
		hostPaths: hostPathMounts(podSpec, container),
	};
}

/** Variables with a value of their own; those whose name says that they are secret keep the name only. */
function environmentOf(container: unknown): Record<string, string> {
	const variables = listOf(at(container, 'env')).filter(variable => at(variable, 'valueFrom') === undefined);
	return Object.fromEntries(
		variables.map(variable => {
			const name = line(at(variable, 'name'));
			return [name, /token|password|secret|credential|_key$/iu.test(name) ? '(hidden)' : line(at(variable, 'value'), 1024)];
		}),
	);
}
