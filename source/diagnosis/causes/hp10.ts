import {isVersion} from '../../cilium/version.ts';
import type {Proof} from '../diagnosis.ts';
import type {HostPortView} from '../host-port-view.ts';
import {statusProofs} from '../proofs.ts';
import type {View} from '../view.ts';
import {count, nodesInTitle} from '../wording.ts';
import type {Cause} from './cause.ts';
import {isInNodePortRange} from './hp15.ts';
import {isOffNode} from './hp20.ts';

/** Cilium serves hostPort, and yet this port has no entry or a wrong one: a fault of the agent. */
export const hp10: Cause = {
	code: 'HP10',
	find(view) {
		const hostPorts = view.hostPorts.filter(
			hostPort =>
				(hostPort.reason === 'no-entry' || hostPort.reason === 'wrong-entry') &&
				!isInNodePortRange(view, hostPort) &&
				!isOffNode(view, hostPort),
		);
		const names = new Set(hostPorts.map(({pod}) => pod.node));
		const nodes = view.judged.filter(({name, native}) => names.has(name) && native.on === true);
		if (nodes.length === 0) {
			return [];
		}

		return [
			{
				code: 'HP10',
				// The agent may wait for a pod to be ready before it makes the entry (cilium/cilium#18850).
				severity: nodes.some(({native}) => native.proved) && hostPorts.some(({pod}) => pod.ready) ? 'error' : 'warning',
				nodes: nodes.map(({name}) => name),
				hostPorts: hostPorts.map(({name}) => name),
				title: `Cilium serves hostPort, but ${count(hostPorts.length, 'entry').replace(/ys$/, 'ies')} on ${nodesInTitle(nodes)} ${hostPorts.length === 1 ? 'is' : 'are'} missing or wrong`,
				because: [
					...statusProofs(nodes),
					...hostPorts
						.slice(0, 3)
						.map(({name, diagnosis}) => ({source: `cilium service list on ${diagnosis.node}`, says: `${name}: ${diagnosis.by}`})),
					...knownFaults(view, hostPorts),
				],
				remedy: `Make the agent pod on ${nodesInTitle(nodes)} anew: it reads every pod when it starts. If it comes back, upgrade Cilium.`,
				repairable: false,
			},
		];
	},
};

/** Faults that versions are known for (facts, section 8); named as a hint, not as the proof. */
function knownFaults({version}: View, hostPorts: readonly HostPortView[]): Proof[] {
	const known: Array<[applies: boolean, says: string]> = [
		[
			isVersion(version, '>=1.14.0 <1.14.2') && hostPorts.some(({pod}) => pod.podIPs.some(ip => ip.includes(':'))),
			'IPv6 hostPorts fail (cilium/cilium#27530)',
		],
		[
			isVersion(version, '>=1.18.0 <1.18.2') && hostPorts.some(hostPort => hasTwin(hostPort)),
			'only one protocol of a port works (cilium/cilium#41426)',
		],
		[isVersion(version, '<1.12.0') && hostPorts.some(({port}) => port.init), 'ports of init containers are not read (cilium/cilium#18850)'],
		[
			hostPorts.some(({reason}) => reason === 'wrong-entry'),
			'an entry may stay with an earlier pod after it was made again (cilium/cilium#32805, #48455)',
		],
	];
	return known.filter(([applies]) => applies).map(([, says]) => ({source: `known faults of Cilium ${version}`, says}));
}

function hasTwin({pod, port}: HostPortView): boolean {
	return pod.ports.some(other => other.hostPort === port.hostPort && other.protocol !== port.protocol);
}
