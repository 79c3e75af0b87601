import type {Finding} from '../diagnosis.ts';
import {isEveryAddress, type HostPortView} from '../host-port-view.ts';
import type {View} from '../view.ts';
import {count, nodesInTitle} from '../wording.ts';
import type {Cause} from './cause.ts';

/** Two want one port: pods that wait for it, and processes of the host that are hidden by the mapping. */
export const hp14: Cause = {code: 'HP14', find: view => [...waitingPods(view), ...hiddenListeners(view)]};

/** The scheduler's words for a hostPort that is taken on every node it could choose. */
export function isNoFreePort(trouble: string): boolean {
	return /didn't have free ports/.test(trouble);
}

function waitingPods(view: View): Finding[] {
	const waiting = view.hostPorts.filter(
		hostPort => hostPort.pod.phase === 'Pending' && isNoFreePort(hostPort.pod.trouble) && !isBecomingFree(view, hostPort),
	);
	return waiting.length === 0
		? []
		: [
				{
					code: 'HP14',
					severity: 'error',
					nodes: [],
					hostPorts: waiting.map(({name}) => name),
					title: `${count(new Set(waiting.map(({pod}) => `${pod.namespace}/${pod.name}`)).size, 'pod')} cannot be placed: no node has the hostPort free`,
					because: waiting
						.slice(0, 3)
						.flatMap(hostPort => [{source: `pod of ${hostPort.name}`, says: hostPort.pod.trouble}, ...holders(view, hostPort)]),
					remedy: 'A hostPort can be had once a node: run fewer copies than nodes, or change the port of one of the two.',
					repairable: false,
				},
			];
}

/** Whether its holders are on their way out: a matter of time, or of what keeps them from stopping (HP02). */
function isBecomingFree({hostPorts}: View, {port}: HostPortView): boolean {
	return hostPorts.some(
		({pod, port: other}) => pod.trouble === 'Terminating' && other.hostPort === port.hostPort && other.protocol === port.protocol,
	);
}

function holders({hostPorts}: View, {port}: HostPortView): Array<{source: string; says: string}> {
	const held = hostPorts.filter(
		other => other.pod.phase === 'Running' && other.port.hostPort === port.hostPort && other.port.protocol === port.protocol,
	);
	return held.slice(0, 3).map(other => ({source: `node ${other.pod.node}`, says: `${other.name} holds ${port.hostPort}/${port.protocol}`}));
}

function hiddenListeners(view: View): Finding[] {
	const hidden = view.hostPorts.filter(hostPort => hostPort.diagnosis.state === 'wired' && listenerOf(view, hostPort) !== undefined);
	const names = new Set(hidden.map(({pod}) => pod.node));
	const nodes = view.judged.filter(({name}) => names.has(name));
	return hidden.length === 0
		? []
		: [
				{
					code: 'HP14',
					severity: 'warning',
					nodes: nodes.map(({name}) => name),
					hostPorts: hidden.map(({name}) => name),
					title: `a process of the host listens on ${count(hidden.length, 'hostPort')} of ${nodesInTitle(nodes)}: the mapping hides it`,
					because: hidden.slice(0, 3).map(hostPort => ({
						source: `sockets of ${hostPort.pod.node}`,
						says: `something listens on ${listenerOf(view, hostPort)?.address ?? ''} port ${hostPort.port.hostPort}/${hostPort.port.protocol}, which ${hostPort.name} is mapped to`,
					})),
					remedy: 'Find the process (ss -lntup on the node) and decide which of the two has the port.',
					repairable: false,
				},
			];
}

/** A listener with the same port, on every address or one that the node is known by. CRI-O holds such sockets itself, to reserve the port. */
function listenerOf(view: View, hostPort: HostPortView): {readonly address: string} | undefined {
	const {port} = hostPort;
	const node = view.nodeOf(hostPort);
	if (node === undefined || node.node.containerRuntime.startsWith('cri-o://')) {
		return undefined;
	}

	const addresses = node.node.addresses.map(({address}) => address);
	return node.observation?.listeners?.find(
		({port: number, protocol, address}) =>
			number === port.hostPort &&
			protocol.toUpperCase() === port.protocol.toUpperCase() &&
			(isEveryAddress(port.hostIP) || isEveryAddress(address) || address === port.hostIP) &&
			(isEveryAddress(address) || addresses.includes(address)),
	);
}
