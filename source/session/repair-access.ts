import {randomBytes} from 'node:crypto';
import type {NodeAccess} from '../access/access.ts';
import {openAgent} from '../access/agent.ts';
import {openHostPod, type AnnouncePod, type HostPodRequest} from '../access/host-pod.ts';
import {keptOpen} from '../access/kept-open.ts';
import type {HelperPodChoices} from '../access/helper-pod-image.ts';
import type {PodPower} from '../access/pod-powers.ts';
import {putByExec} from '../access/put-by-exec.ts';
import {shellTester} from '../access/shell-tester.ts';
import type {SshSession} from '../access/ssh/ssh-session.ts';
import type {ClusterClient} from '../cluster/cluster-client.ts';
import type {Evidence} from '../evidence/evidence.ts';
import {agentPodOf, agentSelectors, type AgentPod} from '../evidence/objects/agent-pods.ts';
import {repairPodImage} from './pod-images.ts';
import {AgentAway, type RepairTools} from '../repair/step-work.ts';

type RepairAccessSetting = {
	readonly client: ClusterClient;
	readonly evidence: Evidence;
	/** Id of the run, for the labels of the pods that are made. */
	readonly run: string;
	/** What the person chose for pods that are made. */
	readonly pods: HelperPodChoices;
	/** Is shown each pod before it is made. */
	readonly announce?: AnnouncePod | undefined;
	/** With `--via ssh`: nodes are written to by SSH, and no pod is made. */
	readonly ssh?: SshSession | undefined;
};

/** How a repair reaches nodes: their agents where that is enough, else pods or SSH. */
export type RepairAccess = Pick<RepairTools, 'openAgent' | 'openReader' | 'openWriter'> & {
	/** Whether scripts run in the agent of a node; true where none runs that could be asked. */
	hasShell(node: string, signal: AbortSignal): Promise<boolean>;
};

/** Opens what a repair reads and writes nodes by. */
export function repairAccess({client, evidence, run, pods, announce, ssh}: RepairAccessSetting): RepairAccess {
	const namespace = evidence.cilium?.namespace ?? '';
	const openPod = podOpener({client, evidence, run, pods, announce});
	const bySsh = async (session: SshSession, node: string, binaryFolder: string | undefined, signal: AbortSignal): Promise<NodeAccess> => {
		const {openSshAccess} = await import('../access/ssh/ssh-access.ts');
		const addresses = evidence.nodes.find(({name}) => name === node)?.addresses ?? [];
		return openSshAccess({name: node, addresses}, {session, signal, ...(binaryFolder !== undefined && {binaryFolder})});
	};

	const hasShell = shellTester(client);
	/** Whether scripts go another way than the agent: it is tried only where there is another way. */
	const lacksShell = async (agent: AgentPod, signal: AbortSignal): Promise<boolean> =>
		(ssh !== undefined || pods.image !== undefined) && !(await hasShell(agent, agent.evidence.image, signal));
	const kept = keptOpen();
	/** On the node's network, with the folder of CNI configuration: the run removes such pods at its end. */
	const beside = async ({node, folders}: AgentPod, signal: AbortSignal): Promise<NodeAccess> => {
		if (ssh !== undefined) return bySsh(ssh, node, undefined, signal);
		const wanted = {configurationFolder: folders.configurationHost, binaryFolder: undefined};
		return kept(node, async () => openPod(node, [], wanted, signal));
	};

	const openByPod = async (node: string, folder: string, powers: readonly PodPower[], signal: AbortSignal): Promise<NodeAccess> =>
		openPod(node, powers, {configurationFolder: undefined, binaryFolder: folder}, signal);
	/** The agent of a node where it sees the folder and has a shell: up to Cilium 1.13.0 it is mounted there, and nothing has to be made then. */
	const agentThatSees = async (node: string, folder: string, signal: AbortSignal): Promise<AgentPod | undefined> => {
		const agent = await agentOn(client, namespace, node, signal);
		if (agent?.folders.binaryFolder?.host !== folder) return undefined;
		return (await lacksShell(agent, signal)) ? undefined : agent;
	};

	return {
		async hasShell(node, signal) {
			const agent = await agentOn(client, namespace, node, signal);
			return agent === undefined || hasShell(agent, agent.evidence.image, signal);
		},
		async openAgent(node, signal) {
			const agent = await agentOn(client, namespace, node, signal);
			if (agent === undefined)
				throw new AgentAway(`no agent runs on ${node}`, `See: kubectl -n ${namespace} get pods --field-selector spec.nodeName=${node}`);
			const access = openAgent(client, agent);
			if (!(await lacksShell(agent, signal))) return access;
			const {runProgram} = access;
			return {...(await beside(agent, signal)), ...(runProgram !== undefined && {runProgram})};
		},
		async openReader(node, folder, signal) {
			if (ssh !== undefined) return bySsh(ssh, node, folder, signal);
			const agent = await agentThatSees(node, folder, signal);
			return agent === undefined ? openByPod(node, folder, [], signal) : openAgent(client, agent);
		},
		async openWriter(node, folder, signal) {
			if (ssh !== undefined) return bySsh(ssh, node, folder, signal);
			const agent = await agentThatSees(node, folder, signal);
			const seen = agent?.folders.binaryFolder;
			if (agent === undefined || seen === undefined) return openByPod(node, folder, ['write'], signal);
			return {...openAgent(client, agent), put: async (file, options) => putByExec(client, agent, seen, file, options)};
		},
	};
}

type OpenPod = (
	node: string,
	powers: readonly PodPower[],
	folders: Pick<HostPodRequest, 'configurationFolder' | 'binaryFolder'>,
	signal: AbortSignal,
) => Promise<NodeAccess>;

/** Makes pods of a run, each by a name of its own. */
function podOpener({client, evidence, run, pods, announce}: Omit<RepairAccessSetting, 'ssh'>): OpenPod {
	// A run that goes on may find pods of its first try still on their way out.
	const own = randomBytes(2).toString('hex');
	let count = 0;
	return async (node, powers, folders, signal) => {
		const request = {
			node,
			namespace: pods.namespace ?? evidence.cilium?.namespace ?? '',
			run,
			name: `hostport-${powers.length > 0 ? 'host' : 'reader'}-${run}-${own}-${(count += 1)}`,
			...repairPodImage(evidence, node, pods),
			...folders,
			powers,
		};
		return openHostPod(client, request, signal, announce);
	};
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
