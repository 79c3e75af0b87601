import {finding, type Found} from '../finding.ts';
import {engineOf} from '../mapping-engine.ts';
import type {NodeView} from '../node-view.ts';
import type {View} from '../view.ts';
import {portmapFailureFindings} from '../portmap-failure-findings.ts';
import {ownNetworks} from '../stale-mappings.ts';
import {nodesInTitle} from '../wording.ts';
import {defineCause} from './cause.ts';

/** Rules of kube-proxy and of portmap in different iptables builds, or no build that portmap can use. */
export const hp09 = defineCause({
	code: 'HP09',
	title: 'Two iptables builds, or none',
	meaning:
		'Rules of kube-proxy and of portmap are in different builds of iptables (nft and legacy), so their order is not what either expects; or the node has no iptables or nft that portmap can use, and pods do not start.',
	proof: [
		'`KUBE-SERVICES` in one table, `CNI-HOSTPORT-DNAT` in the other; or `CNI-HOSTPORT-DNAT` in both',
		'event `could not find nftables binary` or `neither iptables nor ip6tables is usable`',
	],
	toldApart: ['HP08: there the rules are in neither'],
	cure: ['Make both use one build (`update-alternatives` on the node), or set portmap’s backend; then restart the pods.'],
	falseLeads: ['`KUBE-IPTABLES-HINT` and `KUBE-KUBELET-CANARY` belong to the kubelet and tell nothing about kube-proxy.'],
	sources: ['containernetworking/plugins#225', 'siderolabs/talos#9883', 'siderolabs/talos#12617', 'containernetworking/plugins#1115'],
	find: view => [...withoutBackend(view), ...twoBuilds(view), ...twicePortmap(view)],
});

function withoutBackend(view: View): Found[] {
	return portmapFailureFindings(view, ({withoutBackend: isWithout}) => isWithout);
}

function twoBuilds(view: View): Found[] {
	const nodes = view.judged.filter(node => {
		const nft = holders(view, node, 'nft');
		const legacy = holders(view, node, 'legacy');
		const isApart = (nft.kubeProxy && !legacy.kubeProxy && legacy.portmap) || (legacy.kubeProxy && !nft.kubeProxy && nft.portmap);
		return isApart || (nft.portmap && legacy.portmap);
	});
	return finding({
		severity: 'warning',
		nodes,
		title: `rules of kube-proxy and portmap are in different builds of iptables on ${nodesInTitle(nodes)}`,
		because: nodes.slice(0, 3).flatMap(node =>
			(['nft', 'legacy'] as const).map(build => {
				const {kubeProxy, portmap} = holders(view, node, build);
				return {
					source: `nat table (${build}) on ${node.name}`,
					says: `kube-proxy's chains: ${kubeProxy ? 'yes' : 'no'}; CNI-HOSTPORT-DNAT: ${portmap ? 'yes' : 'no'}`,
				};
			}),
		),
		remedy: 'Make both use one build (update-alternatives --set iptables on the node), then restart the hostPort pods.',
	});
}

/** portmap's own rules in both builds: which of the two meets a packet first is not told by either. */
function twicePortmap(view: View): Found[] {
	const nodes = view.judged.filter(({mappings}) => otherTargets(mappings).length > 0);
	const engines = new Set(
		nodes.flatMap(node => {
			const own = ownNetworks(view, node);
			return otherTargets(node.mappings).flatMap(mapping => engineOf(mapping, own)?.says ?? []);
		}),
	);
	return finding({
		severity: 'error',
		nodes,
		hostPorts: nodes.flatMap(node =>
			view
				.hostPortsOf(node)
				.filter(({port}) =>
					otherTargets(node.mappings).some(({hostPort, protocol}) => hostPort === port.hostPort && protocol === port.protocol),
				),
		),
		title: `two iptables builds on ${nodesInTitle(nodes)} lead the same hostPort to different places`,
		because: nodes.slice(0, 3).flatMap(({name, mappings}) =>
			otherTargets(mappings)
				.slice(0, 4)
				.map(({build, chain, hostPort, protocol, targetIP, targetPort}) => ({
					source: `nat table (${build}) on ${name}`,
					says: `${chain}: ${hostPort}/${protocol} → ${targetIP}:${targetPort}`,
				})),
		),
		remedy:
			engines.size > 0
				? `Do not delete these rules: a container of ${[...engines].join(' and ')} publishes the same port. Publish it on another port there, or give the pod another hostPort.`
				: 'Make the node use one build (update-alternatives --set iptables), delete the rules of the other, then restart the hostPort pods.',
	});
}

/** Mappings of one port, in both builds, with different targets. */
function otherTargets(mappings: NodeView['mappings']): NodeView['mappings'] {
	const reached = mappings.filter(({position, build}) => position !== undefined && build !== 'nftables');
	return reached.filter(one =>
		reached.some(
			other =>
				other.build !== one.build &&
				other.family === one.family &&
				other.hostPort === one.hostPort &&
				other.protocol === one.protocol &&
				other.hostIP === one.hostIP &&
				other.targetIP !== one.targetIP,
		),
	);
}

/** Who has rules in one build. A chain that only other container engines use says nothing about the portmap of pods. */
function holders(view: View, node: NodeView, build: 'nft' | 'legacy'): {kubeProxy: boolean; portmap: boolean} {
	const table = node.observation?.nat[build];
	const rules = [...(table?.rules ?? []), ...(table?.rules6 ?? [])];
	return {
		// KUBE-IPTABLES-HINT and KUBE-KUBELET-CANARY are the kubelet's own.
		kubeProxy: rules.some(line => /KUBE-(?:SERVICES|NODEPORTS|PROXY-CANARY)\b/.test(line)),
		portmap: rules.some(line => line.includes('CNI-HOSTPORT-DNAT')) && !isOfEngines(view, node, build),
	};
}

/** Every mapping of portmap in one build is another container engine's. */
function isOfEngines(view: View, node: NodeView, build: 'nft' | 'legacy'): boolean {
	const mappings = node.mappings.filter(mapping => mapping.build === build && mapping.by === 'portmap');
	const own = ownNetworks(view, node);
	return mappings.length > 0 && mappings.every(mapping => engineOf(mapping, own) !== undefined);
}
