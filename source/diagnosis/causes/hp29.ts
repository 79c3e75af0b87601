import {client, type Finding, type Proof} from '../diagnosis.ts';
import {finding, type Found} from '../finding.ts';
import type {HostPortView} from '../host-port-view.ts';
import {probeAnswer} from '../probe-answers.ts';
import {connectionProofs, placeOf, type Unanswering} from '../unanswering.ts';
import type {View} from '../view.ts';
import {some} from '../wording.ts';
import {count} from '../../words.ts';
import {defineCause} from './cause.ts';
import {policiesOn} from './hp11.ts';

/**
 * Mapped hostPorts that do not answer, where no other finding says why: what was looked at stands in it. Where another place got an
 * answer, this machine alone was refused, or whether the application listens was not seen, it is a warning.
 */
export const hp29 = defineCause({
	code: 'HP29',
	title: 'Mapped, does not answer, cause not found',
	meaning:
		'The rule or the entry is right and the pod is ready, and a connection from another node fails all the same. No cause was found; the finding says what was looked at and what was not.',
	proof: [
		'the next node connected over TCP to the hostPort at each address that it promises: timed out, unreachable or refused',
		'an error where nobody got an answer; a warning where somebody did, where this machine alone was refused, or where the application itself may refuse',
		'a warning that proves nothing yet where an agent on the way has run for less than half a minute: `check` waits and asks again once',
	],
	toldApart: [
		'HP21: there the pod does not answer its own node either',
		'HP13, HP12, HP15, HP20: there a rule, a setting, a Service or a condition was seen that explains it; the failed connection then stands in that finding',
		'HP11: there a policy keeps other nodes from the pod',
		'Silence to this machine alone is no fault of the node: it may stand outside of the cluster’s network',
	],
	cure: [
		'`kubectl hostport verify` asks from every place: from where it answers says where to look.',
		'Between the nodes: security groups and firewalls. On the node of the pod: `nft list ruleset`, NOTRACK rules in `raw`, eBPF programs of other tools.',
	],
	falseLeads: ['A mapping that is right says that portmap or Cilium did its part, not that packets arrive.'],
	sources: ['runs on Cilium 1.20.2'],
	explains: () => false,
	proved: ({severity}) => severity,
	conclude(view, {unexplained}) {
		const {
			early = [],
			proved = [],
			open = [],
		} = Object.groupBy(unexplained, each => (each.settlesIn > 0 ? 'early' : isProved(view, each) ? 'proved' : 'open'));
		return [
			...telling(view, proved, 'error', 'cause not found'),
			...telling(view, open, 'warning', 'cause not found, and it may lie elsewhere'),
			...telling(
				view,
				early,
				'warning',
				'an agent there has only just started',
				'Ask again in half a minute: until then a connection may still fail.',
			),
		];
	},
});

function isProved(view: View, {hostPort, failed, answersSomewhere}: Unanswering): boolean {
	const byNodes = failed.filter(({from}) => from !== client);
	const mayBeApplication = byNodes.every(({error}) => error === 'refused') && probeAnswer(view, hostPort) !== 'open';
	return byNodes.length > 0 && !answersSomewhere && !mayBeApplication;
}

function telling(view: View, all: readonly Unanswering[], severity: Finding['severity'], cause: string, remedy = searchOn): Found[] {
	const places = [...new Set(all.flatMap(({failed}) => failed.map(placeOf)))];
	return finding({
		severity,
		hostPorts: all.map(({hostPort}) => hostPort),
		title: `${count(all.length, 'mapped hostPort')} ${all.length === 1 ? 'does' : 'do'} not answer from ${some(places)}: ${cause}`,
		because: all.slice(0, 3).flatMap(each => [...connectionProofs(each), ...lookedAt(view, each.hostPort)]),
		remedy,
	});
}

const searchOn =
	'Run kubectl hostport verify: it asks from every place. Then look between the two nodes: security groups and firewalls; native nftables rules (nft list ruleset), NOTRACK rules and eBPF programs of other tools on the node of the pod.';

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
