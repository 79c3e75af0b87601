import {familyOf} from '../../cilium/addresses.ts';
import type {Proof} from '../diagnosis.ts';
import {isWithoutMappings, withoutMappings} from '../failing-starts.ts';
import {finding, type Found, nodesOf} from '../finding.ts';
import {isNotFromNode, type HostPortView} from '../host-port-view.ts';
import type {NodeView} from '../node-view.ts';
import {providerOf} from '../ownership.ts';
import {isOwnMade} from '../foreign-file.ts';
import {commonChainOf, tables, wasFlushed} from '../port-mappings.ts';
import {loadedFileProofs, ruleProofs} from '../proofs.ts';
import {timeOf} from '../time.ts';
import type {View} from '../view.ts';
import {alike, nodesInTitle} from '../wording.ts';
import {count} from '../../words.ts';
import {defineCause} from './cause.ts';
import {isFromBefore, isOlderThanFile} from '../pod-age.ts';
import {ruleless} from './hp04.ts';

/** portmap was in the list when the pod started, and there is no rule: flushed since, or never asked for. */
export const hp08 = defineCause({
	code: 'HP08',
	title: 'The rules of a pod are gone',
	meaning:
		'The pod is newer than the CNI file that names portmap, so it had rules, and now they are gone. Nothing restores them: portmap only runs when a pod starts and stops. A reload of firewalld or a flush of the nat table removes them.',
	proof: [
		'the pod started after the file was written',
		'no `CNI-DN` rule leads to it, or nothing leads to its chain',
		'the jump to `CNI-HOSTPORT-DNAT` is gone from PREROUTING (no client gets an answer) or from OUTPUT (only the node itself gets none)',
		'surest, over SSH: the runtime’s CNI cache has the mapping that the table lacks; firewalld, ufw or nftables is active',
		'where there is an nft: the table `cni_hostport` has none either',
		'of CRI-O: `KUBE-HOSTPORTS` is led to from PREROUTING and has no rule for the pod',
	],
	toldApart: [
		'HP04: there the pod is older than the file. Agents rewrite their file when they start, so an emptied table weighs more than the file’s time',
		'HP05: there a custom file names portmap without the capability',
		'HP17: on CRI-O portmap makes no rules at all',
	],
	cure: ['Restart the pod. Find what flushes the nat table: firewalld, ufw or a script.'],
	falseLeads: [
		'Since 1.6.0 portmap uses nftables (table `cni_hostport`) on a node without iptables: iptables then shows nothing, and nothing is wrong.',
		'portmap without `capabilities.portMappings` in the CNI file gets no mappings from the runtime. This looks the same; the file shows it.',
	],
	sources: ['cilium/cilium#16644', 'kubernetes/kubernetes#93091', 'containernetworking/plugins#512', 'containernetworking/plugins#275'],
	find: view => [...flushed(view), ...lostByRuntime(view), ...neverAsked(view), ...neverAskedYet(view), ...notFromNode(view)],
});

function lost(view: View, node: NodeView): HostPortView[] {
	const others = view.hostPortsOf(node).filter(({reason}) => node.path === 'portmap' && (reason === 'not-reached' || reason === 'no-hook'));
	return [...ruleless(view, node).filter(hostPort => !isFromBefore(hostPort, node)), ...others];
}

function flushed(view: View): Found[] {
	const nodes = view.judged.filter(node => !node.loaded?.withoutPortMappings && lost(view, node).length > 0);
	const hostPorts = nodes.flatMap(node => lost(view, node));
	const isProved = hostPorts.some(({reason}) => reason !== 'no-hook');
	return finding({
		nodes,
		hostPorts,
		severity: isProved ? 'error' : 'warning',
		title: nodes.every(isEmptied)
			? `the rules of ${count(hostPorts.length, 'hostPort')} on ${nodesInTitle(nodes)} are gone: the nat table was emptied`
			: `${count(hostPorts.length, 'hostPort')} on ${nodesInTitle(nodes)} ${hostPorts.length === 1 ? 'has' : 'have'} no rules, although portmap was chained before the pod`,
		because: [
			...podProofs(hostPorts),
			...cacheProofs(hostPorts, view),
			...fileTimes(nodes.filter(node => !lost(view, node).some(({pod}) => isOlderThanFile(pod, node)))),
			...loadedFileProofs(nodes),
			...ruleProofs(nodes),
			...emptiedProofs(nodes),
			...flusherProofs(nodes),
		],
		remedy: hostPorts.every(hostPort => isOfUnusedFamily(view, hostPort))
			? 'Restart these pods, then run check again. If the IPv6 rules are missing again, read the portmap entry of the CNI file (conditionsV6) and the runtime’s log; if they vanish later, find what flushes the IPv6 nat table.'
			: 'Restart these pods, and find what flushes the nat table (firewalld, ufw, a script): nothing else restores the rules.',
		repairable: isProved && providerOf(view) === '',
	});
}

/** Asked for on IPv6 alone, where the node's IPv6 tables have no rule of portmap's: whether it ever made one there is not known. */
function isOfUnusedFamily(view: View, hostPort: HostPortView): boolean {
	const used = tables(view.nodeOf(hostPort)?.observation?.nat).some(({rules6}) => rules6.some(line => line.includes('CNI-HOSTPORT-DNAT')));
	return familyOf(hostPort.port.hostIP) === 6 && !used;
}

