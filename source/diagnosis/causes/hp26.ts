import {releaseOf} from '../../cilium/releases.ts';
import type {Finding} from '../diagnosis.ts';
import {isLeaving, type HostPortView} from '../host-port-view.ts';
import type {View} from '../view.ts';
import {count, nodesInTitle} from '../wording.ts';
import type {Cause} from './cause.ts';

/** One hostPort for two protocols where eBPF keeps one entry a port: the last that is made wins, and serves both. */
export const hp26: Cause = {
	code: 'HP26',
	find(view: View): Finding[] {
		const lost = view.hostPorts.filter(hostPort => sharesEntry(view, hostPort) && !isLeaving(hostPort));
		const names = new Set(lost.map(({pod}) => pod.node));
		const nodes = view.judged.filter(({name}) => names.has(name));
		const strangers = lost.some(hostPort => winnerOf(view, hostPort)?.pod !== hostPort.pod);
		return lost.length === 0
			? []
			: [
					{
						code: 'HP26',
						severity: 'error',
						nodes: nodes.map(({name}) => name),
						hostPorts: lost.map(({name}) => name),
						title: strangers
							? `another pod answers on ${count(lost.length, 'hostPort')} on ${nodesInTitle(nodes)}: Cilium keeps one entry for two protocols`
							: `one protocol of ${count(lost.length, 'hostPort')} on ${nodesInTitle(nodes)} is dead: Cilium keeps one entry for two protocols`,
						because: lost.slice(0, 3).map(hostPort => ({
							source: `entries of eBPF on ${hostPort.pod.node}`,
							says: `${hostPort.name}: ${hostPort.diagnosis.by}${winnerOf(view, hostPort) === undefined ? '' : `; that is ${winnerOf(view, hostPort)?.name ?? ''}`}`,
						})),
						remedy: releaseOf(view.version).entriesByProtocol
							? 'Upgrade Cilium to 1.18.2 or later (cilium/cilium#41426), or give the two protocols different hostPorts. A restart of the agent does not help.'
							: 'Give the two protocols different hostPorts, or one and the same containerPort of one pod; Cilium tells protocols apart from 1.17 on (cilium/cilium#33434). A restart of the agent does not help.',
						repairable: false,
					},
				];
	},
};

/** Whether a hostPort lost its entry to the same port of another protocol. */
export function sharesEntry(view: View, hostPort: HostPortView): boolean {
	const version = view.nodeOf(hostPort)?.version ?? view.version;
	if (twinsOf(view, hostPort).length === 0) return false;
	return releaseOf(version).entriesByProtocol
		? releaseOf(version).losesSecondProtocol && (hostPort.reason === 'no-entry' || hostPort.reason === 'wrong-entry')
		: hostPort.reason === 'wrong-entry';
}

function winnerOf(view: View, hostPort: HostPortView): HostPortView | undefined {
	return twinsOf(view, hostPort).find(({diagnosis, entryAddresses}) => diagnosis.state === 'wired' || entryAddresses.length > 0);
}

function twinsOf(view: View, {pod, port}: HostPortView): HostPortView[] {
	return view.hostPorts.filter(
		other => other.pod.node === pod.node && other.port.hostPort === port.hostPort && other.port.protocol !== port.protocol,
	);
}
