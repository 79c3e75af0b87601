import {minorOf} from './version.ts';

/** A place from which a hostPort of a node is connected to, at the node's address unless it is the loopback. */
export type Place =
	| 'a pod of the same node'
	| 'the pod itself'
	| 'a pod of another node'
	| 'the node itself'
	| 'its loopback'
	| 'another node'
	| 'outside';

/**
 * What serves hostPort: full kube-proxy replacement, the two switches beside kube-proxy without or with socket load balancing in the
 * node's own network, or portmap.
 */
export type ServedBy = 'replacement' | 'switches' | 'switches and sockets' | 'portmap';

type MeasuredReach = {
	/** Version that packets were sent on. */
	readonly version: string;
	readonly by: ServedBy;
	/** Where the connection was refused; every other place was answered. */
	readonly refused: readonly Place[];
};

/**
 * Who reaches a hostPort, TCP and UDP alike, as seen with packets on two nodes of Kubernetes 1.36 (vxlan, IPv4, one address a node).
 * The answers of every setup are in docs/paths.md. Versions that were not measured are not in it: nothing is concluded from one version for another.
 */
export const measured: readonly MeasuredReach[] = [
	{version: '1.15.19', by: 'replacement', refused: []},
	// The program on the node's device does not see what the node itself sends; a program at its sockets does.
	{version: '1.15.19', by: 'switches', refused: ['the node itself', 'its loopback']},
	{version: '1.15.19', by: 'switches and sockets', refused: []},
	{version: '1.15.19', by: 'portmap', refused: []},
	{version: '1.20.2', by: 'replacement', refused: []},
	{version: '1.20.2', by: 'portmap', refused: []},
];

/** What was measured on another patch release of the same minor version; undefined where none was. */
function measuredOn(version: string, by: ServedBy): MeasuredReach | undefined {
	const minor = minorOf(version);
	return measured.find(each => each.by === by && minorOf(each.version) === minor);
}

/** Whether packets tell who reaches a hostPort on this version. */
export const isMeasured = (version: string, by: ServedBy): boolean => measuredOn(version, by) !== undefined;

/** One line on who does not reach a hostPort, as measured on this version, or that nobody has measured it; empty where everybody does. */
export function reachInWords(version: string, by: ServedBy): string {
	const own = measuredOn(version, by);
	if (own !== undefined) return own.refused.length === 0 ? '' : `${list(own.refused)} cannot connect (measured on Cilium ${own.version})`;
	const others = measured.filter(each => each.by === by);
	const refused = [...new Set(others.flatMap(each => each.refused))];
	const seenOn = list(others.map(each => each.version));
	const open =
		by === 'portmap'
			? 'whether a pod reaches a hostPort of its own node at the node’s address (cilium/cilium#9784)'
			: 'who reaches a hostPort';
	const seen = refused.length === 0 ? `on ${seenOn} every place connects` : `on ${seenOn} ${list(refused)} cannot connect`;
	return `not measured on Cilium ${minorOf(version) || version || 'of this version'}: ${open}; ${seen}`;
}

function list(items: readonly string[]): string {
	return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}
