import type {Finding, Proof} from '../diagnosis.ts';
import {isLeaving, type HostPortView} from '../host-port-view.ts';
import {configMapName} from '../proofs.ts';
import type {View} from '../view.ts';
import {count, some} from '../wording.ts';
import type {Cause} from './cause.ts';

/** A hostPort of SCTP where eBPF serves hostPorts: Cilium’s documentation counts it among what is not supported. */
export const hp37: Cause = {
	code: 'HP37',
	find(view) {
		const hostPorts = view.hostPorts.filter(({port}) => port.protocol.toUpperCase() === 'SCTP').filter(each => !isLeaving(each));
		const dead = hostPorts.filter(({reason}) => reason === 'sctp');
		const served = hostPorts.filter(({diagnosis, mapping}) => diagnosis.state === 'wired' && mapping === undefined);
		return [
			...finding(view, dead, {severity: 'error', title: `Cilium does not serve ${count(dead.length, 'hostPort')} of SCTP`}),
			...finding(view, served, {
				severity: 'warning',
				title: `${count(served.length, 'hostPort')} of SCTP may not answer: eBPF serves SCTP as far as no port is rewritten`,
			}),
		];
	},
};

function finding(view: View, hostPorts: readonly HostPortView[], words: Pick<Finding, 'severity' | 'title'>): Finding[] {
	const nodes = [...new Set(hostPorts.map(({pod}) => pod.node))].sort();
	return hostPorts.length === 0
		? []
		: [
				{
					code: 'HP37',
					...words,
					nodes,
					hostPorts: hostPorts.map(({name}) => name),
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
					remedy: `Use a hostPort that is the containerPort’s own number, with sctp.enabled in Helm, and try it from another node; else put the pod on the host network of ${some(nodes)}. portmap serves SCTP.`,
					repairable: false,
				},
			];
}

function setting(view: View): Proof {
	const value = view.evidence.cilium?.configMap?.data['enable-sctp'];
	return {source: configMapName(view), says: value === undefined ? 'enable-sctp is absent, so false' : `enable-sctp: ${value}`};
}
