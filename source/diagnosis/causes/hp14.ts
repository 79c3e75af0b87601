import type {Finding, Proof} from '../diagnosis.ts';
import {isEveryAddress} from '../entry-judgement.ts';
import {isExpected, type HostPortView} from '../host-port-view.ts';
import type {HostPortPod} from '../../evidence/evidence.ts';
import {isPortHeld} from '../sandbox-events.ts';
import type {View} from '../view.ts';
import {count, some} from '../wording.ts';
import type {Cause} from './cause.ts';

/** Two want one port: pods that wait for it, and processes of the host that are hidden by the mapping or answer in its place. */
export const hp14: Cause = {
	code: 'HP14',
	find: view => [...waitingPods(view), ...refusedPods(view), ...heldPorts(view), ...hiddenListeners(view), ...rivals(view)],
};

/** The scheduler's words for a hostPort that is taken on every node it could choose, or the kubelet's for one on its own. */
export function isNoFreePort(trouble: string): boolean {
	return /didn't have free ports/.test(trouble) || isRefused(trouble);
}

function isRefused(trouble: string): boolean {
	return trouble.startsWith('NodePorts');
}

function waitingPods(view: View): Finding[] {
	const waiting = view.hostPorts.filter(
		hostPort => hostPort.pod.phase === 'Pending' && isNoFreePort(hostPort.pod.trouble) && !isBecomingFree(view, hostPort),
	);
	return waiting.length === 0
		? []
		: [
				finding(waiting, {
					severity: 'error',
					nodes: [],
					title: `${podCount(waiting)} cannot be placed: no node has the hostPort free`,
					because: waitingProofs(view, waiting),
					remedy: 'A hostPort can be had once a node: run fewer copies than nodes, or change the port of one of the two.',
				}),
			];
}

/** Whether its holders are on their way out: a matter of time, or of what keeps them from stopping (HP02). */
function isBecomingFree(view: View, hostPort: HostPortView): boolean {
	return holdersOf(view, hostPort).some(({trouble}) => trouble === 'Terminating');
}

/** A pod that was given its node by name, past the scheduler: the kubelet refuses it where the port is taken. */
function refusedPods(view: View): Finding[] {
	const refused = view.hostPorts.filter(
		hostPort =>
			hostPort.pod.phase === 'Failed' &&
			isRefused(hostPort.pod.trouble) &&
			holdersOf(view, hostPort).some(({node}) => node === hostPort.pod.node),
	);
	return refused.length === 0
		? []
		: [
				finding(refused, {
					severity: 'error',
					nodes: [...new Set(refused.map(({pod}) => pod.node))].sort(),
					title: `${podCount(refused)} ${refused.length === 1 ? 'was' : 'were'} refused by ${refused.length === 1 ? 'its node' : 'their nodes'}: the hostPort is taken`,
					because: waitingProofs(view, refused),
					remedy: 'Change the port of one of the two, or let the scheduler choose the node instead of nodeName.',
				}),
			];
}

/** The runtime itself could not open the port on the node: a process of the host has it. */
function heldPorts(view: View): Finding[] {
	const found = view.judged.flatMap(node =>
		node.events
			.filter(event => isPortHeld(event) && !event.isOfThePast)
			.slice(0, 1)
			.map(event => ({node, event})),
	);
	const names = new Set(found.map(({event}) => event.object.replace('/Pod/', '/')));
	const held = view.hostPorts.filter(({pod}) => names.has(`${pod.namespace}/${pod.name}`));
	return found.length === 0
		? []
		: [
				finding(held, {
					severity: 'error',
					nodes: found.map(({node}) => node.name),
					title: `the container runtime cannot open a hostPort on ${some(found.map(({node}) => node.name))}: a process of the host has it`,
					because: found.slice(0, 3).map(({node, event}) => ({source: `event of ${event.object} on ${node.name}`, says: event.message})),
					remedy: 'Find the process (ss -lntup on the node) and stop it, or give the pod another hostPort.',
				}),
			];
}

function podCount(hostPorts: readonly HostPortView[]): string {
	return count(new Set(hostPorts.map(({pod}) => `${pod.namespace}/${pod.name}`)).size, 'pod');
}

