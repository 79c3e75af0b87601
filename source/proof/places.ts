import type {NodeAccess} from '../access/access.ts';
import {openAgent, openPod} from '../access/agent.ts';
import {probePods, type ProbePodRequest, type ProbePod} from '../access/probe-pod.ts';
import {imageOnNode, pullSecretsOf, type HelperPodChoices} from '../access/reader-pod-manifest.ts';
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

export type PlacesOptions = {
	/** For the pods that are made. */
	readonly pods?: HelperPodChoices | undefined;
	/** Another way onto a node than its agent. */
	readonly openNode?: ((node: NodeEvidence, signal: AbortSignal) => Promise<NodeAccess>) | undefined;
};

export function places(
	client: ClusterClient,
	evidence: Pick<Evidence, 'cilium' | 'nodes'>,
	{pods: choices = {}, openNode}: PlacesOptions = {},
): Places {
	const namespace = evidence.cilium?.namespace ?? '';
	const podNamespace = choices.namespace ?? namespace;
	const agents = new Map(evidence.nodes.map(({name, agent}) => [name, agent]));
	const pods = probePods(client);
	const agentOn = (node: string): {pod: string; image: string; imageID: string} => {
		const agent = agents.get(node);
		if (agent) return agent;
		throw new ActionableError(`no Cilium agent pod on ${node}`, 'Connections of a node leave from its agent; see kubectl hostport check.');
	};

	const start = async (node: string, serves: ProbePodRequest['serves'], signal: AbortSignal): Promise<ProbePod> => {
		const limit = AbortSignal.timeout(startMilliseconds);
		const request = {
			node,
			namespace: podNamespace,
			image: choices.image ?? imageOnNode(agentOn(node)),
			imagePullPolicy: choices.imagePullPolicy,
			imagePullSecrets: pullSecretsOf(choices, {namespace, pullSecrets: agents.get(node)?.pullSecrets ?? []}),
			...(serves !== undefined && {serves}),
		};
		try {
			return await pods.open(request, AbortSignal.any([signal, limit]));
		} catch (error) {
			if (signal.aborted || !limit.aborted) throw error;
			throw new ActionableError(
				`no pod started on ${node} within ${startMilliseconds / 1000} s`,
				'kubectl hostport check names the cause where no pod can start.',
				{cause: error},
			);
		}
	};

	return {
		async open({from, via: node, container}, signal) {
			if (from === 'pod') return (await start(node, undefined, signal)).access;
			if (from === 'pod-itself' && container !== undefined) return openPod(client, {...container, node});
			const seen = evidence.nodes.find(({name}) => name === node);
			if (openNode !== undefined && seen !== undefined) return openNode(seen, signal);
			const target = {namespace, pod: agentOn(node).pod, node, container: agentContainer};
			return openAgent(client, {...target, folders: {configurationFolder: undefined, binaryFolder: undefined}});
		},
		openServer: start,
		finish: async () => pods.finish(),
	};
}
