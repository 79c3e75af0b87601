import type {Finding} from '../diagnosis.ts';
import {isEveryAddress, isExpected, isLeaving, type HostPortView} from '../host-port-view.ts';
import type {View} from '../view.ts';
import {count} from '../wording.ts';
import type {Cause} from './cause.ts';
import {ownNode} from './own-node.ts';

/** It answers, if at all, on another address than people try. */
export const hp20: Cause = {
	code: 'HP20',
	find: view => [...offNode(view), ...otherAddress(view), ...onlyOnCondition(view), ...onlyLoopback(view), ...ownNode(view)],
};

function offNode(view: View): Finding[] {
	const off = view.hostPorts.filter(hostPort => isOffNode(view, hostPort) && !isLeaving(hostPort));
	const dead = off.filter(hostPort => hostPort.diagnosis.state === 'unwired' && isExpected(hostPort));
	return off.length === 0
		? []
		: [
				finding(off, {
					severity: dead.some(({reason}) => reason === 'no-entry' || reason === 'off-node') ? 'error' : 'warning',
					title: `the hostIP of ${count(off.length, 'hostPort')} is none that its node serves`,
					because: off.slice(0, 3).map(hostPort => ({
						source: `pod of ${hostPort.name}`,
						says: isLoopback(hostPort)
							? `hostIP ${hostPort.port.hostIP}: Cilium makes no entry for loopback before 1.14, later only with kernel 5.7`
							: `hostIP ${hostPort.port.hostIP}; the node has ${addressesOf(view, hostPort).join(', ')}`,
					})),
					remedy: 'Leave hostIP empty, or give an address that the node has.',
				}),
			];
}

/** portmap was told to map for some packets only. What it leaves out (`!`) is usual; what alone it lets in is a trap. */
function onlyOnCondition(view: View): Finding[] {
	const hostPorts = view.hostPorts.filter(
		({diagnosis, mapping}) =>
			diagnosis.state === 'wired' && mapping !== undefined && mapping.conditions !== '' && !mapping.conditions.startsWith('! '),
	);
	return hostPorts.length === 0
		? []
		: [
				finding(hostPorts, {
					severity: 'warning',
					title: `${count(hostPorts.length, 'hostPort')} ${hostPorts.length === 1 ? 'answers' : 'answer'} to some packets only: portmap has conditions in the CNI file`,
					because: hostPorts.slice(0, 3).map(({name, mapping, diagnosis}) => ({
						source: `nat table on ${diagnosis.node}`,
						says: `the jump to ${mapping?.chain ?? ''} asks for ${mapping?.conditions ?? ''}; ${name} itself is right (${diagnosis.by})`,
					})),
					remedy: 'If others should reach it, take conditionsV4 and conditionsV6 out of portmap in the CNI file, then make the pods again.',
				}),
			];
}

/** Meant so, perhaps; said because nobody from outside will reach it. */
function onlyLoopback(view: View): Finding[] {
	const hostPorts = view.hostPorts.filter(hostPort => isLoopback(hostPort) && hostPort.diagnosis.state === 'wired' && !isLeaving(hostPort));
	return hostPorts.length === 0
		? []
		: [
				finding(hostPorts, {
					severity: 'info',
					title: `${count(hostPorts.length, 'hostPort')} ${hostPorts.length === 1 ? 'answers' : 'answer'} on the loopback address of ${hostPorts.length === 1 ? 'its' : 'their'} node only`,
					because: hostPorts
						.slice(0, 3)
						.map(({name, port, diagnosis}) => ({source: `pod of ${name}`, says: `hostIP ${port.hostIP}; ${diagnosis.by}`})),
					remedy: 'Nothing to do if that is meant: other nodes and pods get no answer. Else leave hostIP empty.',
				}),
			];
}

/** The entry is there and right, but not for the address that the node is known by. */
function otherAddress(view: View): Finding[] {
	const elsewhere = view.hostPorts.filter(hostPort => {
		const own = addressesOf(view, hostPort);
		return (
			hostPort.entryAddresses.length > 0 &&
			own.length > 0 &&
			isEveryAddress(hostPort.port.hostIP) &&
			!hostPort.entryAddresses.some(address => isEveryAddress(address) || own.includes(address))
		);
	});
	return elsewhere.length === 0
		? []
		: [
				finding(elsewhere, {
					severity: 'warning',
					title: `${count(elsewhere.length, 'hostPort')} answer on other addresses than the node's own`,
					because: elsewhere.slice(0, 3).map(hostPort => ({
						source: `cilium service list on ${hostPort.pod.node}`,
						says: `${hostPort.name} has entries for ${hostPort.entryAddresses.join(', ')}; the node is ${addressesOf(view, hostPort).join(', ')}`,
					})),
					remedy: 'Connect to those addresses, or see devices and nodeport-addresses in cilium-config.',
				}),
			];
}

/** Whether a pod asks for an address that its node does not have, or for loopback where Cilium makes no entry for it. */
export function isOffNode(view: View, hostPort: HostPortView): boolean {
	const {hostIP} = hostPort.port;
	if (isLoopback(hostPort)) {
		return hostPort.reason === 'no-entry';
	}

	// What the node's own tables say counts; what Kubernetes knows of its addresses is less.
	const own = view.nodeOf(hostPort)?.observation?.localAddresses ?? addressesOf(view, hostPort);
	return !isEveryAddress(hostIP) && own.length > 0 && !own.includes(hostIP);
}

function isLoopback({port}: HostPortView): boolean {
	return /^(?:127\.|::1$)/.test(port.hostIP);
}

function addressesOf(view: View, hostPort: HostPortView): string[] {
	return (view.nodeOf(hostPort)?.node.addresses ?? []).filter(({type}) => type.endsWith('IP')).map(({address}) => address);
}

function finding(hostPorts: readonly HostPortView[], words: Pick<Finding, 'severity' | 'title' | 'because' | 'remedy'>): Finding {
	return {
		code: 'HP20',
		nodes: [...new Set(hostPorts.map(({pod}) => pod.node))].sort(),
		hostPorts: hostPorts.map(({name}) => name),
		...words,
		repairable: false,
	};
}
