import {printable} from '../../foreign-text.ts';
import type {DaemonSetEvidence, Evidence} from '../evidence.ts';
import {at, listOf, numberOf, textOf} from '../untyped.ts';
import {mayBeAgent, usualNamespace} from './agent-pods.ts';
import {agentContainerOf, hostPathMounts} from './host-path-mounts.ts';
import {line, nameOf, namespaceOf, textMap} from './metadata.ts';
import type {ListRequest, ObjectReader} from './object-reader.ts';

/** The DaemonSets that matter: agents, other networks, keepers of portmap. */
export type DaemonSets = {
	/** Those that bear an agent's label, the one that is wanted on most nodes first. The label proves nothing: see `mayBeAgent`. */
	readonly agents: ReadonlyArray<{readonly namespace: string; readonly daemonSet: DaemonSetEvidence}>;
	/** Other CNIs, kube-proxy, and what keeps portmap on the nodes, `namespace/name`. */
	readonly others: readonly string[];
	readonly keepers: Evidence['portmapKeepers'];
};

// Agents, helpers and meta-plugins that also write into the CNI folders, and kube-proxy.
const otherNetworks =
	/^(?:kube-proxy|aws-node|anetd|netd|azure-cns|azure-cni|acns|cns|kube-flannel|calico-node|canal|weave-net|antrea-agent|kube-router|kube-ovn|ovn|ovnkube|kindnet|multus|kube-multus|istio-cni|linkerd-cni|svclb-)/u;

/** DaemonSets with the label of Cilium's agents in any namespace, and the names of other networks' DaemonSets. */
export async function readDaemonSets(reader: ObjectReader): Promise<DaemonSets> {
	const everywhere: ListRequest = {
		what: 'DaemonSets',
		of: 'daemonsets',
		right: 'list daemonsets.apps',
		path: '/apis/apps/v1/daemonsets',
	};
	const usual: ListRequest = {
		what: `DaemonSets in ${usualNamespace}`,
		of: 'daemonsets',
		right: `list daemonsets.apps in namespace ${usualNamespace}`,
		path: `/apis/apps/v1/namespaces/${usualNamespace}/daemonsets`,
	};
	const listed = await reader.list(everywhere, take);
	const {items} = listed.failed === 403 ? await reader.list(usual, take) : listed;
	const agents = items.flatMap(({agent}) => agent ?? []).sort((one, other) => other.daemonSet.desired - one.daemonSet.desired);
	return {agents, others: items.flatMap(({other}) => other ?? []).sort(), keepers: items.flatMap(({keeper}) => keeper ?? [])};
}

type Taken = {
	agent: DaemonSets['agents'][number] | undefined;
	other: string | undefined;
	keeper: DaemonSets['keepers'][number] | undefined;
};

function take(object: unknown): Taken | undefined {
	const agent = isAgent(object) ? {namespace: namespaceOf(object), daemonSet: daemonSetOf(object)} : undefined;
	const name = `${namespaceOf(object)}/${nameOf(object)}`;
	const keeper = isOurs(object) ? {name, desired: countIn(object, 'desiredNumberScheduled'), ready: keepingOf(object)} : undefined;
	const other = otherNetworks.test(nameOf(object)) || keeper !== undefined ? name : undefined;
	return agent === undefined && other === undefined ? undefined : {agent, other, keeper};
}

/** What `manifest daemonset` made. */
function isOurs(object: unknown): boolean {
	return textMap(at(object, 'metadata', 'labels'))['app.kubernetes.io/managed-by'] === 'kubectl-hostport';
}

/** Pods of it that keep a binary on their node: made by the template that is seen, which has to be let in there. */
function keepingOf(object: unknown): number {
	if (!mayBeAgent(namespaceOf(object), at(object, 'spec', 'template', 'spec'))) return 0;
	return Math.min(countIn(object, 'numberReady'), countIn(object, 'updatedNumberScheduled'));
}

function isAgent(object: unknown): boolean {
	const own = textMap(at(object, 'metadata', 'labels'));
	const template = textMap(at(object, 'spec', 'template', 'metadata', 'labels'));
	return [own, template].some(labels => labels['k8s-app'] === 'cilium' || labels['app.kubernetes.io/name'] === 'cilium-agent');
}

/** A DaemonSet of agents, of an object of the API. */
export function daemonSetOf(object: unknown): DaemonSetEvidence {
	const spec = at(object, 'spec');
	const podSpec = at(spec, 'template', 'spec');
	const container = agentContainerOf(podSpec);
	return {
		name: nameOf(object),
		image: line(at(container, 'image')),
		labels: textMap(at(object, 'metadata', 'labels')),
		annotations: textMap(at(object, 'metadata', 'annotations')),
		templateAnnotations: textMap(at(spec, 'template', 'metadata', 'annotations')),
		updateStrategy: line(at(spec, 'updateStrategy', 'type')) || 'RollingUpdate',
		maxUnavailable: line(at(spec, 'updateStrategy', 'rollingUpdate', 'maxUnavailable')),
		desired: countIn(object, 'desiredNumberScheduled'),
		updated: countIn(object, 'updatedNumberScheduled'),
		ready: countIn(object, 'numberReady'),
		args: [...listOf(at(container, 'command')), ...listOf(at(container, 'args'))].map(word => printable(textOf(word), 1024)),
		env: environmentOf(container),
		hostPaths: hostPathMounts(podSpec, container),
		portmapInstaller: portmapInstallerOf(podSpec),
	};
}

/**
 * By its name or image, and because it mounts the folder of CNI binaries: `install-portmap-cni-plugin` of rke2-cilium, image
 * rancher/hardened-cni-plugins. Cilium's own `install-cni-binaries` puts no portmap there.
 */
function portmapInstallerOf(podSpec: unknown): string {
	const isInstaller = (container: unknown): boolean =>
		/portmap|cni-plugins/iu.test(`${line(at(container, 'name'))} ${line(at(container, 'image'))}`) &&
		hostPathMounts(podSpec, container).some(({host, seen}) => seen !== '' && /\/cni(?:\/|$)/u.test(host) && !host.includes('net.d'));
	return line(at(listOf(at(podSpec, 'initContainers')).find(isInstaller), 'name'));
}

const countIn = (daemonSet: unknown, key: string): number => numberOf(at(daemonSet, 'status', key)) ?? 0;

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
