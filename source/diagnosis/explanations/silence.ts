import type {Explanation} from './explanation.ts';

export const unexplainedSilence: Explanation = {
	code: 'HP29',
	title: 'Mapped, does not answer, cause not found',
	meaning:
		'The rule or the entry is right and the pod is ready, and a connection from another node fails all the same. No cause was found; the finding says what was looked at and what was not.',
	proof: [
		'the next node connected over TCP to the hostPort at each address that it promises: timed out, unreachable or refused',
		'an error where nobody got an answer; a warning where somebody did, where this machine alone was refused, or where the application itself may refuse',
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
};
