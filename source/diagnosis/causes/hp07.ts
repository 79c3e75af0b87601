import type {Finding, Proof} from '../diagnosis.ts';
import {finding, type Found, nodesOf} from '../finding.ts';
import {isLeaving, type HostPortView} from '../host-port-view.ts';
import type {NodeView} from '../node-view.ts';
import {engineOf, isNameless} from '../mapping-engine.ts';
import {nativeDrop, type NativeDrop} from '../native-drops.ts';
import {keeperOf} from '../runtime-mapping.ts';
import {ownNetworks, staleMappings, type StaleMapping} from '../stale-mappings.ts';
import type {View} from '../view.ts';
import {nodesInTitle, some} from '../wording.ts';
import {count} from '../../words.ts';
import {defineCause, type Explanation} from './cause.ts';
import {caught, foreignRule, preceding} from './preceding.ts';

const olderRule: Explanation = {
	code: 'HP07',
	title: 'An older rule catches the traffic',
	meaning:
		'Two `CNI-DN` chains serve one port, and the first leads to a pod that is gone: its removal did not run or failed. Traffic is lost, always or sometimes. A stale rule behind the right one, or for a port that no pod has, breaks the next pod.',
	proof: [
		'two mappings of one port in one table; the first one’s target is not the pod that has the hostPort now: a fault',
		'a rule that is not portmap’s stands before its jump in PREROUTING and has the port: a fault too; a warning if it has a part of the packets only (some senders, a limit)',
		'a rule that asks for what no rule tells, such as an ipset of ports: unknown',
		'a rule in the table of another iptables build, such as Docker’s by iptables-legacy: unknown, for the table that was made later is asked first',
		'a `dnat` or `redirect` of nftables’ own tables that has the port, in a chain at prerouting with a priority before -100: a fault too (`nft list ruleset`, read by `--via pod` and `--via ssh`)',
		'a chain of nftables’ own with portmap’s own priority, -100, may have the traffic: a warning, unless another node got an answer',
		'a `RETURN` or `ACCEPT` before the pod’s own `DNAT`, in `CNI-HOSTPORT-DNAT` or in its `CNI-DN` chain: a fault',
		'rules for other addresses, or devices that nobody comes by from outside (bridges, tunnels, lo) are ignored',
		'a mapping behind the pod’s own, or a second one to the same pod: a warning',
		'a mapping whose target is no pod with that hostPort, where all pods could be listed: information only',
	],
	toldApart: ['HP10: there the eBPF entry is wrong, not a rule'],
	cure: [
		'Delete the stale jump in `CNI-HOSTPORT-DNAT` and its chain on that node, or restart the pod after that.',
		'Do not delete anything in `KUBE-HOSTPORTS`: it belongs to a container runtime. Rules of an earlier runtime disappear when the node restarts.',
	],
	falseLeads: ['The pod itself works: its IP answers.'],
	sources: ['cilium/cilium#18227', 'containernetworking/plugins#683', 'aws/amazon-vpc-cni-k8s#2362'],
};

/** A mapping that outlived its pod stands first and catches the traffic of the next. */
export const hp07 = defineCause({...olderRule, find: view => [...catching(view), ...preceding(view), ...diverting(view), ...tied(view)]});

/** Port mappings of another container engine: live for all that can be seen from here. Told so that nobody takes them for stale. */
function foreign(view: View): Found[] {
	const found = view.judged.flatMap(node => {
		const networks = ownNetworks(view, node);
		return node.mappings
			.filter(({position}) => position !== undefined)
			.flatMap(mapping => {
				const engine = engineOf(mapping, networks);
				return engine === undefined ? [] : [{node, mapping, engine}];
			});
	});
	return [true, false].flatMap(isKnown => {
		const those = found.filter(({engine}) => engine.isKnown === isKnown);
		const nodes = [...new Set(those.map(({node}) => node))];
		const names = [...new Set(those.map(({engine}) => engine.says))].sort();
		return finding({
			severity: 'info',
			nodes,
			title: `${count(those.length, 'port mapping')} on ${nodesInTitle(nodes)} ${those.length === 1 ? 'belongs' : 'belong'} to ${some(names)}${isKnown ? ', beside Kubernetes' : ''}`,
			because: those.slice(0, 3).map(({node, mapping}) => ({
				source: `nat table (${mapping.build}) on ${node.name}`,
				says: `${mapping.chain}: ${mapping.hostPort}/${mapping.protocol} → ${mapping.targetIP}:${mapping.targetPort}; network "${mapping.network}"`,
			})),
			remedy: isKnown
				? 'Nothing to do: they serve containers outside Kubernetes. Do not use the same hostPort for a pod there.'
				: 'Check what uses that network (podman ps, nerdctl ps, a CNI file of before): if a container outside Kubernetes has these ports, do not use them as a hostPort there. If none has, the rules are stale.',
		});
	});
}

