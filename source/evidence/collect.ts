import {accessRights} from '../access/access-rights.ts';
import type {AccessWishes} from '../access/choose-access.ts';
import type {AnnouncePod} from '../access/host-pod.ts';
import type {HelperPodChoices} from '../access/helper-pod-image.ts';
import {readerPods} from '../access/reader-pods.ts';
import {sweepHelperPods, type Swept} from '../access/sweep.ts';
import type {SshSession} from '../access/ssh/ssh-session.ts';
import type {ClusterClient} from '../cluster/cluster-client.ts';
import type {ConnectFromHere} from '../connect/connect-from-here.ts';
import {isDemo} from '../connect/connection.ts';
import {messageOf} from '../errors.ts';
import {printableLine} from '../foreign-text.ts';
import {eachInParallel} from '../parallelism.ts';
import {withAgentLogs} from './agent-log.ts';
import {clusterEvidence, type VersionsRead} from './cluster-evidence.ts';
import {joinProbes, keptAnswers, nodesToAsk, sharedWith} from './earlier-look.ts';
import type {Evidence, Gap, NodeEvidence} from './evidence.ts';
import type {NodeLook} from './look-at-node.ts';
import {lookAgain, type AgentNow} from './look-again.ts';
import {nodeLimit} from './node-limit.ts';
import {readAgentPods, usualNamespace} from './objects/agent-pods.ts';
import {isDown} from './objects/nodes.ts';
import {clientConnections} from './client-connections.ts';
import {lookTargets} from './probe-targets.ts';
import {withoutProbesOfGonePods} from './gone-probes.ts';
import {objectReader} from './objects/object-reader.ts';

/** How far collecting is. */
export type CollectProgress =
	| {readonly type: 'phase'; readonly text: string}
	/** A person is being asked at the terminal, or has answered. */
	| {readonly type: 'question'; readonly open: boolean}
	/** The nodes are listed; of nothing else is known yet. */
	| {readonly type: 'names'; readonly names: readonly string[]}
	/** The API server's part is done: every node is known, none was asked yet. */
	| {readonly type: 'cluster'; readonly evidence: Evidence}
	| {readonly type: 'node'; readonly node: NodeEvidence; readonly done: number; readonly total: number};

/** What is collected, and by which accesses. */
export type CollectOptions = {
	/** Names of the nodes to look at; none: all. */
	readonly nodes: readonly string[];
	readonly selector?: string;
	/** Namespace of the hostPort pods; all if not given. */
	readonly namespace?: string;
	readonly signal: AbortSignal;
	/** The most nodes asked at the same time; unless told as many as turns out well. */
	readonly concurrency?: number;
	/** Time for one node, its reader pod included; 30,000 unless told. */
	readonly nodeTimeoutMilliseconds?: number;
	/** `auto` unless told: of the accesses to a node the weakest that answer the question. */
	readonly via?: AccessWishes['via'];
	readonly pods?: HelperPodChoices;
	/** Is shown each pod before it is made. */
	readonly announce?: AnnouncePod | undefined;
	readonly ssh?: SshSetting | undefined;
	/** Whether nodes connect to their pods' ports and to hostPorts of the next node; true unless told. */
	readonly connects?: boolean;
	/** Connects from this machine; it asks no hostPort unless told. */
	readonly connectFromHere?: ConnectFromHere;
	/** Connects to the demo's made up addresses; nothing else may. */
	readonly demoNetwork?: ConnectFromHere | undefined;
	/** Told of helper pods that ended runs have left, which are removed on the way; without it they are let be. */
	readonly onSwept?: ((swept: Swept) => void) | undefined;
	/** What was seen before: only nodes are asked about which something changed since, and the others keep their answers. */
	readonly before?: Evidence | undefined;
	/** This program's version. */
	readonly version: string;
	onProgress?(progress: CollectProgress): void;
	/** Told at which version the API server's part was read. */
	onVersions?(versions: VersionsRead): void;
};

/** SSH as the person has set it up. */
export type SshSetting = {
	readonly session: SshSession;
	/** Nodes for which `auto` may come to it. */
	readonly isSetUpFor: (node: string) => boolean;
	/** A person at a terminal can be asked. */
	readonly asks: boolean;
	/** Somebody is being asked just now. */
	readonly isAsking: () => boolean;
};

/**
 * Everything that the API server and the nodes tell. A node that does not answer is recorded with the reason and
 * stops nothing; whatever was made on the cluster is removed, also after an interruption.
 * @throws UsageError for nodes that do not exist
 * @throws ClusterError where the API server does not answer at all
 * @throws the signal's reason
 */