function waitingProofs(view: View, hostPorts: readonly HostPortView[]): Proof[] {
	return hostPorts.slice(0, 3).flatMap(hostPort => [
		{source: `pod of ${hostPort.name}`, says: hostPort.pod.trouble},
		...holdersOf(view, hostPort)
			.slice(0, 3)
			.map(pod => ({
				source: `node ${pod.node}`,
				says: `${pod.namespace}/${pod.name}:${portText(hostPort)} holds ${portText(hostPort)}${pod.hostNetwork ? ', on the host network' : ''}`,
			})),
	]);
}

const portText = ({port}: HostPortView): string => `${port.hostPort}/${port.protocol}`;

/** Running pods with the port. On the host network a port that is only named counts too, for the scheduler and for the kubelet. */
function holdersOf({evidence}: View, {port}: HostPortView): HostPortPod[] {
	const names = ({namespace, name}: HostPortPod) => `${namespace}/${name}`;
	return evidence.pods
		.filter(
			({phase, ports}) =>
				phase === 'Running' && ports.some(({hostPort, protocol}) => hostPort === port.hostPort && protocol === port.protocol),
		)
		.sort((one, other) => (names(one) < names(other) ? -1 : 1));
}

function hiddenListeners(view: View): Finding[] {
	const hidden = view.hostPorts.filter(hostPort => hostPort.diagnosis.state === 'wired' && listenerOf(view, hostPort) !== undefined);
	return hidden.length === 0
		? []
		: [
				finding(hidden, {
					severity: 'warning',
					nodes: nodesOf(hidden),
					title: `a process of the host listens on ${count(hidden.length, 'hostPort')} of ${some(nodesOf(hidden))}: the mapping hides it`,
					because: listenerProofs(view, hidden),
					remedy: 'Find the process (ss -lntup on the node) and decide which of the two has the port.',
				}),
			];
}

/** Where nothing maps the port, whoever listens on it answers: it seems to work, wrongly. */
function rivals(view: View): Finding[] {
	const taken = view.hostPorts.filter(
		hostPort => hostPort.diagnosis.state === 'unwired' && isExpected(hostPort) && listenerOf(view, hostPort) !== undefined,
	);
	return taken.length === 0
		? []
		: [
				finding(taken, {
					severity: 'warning',
					nodes: nodesOf(taken),
					title: `a process of the host answers on ${count(taken.length, 'hostPort')} of ${some(nodesOf(taken))} in place of the pod`,
					because: listenerProofs(view, taken),
					remedy: 'Find the process (ss -lntup on the node). Once the hostPort works it hides that process.',
				}),
			];
}

function listenerProofs(view: View, hostPorts: readonly HostPortView[]): Proof[] {
	return hostPorts.slice(0, 3).map(hostPort => ({
		source: `sockets of ${hostPort.pod.node}`,
		says: `something listens on ${listenerOf(view, hostPort)?.address ?? ''} port ${hostPort.port.hostPort}/${hostPort.port.protocol}, which ${hostPort.name} asks for`,
	}));
}

function nodesOf(hostPorts: readonly HostPortView[]): string[] {
	return [...new Set(hostPorts.map(({pod}) => pod.node))].sort();
}

function finding(hostPorts: readonly HostPortView[], words: Pick<Finding, 'severity' | 'nodes' | 'title' | 'because' | 'remedy'>): Finding {
	return {code: 'HP14', hostPorts: hostPorts.map(({name}) => name), ...words, repairable: false};
}

/** A listener with the same port, on an address of the node. CRI-O holds such sockets itself, to reserve the port. */
function listenerOf(view: View, hostPort: HostPortView): {readonly address: string} | undefined {
	const {port} = hostPort;
	const node = view.nodeOf(hostPort);
	if (node === undefined || node.node.containerRuntime.startsWith('cri-o://')) {
		return undefined;
	}

	const own = new Set([...node.node.addresses.map(({address}) => address), ...(node.observation?.localAddresses ?? [])]);
	return node.observation?.listeners?.find(
		({port: number, protocol, address}) =>
			number === port.hostPort &&
			protocol.toUpperCase() === port.protocol.toUpperCase() &&
			(isEveryAddress(port.hostIP) || isEveryAddress(address) || address === port.hostIP) &&
			(isEveryAddress(address) || isLoopback(address) || own.has(address)),
	);
}

function isLoopback(address: string): boolean {
	return address.startsWith('127.') || address === '::1';
}
