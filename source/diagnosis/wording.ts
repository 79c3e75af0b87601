import type {Proof} from './diagnosis.ts';
import type {NodeView} from './node-view.ts';
import {count} from '../words.ts';

/** `node-1`, `node-1 and node-2`, `node-1 and 11 more`. */
export function some(names: readonly string[]): string {
	const [first = '', second] = names;
	if (second === undefined) {
		return first;
	}

	return names.length === 2 ? `${first} and ${second}` : `${first} and ${names.length - 1} more`;
}

/** `node-1` by name, several by number: how a title speaks of nodes. */
export function nodesInTitle(nodes: readonly NodeView[]): string {
	return nodes.length === 1 ? (nodes[0]?.name ?? '') : count(nodes.length, 'node');
}

/** Says of a root what follows from it, so that nobody looks for a cause of its own behind each dead hostPort. */
export function consequence(hostPorts: readonly unknown[]): Proof[] {
	return hostPorts.length === 0
		? []
		: [
				{
					source: 'consequence',
					says: `${count(hostPorts.length, 'hostPort')} there ${hostPorts.length === 1 ? 'has' : 'have'} no rule; this explains it`,
				},
			];
}

const maximumAlike = 3;

/**
 * One line of proof for all nodes of which the same can be said, the most common first, three at most:
 * 5,000 nodes that agree are one line.
 */
export function alike(nodes: readonly NodeView[], say: (node: NodeView) => {source: string; says: string} | undefined): Proof[] {
	const groups = new Map<string, {source: string; says: string; names: string[]}>();
	for (const node of nodes) {
		const said = say(node);
		if (said !== undefined) {
			const key = `${said.source}\n${said.says}`;
			const group = groups.get(key) ?? {...said, names: []};
			group.names.push(node.name);
			groups.set(key, group);
		}
	}

	return [...groups.values()]
		.sort((a, b) => b.names.length - a.names.length)
		.slice(0, maximumAlike)
		.map(({source, says, names}) => ({source: `${source} on ${some(names)}`, says}));
}