/** The same where it stands behind, or nobody has the port: it waits to do so. Ranked apart, for it does no harm today. */
export const hp07Waiting = defineCause({
	...olderRule,
	find: view => [...waiting(view, true), ...waiting(view, false), ...leftByRuntime(view), ...foreign(view)],
});

/** Who made the mapping that comes first, in the words of a title, and what helps. */
function catcherOf(view: View, {shadow, pod, port}: HostPortView): Pick<Parameters<typeof caught>[2], 'by' | 'remedy'> {
	const node = view.judged.find(({name}) => name === pod.node);
	const engine = shadow && node ? engineOf(shadow, ownNetworks(view, node)) : undefined;
	if (shadow?.by === 'runtime') {
		return {
			by: 'an older mapping of the container runtime',
			remedy: where =>
				`Restart the pod: the runtime puts its mapping before the older one. Do not touch the KUBE-HOSTPORTS chains on ${where}: they hold mappings of running pods.`,
		};
	}

	const rival = view.evidence.pods.find(
		({node: name, phase, podIPs, ports}) =>
			name === pod.node &&
			phase === 'Running' &&
			podIPs.includes(shadow?.targetIP ?? '') &&
			ports.some(({hostPort, protocol}) => hostPort === port.hostPort && protocol === port.protocol),
	);
	if (rival !== undefined) {
		return {
			by: 'the rule of another pod',
			remedy: where =>
				`Do not delete that rule: pod ${rival.namespace}/${rival.name} runs on ${where} and asks for the same hostPort. Give one of the two another hostPort, or delete the one that should not run there.`,
		};
	}

	if (engine !== undefined) {
		return {
			by: `a container of ${engine.says}`,
			remedy: where =>
				`Do not delete that rule${engine.isKnown ? '' : ' before you know what uses it'}: a container of ${engine.says} on ${where} publishes the same port. Publish it on another port there, or give the pod another hostPort.`,
		};
	}

	return shadow !== undefined && isNameless(shadow)
		? {by: 'another rule of portmap', remedy: where => lookForContainers(where)}
		: {
				by: 'an older rule',
				remedy: where => `Delete the stale jump in CNI-HOSTPORT-DNAT and its chain on ${where}; the pod's own rule then matches.`,
			};
}

const lookForContainers = (where: string): string =>
	`Check whether a container outside Kubernetes on ${where} has the target address (podman ps, nomad status): rules of portmap's nftables do not name their network. If so, publish it on another port. If not, the rule is stale: delete it by its handle (nft -a list table ip cni_hostport).`;

function catching(view: View): Found[] {
	const proof = ({name, shadow, pod, diagnosis}: HostPortView): Proof => ({
		source: `nat table (${shadow?.build ?? ''}) on ${diagnosis.node}`,
		says: `${shadow?.chain ?? ''} comes first and leads to ${shadow?.targetIP ?? ''}:${shadow?.targetPort ?? 0}; ${name} is at ${pod.podIPs.join(', ')}`,
	});
	const found = view.hostPorts.filter(({reason}) => reason === 'shadowed').map(hostPort => ({hostPort, ...catcherOf(view, hostPort)}));
	return [...Map.groupBy(found, ({by, remedy}) => `${by} ${remedy('', [])}`).values()].flatMap(group =>
		group.slice(0, 1).flatMap(({by, remedy}) =>
			caught(
				view,
				group.map(({hostPort}) => hostPort),
				{by, proof, remedy},
			),
		),
	);
}

/** The same by rules of nftables' own tables, which iptables does not show. */
const diverting = (view: View): Found[] =>
	byNativeRules(view, ({certain, sentTo}) => certain && sentTo !== undefined, {
		severity: 'error',
		title: (where, hostPorts) => `a native nftables rule catches the traffic of ${hostPorts} on ${where}`,
		stands: "before portmap's own at -100",
		remedy: foreignRule,
	});

/**
 * The same, perhaps: of two base chains at one priority the one that was made later is asked first (packets beside nft's and iptables-nft's
 * own chain, both ways round), which no listing tells for certain.
 */
const tied = (view: View): Found[] =>
	byNativeRules(view, ({isTied}) => isTied, {
		severity: 'warning',
		title: (where, hostPorts) => `a native nftables rule on ${where} may catch the traffic of ${hostPorts}`,
		stands: "as portmap's own; the chain that was made later comes first",
		remedy: where => `Run kubectl hostport verify to see who gets the traffic. ${foreignRule(where)}`,
	});

type NativeWords = {
	readonly severity: Finding['severity'];
	readonly title: (where: string, hostPorts: string) => string;
	readonly stands: string;
	readonly remedy: (where: string) => string;
};