/** CRI-O maps for a pod when its sandbox is made, and never again. */
function lostByRuntime(view: View): Found[] {
	const hostPorts = view.hostPorts.filter(({reason}) => reason === 'runtime-rule-gone');
	const nodes = nodesOf(view, hostPorts);
	return finding({
		severity: 'error',
		nodes,
		hostPorts,
		title: `CRI-O’s rules of ${count(hostPorts.length, 'hostPort')} on ${nodesInTitle(nodes)} are gone`,
		because: [
			...podProofs(hostPorts),
			...alike(nodes, ({node}) => ({source: 'container runtime', says: `${node.containerRuntime}, which maps hostPorts itself`})),
			...flusherProofs(nodes),
		],
		remedy: 'Restart these pods, and find what flushes the nat table (firewalld, a script): CRI-O does not restore rules of running pods.',
	});
}

/** portmap without `capabilities.portMappings` in Cilium's own file; in a file of somebody's own that is HP05. */
function neverAsked(view: View): Found[] {
	const nodes = view.judged.filter(node => Boolean(node.loaded?.withoutPortMappings) && !isOwnMade(node) && lost(view, node).length > 0);
	const hostPorts = nodes.flatMap(node => lost(view, node));
	return finding({
		nodes,
		hostPorts,
		severity: 'error',
		title: `${count(hostPorts.length, 'hostPort')} on ${nodesInTitle(nodes)} without rules: portmap lacks capabilities.portMappings`,
		because: [...podProofs(hostPorts), ...fileTimes(nodes), ...loadedFileProofs(nodes), ...ruleProofs(nodes)],
		remedy: capabilityRemedy,
	});
}

function neverAskedYet(view: View): Found[] {
	const nodes = view.judged.filter(node => isWithoutMappings(node) && !isOwnMade(node) && lost(view, node).length === 0);
	return finding({
		nodes,
		severity: view.hostPorts.length === 0 ? 'info' : 'warning',
		title: `new pods on ${nodesInTitle(nodes)} get no rules: portmap lacks capabilities.portMappings`,
		because: [...loadedFileProofs(nodes), ...ruleProofs(nodes)],
		remedy: capabilityRemedy,
		verdict: node => withoutMappings(view, node),
	});
}

const capabilityRemedy = 'Add "capabilities": {"portMappings": true} to portmap where the file is written, then restart the pods.';

/** The jump in OUTPUT is gone: from outside it answers, from the node itself (its own processes, pods on its network) it does not. */
function notFromNode(view: View): Found[] {
	const hostPorts = view.hostPorts.filter(isNotFromNode);
	const nodes = nodesOf(view, hostPorts);
	const maker = nodes.every(({path}) => path === 'runtime') ? 'the container runtime' : 'portmap';
	return finding({
		nodes,
		hostPorts,
		severity: 'error',
		title: `${count(hostPorts.length, 'hostPort')} on ${nodesInTitle(nodes)} ${hostPorts.length === 1 ? 'does' : 'do'} not answer the node itself: the jump from OUTPUT is gone`,
		because: [
			...hostPorts.slice(0, 3).map(({name, diagnosis}) => ({source: `${name} on ${diagnosis.node}`, says: diagnosis.by})),
			...alike(nodes, ({path}) => ({
				source: 'nat table',
				says: `PREROUTING jumps to ${commonChainOf(path === 'runtime' ? 'runtime' : 'portmap')}, OUTPUT does not`,
			})),
		],
		remedy: `Restart any pod with a hostPort there: ${maker} then restores its jumps. Find what removed the jump (firewalld, a script).`,
	});
}

function podProofs(hostPorts: readonly HostPortView[]): Proof[] {
	return hostPorts.slice(0, 3).map(({name, pod, diagnosis}) => ({
		source: `pod of ${name}`,
		says: `started ${pod.startedAt ?? pod.createdAt ?? ''}; ${diagnosis.by}`,
	}));
}

/** What the runtime asked portmap for, by its own cache: then the rule did exist. */
function cacheProofs(hostPorts: readonly HostPortView[], view: View): Proof[] {
	return hostPorts.slice(0, 3).flatMap(hostPort => {
		const {name, pod, port} = hostPort;
		const found = (view.nodeOf(hostPort)?.observation?.sandboxes ?? []).find(
			({uid, mappings}) => uid === pod.uid && mappings.some(mapping => mapping.hostPort === port.hostPort),
		);
		return found === undefined
			? []
			: {source: `CNI cache of ${pod.node}`, says: `sandbox ${found.sandbox.slice(0, 12)} of ${name} was created with this mapping`};
	});
}

function isEmptied({observation}: NodeView): boolean {
	return wasFlushed(observation?.nat);
}

function emptiedProofs(nodes: readonly NodeView[]): Proof[] {
	return alike(nodes, node =>
		isEmptied(node)
			? {source: 'nat table', says: 'PREROUTING no longer jumps to CNI-HOSTPORT-DNAT; portmap never removes that jump'}
			: undefined,
	);
}

/** Services of the node that write rules of their own. */
function flusherProofs(nodes: readonly NodeView[]): Proof[] {
	return alike(nodes, ({observation}) => {
		const found = ['firewalld', 'ufw', 'nftables', 'iptables', 'netfilter-persistent'].flatMap(service => {
			const said = observation?.facts[service];
			return said === undefined ? [] : `${service} is ${said}`;
		});
		return found.length > 0 ? {source: 'services', says: found.join(', ')} : undefined;
	});
}

function fileTimes(nodes: readonly NodeView[]): Proof[] {
	return alike(
		nodes,
		({loaded, observation}) =>
			loaded && {
				source: `${observation?.configurationFolder?.host ?? ''}/${loaded.file.name}`,
				says: `written ${timeOf(loaded.file.modified)} by the node's clock, not later than the pod's start`,
			},
	);
}
