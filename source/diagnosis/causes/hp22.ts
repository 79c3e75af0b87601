import type {Proof} from '../diagnosis.ts';
import {isExpected, type HostPortView} from '../host-port-view.ts';
import {probeAnswer} from '../probe-answers.ts';
import type {View} from '../view.ts';
import {count} from '../wording.ts';
import type {Cause} from './cause.ts';

const ways = {
	native: 'Cilium serves it by eBPF, so portmap is not needed',
	portmap: 'portmap serves it, so kube-proxy replacement is not needed',
	runtime: 'the container runtime maps it itself, so neither portmap nor kube-proxy replacement is needed',
} as const;

/** Nothing is wrong, no sandbox fails and no pod that was connected to stayed silent: said aloud, because neither way shows a listening socket and that is what people look for. */
export const hp22: Cause = {
	code: 'HP22',
	find(view) {
		const {path, judged} = view;
		const hostPorts = view.hostPorts.filter(isExpected);
		if (
			path === 'none' ||
			hostPorts.some(hostPort => hostPort.diagnosis.state !== 'wired' || !['open', undefined].includes(probeAnswer(view, hostPort))) ||
			!judged.every(node => node.path === path && node.proved && node.events.every(({isOfThePast}) => isOfThePast))
		) {
			return [];
		}

		return [
			{
				code: 'HP22',
				severity: 'info',
				nodes: judged.map(({name}) => name),
				hostPorts: hostPorts.map(({name}) => name),
				title: title(hostPorts, path),
				because: [
					...hostPorts.slice(0, 3).map(({name, diagnosis}) => ({source: `${name} on ${diagnosis.node}`, says: diagnosis.by})),
					{
						source: 'sockets of the node',
						says: 'no socket listens on a hostPort in either way: this is normal, the rule or entry is what counts',
					},
					...initPorts(view),
					...passingPorts(view),
				],
				remedy: 'Nothing to do. To see it answer: kubectl hostport verify.',
				repairable: false,
			},
		];
	},
};

/** Ports that nothing maps and nothing should: they are no fault, and no wonder either. */
function initPorts(view: View): Proof[] {
	return view.hostPorts
		.filter(({reason}) => reason === 'init-port')
		.slice(0, 3)
		.map(({name, diagnosis}) => ({source: name, says: diagnosis.by}));
}

/** A hostPort from which the node also takes ports for connections of its own: answers to those may go astray (cilium/cilium#34041). */
function passingPorts(view: View): Proof[] {
	const found = view.hostPorts.filter(hostPort => {
		const [from = Infinity, to = 0] = (view.nodeOf(hostPort)?.observation?.facts['ip_local_port_range'] ?? '').split(' ').map(Number);
		return hostPort.diagnosis.state === 'wired' && hostPort.port.hostPort >= from && hostPort.port.hostPort <= to;
	});
	return found.slice(0, 3).map(hostPort => ({
		source: `port range of ${hostPort.pod.node}`,
		says: `${hostPort.name} lies in ${view.nodeOf(hostPort)?.observation?.facts['ip_local_port_range']?.replace(' ', '–') ?? ''}, from which the node takes ports for its own connections: a clash is possible`,
	}));
}

function title(hostPorts: readonly HostPortView[], path: keyof typeof ways): string {
	const way = ways[path];
	return hostPorts.length === 0 ? `hostPort would work; no pod uses it (${way})` : `${count(hostPorts.length, 'hostPort')} wired: ${way}`;
}
