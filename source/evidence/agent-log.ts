import type {ClusterClient} from '../cluster/cluster-client.ts';
import {messageOf} from '../errors.ts';
import {printableLine} from '../foreign-text.ts';
import type {NodeEvidence, Observation} from './evidence.ts';
import type {AgentPod} from './objects/agent-pods.ts';

/** Nodes whose agent's log is read: what one agent says of its settings, the others say too. */
const maximumLogs = 3;
/** The options that an agent runs with stand in its first lines; of one that failed the last lines count. */
const headBytes = 256 * 1024;
const tailLines = 200;
/** Between two tries of an agent that runs, others write too. */
const tailLinesOfFailing = 1000;
const timeoutMilliseconds = 5000;
const maximumLines = 40;

/** Lines that concern hostPort: options, what was turned off and why, the CNI file, refused ports; and what ended the agent. */
const wanted =
	/host-?port|kube-proxy-replacement|cni-chaining|chaining mode|CNI config|Cilium CRDs|Operator to register CRDs|Auto-(?:dis|en)abling|(?:needs|requires) kernel|NodePort range|frontend already owned|re(?:load|writ)ing endpoint BPF program|level=(?:fatal|panic)|"level":"(?:fatal|panic)"|panic:|failed to start|start (?:hook )?failed/iu;

/**
 * Adds what the agents' logs say, of a few nodes where neither the agent's status nor anything cheaper tells that hostPort is
 * served: agents that are not ready first. A log that cannot be read is a line in the node's `errors`.
 */
export async function withAgentLogs(
	client: ClusterClient,
	nodes: readonly NodeEvidence[],
	agents: ReadonlyMap<string, AgentPod>,
	signal: AbortSignal,
): Promise<NodeEvidence[]> {
	const open = nodes.filter(
		({name, observation}) =>
			agents.has(name) && observation !== null && (observation.agentStatus?.hostPortEnabled !== true || isFailing(observation)),
	);
	const sample = open.sort((one, other) => Number(one.agent?.ready === true) - Number(other.agent?.ready === true)).slice(0, maximumLogs);
	const seen = new Map(
		await Promise.all(
			sample.map(async ({name, observation}) => [name, await readLog(client, agents.get(name), isFailing(observation), signal)] as const),
		),
	);
	return nodes.map(node => {
		const log = seen.get(node.name);
		return node.observation === null || log === undefined ? node : {...node, observation: withLog(node.observation, log)};
	});
}

/** The agent runs, and cannot load programs: why stands in its newest lines. */
function isFailing(observation: Observation | null): boolean {
	if (observation === null || observation.agentStatus === null) return false;
	const {failing = [], devices, hostPortEnabled} = observation.agentStatus;
	const isBare = hostPortEnabled && devices.some(name => observation.programDevices?.includes(name) === false);
	return isBare || failing.some(({name}) => name.startsWith('endpoint-'));
}

type Log = {readonly lines: readonly string[]; readonly error: string};

function withLog(observation: Observation, {lines, error}: Log): Observation {
	return {...observation, agentLog: [...lines], errors: error === '' ? observation.errors : [...observation.errors, `agent log: ${error}`]};
}

async function readLog(client: ClusterClient, agent: AgentPod | undefined, isFailing: boolean, signal: AbortSignal): Promise<Log> {
	if (agent === undefined) return {lines: [], error: ''};
	const {namespace, pod, container, evidence} = agent;
	const hasFailed = /CrashLoopBackOff|Error/u.test(evidence.trouble);
	try {
		const text = await client.request<unknown>({
			path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}/log`,
			query: {
				container,
				limitBytes: headBytes,
				...(hasFailed ? {tailLines, previous: true} : isFailing ? {tailLines: tailLinesOfFailing} : {}),
			},
			signal,
			timeoutMilliseconds,
		});
		return {lines: linesOf(typeof text === 'string' ? text : ''), error: ''};
	} catch (error) {
		signal.throwIfAborted();
		return {lines: [], error: printableLine(messageOf(error), 200)};
	}
}

function linesOf(text: string): string[] {
	const lines = text.split('\n').filter(line => wanted.test(line.slice(0, 4096)));
	const kept = [...new Set(lines.map(line => printableLine(line)))];
	// The options stand first, and what fails last: names of pods may fill what is between.
	return kept.length <= maximumLines ? kept : [...kept.slice(0, maximumLines / 2), ...kept.slice(-maximumLines / 2)];
}
