import type {ClusterClient} from '../cluster/cluster-client.ts';
import {ClusterError} from '../cluster/cluster-error.ts';
import {printableLine} from '../foreign-text.ts';
import type {CiliumEvidence, Evidence, NodeEvidence} from './evidence.ts';
import {readAgentPods, usualNamespace, type AgentPod} from './objects/agent-pods.ts';
import {readCiliumKinds} from './objects/cilium-kinds.ts';
import {readCiliumConfig, readKubeProxyMode} from './objects/config-maps.ts';
import {readDaemonSets} from './objects/daemon-sets.ts';
import {readEvents, withPodStates} from './objects/events.ts';
import {readHostPortPods} from './objects/host-port-pods.ts';
import {versionOfImage} from './objects/image-version.ts';
import {line} from './objects/metadata.ts';
import {assertNamespace} from './objects/namespaces.ts';
import {readNetworkPolicies} from './objects/network-policies.ts';
import {readNodeConfigs} from './objects/node-configs.ts';
import {nodeByNameOnly, readNodes} from './objects/nodes.ts';
import {gapOf, httpStatusOf, objectReader, type ObjectReader, type PartOfCluster} from './objects/object-reader.ts';
import {readOwners} from './objects/owners.ts';
import {readServices, servicesSharing} from './objects/services.ts';
import {at} from './untyped.ts';

/** What is asked of the API server. */
export type ClusterQuestion = {
	/** Names of the nodes asked for; none: all. */
	readonly nodes: readonly string[];
	readonly selector: string | undefined;
	/** Namespace of the hostPort pods; undefined: all. */
	readonly namespace: string | undefined;
	/** Where helper pods are to be made, if that was named. */
	readonly helperNamespace?: string | undefined;
	/** This program's version. */
	readonly version: string;
	readonly signal: AbortSignal;
	/** Told the names of the nodes as soon as they are listed. */
	onNames?(names: readonly string[]): void;
};

/** At which version the parts were read that were listed whole: a watch from there tells everything that came after. */
export type VersionsRead = ReadonlyMap<PartOfCluster, string>;

/** What it has answered, and what the nodes are asked with. */
export type ClusterView = {
	/** Everything that the API server tells; no node was asked yet. */
	readonly evidence: Evidence;
	/** By node. */
	readonly agents: ReadonlyMap<string, AgentPod>;
	readonly versions: VersionsRead;
};

/**
 * What the API server tells. A list that is forbidden or fails is a gap of the evidence and stops nothing.
 * @throws ClusterError where the server does not answer at all, or takes the user for nobody
 * @throws UsageError for nodes and a namespace that do not exist
 */
export async function clusterEvidence(client: ClusterClient, question: ClusterQuestion): Promise<ClusterView> {
	const {namespace} = question;
	const stop = new AbortController();
	const reader = objectReader(client, AbortSignal.any([question.signal, stop.signal]));
	const now = Date.now();
	// First, for somebody who waits for the names.
	const listing = readNodes(reader, {names: question.nodes, selector: question.selector}).then(found => {
		if (found !== undefined) question.onNames?.(found.map(({name}) => name));
		return found;
	});
	const agents = readAgentPods(reader);
	const ciliumKinds = readCiliumKinds(reader);
	const eventsSeen = readEvents(reader, namespace, now);
	const uids = eventsSeen.then(events => new Set(events.map(({uid}) => uid)));
	const seen = await Promise.all([
		readServerVersion(reader),
		listing,
		agents,
		readCilium(reader, agents, ciliumKinds),
		readHostPortPods(reader, {namespace, nodes: question.nodes, uids}),
		readKubeProxyMode(reader),
		eventsSeen,
		readServices(reader, namespace),
		readNetworkPolicies(reader, namespace, ciliumKinds),
	]).catch((error: unknown) => {
		// One of them knows that the rest is of no use.
		stop.abort(error);
		throw error;
	});
	const [
		kubernetes,
		listed,
		agentByNode,
		{cilium, others, keepers},
		{pods: podsSeen, podStates},
		kubeProxyMode,
		events,
		services,
		policies,
	] = seen;
	if (namespace !== undefined && podsSeen.every(({pod}) => pod.namespace !== namespace)) await assertNamespace(reader, namespace);
	if (question.helperNamespace !== undefined) await assertNamespace(reader, question.helperNamespace);
	const names = nodeNames(
		question.nodes,
		agentByNode,
		podsSeen.map(({pod}) => pod.node),
	);
	const nodes = (listed ?? names.map(name => nodeByNameOnly(name))).map(node => withAgent(node, agentByNode.get(node.name)));
	const isAsked = new Set(nodes.map(({name}) => name));
	const isLimited = question.nodes.length > 0 || question.selector !== undefined;
	const wanted = podsSeen.filter(({pod}) => isAsked.has(pod.node) || !isLimited);
	const ownerOf = await readOwners(
		reader,
		wanted.map(({controller}) => controller),
	);
	const pods = wanted.map(({pod, controller}) => ({...pod, owner: ownerOf(controller)}));
	const mapped = pods.filter(({hostNetwork}) => !hostNetwork);
	const namespaces = new Set(mapped.map(pod => pod.namespace));
	return {
		evidence: {
			apiVersion: 'hostport.dev/v1',
			kind: 'Evidence',
			collectedAt: new Date(now).toISOString(),
			collectedBy: question.version,
			redacted: false,
			server: printableLine(client.server),
			namespace: printableLine(namespace ?? ''),
			kubernetes,
			cilium,
			otherDaemonSets: [...others],
			portmapKeepers: [...keepers],
			kubeProxyMode,
			nodes,
			pods,
			clientProbes: null,
			events: withPodStates(events, podStates),
			services: servicesSharing(services, new Set(mapped.flatMap(({ports}) => ports.map(({hostPort}) => hostPort)))),
			// A policy of a namespace without hostPorts stands in no hostPort's way.
			networkPolicies: policies.filter(policy => policy.namespace === '' || namespaces.has(policy.namespace)),
			gaps: reader.gaps,
		},
		agents: agentByNode,
		versions: reader.versions,
	};
}

