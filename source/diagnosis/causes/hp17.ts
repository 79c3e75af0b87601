import {finding, type Found, hostPortsOn, nodesOf} from '../finding.ts';
import {isVersion} from '../../cilium/version.ts';
import type {NodeView} from '../node-view.ts';
import {ruleProofs} from '../proofs.ts';
import {repairable} from '../repairable-nodes.ts';
import {isNftablesUnread, isReadInFull, runtimeMapsNothing} from '../runtime-mapping.ts';
import type {View} from '../view.ts';
import {alike, nodesInTitle} from '../wording.ts';
import {count} from '../../words.ts';
import {defineCause} from './cause.ts';

const switchOn = 'Remove disable_hostport_mapping from CRI-O’s configuration and restart the pods, or use full kube-proxy replacement.';

/** CRI-O maps ports itself and gives CNI plugins no mappings: chaining portmap brings nothing there. */
export const hp17 = defineCause({
	code: 'HP17',
	title: 'CRI-O maps ports itself',
	meaning:
		'CRI-O keeps hostPort rules of its own (chains `KUBE-HOSTPORTS`, `KUBE-HP-…`; its nftables backend a table `crio-hostports`) and hands none to CNI plugins. On its nodes chaining portmap has no effect. The kubelet did the same with dockershim and kubenet up to 1.23.',
	proof: [
		'the node’s `containerRuntimeVersion` begins with `cri-o://`',
		'the CNI file names portmap and there are no `CNI-DN` rules',
		'a `KUBE-HP` rule leads to the pod: its hostPort is mapped, and there is nothing to repair',
		'`disable_hostport_mapping = true` in CRI-O’s configuration, where it could be read: then nothing maps',
	],
	toldApart: [
		'HP04: there the runtime is another, and newer pods do have rules',
		'HP07: a `KUBE-HP` rule that leads to no pod is stale; the chains still belong to the runtime',
	],
	cure: ['Leave hostPort to CRI-O, or use kube-proxy replacement with `disable_hostport_mapping` in CRI-O’s configuration.'],
	falseLeads: [
		'The missing `CNI-HOSTPORT-DNAT` chain is not a fault there.',
		'`KUBE-HOSTPORTS` does not belong to kube-proxy, and deleting it removes the mappings of running pods.',
	],
	sources: ['cri-o/cri-o#7217', 'cri-o/cri-o#3914', 'kubernetes-sigs/kubespray#7601', 'cilium/cilium#24741'],
	refuses(view, strategy) {
		const nodes = repairable(view);
		if (strategy === 'portmap') {
			return nodes.length > 0 && nodes.every(({node}) => node.containerRuntime.startsWith('cri-o://'))
				? [
						nodes.some(runtimeMapsNothing)
							? {message: 'CRI-O maps no hostPort, and passes none to portmap', hint: switchOn}
							: {message: 'CRI-O maps hostPorts itself: chaining portmap has no effect there', hint: 'See: kubectl hostport explain HP17'},
					]
				: [];
		}

		return view.judged.length > 0 && view.judged.every(({path}) => path === 'runtime')
			? [
					{
						message: 'CRI-O maps hostPorts itself here: Cilium is not involved',
						hint: 'If Cilium should map them, install it with full kube-proxy replacement and set disable_hostport_mapping in CRI-O.',
					},
				]
			: [];
	},
	find: view => [...uselessPortmap(view), ...nothingSeen(view), ...unread(view)],
});

/** A portmap in the list, which CRI-O hands no mappings. */
function uselessPortmap(view: View): Found[] {
	const nodes = view.judged.filter(
		({node, chained, mappings}) =>
			node.containerRuntime.startsWith('cri-o://') && chained === true && !mappings.some(({by}) => by === 'portmap'),
	);
	const isOff = nodes.some(runtimeMapsNothing);
	// What CRI-O's own rules are seen to carry needs nothing.
	const isCarried = nodes.flatMap(node => view.hostPortsOf(node)).every(({diagnosis}) => diagnosis.state === 'wired');
	return finding({
		severity: isOff ? 'error' : isCarried ? 'info' : 'warning',
		nodes,
		hostPorts: hostPortsOn(view, nodes),
		title: isOff
			? `CRI-O on ${nodesInTitle(nodes)} maps no hostPort: its mapping is off, and it passes none to portmap`
			: `CRI-O on ${nodesInTitle(nodes)} maps ports itself: the portmap in the CNI file gets no mappings`,
		because: [
			...nodes.slice(0, 1).map(({name, node}) => ({source: `node ${name}`, says: `container runtime ${node.containerRuntime}`})),
			...alike(nodes, ({observation}) =>
				observation?.runtime?.mapsHostPorts === false
					? {source: observation.runtime.source, says: 'disable_hostport_mapping = true'}
					: undefined,
			),
			...ruleProofs(nodes),
		],
		remedy: isOff
			? switchOn
			: isCarried
				? 'Nothing to do: CRI-O maps them, and portmap in the CNI config does no harm.'
				: 'Leave hostPort to CRI-O there, or use full kube-proxy replacement with disable_hostport_mapping. Run kubectl hostport verify to see whether a port answers.',
	});
}

/** Every table that this version could have written to was read and has no mapping of it: switched off, or emptied. */
function nothingSeen(view: View): Found[] {
	const hostPorts = view.hostPorts.filter(hostPort => {
		const node = view.nodeOf(hostPort);
		return hostPort.reason === 'runtime-maps' && node?.chained !== true && node !== undefined && isReadInFull(node);
	});
	const nodes = nodesOf(view, hostPorts);
	return finding({
		severity: 'warning',
		nodes,
		hostPorts,
		title: `CRI-O has no rule for ${count(hostPorts.length, 'hostPort')} on ${nodesInTitle(nodes)}`,
		because: [
			...alike(nodes, ({node}) => ({
				source: 'container runtime',
				says: `${node.containerRuntime}, which maps hostPorts by ${isVersion(versionOf(node), '<1.32.0') ? 'iptables alone' : 'nftables, or by iptables without nft'}`,
			})),
			...alike(nodes, ({observation}) => ({
				source: 'nat tables',
				says: `no KUBE-HOSTPORTS rule for these pods in either build of iptables${observation?.nftables ? ', and none in nftables’ crio-hostports' : ''}`,
			})),
		],
		remedy:
			'Find out whether CRI-O’s configuration sets disable_hostport_mapping. If not, restart these pods, and find what flushes the nat table: CRI-O does not restore rules of running pods.',
	});
}

const versionOf = ({containerRuntime}: NodeView['node']): string => containerRuntime.replace('cri-o://', '');

/** Its own nftables table may hold the mapping, and was not read: what would decide. */
function unread(view: View): Found[] {
	const hostPorts = view.hostPorts.filter(hostPort => {
		const node = view.nodeOf(hostPort);
		return hostPort.reason === 'runtime-maps' && node?.chained !== true && node !== undefined && isNftablesUnread(node);
	});
	const nodes = nodesOf(view, hostPorts);
	return finding({
		severity: 'info',
		nodes,
		hostPorts,
		title: `whether CRI-O maps ${count(hostPorts.length, 'hostPort')} on ${nodesInTitle(nodes)} is not known: nftables was not read`,
		because: alike(nodes, ({node}) => ({
			source: 'container runtime',
			says: `${node.containerRuntime}, which maps hostPorts in nftables’ table crio-hostports where it can`,
		})),
		remedy:
			'Run check again with --via pod or --via ssh: they read nftables where the node has nft. Run kubectl hostport verify to see whether the ports answer.',
	});
}
