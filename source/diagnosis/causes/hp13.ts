import type {Finding} from '../diagnosis.ts';
import {droppingRule} from '../dropping-rules.ts';
import type {View} from '../view.ts';
import {alike, count, nodesInTitle} from '../wording.ts';
import type {Cause} from './cause.ts';

/**
 * A firewall in front: the node's own where a rule of it is seen. One outside the node, such as a security group, only a
 * connection from outside tells (`verify`).
 */
export const hp13: Cause = {code: 'HP13', find: view => [...ownRules(view), ...activeServices(view)]};

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
