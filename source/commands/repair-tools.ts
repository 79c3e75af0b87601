import {randomBytes} from 'node:crypto';
import {setTimeout as wait} from 'node:timers/promises';
import type {NodeAccess} from '../access/access.ts';
import {openAgent} from '../access/agent.ts';
import {openHostPod, type AnnouncePod, type HostPodRequest} from '../access/host-pod.ts';
import type {PodPower} from '../access/pod-powers.ts';
import {putByExec} from '../access/put-by-exec.ts';
import {imageOnNode, pullSecretsOf, type HelperPodChoices} from '../access/reader-pod-manifest.ts';
import type {SshSession} from '../access/ssh/ssh-session.ts';
import type {ClusterClient} from '../cluster/cluster-client.ts';
import {diagnose} from '../diagnosis/diagnose.ts';
import type {Evidence} from '../evidence/evidence.ts';
import {agentPodOf, agentSelectors, type AgentPod} from '../evidence/objects/agent-pods.ts';
import type {Clock} from '../repair/patience.ts';
import {download} from '../repair/sources/download.ts';
import {portmapFrom} from '../repair/sources/index.ts';
import type {Portmap} from '../repair/sources/portmap.ts';
import {AgentAway, type RepairTools} from '../repair/step-work.ts';
import {silentBefore} from '../repair/judge-proof.ts';
import {guardServices, type ServiceGuard} from '../proof/guard-services.ts';
import {hasNoNetwork} from '../connect/connection.ts';
import {proveRepair} from './prove-repair.ts';

export const realClock: Clock = {
	now: () => Date.now(),
	sleep: async (milliseconds, signal) => wait(milliseconds, undefined, {signal}),
};

export type ToolsSetting = {
	readonly client: ClusterClient;
	readonly evidence: Evidence;
	/** Id of the run, for the labels of the pods that are made. */
	readonly run: string;
	/** `--portmap`, in order. */
	readonly sources: readonly string[];
	readonly expectedSum?: string | undefined;
	readonly environment: NodeJS.ProcessEnv;
	readonly signal: AbortSignal;
	/** What the person chose for pods that are made. */
	readonly pods?: HelperPodChoices;
	/** Is shown each pod before it is made. */
	readonly announce?: AnnouncePod | undefined;
	/** With `--via ssh`: nodes are written to by SSH, and no pod is made. */
	readonly ssh?: SshSession | undefined;
};

