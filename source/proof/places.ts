import type {NodeAccess} from '../access/access.ts';
import {openAgent, openPod} from '../access/agent.ts';
import {probePods, type ProbePodRequest, type ProbePod} from '../access/probe-pod.ts';
import {podImage, type HelperPodChoices, type PodImage} from '../access/helper-pod-image.ts';
import {readerPods} from '../access/reader-pods.ts';
import {shellTester} from '../access/shell-tester.ts';
import type {ClusterClient} from '../cluster/cluster-client.ts';
import {ActionableError} from '../errors.ts';
import type {Evidence, NodeEvidence} from '../evidence/evidence.ts';
import type {Question} from './probes.ts';

/** Where connections can leave from inside the cluster. */
export type Places = {
	/** The node's own network by its Cilium agent, an ordinary pod made for it (`pod`), or the hostPort's own (`pod-itself`). */
	open(question: Pick<Question, 'from' | 'via' | 'container'>, signal: AbortSignal): Promise<NodeAccess>;
	/** An ordinary pod with a hostPort of its own. */
	openServer(node: string, serves: NonNullable<ProbePodRequest['serves']>, signal: AbortSignal): Promise<ProbePod>;
	/** To be called once at the end: asks for the removal of whatever is left. */
	finish(): Promise<void>;
};

/** The agent's container has this name in every chart version and on GKE's anetd. */
const agentContainer = 'cilium-agent';
/** The image is on the node; longer means that something keeps pods from starting there. */
const startMilliseconds = 45_000;

/** How places are opened. */
export type PlacesOptions = {
	/** For the pods that are made. */
	readonly pods?: HelperPodChoices | undefined;
	/** Ends with the command: an image is rehearsed until then. */
	readonly signal: AbortSignal;
	/** Another way onto a node than its agent. */
	readonly openNode?: ((node: NodeEvidence, signal: AbortSignal) => Promise<NodeAccess>) | undefined;
};

/** Opens places to connect from: agents, pods and nodes; each is made once. */
export function places(
	client: ClusterClient,
	evidence: Pick<Evidence, 'cilium' | 'nodes'>,
	{pods: choices = {}, openNode, signal: life}: PlacesOptions,
): Places {
	const namespace = evidence.cilium?.namespace ?? '';
	const podNamespace = choices.namespace ?? namespace;
	const agents = new Map(evidence.nodes.map(({name, agent}) => [name, agent]));
	const pods = probePods(client);
	const onNodes = readerPods(client, {signal: life});
	const hasShell = shellTester(client);
	const agentOn = (node: string): NonNullable<NodeEvidence['agent']> => {
		const agent = agents.get(node);
		if (agent) return agent;
		throw new ActionableError(
			`no Cilium agent pod on ${node}`,
			'Check the agent with kubectl hostport check: connections of a node start from its agent.',
		);
	};

	const imageFor = (node: string): PodImage => {
		// A chosen image needs no agent.
		const agent = choices.image === undefined ? agentOn(node) : agents.get(node);
		return podImage(agent ? {...agent, namespace} : undefined, choices);
	};

	const start = async (node: string, serves: ProbePodRequest['serves'], signal: AbortSignal): Promise<ProbePod> =>
		startInTime(pods, {node, namespace: podNamespace, ...imageFor(node), ...(serves !== undefined && {serves})}, signal);

	return {
		async open({from, via: node, container}, signal) {
			if (from === 'pod') return (await start(node, undefined, signal)).access;
			if (from === 'pod-itself' && container !== undefined) return openPod(client, {...container, node});
			const seen = evidence.nodes.find(({name}) => name === node);
			if (openNode !== undefined && seen !== undefined) return openNode(seen, signal);
			const {pod, image} = agentOn(node);
			const target = {namespace, pod, node, container: agentContainer, folders: {configurationFolder: undefined, binaryFolder: undefined}};
			if (choices.image === undefined || (await hasShell(target, image, signal))) return openAgent(client, target);
			return onNodes.open(
				{node, namespace: podNamespace, ...imageFor(node), configurationFolder: undefined, binaryFolder: undefined},
				signal,
			);
		},
		openServer: start,
		async finish() {
			await Promise.all([pods.finish(), onNodes.finish()]);
		},
	};
}

/** @throws ActionableError where it does not run in time */
async function startInTime(pods: ReturnType<typeof probePods>, request: ProbePodRequest, signal: AbortSignal): Promise<ProbePod> {
	const limit = AbortSignal.timeout(startMilliseconds);
	try {
		return await pods.open(request, AbortSignal.any([signal, limit]));
	} catch (error) {
		if (signal.aborted || !limit.aborted) throw error;
		throw new ActionableError(
			`no pod started on ${request.node} within ${startMilliseconds / 1000} s`,
			'Run kubectl hostport check: it names the cause if no pod can start.',
			{cause: error},
		);
	}
}
