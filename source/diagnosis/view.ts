import type {Evidence, NodeEvidence} from '../evidence/evidence.ts';
import {answers, type Answers} from './answers.ts';
import type {HostPortServer} from './diagnosis.ts';
import {effectiveSettings, type EffectiveSettings} from './effective-settings.ts';
import {hostPortView, type HostPortView} from './host-port-view.ts';
import {nodeView, type NodeView} from './node-view.ts';
import {atOnce, type Pieces} from './pieces.ts';
import {sandboxEvents, type SandboxEvent} from './sandbox-events.ts';
import {secondsOf} from './time.ts';
import {repairAdvice, type RepairAdvice} from './repair-advice.ts';

/** Evidence prepared for judgement: sorted, put together by node, nothing judged twice. */
export type View = {
	readonly evidence: Evidence;
	/** Cilium's version as the cluster as a whole has it; empty where it is not known. */
	readonly version: string;
	/** Sorted by name; the skipped ones are in. */
	readonly nodes: readonly NodeView[];
	/** Nodes that are judged. */
	readonly judged: readonly NodeView[];
	/** hostPorts of pods that are not done, without those on the host network, which need no mapping. */
	readonly hostPorts: readonly HostPortView[];
	/** Pods of the evidence on the node of that name. */
	readonly podsOf: (node: string) => Evidence['pods'];
	readonly nodeOf: (hostPort: HostPortView) => NodeView | undefined;
	readonly hostPortsOf: (node: Pick<NodeView, 'name'>) => readonly HostPortView[];
	readonly answersOf: Answers;
	/** The path that most nodes have. */
	readonly path: HostPortServer;
	/** What helps a node without a path; worked out when it is first asked for. */
	readonly repairAdvice: () => RepairAdvice;
};

/** Events are kept for an hour by Kubernetes' default; an older one tells of the past. */
const eventLifetimeSeconds = 3600;

const views = new WeakMap<Evidence, View>();

/** Made once for each evidence: diagnosis, changes and plan all begin with it. */
export function view(evidence: Evidence): View {
	return atOnce(viewing(evidence));
}

/** The same in pieces. */
export function* viewing(evidence: Evidence): Pieces<View> {
	const known = views.get(evidence);
	if (known !== undefined) return known;
	const made = yield* newView(evidence);
	views.set(evidence, made);
	return made;
}

function* newView(evidence: Evidence): Pieces<View> {
	const events = sandboxEvents(evidence);
	const settingsOf = effectiveSettings(evidence.cilium);
	const starts = newestStarts(evidence.pods);
	const mappedStarts = newestStarts(evidence.pods.filter(({ports}) => ports.some(({hostPort}) => hostPort > 0)));
	const running = new Set(evidence.pods.filter(isUp).map(({namespace, name}) => `${namespace}/Pod/${name}`));
	const now = secondsOf(evidence.collectedAt);
	// A pod that runs by now has refuted what was said of its own start; where portmap itself failed, only one with a
	// hostPort tells that it fails no more: for others it has nothing to do.
	const counts = (event: SandboxEvent, node: string): boolean =>
		!(event.moment === 'create' && running.has(event.object)) &&
		stillCounts(event, (event.portmapSays === '' ? starts : mappedStarts).get(node), now);
	const nodes: NodeView[] = [];
	for (const node of [...evidence.nodes].sort(byText(item => item.name))) {
		const told = (events.get(node.name) ?? []).filter(event => counts(event, node.name));
		nodes.push(together(node, evidence.cilium, settingsOf(node), told));
		yield;
	}

	const byName = new Map(nodes.map(node => [node.name, node]));
	const mapped = [...evidence.pods]
		.filter(
			({hostNetwork, phase, trouble}) => !hostNetwork && phase !== 'Succeeded' && (phase !== 'Failed' || trouble.startsWith('NodePorts')),
		)
		.sort(byText(({namespace, name}) => `${namespace}/${name}`));
	const ofPod = new Map<Pod, readonly HostPortView[]>();
	// Node by node, so that its rules are read once.
	for (const pod of [...Map.groupBy(mapped, ({node}) => node).values()].flat()) {
		ofPod.set(pod, hostPortsOn(byName.get(pod.node), pod));
		yield;
	}

	const hostPorts = mapped.flatMap(pod => ofPod.get(pod) ?? []);
	const byNode = Map.groupBy(hostPorts, ({pod}) => pod.node);
	const pods = Map.groupBy(evidence.pods, ({node}) => node);
	const judged = nodes.filter(({skipped}) => skipped === '');
	let advice: RepairAdvice | undefined;
	const seen: View = {
		evidence,
		version: evidence.cilium?.version || mostCommon(judged.map(({version}) => version).filter(Boolean)) || '',
		nodes,
		judged,
		hostPorts,
		podsOf: node => pods.get(node) ?? [],
		nodeOf: ({pod}) => byName.get(pod.node),
		hostPortsOf: ({name}) => byNode.get(name) ?? [],
		answersOf: answers(evidence),
		path: commonPath(judged),
		repairAdvice: () => (advice ??= repairAdvice(seen)),
	};
	return seen;
}

