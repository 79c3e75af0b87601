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
		'The rule or the entry is right and the pod is ready, but a connection from another node fails. No cause was found; the finding says what was checked and what was not.',
	proof: [
		'the next node connected over TCP to the hostPort at each address that should answer: timed out, unreachable or refused',
		'an error if no client got an answer; a warning if one did, if only this machine was refused, or if the application itself may refuse',
		'a warning that proves nothing yet if an agent involved has run for less than half a minute: `check` waits and tries once more',
	],
	toldApart: [
		'HP21: there the pod does not answer its own node either',
		'HP13, HP12, HP15, HP20: there a rule, a setting, a Service or a condition explains it; the failed connection is then part of that finding',
		'HP11: there a policy keeps other nodes from the pod',
		'No answer to this machine alone is not a fault of the node: this machine may be outside the cluster’s network',
	],
	cure: [
		'`kubectl hostport verify` connects from every place: where it answers shows where to look.',
		'Check security groups and firewalls between the nodes and, on the node of the pod, `nft list ruleset`, NOTRACK rules in `raw`, eBPF programs of other tools.',
	],
	falseLeads: ['A right mapping means that portmap or Cilium did its part, not that packets arrive.'],
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
			...telling(view, open, 'warning', 'cause not found, maybe elsewhere'),
			...telling(
				view,
				early,
				'warning',
				'an agent there has only just started',
				'Run check again in half a minute: until then a connection may still fail.',
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
	'Run kubectl hostport verify, which connects from every place. Then check security groups and firewalls between the two nodes, and on the node of the pod native nftables rules (nft list ruleset), NOTRACK rules and eBPF programs of other tools.';

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
			source: `checked on ${pod.node}`,
			says: [
				builds.length === 0 ? 'iptables rules: not read' : `iptables rules (${builds.join(', ')}): none that was read explains it`,
				observation?.nftables?.filter
					? 'native nftables tables: no rule that was read explains it'
					: 'native nftables tables: not read; --via pod and --via ssh read them',
				`network policies: ${policies.length === 0 ? 'none selects the pod' : `${some(policies)} allow some sources, perhaps not on this port`}`,
			].join('; '),
		},
		...(heard.length === 0 ? [] : [{source: `connections to ${hostPort.name}`, says: `answered ${some([...new Set(heard)])}`}]),
	];
}
