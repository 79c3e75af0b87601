import {releaseOf} from '../../cilium/releases.ts';
import {finding, type Found, nodesOf} from '../finding.ts';
import {isLeaving, type HostPortView} from '../host-port-view.ts';
import type {View} from '../view.ts';
import {nodesInTitle} from '../wording.ts';
import {count} from '../../words.ts';
import {defineCause} from './cause.ts';

/** One hostPort for two protocols where eBPF keeps one entry a port: the last that is made wins, and serves both. */
export const hp26 = defineCause({
	code: 'HP26',
	title: 'One hostPort for two protocols shares one entry',
	meaning:
		'Before 1.17 Cilium’s entries do not distinguish protocols: of two hostPorts with one number, TCP and UDP, the last entry wins. The other protocol is dead, or another pod answers on it. 1.18.0 and 1.18.1 have a bug with the same effect.',
	proof: [
		'two hostPorts of one node have the same number and different protocols',
		'the one entry leads to the other’s pod or containerPort (`cilium bpf lb list`, `cilium service list`)',
	],
	toldApart: ['HP10: there no other protocol has the number', 'HP14: there two pods ask for the same protocol, and one waits'],
	cure: ['Use different hostPorts, or one containerPort of one pod for both protocols; or upgrade to 1.17, from 1.18 on to 1.18.2.'],
	falseLeads: ['A restart of the agent creates the same entry again: which protocol wins may change, but one stays dead.'],
	sources: ['cilium/cilium#33434', 'cilium/cilium#41426'],
	anotherAnswers: true,
	find(view: View): Found[] {
		const lost = view.hostPorts.filter(hostPort => sharesEntry(view, hostPort) && !isLeaving(hostPort));
		const nodes = nodesOf(view, lost);
		const strangers = lost.some(hostPort => winnerOf(view, hostPort)?.pod !== hostPort.pod);
		return finding({
			severity: 'error',
			nodes,
			hostPorts: lost,
			title: strangers
				? `another pod answers on ${count(lost.length, 'hostPort')} on ${nodesInTitle(nodes)}: Cilium keeps one entry for two protocols`
				: `one protocol of ${count(lost.length, 'hostPort')} on ${nodesInTitle(nodes)} is dead: Cilium keeps one entry for two protocols`,
			because: lost.slice(0, 3).map(hostPort => ({
				source: `entries of eBPF on ${hostPort.pod.node}`,
				says: `${hostPort.name}: ${hostPort.diagnosis.by}${winnerOf(view, hostPort) === undefined ? '' : `; that is ${winnerOf(view, hostPort)?.name ?? ''}`}`,
			})),
			remedy: releaseOf(view.version).entriesByProtocol
				? 'Upgrade Cilium to 1.18.2 or later (cilium/cilium#41426), or give the two protocols different hostPorts. A restart of the agent does not help.'
				: 'Give the two protocols different hostPorts, or one and the same containerPort of one pod; Cilium distinguishes protocols since 1.17 (cilium/cilium#33434). A restart of the agent does not help.',
		});
	},
});

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
	return view.hostPortsOf({name: pod.node}).filter(other => other.port.hostPort === port.hostPort && other.port.protocol !== port.protocol);
}