/** Kubernetes' version as the API server tells it; empty, and a gap, where it tells none. */
export async function readServerVersion(reader: ObjectReader): Promise<string> {
	try {
		const found = line(at(await reader.client.request({path: '/version', signal: reader.signal}), 'gitVersion'), 64);
		if (found !== '') return found;
		// version.Info of k8s.io/apimachinery always has it: a server that answers anything to everything is no cluster without faults.
		throw new ClusterError(
			`${reader.client.server} does not answer like a Kubernetes API: /version names no version`,
			'Check the server address: a proxy, a login page or another service answers there',
			{verb: 'get', resource: '/version'},
			{status: 200, reason: 'NotKubernetes'},
		);
	} catch (error) {
		reader.signal.throwIfAborted();
		const status = httpStatusOf(error);
		if (status === 0 || status === 401 || (error instanceof ClusterError && error.reason === 'NotKubernetes')) throw error;
		reader.gaps.push(gapOf({what: 'server version', right: 'get /version'}, error));
		return '';
	}
}

/** The agent's DaemonSet, and what lies in its namespace. Without a DaemonSet to be seen, the agents' pods tell the namespace. */
async function readCilium(
	reader: ObjectReader,
	agents: Promise<ReadonlyMap<string, AgentPod>>,
	ciliumKinds: Promise<readonly string[]>,
): Promise<{cilium: CiliumEvidence | null; others: readonly string[]; keepers: Evidence['portmapKeepers']}> {
	const [{agents: daemonSets, others, keepers}, pods, nodeConfigs] = await Promise.all([
		readDaemonSets(reader),
		agents,
		ciliumKinds.then(async kinds => readNodeConfigs(reader, kinds)),
	]);
	const [pod] = pods.values();
	// A DaemonSet asks for anything: only where a pod of agents was let in, or nobody but administrators writes, it is what it says.
	const trusted = new Set([usualNamespace, ...[...pods.values()].map(each => each.namespace)]);
	const agent = daemonSets.find(each => trusted.has(each.namespace));
	const namespace = agent?.namespace ?? pod?.namespace;
	if (namespace === undefined) return {cilium: null, others, keepers};
	const configMap = await readCiliumConfig(reader, namespace);
	return {
		cilium: {
			namespace,
			version: versionOfImage(agent?.daemonSet.image ?? pod?.evidence.image ?? ''),
			daemonSet: agent?.daemonSet ?? null,
			configMap,
			nodeConfigs,
		},
		others,
		keepers,
	};
}

/** Where nodes cannot be listed: those that the user named, else those that pods run on. */
function nodeNames(asked: readonly string[], agents: ReadonlyMap<string, AgentPod>, ofPods: readonly string[]): string[] {
	const names = asked.length > 0 ? asked : [...agents.keys(), ...ofPods];
	return [...new Set(names)].filter(name => name !== '').sort();
}

function withAgent(node: NodeEvidence, agent: AgentPod | undefined): NodeEvidence {
	return agent === undefined ? node : {...node, agent: agent.evidence};
}
