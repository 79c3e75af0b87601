import type {Finding} from '../diagnosis.ts';
import {selinuxDenial} from '../selinux.ts';
import type {View} from '../view.ts';
import {nodesInTitle} from '../wording.ts';
import type {Cause} from './cause.ts';

/** SELinux keeps the runtime from a plugin, or portmap from its rules. */
export const hp34: Cause = {code: 'HP34', find};

function find(view: View): Finding[] {
	const denied = view.judged.flatMap(node => {
		const denial = selinuxDenial(node);
		return denial === undefined ? [] : [{node, denial}];
	});
	return [...Map.groupBy(denied, ({denial}) => denial.what)].map(([what, group]) => ({
		code: 'HP34',
		severity: 'error',
		nodes: group.map(({node}) => node.name),
		hostPorts: group
			.flatMap(({node}) => view.hostPortsOf(node))
			.filter(({diagnosis}) => diagnosis.state !== 'wired')
			.map(({name}) => name),
		title: `SELinux stops pods on ${nodesInTitle(group.map(({node}) => node))}: ${what}`,
		because: group.slice(0, 3).flatMap(({denial}) => denial.proofs),
		remedy:
			'See the denial on the node: ausearch -m AVC -ts recent. Restore the labels (restorecon -Rv on the folder of CNI binaries), and install the policy of the distribution: container-selinux, for K3s and RKE2 k3s-selinux or rke2-selinux of its version.',
		repairable: false,
	}));
}
