import type {Finding} from '../diagnosis.ts';
import {closedForwarding, droppingRule} from '../dropping-rules.ts';
import type {View} from '../view.ts';
import {alike, count, nodesInTitle} from '../wording.ts';
import type {Cause} from './cause.ts';

/**
 * A firewall in front: the node's own where a rule of it is seen. One outside the node, such as a security group, only a
 * connection from outside tells (`verify`).
 */
export const hp13: Cause = {code: 'HP13', find: view => [...ownRules(view), ...closedNodes(view), ...activeServices(view)]};

function ownRules(view: View): Finding[] {
	const dropped = view.hostPorts.flatMap(hostPort => {
		const node = view.nodeOf(hostPort);
		const rule = node !== undefined && hostPort.diagnosis.state === 'wired' ? droppingRule(hostPort, node) : undefined;
		return rule === undefined ? [] : [{hostPort, rule}];
	});
	return dropped.length === 0
		? []
		: [
				{
					code: 'HP13',
					severity: 'warning',
					nodes: [...new Set(dropped.map(({hostPort}) => hostPort.pod.node))].sort(),
					hostPorts: dropped.map(({hostPort}) => hostPort.name),
					title: `a rule of the node's own firewall drops what comes to ${count(dropped.length, 'hostPort')}`,
					because: dropped.slice(0, 3).map(({hostPort, rule}) => ({
						source: `table ${rule.table} (${rule.build}) on ${hostPort.pod.node}`,
						says: `${rule.line}; ${hostPort.name} itself is right (${hostPort.diagnosis.by})`,
					})),
					remedy: 'Let that port through where the rule is made. kubectl hostport verify shows from where it answers.',
					repairable: false,
				},
			];
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