export async function collectEvidence(client: ClusterClient, options: CollectOptions): Promise<Evidence> {
	const {signal, concurrency, nodeTimeoutMilliseconds: timeoutMilliseconds = 30_000} = options;
	const tell = (progress: CollectProgress): void => options.onProgress?.(progress);
	signal.throwIfAborted();
	tell({type: 'phase', text: 'reading the API server'});
	const {nodes, selector, namespace, version, via = 'auto', pods: podChoices = {}, ssh} = options;
	const rights = accessRights(client, via, signal);
	// Beside the other reads; agents hardly ever are in another namespace.
	const guessed = rights.ask(podChoices.namespace ?? usualNamespace);
	const {
		evidence,
		agents: listed,
		versions,
	} = await clusterEvidence(client, {
		nodes,
		selector,
		namespace,
		helperNamespace: podChoices.namespace,
		version,
		signal,
		onNames: names => tell({type: 'names', names}),
	});
	const agents = new Map(listed);
	options.onVersions?.(versions);
	tell({type: 'cluster', evidence});
	await Promise.all([guessed, ...[...new Set([...agents.values()].map(agent => agent.namespace))].map(async each => rights.ask(each))]);
	const sshFor = ssh === undefined ? undefined : (await import('./ssh-of-node.ts')).sshOfNode(ssh.session, ssh.asks);
	const maySsh = (name: string): boolean => via === 'ssh' || (via === 'auto' && ssh?.isSetUpFor(name) === true);
	// SSH needs no kubelet: a node that is down for Kubernetes may be asked all the same.
	const isAskable = (node: NodeEvidence): boolean => node.skipped === '' || (isDown(node) && maySsh(node.name));
	const askable = evidence.nodes.filter(isAskable);
	const connecting = {
		connects: options.connects ?? true,
		fromHere: options.demoNetwork !== undefined || !isDemo(evidence.nodes),
		canAsk: (node: NodeEvidence) => maySsh(node.name) || (node.ready !== false && node.agent?.phase === 'Running'),
	};
	const targets = lookTargets(askable, evidence.pods, connecting);
	const {before} = options;
	const again = before && nodesToAsk(before, evidence, lookTargets(before.nodes.filter(isAskable), before.pods, connecting), targets);
	const asked = again === undefined ? askable : askable.filter(({name}) => again.has(name));
	tell({type: 'phase', text: `asking ${asked.length} ${asked.length === 1 ? 'node' : 'nodes'}`});
	const clientTargets = again === undefined ? targets.ofClient : lookTargets(asked, evidence.pods, connecting).ofClient;
	const fromHere = clientConnections(clientTargets, options.demoNetwork ?? options.connectFromHere, signal);
	const sweeping = sweep(client, evidence, options);
	const pods = readerPods(client, {signal, announce: options.announce});
	const seen = new Map<string, NodeEvidence>();
	await eachInParallel(
		asked,
		async node => {
			// Those under way come to their end: pods may still have to be removed.
			if (signal.aborted) return;
			const limit = nodeLimit(timeoutMilliseconds, signal, () => ssh?.isAsking() === true);
			const look = {
				client,
				pods,
				// No pod starts and no exec answers on a node that is down.
				wishes: {via: isDown(node) ? 'ssh' : via, pods: podChoices, isSshSetUp: maySsh(node.name), missingFor: rights.missingFor},
				ssh: sshFor,
				targets: targets.ofNode(node.name),
				limit: limit.signal,
				timeoutMilliseconds,
			} satisfies NodeLook;
			const agentNow: AgentNow = async name => {
				const now = (await readAgentPods(objectReader(client, limit.signal), name)).get(name);
				if (now !== undefined) agents.set(name, now);
				return now;
			};
			const looked = await lookAgain(node, agents.get(node.name), look, agentNow).finally(limit.stop);
			seen.set(node.name, looked);
			if (!signal.aborted) tell({type: 'node', node: looked, done: seen.size, total: asked.length});
		},
		{most: concurrency, pressure: client.pressure},
	);
	const [left, told, heard] = await Promise.all([
		lastLook(pods.finish()),
		signal.aborted ? [] : withAgentLogs(client, [...seen.values()], agents, signal),
		fromHere.finish(),
	]);
	await sweeping;
	if (signal.aborted) {
		for (const {what, reason, hint} of left) tell({type: 'phase', text: `cannot tell ${what}: ${reason}. ${hint}`});
		signal.throwIfAborted();
	}

	const kept = before === undefined || again === undefined ? new Map<string, NodeEvidence>() : keptAnswers(before, askable, again);
	const answers = new Map([...kept, ...told.map(node => [node.name, node] as const)]);
	const nodesNow = evidence.nodes.map(node => answers.get(node.name) ?? node);
	const clientProbes = before === undefined ? heard : joinProbes(before.clientProbes, heard, targets.ofClient);
	const seenNow = {...evidence, nodes: nodesNow, clientProbes, gaps: [...evidence.gaps, ...left]};
	const whole = await withoutProbesOfGonePods(seenNow, {client, signal});
	return before === undefined ? whole : sharedWith(before, whole);
}

/** Beside everything else; what goes wrong with it is no matter of the look. */
async function sweep(client: ClusterClient, {cilium}: Evidence, {onSwept, pods, signal}: CollectOptions): Promise<void> {
	if (onSwept === undefined) return;
	const namespaces = [...new Set([cilium?.namespace ?? usualNamespace, pods?.namespace].filter(name => name !== undefined))];
	try {
		onSwept(await sweepHelperPods(client, namespaces, signal));
	} catch (error) {
		if (!signal.aborted) onSwept({removed: [], left: [], reason: messageOf(error)});
	}
}

async function lastLook(finish: Promise<void>): Promise<Gap[]> {
	try {
		await finish;
		return [];
	} catch (error) {
		const hint = 'Run kubectl hostport cleanup to find them; they end by themselves within five minutes';
		return [{what: 'whether the reader pods are deleted', reason: printableLine(messageOf(error)), hint}];
	}
}
