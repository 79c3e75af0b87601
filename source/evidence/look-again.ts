import {setTimeout as wait} from 'node:timers/promises';
import type {NodeEvidence} from './evidence.ts';
import {lookAtNode, type NodeLook} from './look-at-node.ts';
import type {AgentPod} from './objects/agent-pods.ts';

/** An agent's probes run within seconds of its start (Cilium pkg/status); one that is still not through then is told of as it is. */
const pauseMilliseconds = 2000;
const mostLooks = 3;

/** The agent pod of a node as it is now. */
export type AgentNow = (node: string) => Promise<AgentPod | undefined>;

/**
 * Asks one node, and once more where its state changed meanwhile: the agent has only just started and its status is not whole, or its
 * pod was replaced since the pods were listed.
 * @param agentNow the agent's pod as it is now
 */
export async function lookAgain(
	node: NodeEvidence,
	agent: AgentPod | undefined,
	look: NodeLook,
	agentNow: AgentNow,
	pause = pauseMilliseconds,
): Promise<NodeEvidence> {
	let known = agent;
	let seen = await lookAtNode(node, known, look);
	for (let looks = 1; looks < mostLooks && !look.limit.aborted; looks += 1) {
		const isStarting = seen.observation?.agentStatus?.starting === true;
		const isDeaf = known?.isRunning === true && seen.attempts.some(({via, ok}) => via === 'agent' && !ok);
		if (!isStarting && !isDeaf) return seen;
		// What cannot be read of the pod leaves the first look as it is.
		const now = isDeaf ? await agentNow(node.name).catch(() => undefined) : known;
		if (isDeaf && (now === undefined || !now.isRunning || now.pod === known?.pod)) return seen;
		known = now;
		if (isStarting) await wait(pause, undefined, {signal: look.limit}).catch(() => undefined);
		if (look.limit.aborted) return seen;
		const next = await lookAtNode(known === undefined ? node : {...node, agent: known.evidence}, known, look);
		// Time may run out in the middle: what was seen before is better than nothing.
		if (next.observation === null && seen.observation !== null) return seen;
		seen = next;
	}

	return seen;
}
