import {isDeepStrictEqual} from 'node:util';
import type {Evidence, HostPortPod, NodeEvidence, Probe} from './evidence.ts';
import type {LookTargets, ProbeTarget} from './probe-targets.ts';

/**
 * Of the nodes that an earlier look has asked, those that have to be asked again: something of them changed for the API server, they did not answer
 * then, or they connect to a hostPort of one of these or to others than before.
 */
export function nodesToAsk(before: Evidence, now: Evidence, targetsBefore: LookTargets, targets: LookTargets): ReadonlySet<string> {
	const [podsBefore, pods] = [podsByNode(before), podsByNode(now)];
	const known = new Map(before.nodes.map(node => [node.name, node]));
	const own = now.nodes.filter(node => {
		const {name} = node;
		const seen = known.get(name);
		return seen === undefined || !hasAnswered(seen) || digestOf(seen, podsBefore.get(name)) !== digestOf(node, pods.get(name));
	});
	const names = new Set(own.map(({name}) => name));
	const askers = own.flatMap(({name}) => targets.askerOf(name) ?? []);
	const others = now.nodes.filter(({name}) => targets.ofNode(name).join(' ') !== targetsBefore.ofNode(name).join(' '));
	return new Set([...names, ...askers, ...others.map(({name}) => name)]);
}

/** The nodes that need not be asked again, each as the API server tells it now with what it told itself when it was asked last; by name. */
export function keptAnswers(before: Evidence, nodes: readonly NodeEvidence[], again: ReadonlySet<string>): Map<string, NodeEvidence> {
	const seen = new Map(before.nodes.map(node => [node.name, node]));
	return new Map(
		nodes.flatMap(node => {
			const answer = again.has(node.name) ? undefined : seen.get(node.name);
			if (answer === undefined) return [];
			const {skipped, via, attempts, observation, askedAt = before.collectedAt} = answer;
			return [[node.name, {...node, skipped, via, attempts, observation, askedAt}] as const];
		}),
	);
}

/** Evidence whose nodes and pods are the very objects of an earlier look where they are as they were: what was worked out from them still holds. */
export function sharedWith(before: Evidence, now: Evidence): Evidence {
	const [nodes, pods] = [new Map(before.nodes.map(node => [node.name, node])), new Map(before.pods.map(pod => [pod.uid, pod]))];
	return {
		...now,
		cilium: earlierOf(before.cilium, now.cilium),
		nodes: now.nodes.map(node => earlierOf(nodes.get(node.name), node)),
		pods: now.pods.map(pod => earlierOf(pods.get(pod.uid), pod)),
	};
}

const earlierOf = <T>(before: T | undefined, now: T): T => (before !== undefined && isDeepStrictEqual(before, now) ? before : now);

/** The newest answer of each hostPort that is still there. */
export function joinProbes(before: Probe[] | null, now: Probe[] | null, targets: readonly ProbeTarget[]): Probe[] | null {
	const keyOf = ({address, port}: ProbeTarget): string => `${address} ${port}`;
	const isThere = new Set(targets.map(keyOf));
	const newest = new Map([...(before ?? []), ...(now ?? [])].map(probe => [keyOf(probe), probe]));
	const left = [...newest].flatMap(([key, probe]) => (isThere.has(key) ? [probe] : []));
	return left.length === 0 ? null : left;
}

/** One that is down is not waited for again until the API server says something else of it. */
const hasAnswered = ({observation, skipped, ready}: NodeEvidence): boolean => observation !== null || skipped !== '' || ready === false;

const podsByNode = ({pods}: Evidence): ReadonlyMap<string, readonly HostPortPod[]> => Map.groupBy(pods, ({node}) => node);

function digestOf({ready, addresses, labels, schedulable, agent}: NodeEvidence, pods: readonly HostPortPod[] = []): string {
	const {resourceVersion: _, ...running} = agent ?? {};
	return JSON.stringify([ready, addresses, labels, schedulable, running, pods.toSorted((a, b) => (a.uid < b.uid ? -1 : 1))]);
}
