import {otherFaultStops, portmapStops} from '../failing-starts.ts';
import {finding, notWiredOn} from '../finding.ts';
import {selinuxDenial} from '../selinux.ts';
import {nodesInTitle} from '../wording.ts';
import {defineCause} from './cause.ts';

/** SELinux keeps the runtime from a plugin, or portmap from its rules. */
export const hp34 = defineCause({
	code: 'HP34',
	title: 'SELinux stops the runtime from running a plugin',
	meaning:
		'SELinux is enforcing, and the container runtime is not allowed to run a CNI plugin although its mode permits it, or portmap is not allowed to write its rules. Usually the files have a label that the policy does not let it run, or the policy package of the distribution is not installed.',
	proof: [
		'`/sys/fs/selinux/enforce` is 1',
		'an event with “permission denied” on `fork/exec` of a plugin that is executable by its mode, or of portmap itself',
		'or the agent’s pod does not start, and its last words are “Permission denied”: its init containers write plugins and a mount helper into folders of the node',
	],
	toldApart: [
		'HP02: there the file is missing, not executable, or for another architecture; or SELinux is not enforcing',
		'HP30: there portmap fails for another reason',
		'a mount with `noexec`: the same words, and SELinux is not enforcing',
	],
	cure: [
		'`ausearch -m AVC -ts recent` names the denial; `restorecon -Rv` restores labels; the packages container-selinux, k3s-selinux and rke2-selinux bring the policy.',
	],
	falseLeads: ['`ls -l` shows a file that everyone may run.'],
	sources: ['rancher/rke2-selinux#65', 'k3s-io/k3s-selinux'],
	find(view) {
		const denied = view.judged.flatMap(node => {
			const denial = selinuxDenial(node);
			return denial === undefined ? [] : [{node, denial}];
		});
		return [...Map.groupBy(denied, ({denial}) => denial.what)].flatMap(([what, group]) => {
			const nodes = group.map(({node}) => node);
			return finding({
				severity: 'error',
				nodes,
				hostPorts: notWiredOn(view, nodes),
				title: `SELinux stops pods on ${nodesInTitle(nodes)}: ${what}`,
				because: group.slice(0, 3).flatMap(({denial}) => denial.proofs),
				remedy:
					'Find the denial on the node: ausearch -m AVC -ts recent. Restore the labels (restorecon -Rv on the folder of CNI binaries), and install the policy of the distribution: container-selinux, for K3s and RKE2 k3s-selinux or rke2-selinux of its version.',
				verdict: node => portmapStops(node) ?? otherFaultStops(node),
			});
		});
	},
});
