import {isMeasured, reachInWords} from '../../cilium/measured-reach.ts';
import {releaseOf} from '../../cilium/releases.ts';
import {finding, type Found} from '../finding.ts';
import {configMapName} from '../proofs.ts';
import {servingOf} from '../serving.ts';
import type {View} from '../view.ts';
import {nodesInTitle} from '../wording.ts';
import {count} from '../../words.ts';

/**
 * eBPF beside kube-proxy without Cilium's socket programs: pods, other nodes and outside get an answer, processes of the node itself do
 * not, neither at its address nor at its loopback (packets on 1.15.19). Told, because nobody else is refused.
 */
export function ownNode(view: View): Found[] {
	const nodes = view.judged.filter(node => node.path === 'native' && node.proved && servingOf(node).socketLoadBalancing === false);
	const hostPorts = nodes.flatMap(node => view.hostPortsOf(node)).filter(({diagnosis}) => diagnosis.state === 'wired');
	const [first] = nodes;
	if (first === undefined || hostPorts.length === 0) return [];
	const words = reachInWords(first.version, 'switches');
	const keys = Object.entries(releaseOf(first.version).hostSocketKeys).map(([key, value]) => `${key}: "${value}"`);
	return finding({
		severity: 'info',
		nodes,
		hostPorts,
		title: `${nodesInTitle(nodes)}: processes of the node itself ${isMeasured(first.version, 'switches') ? 'are' : 'may be'} refused at ${count(hostPorts.length, 'hostPort')}: Cilium's socket programs are off`,
		because: [
			{source: configMapName(view), says: `${keys[0] ?? ''} is not set, and kube-proxy replacement is not full`},
			{source: 'who reaches a hostPort so', says: words},
		],
		remedy: `Nothing to do if no process of the node connects there. Otherwise set ${keys.join(' and ')} in cilium-config and restart the agents.`,
	});
}
