import type {Proof} from '../diagnosis.ts';
import {isEveryAddress, isLoopback} from '../entry-judgement.ts';
import {otherFaultStops} from '../failing-starts.ts';
import {finding, type Found, nodeNamesOf} from '../finding.ts';
import {isExpected, type HostPortView} from '../host-port-view.ts';
import type {HostPortPod} from '../../evidence/evidence.ts';
import {isPortHeld} from '../sandbox-events.ts';
import type {View} from '../view.ts';
import {some} from '../wording.ts';
import {count} from '../../words.ts';
import {defineCause} from './cause.ts';
import {isTerminating} from '../../terminating.ts';

/** Two want one port: pods that wait for it, and processes of the host that are hidden by the mapping or answer in its place. */
export const hp14 = defineCause({
	code: 'HP14',
	title: 'The port is already in use',
	meaning:
		'A hostPort can be used once per node, address and protocol. A second pod stays Pending. A process of the host on the same port is hidden by portmap’s rule, or answers instead of the pod.',
	proof: [
		"pod Pending with `didn't have free ports for the requested pod ports`",
		'who holds it: a pod with the same hostPort, also one on the host network, which holds what it only names',
		'event `cannot open hostport N … address already in use` of CRI-O (or dockershim), which holds a socket on each hostPort',
		'pod Failed with `NodePorts`: its spec names the node, and the kubelet refused it',
		'a process of the host listens on the same port, also on 127.0.0.1 only',
	],
	toldApart: ['HP21: there the pod runs and does not answer'],
	cure: ['Find what uses it: another pod, servicelb, or a process of the host. Change one of the two.'],
	falseLeads: ['Pending is not a network fault: the scheduler decided.'],
	sources: ['kubernetes/kubernetes#60726', 'k3d-io/k3d#1150', 'k3s-io/docs#515'],
	ofPod: true,
	find: view => [...waitingPods(view), ...refusedPods(view), ...heldPorts(view), ...hiddenListeners(view), ...rivals(view)],
});

/** The scheduler's words for a hostPort that is taken on every node it could choose, or the kubelet's for one on its own. */
export function isNoFreePort(trouble: string): boolean {
	return /didn't have free ports/.test(trouble) || isRefused(trouble);
}

function isRefused(trouble: string): boolean {
	return trouble.startsWith('NodePorts');
}

function waitingPods(view: View): Found[] {
	const waiting = view.hostPorts.filter(
		hostPort => hostPort.pod.phase === 'Pending' && isNoFreePort(hostPort.pod.trouble) && !isBecomingFree(view, hostPort),
	);
	return finding({
		hostPorts: waiting,
		severity: 'error',
		nodes: [],
		title: `${podCount(waiting)} cannot be placed: no node has the hostPort free`,
		because: waitingProofs(view, waiting),
		remedy: 'Run fewer replicas than nodes, or change one of the two ports: a hostPort can be used once per node.',
	});
}

/** Whether its holders are on their way out: a matter of time, or of what keeps them from stopping (HP02). */
function isBecomingFree(view: View, hostPort: HostPortView): boolean {
	return holdersOf(view, hostPort).some(isTerminating);
}

/** A pod that was given its node by name, past the scheduler: the kubelet refuses it where the port is taken. */
function refusedPods(view: View): Found[] {
	const refused = view.hostPorts.filter(
		hostPort =>
			hostPort.pod.phase === 'Failed' &&
			isRefused(hostPort.pod.trouble) &&
			holdersOf(view, hostPort).some(({node}) => node === hostPort.pod.node),
	);
	return finding({
		hostPorts: refused,
		severity: 'error',
		title: `${podCount(refused)} ${refused.length === 1 ? 'was' : 'were'} refused by ${refused.length === 1 ? 'its node' : 'their nodes'}: the hostPort is taken`,
		because: waitingProofs(view, refused),
		remedy: 'Change one of the two ports, or let the scheduler choose the node instead of nodeName.',
	});
}

/** The runtime itself could not open the port on the node: a process of the host has it. */
function heldPorts(view: View): Found[] {
	const found = view.judged.flatMap(node =>
		node.events
			.filter(event => isPortHeld(event) && !event.isOfThePast)
			.slice(0, 1)
			.map(event => ({node, event})),
	);
	const names = new Set(found.map(({event}) => event.object.replace('/Pod/', '/')));
	const held = view.hostPorts.filter(({pod}) => names.has(`${pod.namespace}/${pod.name}`));
	return finding({
		hostPorts: held,
		severity: 'error',
		nodes: found.map(({node}) => node),
		title: `the container runtime cannot open a hostPort on ${some(found.map(({node}) => node.name))}: a host process uses it`,
		because: found.slice(0, 3).map(({node, event}) => ({source: `event of ${event.object} on ${node.name}`, says: event.message})),
		remedy: 'Find the process (ss -lntup on the node) and stop it, or give the pod another hostPort.',
		verdict: otherFaultStops,
	});
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

function hiddenListeners(view: View): Found[] {
	const hidden = view.hostPorts.filter(hostPort => hostPort.diagnosis.state === 'wired' && listenerOf(view, hostPort) !== undefined);
	return finding({
		hostPorts: hidden,
		severity: 'warning',
		title: `a process of the host listens on ${count(hidden.length, 'hostPort')} of ${some(nodeNamesOf(hidden))}: the mapping hides it`,
		because: listenerProofs(view, hidden),
		remedy: 'Find the process (ss -lntup on the node) and decide which of the two keeps the port.',
	});
}

/** Where nothing maps the port, whoever listens on it answers: it seems to work, wrongly. */
function rivals(view: View): Found[] {
	const taken = view.hostPorts.filter(
		hostPort => hostPort.diagnosis.state === 'unwired' && isExpected(hostPort) && listenerOf(view, hostPort) !== undefined,
	);
	return finding({
		hostPorts: taken,
		severity: 'warning',
		title: `a process of the host answers on ${count(taken.length, 'hostPort')} of ${some(nodeNamesOf(taken))} in place of the pod`,
		because: listenerProofs(view, taken),
		remedy: 'Find the process (ss -lntup on the node). Once the hostPort works, it hides that process.',
	});
}

function listenerProofs(view: View, hostPorts: readonly HostPortView[]): Proof[] {
	return hostPorts.slice(0, 3).map(hostPort => ({
		source: `sockets of ${hostPort.pod.node}`,
		says: `something listens on ${listenerOf(view, hostPort)?.address ?? ''} port ${hostPort.port.hostPort}/${hostPort.port.protocol}, which ${hostPort.name} asks for`,
	}));
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
