import {client, type Finding, type HostPortAnswer, type Proof} from '../diagnosis.ts';
import type {HostPortView} from '../host-port-view.ts';
import {probeAnswer} from '../probe-answers.ts';
import type {Unanswering} from '../unanswering.ts';
import type {View} from '../view.ts';
import {count, some} from '../wording.ts';
import {policiesOn} from './hp11.ts';

const code = 'HP29';

/**
 * Mapped hostPorts that do not answer, where no other finding says why: what was looked at stands in it. Where another place got an
 * answer, this machine alone was refused, or whether the application listens was not seen, it is a warning.
 */
export function hp29(view: View, unexplained: readonly Unanswering[]): Finding[] {
	const dead = unexplained.filter(each => isProved(view, each));
	return [
		...finding(view, dead, {
			severity: 'error',
			title: (what, from) => `${what} not answer from ${from}: cause not found`,
		}),
		...finding(
			view,
			unexplained.filter(each => !dead.includes(each)),
			{severity: 'warning', title: (what, from) => `${what} not answer from ${from}: cause not found, and it may lie elsewhere`},
		),
	];
}

function isProved(view: View, {hostPort, failed, answersSomewhere}: Unanswering): boolean {
	const byNodes = failed.filter(({from}) => from !== client);
	const mayBeApplication = byNodes.every(({error}) => error === 'refused') && probeAnswer(view, hostPort) !== 'open';
	return byNodes.length > 0 && !answersSomewhere && !mayBeApplication;
}

function finding(
	view: View,
	all: readonly Unanswering[],
	{severity, title}: {readonly severity: Finding['severity']; readonly title: (what: string, from: string) => string},
): Finding[] {
	const places = [...new Set(all.flatMap(({failed}) => failed.map(placeOf)))];
	return all.length === 0
		? []
		: [
				{
					code,
					severity,
					nodes: [...new Set(all.map(({hostPort}) => hostPort.pod.node))].sort(),
					hostPorts: all.map(({hostPort}) => hostPort.name),
					title: title(`${count(all.length, 'mapped hostPort')} ${all.length === 1 ? 'does' : 'do'}`, some(places)),
					because: all.slice(0, 3).flatMap(each => [...connectionProofs(each), ...lookedAt(view, each.hostPort)]),
					remedy:
						'Run kubectl hostport verify: it asks from every place. Then look between the two nodes: security groups and firewalls; native nftables rules (nft list ruleset), NOTRACK rules and eBPF programs of other tools on the node of the pod.',
					repairable: false,
				},
			];
}

/** Each connection that failed, and what is right about its hostPort; two at most. */
export function connectionProofs({hostPort, failed}: Unanswering): Proof[] {
	const {name, diagnosis, port} = hostPort;
	return failed.slice(0, 2).map(answer => ({
		source: `connection from ${placeOf(answer)} to ${answer.address.includes(':') ? `[${answer.address}]` : answer.address}:${port.hostPort}`,
		says: `${answer.error}; ${name} is mapped (${diagnosis.by})`,
	}));
}

export const placeOf = ({from}: Pick<HostPortAnswer, 'from'>): string => (from === client ? 'this machine' : from);

const ownAnswers = {
	open: 'answers its own node',
	refused: 'refuses its own node',
	silent: 'does not answer its own node',
	unreachable: 'does not answer its own node',
} as const;

/** What was looked at for a cause, and what was not. */
function lookedAt(view: View, hostPort: HostPortView): Proof[] {
	const {pod, port} = hostPort;
	const observation = view.nodeOf(hostPort)?.observation;
	const policies = policiesOn(view, hostPort);
	const own = probeAnswer(view, hostPort);
	const builds = (['nft', 'legacy'] as const).filter(build => observation?.nat[build]?.available === true);
	const heard = view
		.answersOf(hostPort)
		.filter(({ok}) => ok)
		.map(placeOf);
	return [
		{
			source: `pod of ${hostPort.name}`,
			says:
				own === undefined
					? 'whether it answers its own node was not tried'
					: `${ownAnswers[own]} at ${pod.podIPs[0] ?? ''}:${port.containerPort}`,
		},
		{
			source: `looked at on ${pod.node}`,
			says: [
				builds.length === 0 ? 'iptables rules: not read' : `iptables rules (${builds.join(', ')}): none that was read explains it`,
				observation?.nftables?.filter
					? 'native nftables tables: no rule that was read explains it'
					: 'native nftables tables: not read; --via pod and --via ssh read them',
				`network policies: ${policies.length === 0 ? 'none selects the pod' : `${some(policies)} let in some, and may not on this port`}`,
			].join('; '),
		},
		...(heard.length === 0 ? [] : [{source: `connections to ${hostPort.name}`, says: `answered ${some([...new Set(heard)])}`}]),
	];
}
