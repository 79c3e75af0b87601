import {isIP} from 'node:net';
import {isLoopback, promisedAddresses, promisedOutside} from '../cilium/promised-addresses.ts';
import type {HostPortPod, NodeEvidence} from './evidence.ts';
import {isTerminating} from '../terminating.ts';

/** Something to connect to over TCP. */
export type ProbeTarget = {readonly address: string; readonly port: number};

/** hostPorts of another node, and ports of its own pods, that one node connects to at most. */
const mostTargets = 32;

/** What a node connects to while it is looked at. */
export type LookTargets = {
	/** What a node connects to, in the words of the node script: ports of its own pods, and hostPorts of another node. */
	readonly ofNode: (name: string) => readonly string[];
	/** The node that connects to a node's hostPorts. */
	readonly askerOf: (name: string) => string | undefined;
	/** The hostPorts that this machine connects to. */
	readonly ofClient: readonly ProbeTarget[];
};

/**
 * Who connects to what. Each hostPort is asked by the next node in a ring of those from which connections can leave, by its own
 * where there is no other, and by this machine. TCP alone: silence over UDP says nothing.
 * @param nodes that are looked at
 */
export function lookTargets(
	nodes: readonly NodeEvidence[],
	pods: readonly HostPortPod[],
	{connects, canAsk, fromHere}: {readonly connects: boolean; readonly canAsk: (node: NodeEvidence) => boolean; readonly fromHere: boolean},
): LookTargets {
	if (!connects) return {ofNode: () => [], askerOf: () => undefined, ofClient: []};
	const podsOf = Map.groupBy(pods.filter(isRunning), ({node}) => node);
	const next = nextFrom(nodes.map(canAsk));
	const asks = nodes.flatMap((node, index) => {
		const asker = nodes[next[index] ?? -1];
		return asker === undefined ? [] : [{node: node.name, asker: asker.name, targets: hostPortTargets(node, podsOf.get(node.name) ?? [])}];
	});
	const byAsker = Map.groupBy(asks, ({asker}) => asker);
	const askers = new Map(asks.map(({node, asker}) => [node, asker]));
	return {
		ofNode: name =>
			targetWords([
				...distinct(ownTargets(podsOf.get(name) ?? [])).slice(0, mostTargets),
				...distinct((byAsker.get(name) ?? []).flatMap(({targets}) => targets)).slice(0, mostTargets),
			]),
		askerOf: name => askers.get(name),
		ofClient: distinct((fromHere ? nodes : []).flatMap(node => clientTargets(node, podsOf.get(node.name) ?? []))),
	};
}

/** The TCP ports behind the hostPorts of a node's running pods: what the node connects to, to see the application. */
function ownTargets(pods: readonly HostPortPod[]): ProbeTarget[] {
	// An application may listen in one family alone.
	return pods.flatMap(({podIPs, ports}) =>
		ports
			.filter(({protocol, init, sidecar}) => protocol === 'TCP' && (!init || sidecar === true))
			.flatMap(({containerPort: port}) => podIPs.map(address => ({address, port}))),
	);
}

/** The node's hostPorts at the addresses that they promise. */
function hostPortTargets({addresses}: NodeEvidence, pods: readonly HostPortPod[]): ProbeTarget[] {
	return pods.flatMap(({podIPs, ports}) =>
		ports
			.filter(isTried)
			.flatMap(({hostIP, hostPort: port}) => promisedAddresses(addresses, hostIP, podIPs).map(address => ({address, port}))),
	);
}

/** The same for a machine outside, at the node's external addresses too. A hostIP that is none of the node's is anybody's, and not asked. */
function clientTargets(node: NodeEvidence, pods: readonly HostPortPod[]): ProbeTarget[] {
	const inside = hostPortTargets(node, pods).filter(({address}) => node.addresses.some(own => own.address === address));
	const outside = pods.flatMap(({podIPs, ports}) =>
		ports
			.filter(isTried)
			.flatMap(({hostIP, hostPort: port}) => promisedOutside(node.addresses, hostIP, podIPs).map(address => ({address, port}))),
	);
	return [...inside, ...outside];
}

/** One word for each address: `ADDRESS,PORT,…`. */
function targetWords(targets: readonly ProbeTarget[]): string[] {
	return [...Map.groupBy(targets, ({address}) => address)].map(([address, same]) => [address, ...same.map(({port}) => port)].join(','));
}

/** Of each place in a ring the next one that can ask, itself only where no other can; undefined where none can. */
function nextFrom(canAsk: readonly boolean[]): ReadonlyArray<number | undefined> {
	const next: Array<number | undefined> = Array.from({length: canAsk.length});
	let asker: number | undefined;
	for (let place = 2 * canAsk.length - 1; place >= 0; place -= 1) {
		const index = place % canAsk.length;
		next[index] = asker ?? (canAsk[index] === true ? index : undefined);
		if (canAsk[index] === true) asker = index;
	}

	return next;
}

const isRunning = (pod: HostPortPod): boolean =>
	pod.phase === 'Running' && !pod.hostNetwork && isIP(pod.podIPs[0] ?? '') !== 0 && !isTerminating(pod);

/** A port that others are to reach, over TCP. */
const isTried = ({hostPort, protocol, hostIP}: HostPortPod['ports'][number]): boolean =>
	hostPort > 0 && protocol === 'TCP' && !isLoopback(hostIP);

function distinct(targets: readonly ProbeTarget[]): ProbeTarget[] {
	return [...new Map(targets.filter(({address}) => isIP(address) !== 0).map(each => [`${each.address} ${each.port}`, each])).values()];
}