/** What a repair acts with on a real cluster: agents and helper pods as ways in, portmap from its sources, proof by connecting. */
export function repairTools(setting: ToolsSetting): RepairTools {
	const {client, evidence, run, sources, expectedSum, environment, pods = {}, announce, ssh} = setting;
	const namespace = evidence.cilium?.namespace ?? '';
	const portmaps = new Map<string, Promise<Portmap>>();
	// A run that goes on may find pods of its first try still on their way out.
	const own = randomBytes(2).toString('hex');
	let count = 0;
	const podRequest = (node: string, folder: string, powers: readonly PodPower[]): HostPodRequest => ({
		node,
		namespace: pods.namespace ?? namespace,
		run,
		name: `hostport-${powers.length > 0 ? 'host' : 'reader'}-${run}-${own}-${(count += 1)}`,
		image: pods.image ?? imageFor(evidence, node),
		imagePullPolicy: pods.imagePullPolicy,
		imagePullSecrets: pullSecretsOf(pods, {
			namespace,
			pullSecrets: evidence.nodes.find(({name}) => name === node)?.agent?.pullSecrets ?? [],
		}),
		configurationFolder: undefined,
		binaryFolder: folder,
		powers,
	});
	const bySsh = async (session: SshSession, node: string, folder: string, signal: AbortSignal): Promise<NodeAccess> => {
		const {openSshAccess} = await import('../access/ssh/ssh-access.ts');
		const addresses = evidence.nodes.find(({name}) => name === node)?.addresses ?? [];
		return openSshAccess({name: node, addresses}, {session, signal, binaryFolder: folder});
	};
	const openReader = async (node: string, folder: string, signal: AbortSignal): Promise<NodeAccess> => {
		if (ssh !== undefined) return bySsh(ssh, node, folder, signal);
		const agent = await agentOn(client, namespace, node, signal);
		if (agent?.folders.binaryFolder?.host === folder) return openAgent(client, agent);
		return openHostPod(client, podRequest(node, folder, []), signal, announce);
	};

	const openAgentOn = async (node: string, signal: AbortSignal): Promise<NodeAccess> => {
		const agent = await agentOn(client, namespace, node, signal);
		if (agent === undefined)
			throw new AgentAway(`no agent runs on ${node}`, `See: kubectl -n ${namespace} get pods --field-selector spec.nodeName=${node}`);
		return openAgent(client, agent);
	};

	let guard: ServiceGuard | undefined;
	return {
		client,
		clock: realClock,
		openAgent: openAgentOn,
		openReader,
		testPodOn: node => ({
			image: imageFor(evidence, node),
			address: evidence.nodes.find(({name}) => name === node)?.addresses.find(({type}) => type === 'InternalIP')?.address ?? '',
		}),
		async openWriter(node, folder, signal) {
			if (ssh !== undefined) return bySsh(ssh, node, folder, signal);
			// Up to Cilium 1.13.0 the agent itself has the folder mounted: nothing has to be made then.
			const agent = await agentOn(client, namespace, node, signal);
			const seen = agent?.folders.binaryFolder;
			if (agent === undefined || seen?.host !== folder) return openHostPod(client, podRequest(node, folder, ['write']), signal, announce);
			return {...openAgent(client, agent), put: async (file, options) => putByExec(client, agent, seen, file, options)};
		},
		async portmapFor(architecture, signal) {
			const known = portmaps.get(architecture);
			if (known !== undefined) return known;
			const loading = portmapFrom(sources, architecture, {
				client,
				clock: realClock,
				signal,
				run,
				namespace,
				nodeOf: wanted => evidence.nodes.find(node => node.architecture === wanted && node.ready === true)?.name,
				openReader: async (node, own) => openReader(node, folderOf(evidence, node), own),
				fetch: async (url, own) => download(url, environment, own),
				...(expectedSum !== undefined && {expectedSum}),
			});
			portmaps.set(architecture, loading);
			try {
				return await loading;
			} catch (error) {
				portmaps.delete(architecture);
				throw error;
			}
		},
		async watchServices(signal) {
			guard ??= await guardServices(evidence, {nodes: sharingNodes(evidence), open: openAgentOn, signal});
		},
		lostServices: async signal => (await guard?.lost(signal)) ?? [],
		// The demo's nodes have no network: a connection that cannot be tried must not pass for one that worked.
		...(!hasNoNetwork(evidence) && {
			prove: async within => proveRepair(client, within, silentBefore(evidence, diagnose(evidence))),
		}),
	};
}

/** Nodes whose pods have a hostPort with a Service's number: there a Service can lose its traffic. A few tell enough. */
function sharingNodes({services, pods}: Evidence): string[] {
	const numbers = new Set(services.flatMap(({ports}) => ports.map(({port}) => port)));
	const sharing = pods.filter(
		({hostNetwork, node, ports}) => !hostNetwork && node !== '' && ports.some(({hostPort}) => numbers.has(hostPort)),
	);
	return [...new Set(sharing.map(({node}) => node))].slice(0, 8);
}

/** The agent's pod that runs on a node at this moment: after a restart it is another than in the evidence. */
async function agentOn(client: ClusterClient, namespace: string, node: string, signal: AbortSignal): Promise<AgentPod | undefined> {
	for (const labelSelector of agentSelectors) {
		const pods = await client.list(`/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`, {
			query: {labelSelector, fieldSelector: `spec.nodeName=${node}`},
			signal,
		});
		const running = pods.map(agentPodOf).find(({isRunning}) => isRunning);
		if (running !== undefined) return running;
	}

	return undefined;
}

/** An image that is on the node already: the agent's own, by digest where it can be told. */
function imageFor(evidence: Evidence, node: string): string {
	const agent = evidence.nodes.find(({name}) => name === node)?.agent;
	return agent !== null && agent !== undefined && agent.image !== '' ? imageOnNode(agent) : (evidence.cilium?.daemonSet?.image ?? '');
}

function folderOf(evidence: Evidence, node: string): string {
	return evidence.nodes.find(({name}) => name === node)?.observation?.binaryFolder?.host ?? '/opt/cni/bin';
}
