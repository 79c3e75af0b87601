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
		'Where Cilium serves hostPorts by eBPF, a hostPort of SCTP has no entry without `enable-sctp`, and with it no port is rewritten: one with another containerPort is dead. Cilium’s documentation counts kube-proxy replacement among what SCTP is not supported with.',
	proof: [
		'`cilium status`: HostPort Enabled; the port’s protocol is SCTP',
		'`cilium service list` has no entry for it, or hostPort and containerPort differ: an error',
		'an entry, and one number for both: a warning, for whether it answers was not tried',
	],
	toldApart: ['HP10: there the protocol is TCP or UDP', 'HP26: there TCP and UDP share one number'],
	cure: [
		'One number for hostPort and containerPort, and `sctp.enabled: true` in Helm; or the host network.',
		'portmap makes rules for SCTP as for TCP.',
	],
	falseLeads: ['A restart of the agent makes no entry.'],
	sources: ['Cilium documentation, SCTP support (beta)', 'cilium/cilium#20490', 'cilium/cilium#32412'],
	find(view) {
		const hostPorts = view.hostPorts.filter(({port}) => port.protocol.toUpperCase() === 'SCTP').filter(each => !isLeaving(each));
		const dead = hostPorts.filter(({reason}) => reason === 'sctp');
		const served = hostPorts.filter(({diagnosis, mapping}) => diagnosis.state === 'wired' && mapping === undefined);
		return [
			...ofSctp(view, dead, {severity: 'error', title: `Cilium does not serve ${count(dead.length, 'hostPort')} of SCTP`}),
			...ofSctp(view, served, {
				severity: 'warning',
				title: `${count(served.length, 'hostPort')} of SCTP may not answer: eBPF serves SCTP as far as no port is rewritten`,
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
				says: 'no port of SCTP is rewritten, and kube-proxy replacement is not supported for it',
			},
		],
		remedy: `Use a hostPort that is the containerPort’s own number, with sctp.enabled in Helm, and try it from another node; else put the pod on the host network of ${some(nodeNamesOf(hostPorts))}. portmap serves SCTP.`,
	});
}

function setting(view: View): Proof {
	const value = view.evidence.cilium?.configMap?.data['enable-sctp'];
	return {source: configMapName(view), says: value === undefined ? 'enable-sctp is absent, so false' : `enable-sctp: ${value}`};
}
