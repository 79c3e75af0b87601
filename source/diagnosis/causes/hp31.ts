import type {Finding} from '../diagnosis.ts';
import {probeAnswer, unanswered} from '../probe-answers.ts';
import {reversePathDrop} from '../reverse-path.ts';
import type {View} from '../view.ts';
import {count, nodesInTitle} from '../wording.ts';
import type {Cause} from './cause.ts';

/** A reverse-path filter drops what a pod answers: the rule is seen, and the pod's own node got no answer. */
export const hp31: Cause = {
	code: 'HP31',
	find(view: View): Finding[] {
		const lost = unanswered(view).flatMap(hostPort => {
			const proof = reversePathDrop(view.nodeOf(hostPort));
			return proof === undefined ? [] : [{hostPort, proof}];
		});
		const names = new Set(lost.map(({hostPort}) => hostPort.pod.node));
		const nodes = view.judged.filter(({name}) => names.has(name));
		return lost.length === 0
			? []
			: [
					{
						code: 'HP31',
						severity: 'error',
						nodes: nodes.map(({name}) => name),
						hostPorts: lost.map(({hostPort}) => hostPort.name),
						title: `a reverse-path filter on ${nodesInTitle(nodes)} drops the traffic of ${count(lost.length, 'mapped hostPort')}`,
						because: lost.slice(0, 3).flatMap(({hostPort, proof}) => [
							{
								source: `connection from ${hostPort.pod.node} to ${hostPort.pod.podIPs[0] ?? ''}:${hostPort.port.containerPort}`,
								says: `${probeAnswer(view, hostPort) === 'silent' ? 'timed out' : 'unreachable'}; the mapping of ${hostPort.name} is right (${hostPort.diagnosis.by})`,
							},
							proof,
						]),
						remedy:
							'Exempt Cilium’s devices from the filter: NixOS networking.firewall.checkReversePath = "loose" (or false); firewalld IPv6_rpfilter=no; else a rule that returns for -i cilium_+ and -i lxc+ before it. Then see that net.ipv4.conf.*.rp_filter is 0 or 2 on these devices.',
						repairable: false,
					},
				];
	},
};
