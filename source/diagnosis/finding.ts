import type {Finding} from './diagnosis.ts';
import type {HostPortView} from './host-port-view.ts';
import type {NodeView} from './node-view.ts';
import type {NodeVerdict} from './verdict.ts';
import type {View} from './view.ts';

/** A finding as a cause makes it: the code is its cause's. */
export type Found = Omit<Finding, 'code'> & {
	/** What it says of the nodes that it concerns, by name; none where it leaves that to others. */
	readonly verdicts: ReadonlyMap<string, NodeVerdict>;
};

/** What a cause says of its finding. */
export type FindingWords = Pick<Finding, 'severity' | 'title' | 'because' | 'remedy'> & {
	/** Omitted: the nodes of its hostPorts, by name. */
	readonly nodes?: readonly NodeView[];
	readonly hostPorts?: readonly HostPortView[];
	/** Omitted: not by this program. */
	readonly repairable?: boolean;
	/** What the finding says of a node that it concerns; undefined: nothing. Omitted: nothing of any. */
	readonly verdict?: (node: NodeView) => NodeVerdict | undefined;
};

/** The finding that tells this of these nodes and hostPorts; empty where there are neither. */
export function finding(words: FindingWords): Found[] {
	const nodes = words.nodes?.map(({name}) => name) ?? nodeNamesOf(words.hostPorts ?? []);
	return nodes.length === 0 && (words.hostPorts ?? []).length === 0 ? [] : [made(nodes, words)];
}

/** A finding about the cluster as a whole, or about what is to come: it names no node. */
export const ofCluster = (words: Omit<FindingWords, 'nodes' | 'verdict'>): Found[] => [made([], words)];

function made(
	names: readonly string[],
	{nodes, hostPorts = [], severity, title, because, remedy, repairable = false, verdict}: FindingWords,
): Found {
	const judged = (nodes ?? []).flatMap(node => {
		const said = verdict?.(node);
		return said === undefined ? [] : [[node.name, said] as const];
	});
	return {
		severity,
		nodes: names,
		hostPorts: hostPorts.map(({name}) => name),
		title,
		because,
		remedy,
		repairable,
		verdicts: new Map(judged),
	};
}

/** Names of the nodes that hostPorts are on, sorted. */
export const nodeNamesOf = (hostPorts: readonly HostPortView[]): string[] =>
	[...new Set(hostPorts.map(({pod}) => pod.node))].filter(name => name !== '').sort();

/** The nodes of hostPorts, without those that are skipped. */
export function nodesOf({judged}: View, hostPorts: readonly HostPortView[]): NodeView[] {
	const names = new Set(hostPorts.map(({pod}) => pod.node));
	return judged.filter(({name}) => names.has(name));
}

/** All hostPorts on these nodes. */
export const hostPortsOn = (view: View, nodes: readonly NodeView[]): HostPortView[] => nodes.flatMap(node => view.hostPortsOf(node));

/** Those of them that nothing is seen to carry. */
export const notWiredOn = (view: View, nodes: readonly NodeView[]): HostPortView[] =>
	hostPortsOn(view, nodes).filter(({diagnosis}) => diagnosis.state !== 'wired');
