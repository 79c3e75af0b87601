import {finding, type Found} from '../finding.ts';
import {answersFromAfar, unanswered, unansweredProof} from '../probe-answers.ts';
import {reversePathDrop, strictKernelFilter} from '../reverse-path.ts';
import type {View} from '../view.ts';
import {nodesInTitle} from '../wording.ts';
import {count} from '../../words.ts';
import {defineCause} from './cause.ts';

/** A reverse-path filter drops what a pod answers: the rule is seen, and the pod's own node got no answer. */
export const hp31 = defineCause({
	code: 'HP31',
	title: 'A reverse-path filter drops the traffic',
	meaning:
		'The kernel or a firewall drops packets if the route back does not use the device that they came from. Traffic of Cilium’s own devices fails that test by design, so pods do not even answer their own node.',
	proof: [
		'a rule with `-m rpfilter … -j DROP`, or in a chain of that name, or nftables’ `fib saddr . iif oif missing drop`, on the node and of the address family of that connection',
		'or, only likely, `net.ipv4.conf.all.rp_filter` is 1 there',
		'the pod did not answer a connection from its own node, though the hostPort is mapped',
	],
	toldApart: ['HP13: there a rule names the port or the pod', 'HP21: there no such rule was seen, or the pod itself refuses'],
	cure: ['Exempt `cilium_+` and `lxc+` from the filter, or make it loose; on NixOS `networking.firewall.checkReversePath = "loose"`.'],
	falseLeads: ['The rule alone is not a fault: if pods answer their node, it allows Cilium’s traffic.'],
	sources: ['cilium/cilium#31565', 'cilium/cilium#10645'],
	find: view => [...filtered(view, 'error'), ...filtered(view, 'warning')],
});

/** `warning`: the kernel is told to filter and no rule was seen to, or another machine got an answer all the same. */
function filtered(view: View, severity: 'error' | 'warning'): Found[] {
	const lost = unanswered(view).flatMap(hostPort => {
		const rule = reversePathDrop(view, hostPort);
		const proof = rule ?? strictKernelFilter(view, hostPort);
		const isProved = rule !== undefined && !answersFromAfar(view, hostPort);
		return proof === undefined || isProved !== (severity === 'error') ? [] : [{hostPort, proof, isOfKernel: rule === undefined}];
	});
	const names = new Set(lost.map(({hostPort}) => hostPort.pod.node));
	const nodes = view.judged.filter(({name}) => names.has(name));
	return finding({
		severity,
		nodes,
		hostPorts: lost.map(({hostPort}) => hostPort),
		title: `a reverse-path filter on ${nodesInTitle(nodes)} ${severity === 'error' ? 'drops' : 'probably drops'} the traffic of ${count(lost.length, 'mapped hostPort')}`,
		because: lost.slice(0, 3).flatMap(({hostPort, proof}) => [unansweredProof(view, hostPort), proof]),
		remedy: lost.every(({isOfKernel}) => isOfKernel)
			? 'Set net.ipv4.conf.all.rp_filter to 0 or 2 (sysctl -w), and in the file of /etc/sysctl.d that sets it to 1; then see whether the pod answers.'
			: 'Exempt Cilium’s devices from the filter: NixOS networking.firewall.checkReversePath = "loose" (or false); firewalld IPv6_rpfilter=no; otherwise a rule that returns for -i cilium_+ and -i lxc+ before it. Then make sure that net.ipv4.conf.*.rp_filter is 0 or 2 on these devices.',
	});
}
