import {answersText, client} from '../diagnosis.ts';
import {closedForwarding, droppingRule, type DroppingRule} from '../dropping-rules.ts';
import {isFromAfar} from '../failed-connection.ts';
import {finding, type Found} from '../finding.ts';
import type {HostPortView} from '../host-port-view.ts';
import type {View} from '../view.ts';
import {alike, nodesInTitle} from '../wording.ts';
import {count} from '../../words.ts';
import {defineCause} from './cause.ts';
import {denies} from './hp11.ts';

/**
 * A firewall in front: the node's own where a rule of it is seen. One outside the node, such as a security group, only a
 * connection from outside tells (`verify`).
 */
export const hp13 = defineCause({
	code: 'HP13',
	title: 'A firewall stands in front of the node',
	meaning:
		'From pods and other nodes it works, from outside it times out: a security group or a provider’s access rules; or a firewall on the node, which may stop other nodes too. Naver Cloud’s default rules let traffic in from nodes only.',
	proof: [
		'connection from inside works, from outside times out (not refused): `verify` tells',
		'an error if another node connected and got no answer: then the rule is more than a likely cause',
		'the node’s own: a rule in `raw` or `mangle` PREROUTING that drops the hostPort, or one behind the translation that drops what goes to the pod or what it answers; ranges of ports and addresses, negations, TCP flags, conntrack’s states and original port, devices, and the order in FORWARD are read',
		'only likely: in chains other than FORWARD and PREROUTING, earlier rules that accept a packet are not read; a rule for some senders is ignored, and so is what comes after `CILIUM_FORWARD` in FORWARD',
		'the node forwards nothing: `net.ipv4.ip_forward` is 0, or FORWARD drops all and no rule before may accept',
		'possible: firewalld or ufw is active',
	],
	toldApart: [
		'HP01: there it is refused, and from inside too',
		'HP11: there other nodes are dropped too',
		'HP08: there a firewall’s reload took the rules away',
		'HP28: there a rule in nftables’ own tables does it, which iptables-save does not show',
	],
	cure: ['Open the port in the provider’s rules or on the node.'],
	falseLeads: [
		'A timeout points to a rule that drops; a rule that rejects shows as connection refused or no route to host.',
		'A rule in INPUT does not affect a hostPort: its packets are forwarded to the pod and never reach INPUT.',
	],
	sources: ['aws/amazon-vpc-cni-k8s#977', 'Naver Cloud guide, k8s-k8suse-acg'],
	// A rule that rejects is heard as a refusal.
	explains: isFromAfar,
	explainsAsInformation: true,
	proved: () => 'error',
	find: view => [...ownRules(view), ...closedNodes(view), ...closedFromHere(view), ...activeServices(view)],
});

/** Packets that are not tracked are not translated: what comes to the hostPort stays at the node, where nothing listens. */
const untracked = {
	title: (hostPorts: string) => `a NOTRACK rule stops the translation of traffic to ${hostPorts}`,
	says: ({hostPort, rule}: Stopped) =>
		`${rule.line}; the kernel translates only tracked packets, so ${hostPort.diagnosis.by} is never reached`,
	remedy: 'Remove the port from that rule at its source.',
};
const dropped = {
	title: (hostPorts: string) => `a rule of the node's own firewall drops traffic to ${hostPorts}`,
	says: ({hostPort, rule}: Stopped) => `${rule.line}; ${hostPort.name} itself is right (${hostPort.diagnosis.by})`,
	remedy: 'Allow that port where the rule is created. kubectl hostport verify shows from where it answers.',
};

type Stopped = {readonly hostPort: HostPortView; readonly rule: DroppingRule};

function ownRules(view: View): Found[] {
	const stopped = view.hostPorts.flatMap((hostPort): Stopped[] => {
		const node = view.nodeOf(hostPort);
		const rule = node === undefined || closedForwarding(node) !== undefined ? undefined : droppingRule(view, hostPort);
		return rule === undefined ? [] : [{hostPort, rule}];
	});
	return [dropped, untracked].flatMap(words => {
		const found = stopped.filter(({rule}) => rule.leavesUntracked === (words === untracked));
		return finding({
			severity: 'warning',
			hostPorts: found.map(({hostPort}) => hostPort),
			title: words.title(count(found.length, 'hostPort')),
			because: found.slice(0, 3).map(each => ({
				source: `table ${each.rule.table} (${each.rule.build}) on ${each.hostPort.pod.node}`,
				says: words.says(each),
			})),
			remedy: words.remedy,
		});
	});
}

/** Nodes that pass on no packet at all: their pods answer to the node itself, and to nobody else. */
function closedNodes(view: View): Found[] {
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
	return finding({
		severity: 'warning',
		nodes: closed.map(({node}) => node),
		hostPorts,
		title: `${nodesInTitle(closed.map(({node}) => node))} ${closed.length === 1 ? 'forwards' : 'forward'} no packets: ${count(hostPorts.length, 'hostPort')} cannot be reached from outside the node`,
		because: closed
			.slice(0, 3)
			.flatMap(({proof, hostPorts: [first]}) => [
				proof,
				...(first === undefined ? [] : [{source: first.name, says: `the mapping itself is right (${first.diagnosis.by})`}]),
			]),
		remedy:
			'Turn forwarding on again where it was turned off (sysctl, iptables -P FORWARD ACCEPT, or a rule that accepts traffic to pods).',
	});
}

/**
 * What answers another node and not this machine, though it reaches nodes: something stands between. Where the node itself is not
 * reached from here at all, that may be a matter of routes.
 */
function closedFromHere(view: View): Found[] {
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

function notFromHere(view: View, hostPorts: readonly HostPortView[], severity: 'warning' | 'info'): Found[] {
	return finding({
		severity,
		hostPorts,
		title: `${count(hostPorts.length, 'hostPort')} ${hostPorts.length === 1 ? 'answers' : 'answer'} other nodes but not this machine: a firewall may block it`,
		because: hostPorts.slice(0, 3).map(hostPort => ({
			source: `connections to ${hostPort.name}`,
			says: answersText(view.answersOf(hostPort)),
		})),
		remedy:
			'Nothing to do if this is intended. Otherwise allow the port in security groups and firewalls between this machine and the node.',
	});
}

/** A firewall that is active may or may not let hostPorts through: possible only. */
function activeServices(view: View): Found[] {
	const nodes = view.judged.filter(
		node => firewallsOf(node).length > 0 && view.hostPortsOf(node).some(({diagnosis}) => diagnosis.state === 'wired'),
	);
	return finding({
		severity: 'info',
		nodes,
		title: `a firewall is active on ${nodesInTitle(nodes)} and may block hostPorts from outside`,
		because: alike(nodes, node => ({source: 'services and tables', says: firewallsOf(node).join(', ')})),
		remedy: 'Run kubectl hostport verify. If a hostPort does not answer from outside, open its port there.',
	});
}

function firewallsOf({observation}: View['judged'][number]): string[] {
	const services = ['firewalld', 'ufw'].flatMap(name => {
		const said = observation?.facts[name];
		return said === undefined ? [] : `${name} is ${said}`;
	});
	return [...services, ...(observation?.nftables?.tables ?? []).filter(name => /\bfirewalld\b/.test(name)).map(name => `table ${name}`)];
}
