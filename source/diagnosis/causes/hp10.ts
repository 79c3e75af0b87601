import {isVersion} from '../../cilium/version.ts';
import {isUnspecified} from '../entry-judgement.ts';
import {finding, nodesOf} from '../finding.ts';
import type {HostPortView} from '../host-port-view.ts';
import {statusProofs} from '../proofs.ts';
import type {View} from '../view.ts';
import {nodesInTitle} from '../wording.ts';
import {count} from '../../words.ts';
import {defineCause} from './cause.ts';
import {isInNodePortRange} from './hp15.ts';
import {isOffNode} from './hp20.ts';
import {sharesEntry} from './hp26.ts';
import {knownFaults} from './known-faults.ts';

/** Cilium serves hostPort, and yet this port has no entry or a wrong one: a fault of the agent. */
export const hp10 = defineCause({
	code: 'HP10',
	title: 'Cilium serves hostPort, but this entry is missing or wrong',
	meaning:
		'hostPort is on in the agent, but its service table has no entry for this port, or one that leads to another pod: a bug of the agent. Several versions have known ones.',
	proof: [
		'`cilium status`: HostPort Enabled',
		'`cilium service list`: no HostPort entry for the port, or a backend that is not the pod’s IP, alone or beside it',
	],
	toldApart: [
		'HP37: there the protocol is SCTP',
		'HP15: a hostPort inside the NodePort range gets no entry by design',
		'HP20: a hostIP that is not on a NodePort device gets no entry',
	],
	cure: ['Restart the agent pod of that node: it reads all pods when it starts. Upgrade if the version is known for this.'],
	falseLeads: ['CNI files and portmap’s rules do not matter there. (But a file that names a missing portmap still stops every pod: HP02.)'],
	sources: ['cilium/cilium#32805', 'cilium/cilium#48455', 'cilium/cilium#22587', 'cilium/cilium#41426', 'cilium/cilium#27530'],
	ofWholePort: true,
	find(view) {
		const hostPorts = view.hostPorts.filter(
			hostPort =>
				(hostPort.reason === 'no-entry' || hostPort.reason === 'wrong-entry') &&
				!isInNodePortRange(view, hostPort) &&
				!sharesEntry(view, hostPort) &&
				!isOffNode(view, hostPort),
		);
		const nodes = nodesOf(view, hostPorts).filter(({native}) => native.on === true);
		if (nodes.length === 0) return [];
		return finding({
			// The agent may wait for a pod to be ready before it makes the entry (cilium/cilium#18850).
			severity: nodes.some(({native}) => native.proved) && hostPorts.some(({pod}) => pod.ready) ? 'error' : 'warning',
			nodes,
			hostPorts,
			title: `Cilium serves hostPort, but ${count(hostPorts.length, 'entry').replace(/ys$/, 'ies')} on ${nodesInTitle(nodes)} ${hostPorts.length === 1 ? 'is' : 'are'} missing or wrong`,
			because: [
				...statusProofs(nodes),
				...hostPorts
					.slice(0, 3)
					.map(({name, diagnosis}) => ({source: `cilium service list on ${diagnosis.node}`, says: `${name}: ${diagnosis.by}`})),
				...knownFaults(view, hostPorts),
			],
			remedy: `Restart the agent pod on ${nodesInTitle(nodes)}: it reads every pod when it starts. If the fault returns, ${isForUnknown(view, hostPorts) ? 'leave hostIP empty: Cilium 1.18 and later create no entry for an explicit 0.0.0.0 or ::.' : 'upgrade Cilium.'}`,
		});
	},
});

/** A hostIP for which some releases make no entry, beside a release that is not known. */
const isForUnknown = ({version}: View, hostPorts: readonly HostPortView[]): boolean =>
	!isVersion(version, '>=0.0.0') && hostPorts.some(({port}) => isUnspecified(port.hostIP));
