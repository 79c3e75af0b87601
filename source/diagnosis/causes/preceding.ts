import type {Finding, Proof} from '../diagnosis.ts';
import {finding, type Found, nodesOf} from '../finding.ts';
import {isLeaving, type HostPortView} from '../host-port-view.ts';
import {commonChainOf} from '../port-mappings.ts';
import type {View} from '../view.ts';
import {nodesInTitle} from '../wording.ts';
import {count} from '../../words.ts';

/** HP07 by a rule of iptables that is not the mapping's own maker's: in PREROUTING, or in a chain that a rule there leads to. */
export const preceding = (view: View): Found[] => [...whole(view), ...beside(view), ...undecided(view), ...part(view)];

function whole(view: View): Found[] {
	const found = view.hostPorts.filter(({reason}) => reason === 'preceded');
	const isOfRuntime = ({preceding: rule}: HostPortView): boolean => /^KUBE-(?:HOSTPORTS$|HP-)/.test(rule?.chain ?? '');
	return [
		...caught(
			view,
			found.filter(hostPort => !isOfRuntime(hostPort)),
			{
				by: "a rule that is not portmap's",
				proof,
				remedy: foreignRule,
			},
		),
		...caught(view, found.filter(isOfRuntime), {
			by: 'a mapping of a container runtime (KUBE-HOSTPORTS)',
			proof,
			remedy: where =>
				`Do not touch the KUBE-HOSTPORTS chains: they hold mappings of running pods. Drain ${where} and restart the node: rules of an earlier runtime then disappear.`,
		}),
	];
}

/**
 * The same in the table of another build: of two tables at one priority the one that was made later is asked first
 * (nf_hook_entries_grow of the kernel), which no listing tells.
 */
const beside = (view: View): Found[] =>
	told(
		view,
		view.hostPorts.filter(({reason, preceding: rule}) => reason === 'two-builds' && rule !== undefined),
		{
			severity: 'warning',
			title: (hostPorts, where) => `a rule of another iptables build may catch the traffic of ${hostPorts} on ${where}`,
			proof: ({name, preceding: rule, pod, diagnosis: {node}}) => ({
				source: `nat table on ${node}`,
				says: `${rule?.line ?? ''}; it ${rule?.does ?? ''}, and ${name} is at ${pod.podIPs.join(', ')}; both tables have one priority, and the one that was created later is asked first`,
			}),
			remedy: where =>
				`Check from another machine which of the two answers on the port. ${foreignRule(where)} Make both use one iptables build (update-alternatives --set iptables).`,
		},
	);

/** The same by a rule that asks for what no rule tells. */
const undecided = (view: View): Found[] =>
	told(
		view,
		view.hostPorts.filter(({reason}) => reason === 'perhaps-preceded'),
		{
			severity: 'warning',
			title: (hostPorts, where) => `a rule that is not portmap's may catch the traffic of ${hostPorts} on ${where}`,
			proof,
			remedy: (where, hostPorts) => `${lookAt(hostPorts)} ${foreignRule(where)}`,
		},
	);

/** The same of some senders alone, or of a part of the packets. */
const part = (view: View): Found[] =>
	told(
		view,
		view.hostPorts.filter(
			hostPort => hostPort.reason === 'wired' && hostPort.mapping !== undefined && hostPort.preceding !== undefined && !isLeaving(hostPort),
		),
		{
			severity: 'warning',
			title: (hostPorts, where) => `a rule that is not portmap's catches a part of the traffic of ${hostPorts} on ${where}`,
			proof,
			remedy: where => `If those clients should reach the pod: ${lowerFirst(foreignRule(where))}`,
		},
	);

function lookAt(hostPorts: readonly HostPortView[]): string {
	const sets = [...new Set(hostPorts.flatMap(({preceding: rule}) => /--match-set (\S+)/.exec(rule?.line ?? '')?.[1] ?? []))];
	return sets.length === 0
		? 'Find out whether the rule matches packets to these ports.'
		: `Check whether ${sets.map(name => `ipset list ${name}`).join(' and ')} on the node has these ports or addresses.`;
}

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

function proof({name, preceding: rule, pod, diagnosis, mapping}: HostPortView): Proof {
	return {
		source: `nat table on ${diagnosis.node}`,
		says: `${rule?.line ?? ''}; ${whereOf(rule, mapping)} and ${rule?.does ?? ''}; ${name} is at ${pod.podIPs.join(', ')}`,
	};
}

function whereOf(rule: HostPortView['preceding'], mapping: HostPortView['mapping']): string {
	if (rule?.isAmongOwn === true) return 'it stands before its own rule there';
	const chain = rule?.chain ?? '';
	return `${chain === 'PREROUTING' ? 'it' : `PREROUTING jumps to ${chain}, which`} stands before the jump to ${commonChainOf(mapping?.by ?? 'portmap')}`;
}

type Told = {
	readonly severity: Finding['severity'];
	readonly title: (hostPorts: string, where: string) => string;
	readonly proof: (hostPort: HostPortView) => Proof;
	/** @param where the nodes, as a title names them */
	readonly remedy: (where: string, hostPorts: readonly HostPortView[]) => string;
};

function told(view: View, hostPorts: readonly HostPortView[], {severity, title, proof: proofOf, remedy}: Told): Found[] {
	const nodes = nodesOf(view, hostPorts);
	const where = nodesInTitle(nodes);
	return finding({
		severity,
		nodes,
		hostPorts,
		title: title(count(hostPorts.length, 'hostPort'), where),
		because: hostPorts.slice(0, 3).map(proofOf),
		remedy: remedy(where, hostPorts),
	});
}

/** What helps against a rule of somebody who is not known. */
export const foreignRule = (where: string): string =>
	`Find out what creates that rule on ${where} (a proxy, a container engine, a script), then remove it or use another port.`;

/** That something proved has all of the traffic. */
export function caught(
	view: View,
	hostPorts: readonly HostPortView[],
	{by, ...words}: Pick<Told, 'proof' | 'remedy'> & {readonly by: string},
): Found[] {
	return told(view, hostPorts, {
		...words,
		severity: 'error',
		title: (ports, where) => `${by} catches the traffic of ${ports} on ${where}`,
	});
}
