import {statusProofs} from '../proofs.ts';
import {count, nodesInTitle} from '../wording.ts';
import type {Cause} from './cause.ts';
import {isInNodePortRange} from './hp15.ts';
import {isOffNode} from './hp20.ts';
import {sharesEntry} from './hp26.ts';
import {knownFaults} from './known-faults.ts';

/** Cilium serves hostPort, and yet this port has no entry or a wrong one: a fault of the agent. */
export const hp10: Cause = {
	code: 'HP10',
	find(view) {
		const hostPorts = view.hostPorts.filter(
			hostPort =>
				(hostPort.reason === 'no-entry' || hostPort.reason === 'wrong-entry') &&
				!isInNodePortRange(view, hostPort) &&
				!sharesEntry(view, hostPort) &&
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
