import {answersText, client, type Finding} from '../diagnosis.ts';
import {closedForwarding, droppingRule, type DroppingRule} from '../dropping-rules.ts';
import type {HostPortView} from '../host-port-view.ts';
import type {View} from '../view.ts';
import {alike, count, nodesInTitle} from '../wording.ts';
import type {Cause} from './cause.ts';
import {denies} from './hp11.ts';

/**
 * A firewall in front: the node's own where a rule of it is seen. One outside the node, such as a security group, only a
 * connection from outside tells (`verify`).
 */
export const hp13: Cause = {
	code: 'HP13',
	find: view => [...ownRules(view), ...closedNodes(view), ...closedFromHere(view), ...activeServices(view)],
};

/** Packets that are not tracked are not translated: what comes to the hostPort stays at the node, where nobody listens. */
const untracked = {
	title: (hostPorts: string) => `a NOTRACK rule keeps what comes to ${hostPorts} from being translated`,
	says: ({hostPort, rule}: Stopped) =>
		`${rule.line}; the kernel translates tracked packets alone, so ${hostPort.diagnosis.by} is never met`,
	remedy: 'Take the port out of that rule where it is made.',
};
const dropped = {
	title: (hostPorts: string) => `a rule of the node's own firewall drops what comes to ${hostPorts}`,
	says: ({hostPort, rule}: Stopped) => `${rule.line}; ${hostPort.name} itself is right (${hostPort.diagnosis.by})`,
	remedy: 'Let that port through where the rule is made. kubectl hostport verify shows from where it answers.',
};

type Stopped = {readonly hostPort: HostPortView; readonly rule: DroppingRule};

function ownRules(view: View): Finding[] {
	const stopped = view.hostPorts.flatMap((hostPort): Stopped[] => {
		const node = view.nodeOf(hostPort);
		const rule = node === undefined || closedForwarding(node) !== undefined ? undefined : droppingRule(view, hostPort);
		return rule === undefined ? [] : [{hostPort, rule}];
	});
	return [dropped, untracked].flatMap(words => {
		const found = stopped.filter(({rule}) => rule.leavesUntracked === (words === untracked));
		return found.length === 0
			? []
			: [
					{
						code: 'HP13',
						severity: 'warning' as const,
						nodes: [...new Set(found.map(({hostPort}) => hostPort.pod.node))].sort(),
						hostPorts: found.map(({hostPort}) => hostPort.name),
						title: words.title(count(found.length, 'hostPort')),
						because: found.slice(0, 3).map(each => ({
							source: `table ${each.rule.table} (${each.rule.build}) on ${each.hostPort.pod.node}`,
							says: words.says(each),
						})),
						remedy: words.remedy,
						repairable: false,
					},
				];
	});
}

/** Nodes that pass on no packet at all: their pods answer to the node itself, and to nobody else. */
function closedNodes(view: View): Finding[] {
	const closed = view.judged.flatMap(node => {
		const hostPorts = view.hostPortsOf(node).filter(({diagnosis, mapping}) => diagnosis.state === 'wired' && mapping?.family === 4);
		const rule = closedForwarding(node);
		const proof =
			node.observation?.facts['ip_forward'] === 'off'
				? {source: `sysctl on ${node.name}`, says: 'net.ipv4.ip_forward is 0: the kernel forwards nothing'}
				: rule && {source: `table ${rule.table} (${rule.build}) on ${node.name}`, says: rule.line};
		return proof === undefined || hostPorts.length === 0 ? [] : [{node, hostPorts, proof}];
	});
	const hostPorts = closed.flatMap(each => each.hostPorts);
	return closed.length === 0
		? []
		: [
				{
					code: 'HP13',
					severity: 'warning',
					nodes: closed.map(({node}) => node.name),
					hostPorts: hostPorts.map(({name}) => name),
					title: `${nodesInTitle(closed.map(({node}) => node))} ${closed.length === 1 ? 'forwards' : 'forward'} no packets: ${count(hostPorts.length, 'hostPort')} cannot be reached from outside the node`,
					because: closed
						.slice(0, 3)
						.flatMap(({proof, hostPorts: [first]}) => [
							proof,
							...(first === undefined ? [] : [{source: first.name, says: `the mapping itself is right (${first.diagnosis.by})`}]),
						]),
					remedy:
						'Let the node forward again where that was taken away (sysctl, iptables -P FORWARD ACCEPT, or a rule that accepts what goes to pods).',
					repairable: false,
				},
			];
}

/**
 * What answers another node and not this machine, though it reaches nodes: something stands between. Where the node itself is not
 * reached from here at all, that may be a matter of routes.
 */
function closedFromHere(view: View): Finding[] {
	const reached = new Set<string>();
	const silent = view.hostPorts.filter(hostPort => {
		const answers = view.answersOf(hostPort);
		const here = answers.filter(({from}) => from === client);
		if (here.some(({ok, error}) => ok || error === 'refused')) reached.add(hostPort.pod.node);
		return here.some(
			({ok, error, address}) =>
				!ok && error !== 'refused' && answers.some(other => other.ok && other.from !== client && other.address === address),
		);
	});
	if (reached.size === 0) return [];
	const closed = silent.filter(hostPort => !denies(view, hostPort, 'world'));
	const [near, far] = [closed.filter(({pod}) => reached.has(pod.node)), closed.filter(({pod}) => !reached.has(pod.node))];
	return [...notFromHere(view, near, 'warning'), ...notFromHere(view, far, 'info')];
}

function notFromHere(view: View, hostPorts: readonly HostPortView[], severity: 'warning' | 'info'): Finding[] {
	return hostPorts.length === 0
		? []
		: [
				{
					code: 'HP13',
					severity,
					nodes: [...new Set(hostPorts.map(({pod}) => pod.node))].sort(),
					hostPorts: hostPorts.map(({name}) => name),
					title: `${count(hostPorts.length, 'hostPort')} ${hostPorts.length === 1 ? 'answers' : 'answer'} other nodes and not this machine: a firewall may stand between`,
					because: hostPorts.slice(0, 3).map(hostPort => ({
						source: `connections to ${hostPort.name}`,
						says: answersText(view.answersOf(hostPort)),
					})),
					remedy: 'Nothing to do if that is meant. Else allow the port in security groups and firewalls between this machine and the node.',
					repairable: false,
				},
			];
}

/** A firewall that is active may or may not let hostPorts through: possible only. */
function activeServices(view: View): Finding[] {
	const nodes = view.judged.filter(
		node => firewallsOf(node).length > 0 && view.hostPortsOf(node).some(({diagnosis}) => diagnosis.state === 'wired'),
	);
	return nodes.length === 0
		? []
		: [
				{
					code: 'HP13',
					severity: 'info',
					nodes: nodes.map(({name}) => name),
					hostPorts: [],
					title: `a firewall is active on ${nodesInTitle(nodes)}: possible where a hostPort answers inside the cluster and not from outside`,
					because: alike(nodes, node => ({source: 'services and tables', says: firewallsOf(node).join(', ')})),
					remedy: 'Nothing to do where it answers: kubectl hostport verify. Else open the port there.',
					repairable: false,
				},
			];
}

function firewallsOf({observation}: View['judged'][number]): string[] {
	const services = ['firewalld', 'ufw'].flatMap(name => {
		const said = observation?.facts[name];
		return said === undefined ? [] : `${name} is ${said}`;
	});
	return [...services, ...(observation?.nftables?.tables ?? []).filter(name => /\bfirewalld\b/.test(name)).map(name => `table ${name}`)];
}
