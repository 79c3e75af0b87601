import type {Finding, Proof} from '../diagnosis.ts';
import {finding, type Found, nodeNamesOf} from '../finding.ts';
import {isLeaving, type HostPortView} from '../host-port-view.ts';
import {configMapName} from '../proofs.ts';
import type {View} from '../view.ts';
import {some} from '../wording.ts';
import {count} from '../../words.ts';
import {defineCause} from './cause.ts';

/** A hostPort of SCTP where eBPF serves hostPorts: Cilium’s documentation counts it among what is not supported. */
export const hp37 = defineCause({
	code: 'HP37',
	title: 'eBPF does not serve SCTP',
	meaning:
		'If Cilium serves hostPorts by eBPF, an SCTP hostPort has no entry without `enable-sctp`, and with it no port is rewritten: one with another containerPort is dead. According to Cilium’s documentation SCTP is not supported with kube-proxy replacement.',
	proof: [
		'`cilium status`: HostPort Enabled; the port’s protocol is SCTP',
		'`cilium service list` has no entry for it, or hostPort and containerPort differ: an error',
		'an entry, and one number for both: a warning, because it was not tried',
	],
	toldApart: ['HP10: there the protocol is TCP or UDP', 'HP26: there TCP and UDP share one number'],
	cure: [
		'Use one number for hostPort and containerPort, and `sctp.enabled: true` in Helm; or the host network.',
		'portmap creates rules for SCTP as for TCP.',
	],
	falseLeads: ['A restart of the agent creates no entry.'],
	sources: ['Cilium documentation, SCTP support (beta)', 'cilium/cilium#20490', 'cilium/cilium#32412'],
	find(view) {
		const hostPorts = view.hostPorts.filter(({port}) => port.protocol.toUpperCase() === 'SCTP').filter(each => !isLeaving(each));
		const dead = hostPorts.filter(({reason}) => reason === 'sctp');
		const served = hostPorts.filter(({diagnosis, mapping}) => diagnosis.state === 'wired' && mapping === undefined);
		return [
			...ofSctp(view, dead, {severity: 'error', title: `Cilium does not serve ${count(dead.length, 'SCTP hostPort')}`}),
			...ofSctp(view, served, {
				severity: 'warning',
				title: `${count(served.length, 'SCTP hostPort')} may not answer: eBPF rewrites no SCTP port`,
			}),
		];
	},
});

function ofSctp(view: View, hostPorts: readonly HostPortView[], words: Pick<Finding, 'severity' | 'title'>): Found[] {
	return finding({
		...words,
		hostPorts,
		because: [
			...hostPorts.slice(0, 3).map(({name, diagnosis, port}) => ({
				source: `entries of eBPF on ${diagnosis.node}`,
				says: `${name} → containerPort ${port.containerPort}: ${diagnosis.by}`,
			})),
			setting(view),
			{
				source: 'Cilium documentation, SCTP support (beta)',
				says: 'no SCTP port is rewritten, and kube-proxy replacement does not support SCTP',
			},
		],
		remedy: `Use the same number for hostPort and containerPort, with sctp.enabled in Helm, and try it from another node; otherwise put the pod on the host network of ${some(nodeNamesOf(hostPorts))}. portmap serves SCTP.`,
	});
}

function setting(view: View): Proof {
	const value = view.evidence.cilium?.configMap?.data['enable-sctp'];
	return {source: configMapName(view), says: value === undefined ? 'enable-sctp is absent, so false' : `enable-sctp: ${value}`};
}
