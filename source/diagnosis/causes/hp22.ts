import {client, type Proof} from '../diagnosis.ts';
import {finding} from '../finding.ts';
import {isExpected, type HostPortView} from '../host-port-view.ts';
import {probeAnswer} from '../probe-answers.ts';
import {unanswering} from '../unanswering.ts';
import type {View} from '../view.ts';
import {count} from '../../words.ts';
import {defineCause} from './cause.ts';
import {unreadNativeTables} from './hp28.ts';

const ways = {
	native: 'Cilium serves them by eBPF, portmap is not needed',
	portmap: 'portmap serves them, kube-proxy replacement is not needed',
	runtime: 'the container runtime maps them itself, neither portmap nor kube-proxy replacement is needed',
} as const;

/**
 * Nothing is wrong: every hostPort is mapped wherever its node offers it, no connection that was tried failed, no sandbox fails and
 * nothing is unknown. Said aloud, because neither way shows a listening socket and that is what people look for.
 */
export const hp22 = defineCause({
	code: 'HP22',
	title: 'Nothing is wrong',
	meaning:
		'Every hostPort has its rule or entry on every address that its node offers, every connection that was tried was answered, and nothing is unknown. The title counts what could not be tried (UDP, `--no-connect`, a node without bash and netcat). There is no socket that listens on the port, neither by eBPF nor by portmap: that is normal.',
	proof: [
		'every hostPort has a service entry or a rule that leads to its pod, portmap’s or CRI-O’s own',
		'nftables’ own tables drop none of it, where they were read (HP28); where not, it says so',
		'over TCP the next node connected to it, and so did this machine where it reaches the nodes',
	],
	toldApart: ['HP29: mapped as well, and a connection failed'],
	cure: ['Nothing to do.'],
	falseLeads: ['`netstat` and `ss` show nothing. The client’s address in the application’s log may be a node’s: that is source NAT.'],
	sources: ['aws/amazon-vpc-cni-k8s#3079', 'projectcalico/kube-controllers#606', 'cilium/cilium#5609'],
	allIsWell: true,
	explains: () => false,
	conclude(view, {verdictOf}) {
		const {path, judged} = view;
		const hostPorts = view.hostPorts.filter(isExpected);
		if (
			path === 'none' ||
			view.evidence.gaps.length > 0 ||
			hostPorts.some(hostPort => hostPort.diagnosis.state !== 'wired' || !['open', undefined].includes(probeAnswer(view, hostPort))) ||
			unanswering(view).length > 0 ||
			!judged.every(node => node.path === path && node.proved && node.events.every(({isOfThePast}) => isOfThePast)) ||
			!judged.every(node => verdictOf(node).verdict === 'ok')
		) {
			return [];
		}

		return finding({
			severity: 'info',
			nodes: judged,
			hostPorts,
			title: title(view, hostPorts),
			because: [
				...hostPorts.slice(0, 3).map(({name, diagnosis}) => ({source: `${name} on ${diagnosis.node}`, says: diagnosis.by})),
				{
					source: 'sockets of the node',
					says: 'no socket listens on a hostPort in either way: this is normal, the rule or entry is what counts',
				},
				...connections(view, hostPorts),
				...unreadNativeTables(view),
				...initPorts(view),
				...passingPorts(view),
			],
			remedy: 'Nothing to do. To ask from every place, and over UDP: kubectl hostport verify.',
		});
	},
});

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

function title(view: View, hostPorts: readonly HostPortView[]): string {
	const way = ways[view.path as keyof typeof ways];
	if (hostPorts.length === 0) return `hostPort would work; no pod uses it (${way})`;
	return `${[`${count(hostPorts.length, 'hostPort')} mapped`, ...counted(view, hostPorts)].join(', ')}: ${way}`;
}

/** `7 answered`, `1 UDP not tried`: how many connections stand behind the word, and what could not be tried. */
function counted(view: View, hostPorts: readonly HostPortView[]): string[] {
	const by = Map.groupBy(hostPorts, hostPort => {
		const answers = view.answersOf(hostPort);
		if (answers.some(({ok}) => ok)) return 'answered';
		if (answers.length > 0) return 'not proven';
		return hostPort.port.protocol.toUpperCase() === 'UDP' ? 'UDP not tried' : 'not tried';
	});
	return (['answered', 'not proven', 'UDP not tried', 'not tried'] as const).flatMap(word => {
		const these = by.get(word);
		return these === undefined ? [] : [`${these.length} ${word}`];
	});
}

/** What was connected to, from where; and that this machine reaches no node, which is no fault of theirs. */
function connections(view: View, hostPorts: readonly HostPortView[]): Proof[] {
	const all = hostPorts.flatMap(hostPort => view.answersOf(hostPort));
	const inside = all.filter(({from}) => from !== client);
	const here = all.filter(({from}) => from === client);
	const told = (answers: typeof all): string =>
		`${answers.filter(({ok}) => ok).length} of ${count(answers.length, 'connection')} over TCP answered`;
	const unreached = here.every(({ok, error}) => !ok && error !== 'refused')
		? ': no node is reached from here, which says nothing of them'
		: '';
	return [
		...(inside.length === 0 ? [] : [{source: 'connections from other nodes', says: told(inside)}]),
		...(here.length === 0 ? [] : [{source: 'connections from this machine', says: `${told(here)}${unreached}`}]),
	];
}