function byNativeRules(view: View, isMeant: (drop: NativeDrop) => boolean, {severity, title, stands, remedy}: NativeWords): Found[] {
	const met = view.hostPorts.flatMap(hostPort => {
		const drop = isLeaving(hostPort) ? undefined : nativeDrop(view, hostPort);
		return drop !== undefined && isMeant(drop) ? [{hostPort, drop}] : [];
	});
	const hostPorts = met.map(({hostPort}) => hostPort);
	const nodes = nodesOf(view, hostPorts);
	return finding({
		severity,
		nodes,
		hostPorts,
		title: title(nodesInTitle(nodes), count(met.length, 'hostPort')),
		because: met.slice(0, 3).map(({hostPort: {name, pod}, drop: {chain, says}}) => ({
			source: `nft chain ${chain.name} on ${pod.node}`,
			says: `${says} (hook ${chain.hook}, priority ${chain.priority}, ${stands}); ${name} is at ${pod.podIPs.join(', ')}`,
		})),
		remedy: remedy(nodesInTitle(nodes)),
	});
}

/** Of ports that a pod has now, or of ports that none has; those whose maker nothing tells apart. */
function waiting(view: View, isInUse: boolean): Found[] {
	const found = view.judged
		.flatMap(node =>
			left(view, node)
				.filter(({mapping}) => mapping.by === 'portmap')
				.map(stale => ({node, stale, hostPorts: hostPortsOf(view, node, stale)})),
		)
		.filter(({hostPorts}) => hostPorts.length > 0 === isInUse);
	return [false, true].flatMap(isOpen => {
		const those = found.filter(({stale: {mapping, because}}) => (isNameless(mapping) && because === 'no-pod') === isOpen);
		const nodes = [...new Set(those.map(({node}) => node))];
		const one = those.length === 1;
		return finding({
			severity: isInUse ? 'warning' : 'info',
			nodes,
			hostPorts: [...new Set(those.flatMap(({hostPorts}) => hostPorts))],
			title: isOpen
				? `${count(those.length, 'rule')} of portmap on ${nodesInTitle(nodes)} ${one ? 'leads' : 'lead'} to no pod that is known`
				: `${count(those.length, 'stale rule')} of portmap on ${nodesInTitle(nodes)}: ${one ? 'its pod is' : 'their pods are'} gone`,
			because: those.slice(0, 3).map(({node, stale: {mapping, because}}) => ({
				source: `nat table (${mapping.build}) on ${node.name}`,
				says: `${mapping.chain}: ${mapping.hostPort}/${mapping.protocol} → ${mapping.targetIP}:${mapping.targetPort}, ${
					because === 'no-pod' ? 'where no pod with that hostPort is' : 'which another rule before it serves already'
				}`,
			})),
			remedy: isOpen
				? lookForContainers(nodesInTitle(nodes))
				: those.every(({stale: {mapping}}) => mapping.build === 'nftables')
					? `Delete these rules by their handles (nft -a list table ip cni_hostport) on ${nodesInTitle(nodes)} before a new pod's rule ends up behind them.`
					: `Delete these jumps in CNI-HOSTPORT-DNAT and their chains on ${nodesInTitle(nodes)} before a new pod's rule ends up behind them.`,
		});
	});
}

/**
 * Mappings of a runtime whose pods are gone. It puts a new pod's before them, so they wait for nobody; and the chains are its own to
 * clean, so nothing of them is ever to be deleted by hand.
 */
function leftByRuntime(view: View): Found[] {
	const found = view.judged.flatMap(node =>
		left(view, node)
			.filter(({mapping, because}) => mapping.by === 'runtime' && because === 'no-pod')
			.map(({mapping}) => ({node, mapping})),
	);
	const nodes = [...new Set(found.map(({node}) => node))];
	const keepers = [...new Set(nodes.map(keeperOf))].sort().join(' and ');
	return finding({
		severity: 'info',
		nodes,
		title: `${count(found.length, 'port mapping')} of ${keepers} on ${nodesInTitle(nodes)} ${found.length === 1 ? 'leads' : 'lead'} to pods that are gone`,
		because: found.slice(0, 3).map(({node, mapping}) => ({
			source: `nat table (${mapping.build}) on ${node.name}`,
			says: `${mapping.chain}: ${mapping.hostPort}/${mapping.protocol} → ${mapping.targetIP}:${mapping.targetPort}, where no pod with that hostPort is`,
		})),
		remedy:
			'Do not touch the KUBE-HOSTPORTS chains: the runtime manages them, and those of running pods are live. The stale ones disappear when the node restarts; until then a new pod’s mapping comes before them.',
	});
}

/** Without those that the first finding is about, and without dead weight: where eBPF serves hostPort no rule is asked. */
function left(view: View, node: NodeView): readonly StaleMapping[] {
	const caught = view.hostPortsOf(node).filter(({reason}) => reason === 'shadowed');
	return node.path === 'native'
		? []
		: staleMappings(view, node).filter(
				({mapping}) => !caught.some(({port}) => port.hostPort === mapping.hostPort && port.protocol === mapping.protocol),
			);
}

function hostPortsOf(view: View, node: NodeView, {mapping}: StaleMapping): HostPortView[] {
	return view.hostPortsOf(node).filter(({port}) => port.hostPort === mapping.hostPort && port.protocol === mapping.protocol);
}
