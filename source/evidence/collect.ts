import pMap from 'p-map';
import {readerPods} from '../access/reader-pods.ts';
import type {ClusterClient} from '../cluster/cluster-client.ts';
import {messageOf} from '../errors.ts';
import {printableLine} from '../foreign-text.ts';
import {clusterEvidence} from './cluster-evidence.ts';
import type {Evidence, Gap, NodeEvidence} from './evidence.ts';
import {lookAtNode} from './look-at-node.ts';
import {probeTargets} from './probe-targets.ts';

export type CollectProgress =
	| {readonly type: 'phase'; readonly text: string}
	/** The API server's part is done: every node is known, none was asked yet. */
	| {readonly type: 'cluster'; readonly evidence: Evidence}
	| {readonly type: 'node'; readonly node: NodeEvidence; readonly done: number; readonly total: number};

export type CollectOptions = {
	/** Names of the nodes to look at; none: all. */
	readonly nodes: readonly string[];
	readonly selector?: string;
	/** Namespace of the hostPort pods; all if not given. */
	readonly namespace?: string;
	readonly signal: AbortSignal;
	/** Nodes asked at the same time; 16 unless told. */
	readonly concurrency?: number;
	/** Time for one node, its reader pod included; 30,000 unless told. */
	readonly nodeTimeoutMilliseconds?: number;
	/** This program's version. */
	readonly version: string;
	onProgress?(progress: CollectProgress): void;
};

/**
 * Everything that the API server and the nodes tell. A node that does not answer is recorded with the reason and
 * stops nothing; whatever was made on the cluster is removed, also after an interruption.
 * @throws UsageError for nodes that do not exist
 * @throws ClusterError where the API server does not answer at all
 * @throws the signal's reason
 */
export async function collectEvidence(client: ClusterClient, options: CollectOptions): Promise<Evidence> {
	const {signal, concurrency = 16, nodeTimeoutMilliseconds: timeoutMilliseconds = 30_000} = options;
	const tell = (progress: CollectProgress): void => options.onProgress?.(progress);
	signal.throwIfAborted();
	tell({type: 'phase', text: 'reading the API server'});
	const {nodes, selector, namespace, version} = options;
	const {evidence, agents} = await clusterEvidence(client, {nodes, selector, namespace, version, signal});
	tell({type: 'cluster', evidence});
	const asked = evidence.nodes.filter(({skipped}) => skipped === '');
	tell({type: 'phase', text: `asking ${asked.length} ${asked.length === 1 ? 'node' : 'nodes'}`});
	const podsOf = Map.groupBy(evidence.pods, ({node}) => node);
	const pods = readerPods(client);
	const seen = new Map<string, NodeEvidence>();
	await pMap(
		asked,
		async node => {
			// Not p-map's own signal: it would leave while pods are still being removed.
			if (signal.aborted) return;
			const looked = await lookAtNode(node, agents.get(node.name), {
				client,
				pods,
				probes: probeTargets(podsOf.get(node.name) ?? []),
				signal,
				timeoutMilliseconds,
			});
			seen.set(node.name, looked);
			if (!signal.aborted) tell({type: 'node', node: looked, done: seen.size, total: asked.length});
		},
		{concurrency},
	);
	const left = await lastLook(pods.finish());
	if (signal.aborted) {
		for (const {what, reason, hint} of left) tell({type: 'phase', text: `cannot tell ${what}: ${reason}. ${hint}`});
		signal.throwIfAborted();
	}

	return {...evidence, nodes: evidence.nodes.map(node => seen.get(node.name) ?? node), gaps: [...evidence.gaps, ...left]};
}

async function lastLook(finish: Promise<void>): Promise<Gap[]> {
	try {
		await finish;
		return [];
	} catch (error) {
		const hint = 'They end by themselves within five minutes; kubectl hostport cleanup finds them';
		return [{what: 'whether the reader pods are gone', reason: printableLine(messageOf(error)), hint}];
	}
}
