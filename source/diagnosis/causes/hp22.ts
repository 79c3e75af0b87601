import {client, type Proof} from '../diagnosis.ts';
import {finding} from '../finding.ts';
import {isExpected, type HostPortView} from '../host-port-view.ts';
import {probeAnswer} from '../probe-answers.ts';
import {unanswering} from '../unanswering.ts';
import type {View} from '../view.ts';
import {count} from '../../words.ts';
import {defineCause} from './cause.ts';
import {unreadNativeTables} from './hp28.ts';

const served = {
	native: 'served by eBPF',
	portmap: 'served by portmap',
	runtime: 'served by the container runtime',
} as const;

/**
 * Nothing is wrong: every hostPort is mapped wherever its node offers it, no connection that was tried failed, no sandbox fails and
 * nothing is unknown. Said aloud, because neither way shows a listening socket and that is what people look for.
 */
export const hp22 = defineCause({
	code: 'HP22',
	title: 'Nothing is wrong',
	meaning:
		'Every hostPort has its rule or entry on every address that its node offers, every connection that was tried was answered, and nothing is unknown. The title counts what could not be tried (UDP, `--no-connect`, a node without bash and netcat). No socket listens on the port, neither with eBPF nor with portmap: this is normal. portmap and kube-proxy replacement are two strategies, and one is enough.',
	proof: [
		'every hostPort has a service entry or a rule that leads to its pod, portmap’s or CRI-O’s own',
		'nftables’ own tables drop none of it, where they were read (HP28); where not, it says so',
		'over TCP the next node connected to it, and so did this machine where it reaches the nodes',
	],
	toldApart: ['HP29: mapped as well, and a connection failed'],
	cure: ['Nothing to do.'],
	falseLeads: ['`netstat` and `ss` show nothing. The client’s address in the application’s log may be a node’s: this is source NAT.'],
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
					says: 'no socket listens on a hostPort: this is normal, the rule or entry decides',
				},
				...connections(view, hostPorts),
				...unreadNativeTables(view),
				...initPorts(view),
				...passingPorts(view),
			],
			remedy: 'Nothing to do. Run kubectl hostport verify to connect from every place, and over UDP.',
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
		says: `${hostPort.name} lies in ${view.nodeOf(hostPort)?.observation?.facts['ip_local_port_range']?.replace(' ', '–') ?? ''}, the range of ports for the node's own connections: a conflict is possible`,
	}));
}

function title(view: View, hostPorts: readonly HostPortView[]): string {
	const by = served[view.path as keyof typeof served];
	if (hostPorts.length === 0) return `hostPort would work; no pod uses it (${by})`;
	return `${[`${count(hostPorts.length, 'hostPort')} mapped`, ...counted(view, hostPorts)].join(', ')}: ${by}`;
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
		? ': this machine reaches no node, which proves nothing about them'
		: '';
	return [
		...(inside.length === 0 ? [] : [{source: 'connections from other nodes', says: told(inside)}]),
		...(here.length === 0 ? [] : [{source: 'connections from this machine', says: `${told(here)}${unreached}`}]),
	];
}
