import {nodeFolders, type NodeFolders} from '../../access/node-folders.ts';
import type {NodeEvidence} from '../evidence.ts';
import {printableLine} from '../../foreign-text.ts';
import {at, listOf, numberOf, textOf} from '../untyped.ts';
import {agentContainerOf, hostPathMounts} from './host-path-mounts.ts';
import {line, nameOf, namespaceOf, timeOf} from './metadata.ts';
import type {ObjectReader} from './object-reader.ts';
import {isPodReady, troubleOf} from './pod-trouble.ts';

/** A Cilium agent's pod: what evidence keeps of it, and what is needed to run something in it. */
export type AgentPod = {
	readonly namespace: string;
	readonly pod: string;
	readonly node: string;
	readonly container: string;
	/** The agent's container runs now. */
	readonly isRunning: boolean;
	/** Of the container that runs, 64 hexadecimal digits, as the runtime names it. */
	readonly containerID?: string;
	readonly folders: NodeFolders;
	readonly evidence: NonNullable<NodeEvidence['agent']>;
};

/** Label selectors of the agent's pods in all versions; the second omits what the first gave. */
export const agentSelectors = ['k8s-app=cilium', 'app.kubernetes.io/name=cilium-agent,k8s-app!=cilium'] as const;
/** Where the agent is looked for when other namespaces are closed to the user. */
export const usualNamespace = 'kube-system';

/**
 * Whether this pod may be an agent's. Its label proves nothing: whoever may create pods anywhere gives it. What an agent has besides, the
 * host's network and folders of the host, is let in only where pods may own the node anyway (Pod Security, `privileged`; every chart from
 * 1.8 to 1.20 has both); in kube-system nobody but administrators creates pods.
 */
export const mayBeAgent = (namespace: string, podSpec: unknown): boolean =>
	namespace === usualNamespace ||
	(at(podSpec, 'hostNetwork') === true && listOf(at(podSpec, 'volumes')).some(volume => at(volume, 'hostPath') !== undefined));

/** The Cilium agent's pods in any namespace, by node; the running one where a node has two. @param node of this node alone */
export async function readAgentPods(reader: ObjectReader, node?: string): Promise<ReadonlyMap<string, AgentPod>> {
	const found = await Promise.all(agentSelectors.map(async selector => readSelected(reader, selector, node)));
	const byNode = new Map<string, AgentPod>();
	for (const pod of found.flat()) {
		if (pod.node === '') continue;
		const other = byNode.get(pod.node);
		if (other === undefined || (pod.isRunning && !other.isRunning)) byNode.set(pod.node, pod);
	}

	return byNode;
}

async function readSelected(reader: ObjectReader, selector: string, node: string | undefined): Promise<readonly AgentPod[]> {
	const query = {labelSelector: selector, ...(node !== undefined && {fieldSelector: `spec.nodeName=${node}`})};
	const what = `Cilium agent pods (${selector})`;
	const take = (object: unknown): AgentPod | undefined =>
		mayBeAgent(namespaceOf(object), at(object, 'spec')) ? agentPodOf(object) : undefined;
	const everywhere = await reader.list({what, of: 'agents', right: 'list pods', path: '/api/v1/pods', query}, take);
	if (everywhere.failed !== 403) return everywhere.items;
	const path = `/api/v1/namespaces/${usualNamespace}/pods`;
	const right = `list pods in namespace ${usualNamespace}`;
	return (await reader.list({what: `${what} in ${usualNamespace}`, of: 'agents', right, path, query}, take)).items;
}

/** The node that a DaemonSet made a pod for that could not be placed there yet: its controller asks for it by name. */
function nodeMeantFor(spec: unknown): string {
	const terms = listOf(at(spec, 'affinity', 'nodeAffinity', 'requiredDuringSchedulingIgnoredDuringExecution', 'nodeSelectorTerms'));
	const field = terms.flatMap(term => listOf(at(term, 'matchFields'))).find(match => at(match, 'key') === 'metadata.name');
	return line(listOf(at(field, 'values'))[0]);
}

function pullSecretsIn(spec: unknown): {pullSecrets?: string[]} {
	const names = listOf(at(spec, 'imagePullSecrets'))
		.map(secret => line(at(secret, 'name')))
		.filter(name => name !== '');
	return names.length > 0 ? {pullSecrets: names.slice(0, 16)} : {};
}

/** `containerd://` and the id; it becomes a word of a script on the node. */
function containerIn(status: unknown): {containerID?: string} {
	const id = /^[\w-]+:\/\/(?<id>[\da-f]{64})$/u.exec(line(at(status, 'containerID')))?.groups?.['id'];
	return id === undefined ? {} : {containerID: id};
}

/** An agent pod, of an object of the API. */
export function agentPodOf(object: unknown): AgentPod {
	const spec = at(object, 'spec');
	const container = agentContainerOf(spec);
	const name = line(at(container, 'name'));
	const status = listOf(at(object, 'status', 'containerStatuses')).find(state => line(at(state, 'name')) === name);
	return {
		namespace: namespaceOf(object),
		pod: nameOf(object),
		node: line(at(spec, 'nodeName')) || nodeMeantFor(spec),
		container: name,
		isRunning: at(status, 'state', 'running') !== undefined && at(object, 'metadata', 'deletionTimestamp') === undefined,
		...containerIn(status),
		folders: nodeFolders(hostPathMounts(spec, container)),
		evidence: {
			pod: nameOf(object),
			phase: line(at(object, 'status', 'phase')),
			ready: isPodReady(object),
			startedAt: timeOf(at(object, 'status', 'startTime')),
			resourceVersion: line(at(object, 'metadata', 'resourceVersion'), 64),
			image: line(at(container, 'image')),
			imageID: line(at(status, 'imageID')),
			...pullSecretsIn(spec),
			trouble: troubleOf(object) || lastRunOf(object, status),
		},
	};
}

/** How the last run ended of an agent that ends again and again, for the moments in which it runs; else empty. */
function lastRunOf(object: unknown, status: unknown): string {
	const ended = at(status, 'lastState', 'terminated');
	const [exitCode, restarts] = [numberOf(at(ended, 'exitCode')) ?? 0, numberOf(at(status, 'restartCount')) ?? 0];
	if (isPodReady(object) || exitCode === 0 || restarts < 2) return '';
	const words = textOf(at(ended, 'message')).trim().split('\n').at(-1) ?? '';
	const reason = line(at(ended, 'reason'), 64) || 'Error';
	return `${reason}: restarted ${restarts} times, its last run ended with exit code ${exitCode}${words === '' ? '' : `: ${printableLine(words, 400)}`}`;
}
