import type {NodeAccess, Way} from '../access/access.ts';
import {openAgent} from '../access/agent.ts';
import {chooseAccess, type SeenAgent, type WantedReaderPod} from '../access/choose-access.ts';
import type {ReaderPods} from '../access/reader-pods.ts';
import type {ClusterClient} from '../cluster/cluster-client.ts';
import {messageOf} from '../errors.ts';
import {printableLine} from '../foreign-text.ts';
import {askNode} from './ask-node.ts';
import type {NodeEvidence, Observation} from './evidence.ts';
import {joinObservations} from './join-observations.ts';
import {httpStatusOf} from './objects/object-reader.ts';

export type NodeLook = {
	readonly client: ClusterClient;
	readonly pods: ReaderPods;
	/** Ports of the node's own pods to connect to, `ADDRESS,PORT`. */
	readonly probes: readonly string[];
	/** The user's interruption. */
	readonly signal: AbortSignal;
	readonly timeoutMilliseconds: number;
};

type Attempt = {
	readonly via: Way;
	readonly reason: string;
	readonly observation: Observation | null;
	/** It may lie in the way in, not in the node or our rights. */
	readonly worthAnother: boolean;
};

/** Asks one node by the ways chosen for it. Never rejects: what went wrong stands in `attempts`. */
export async function lookAtNode(node: NodeEvidence, agent: SeenAgent | undefined, look: NodeLook): Promise<NodeEvidence> {
	const choice = chooseAccess(agent);
	if (choice.agent === undefined && choice.readerPod === undefined) {
		return {...node, attempts: [{via: 'agent', ok: false, reason: choice.because}]};
	}

	const {agent: target, readerPod, because} = choice;
	const limit = AbortSignal.any([look.signal, AbortSignal.timeout(look.timeoutMilliseconds)]);
	const attempts: Attempt[] = [];
	if (target === undefined) attempts.push({via: 'agent', reason: because, observation: null, worthAnother: false});
	// Both at once: the pod takes longer to start than the agent to answer.
	const first = await Promise.all([
		target === undefined
			? undefined
			: tryWay('agent', async () => openAgent(look.client, target), {hostNetwork: true, nat: true}, look, limit),
		readerPod === undefined ? undefined : tryPod(readerPod, target === undefined, look, limit),
	]);
	attempts.push(...first.filter(attempt => attempt !== undefined));
	const [byAgent] = first;
	if (byAgent?.observation === null && byAgent.worthAnother && choice.insteadOfAgent !== undefined && !limit.aborted) {
		attempts.push(await tryPod(choice.insteadOfAgent, true, look, limit));
	}

	const seen = attempts.flatMap(({observation}) => observation ?? []);
	const strongest = attempts.findLast(({observation}) => observation !== null);
	return {
		...node,
		via: strongest?.via ?? 'api',
		attempts: attempts.map(({via, observation, reason}) => ({
			via,
			ok: observation !== null,
			reason: observation !== null && via === 'agent' ? because : reason,
		})),
		observation: seen.length === 0 ? null : seen.reduce(joinObservations),
	};
}

async function tryPod(wanted: WantedReaderPod, hostNetwork: boolean, look: NodeLook, limit: AbortSignal): Promise<Attempt> {
	return tryWay('pod', async () => look.pods.open(wanted, limit), {hostNetwork, nat: false}, look, limit);
}

async function tryWay(
	via: Way,
	open: () => Promise<NodeAccess>,
	question: {hostNetwork: boolean; nat: boolean},
	{timeoutMilliseconds, probes}: NodeLook,
	limit: AbortSignal,
): Promise<Attempt> {
	let access: NodeAccess | undefined;
	try {
		access = await open();
		return {
			via,
			reason: '',
			observation: await askNode(access, {...question, probes, signal: limit, timeoutMilliseconds}),
			worthAnother: false,
		};
	} catch (error) {
		const isLate = limit.aborted || (error instanceof DOMException && error.name === 'TimeoutError');
		const reason = isLate ? `no answer within ${timeoutMilliseconds / 1000} s` : printableLine(messageOf(error), 400);
		const status = httpStatusOf(error);
		return {via, reason, observation: null, worthAnother: !isLate && status !== 401 && status !== 403};
	} finally {
		// What cannot be removed now is tried again and told at the end of the run.
		await access?.close().catch(() => undefined);
	}
}