/** Nodes that were put together before, by what they were put together of: while a cluster answers, most are as they were. */
const nodeViews = new WeakMap<NodeEvidence, {readonly cilium: Evidence['cilium']; readonly made: NodeView}>();

function together(node: NodeEvidence, cilium: Evidence['cilium'], settings: EffectiveSettings, events: readonly SandboxEvent[]): NodeView {
	if (events.length > 0) return nodeView(node, cilium, settings, events);
	const known = nodeViews.get(node);
	if (known?.cilium === cilium) return known.made;
	const made = nodeView(node, cilium, settings, events);
	nodeViews.set(node, {cilium, made});
	return made;
}

type Pod = Evidence['pods'][number];

/** The same of hostPorts, by their node and their pod. */
const hostPortViews = new WeakMap<NodeView, WeakMap<Pod, readonly HostPortView[]>>();

function hostPortsOn(node: NodeView | undefined, pod: Pod): readonly HostPortView[] {
	const byPod = node && hostPortViews.get(node);
	const known = byPod?.get(pod);
	if (known !== undefined) return known;
	const made = pod.ports.filter(({hostPort}) => hostPort > 0).map(port => hostPortView(pod, port, node));
	if (node !== undefined) hostPortViews.set(node, (byPod ?? new WeakMap<Pod, readonly HostPortView[]>()).set(pod, made));
	return made;
}

/** When the newest pod that needed the CNI plugins came up, by node: it refutes every earlier event that says none can. */
function newestStarts(pods: Evidence['pods']): ReadonlyMap<string, number> {
	const newest = new Map<string, number>();
	for (const {node, createdAt} of pods.filter(isUp)) {
		newest.set(node, Math.max(newest.get(node) ?? 0, secondsOf(createdAt) ?? 0));
	}

	return newest;
}

/** Whether the CNI plugins have given the pod its network. */
function isUp({hostNetwork, phase, podIPs}: Evidence['pods'][number]): boolean {
	return !hostNetwork && phase === 'Running' && podIPs.length > 0;
}

function stillCounts({lastSeen}: SandboxEvent, newestStart: number | undefined, now: number | undefined): boolean {
	return lastSeen === undefined || ((newestStart ?? 0) <= lastSeen && (now ?? 0) - lastSeen <= eventLifetimeSeconds);
}

function commonPath(nodes: readonly NodeView[]): HostPortServer {
	const paths = nodes.map(({path}) => path).filter(path => path !== 'unknown');
	return mostCommon(paths) ?? 'none';
}

/** The value that occurs most often; of several the first by name. */
function mostCommon<T extends string>(values: readonly T[]): T | undefined {
	const counts = [...Map.groupBy(values, value => value)].map(([value, all]) => ({value, count: all.length}));
	return counts.sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))[0]?.value;
}

/** Order by a text, then by everything else: the result must not depend on the order in which the API server answers. */
function byText<T>(text: (item: T) => string): (a: T, b: T) => number {
	return (a, b) => {
		const [first, second] = [text(a), text(b)];
		if (first !== second) {
			return first < second ? -1 : 1;
		}

		return JSON.stringify(a) < JSON.stringify(b) ? -1 : 1;
	};
}
