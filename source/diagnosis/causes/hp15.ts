import {finding, nodesOf, type Found} from '../finding.ts';
import type {HostPortView} from '../host-port-view.ts';
import type {View} from '../view.ts';
import {alike, nodesInTitle} from '../wording.ts';
import {count} from '../../words.ts';
import {defineCause} from './cause.ts';
import {onNodeAddress} from './service-addresses.ts';
import {areNodePortsRead, beforeMappings, caughtByService, firstJump, leadsTo, orderWords} from './service-rules.ts';

/** The port collides with the NodePort range (eBPF), or with a Service's port (portmap). */
export const hp15 = defineCause({
	code: 'HP15',
	title: 'The port belongs to a Service, or to the NodePort range',
	meaning:
		'With eBPF a hostPort inside the NodePort range is ignored, and a Service with the same port on an address of the node (`externalIPs`, or what a load balancer such as ServiceLB gave it) takes the hostPort’s entry, even if the Service has no pod; the entry does not return when the Service is deleted. In 1.18 and 1.19 the hostPort overwrites it again and again. With portmap and kube-proxy in IPVS mode, a hostPort takes the traffic of every Service on the same port, because service addresses are local there; and a Service’s nodePort of the same number, or its port on an address of the node (`externalIPs`, a load balancer’s), gets the traffic or loses it, depending on the order of the rules.',
	proof: [
		'hostPort inside `node-port-range`, log line `colliding with the configured NodePort range`',
		'kube-proxy in mode `ipvs`, by its ConfigMap or by the interface `kube-ipvs0`, and a Service with the same port',
		'a Service whose nodePort is the hostPort: a fault where kube-proxy’s rule for it (KUBE-NODEPORTS, KUBE-SERVICES) comes before portmap’s in PREROUTING',
		'no HostPort entry for the address that a Service has among its `externalIPs` or load balancer addresses, with the same port; or an entry of the type of that Service',
		'an entry of type LocalRedirect there: a CiliumLocalRedirectPolicy’s',
		'portmap’s nftables table has the chain `hostip_hostports` and not `hostports_all`: made before 1.9.0 (CVE-2025-67499)',
	],
	toldApart: ['HP10: there the port is outside the range'],
	cure: [
		'Use another hostPort. Where a Service had its entry, restart the pod afterwards. With IPVS: portmap 0.7.5 or newer, or kube-proxy in another mode.',
	],
	falseLeads: [],
	sources: [
		'CVE-2019-9946',
		'kubernetes/kubernetes#61938',
		'kubernetes/kubernetes#66103',
		'siderolabs/talos#9223',
		'deckhouse/deckhouse#2285',
	],
	proved: () => 'error',
	find: view => [
		...inRange(view),
		...beforeMappings(view),
		...underIpvs(view),
		...sameNodePort(view),
		...onNodeAddress(view),
		...olderNftables(view),
	],
});

function inRange(view: View): Found[] {
	const ignored = view.hostPorts.filter(
		hostPort => ['no-entry', 'wrong-entry', 'unspecified-host-ip'].includes(hostPort.reason) && isInNodePortRange(view, hostPort),
	);
	return finding({
		hostPorts: ignored,
		severity: 'error',
		title: `Cilium ignores ${count(ignored.length, 'hostPort')} inside the NodePort range`,
		because: ignored.slice(0, 3).map(hostPort => ({
			source: `cilium status on ${hostPort.pod.node}`,
			says: `NodePort range ${rangeText(view, hostPort)}; ${hostPort.name} is inside, so the agent creates no entry`,
		})),
		remedy: ignored.some(({reason}) => reason === 'unspecified-host-ip')
			? 'Choose a hostPort outside the NodePort range, and leave hostIP empty: Cilium creates no entry for an explicit 0.0.0.0 or :: either.'
			: 'Choose a hostPort outside the NodePort range.',
	});
}

function underIpvs(view: View): Found[] {
	const services = view.evidence.services;
	const taken = view.hostPorts.flatMap(hostPort => {
		const node = view.nodeOf(hostPort);
		const isIpvs = view.evidence.kubeProxyMode === 'ipvs' || node?.observation?.facts['kube-ipvs0'] !== undefined;
		if (node?.path !== 'portmap' || !isIpvs) {
			return [];
		}

		const service = services.find(({ports}) =>
			ports.some(({port, protocol}) => port === hostPort.port.hostPort && protocol === hostPort.port.protocol),
		);
		return service === undefined ? [] : [{hostPort, service}];
	});
	return finding({
		hostPorts: taken.map(({hostPort}) => hostPort),
		severity: 'warning',
		title: `${count(taken.length, 'hostPort')} may take the traffic of Services on the same port: kube-proxy is in IPVS mode`,
		because: taken.slice(0, 3).map(({hostPort, service}) => ({
			source: `service ${service.namespace}/${service.name}`,
			says: `has port ${hostPort.port.hostPort}/${hostPort.port.protocol}, as ${hostPort.name} has; under IPVS service addresses are local, so portmap's rules match them`,
		})),
		remedy: 'Use another hostPort, or portmap 0.7.5 or newer and kube-proxy in iptables mode.',
	});
}

/** The same number as a Service's nodePort: of kube-proxy's rule and portmap's, the first in PREROUTING wins. */
function sameNodePort(view: View): Found[] {
	const shared = view.hostPorts.flatMap(hostPort => {
		const {port} = hostPort;
		const service = view.evidence.services.find(({ports}) =>
			ports.some(({nodePort, protocol}) => nodePort === port.hostPort && protocol === port.protocol),
		);
		return service === undefined ||
			hostPort.diagnosis.state !== 'wired' ||
			hostPort.mapping === undefined ||
			caughtByService(view, hostPort) !== undefined
			? []
			: [{hostPort, service, first: firstJump(view, hostPort)}];
	});
	return finding({
		nodes: nodesOf(
			view,
			shared.map(({hostPort}) => hostPort),
		),
		hostPorts: shared.map(({hostPort}) => hostPort),
		severity: 'warning',
		title: `${count(shared.length, 'hostPort')} ${shared.length === 1 ? 'is' : 'are'} also the nodePort of a Service: one of the two gets the traffic`,
		because: shared.slice(0, 3).map(({hostPort, service, first}) => ({
			source: `service ${service.namespace}/${service.name}`,
			says: `has nodePort ${hostPort.port.hostPort}/${hostPort.port.protocol}, as ${hostPort.name} has${orderWords(first)}`,
		})),
		remedy: 'Change one of the two; choose a hostPort outside the NodePort range.',
		// kube-proxy has a rule for it as soon as the Service has an endpoint; then the hostPort is dead.
		verdict: ({name}) =>
			shared.some(
				({hostPort, service, first}) =>
					hostPort.pod.node === name && first === 'KUBE-SERVICES' && !areNodePortsRead(view, hostPort) && !leadsTo(service, hostPort.pod),
			)
				? {verdict: 'unknown', reason: 'a Service’s nodePort is also a hostPort here, and which of the two is served was not read'}
				: undefined,
	});
}

/** The nftables backend of portmap 1.6.0 to 1.8.0, known by its chains, takes traffic that is not for the node (CVE-2025-67499). */
function olderNftables(view: View): Found[] {
	const nodes = view.judged.filter(({observation, mappings}) => {
		const chains = observation?.nftables?.chains ?? [];
		return mappings.some(({build}) => build === 'nftables') && chains.includes('hostip_hostports') && !chains.includes('hostports_all');
	});
	const hostPorts = nodes.flatMap(node => view.hostPortsOf(node)).filter(({mapping}) => mapping?.build === 'nftables');
	return finding({
		hostPorts,
		severity: 'warning',
		title: `portmap's nftables rules on ${nodesInTitle(nodes)} take traffic for other addresses too`,
		because: [
			...alike(nodes, ({observation}) => ({
				source: 'nftables, table cni_hostport',
				says: `chains ${(observation?.nftables?.chains ?? []).join(', ')}: created by a portmap before 1.9.0`,
			})),
			{source: 'CVE-2025-67499', says: 'the nftables backend of 1.6.0 to 1.8.0 matches packets that are not addressed to the node'},
		],
		remedy: 'Install portmap 1.9.0 or newer on the node, then restart the pods.',
	});
}

/** Whether the agent leaves a hostPort out because it lies in the NodePort range. */
export function isInNodePortRange(view: View, hostPort: HostPortView): boolean {
	const range = rangeOf(view, hostPort);
	const {hostPort: number} = hostPort.port;
	return range !== undefined && number >= range.from && number <= range.to;
}

function rangeOf(view: View, hostPort: HostPortView): {from: number; to: number} | undefined {
	const seen = view.nodeOf(hostPort)?.status?.nodePortRange;
	if (seen) {
		return seen;
	}

	const [from, to] = (view.evidence.cilium?.configMap?.data['node-port-range'] ?? defaultRange).split(/[,-]/).map(Number);
	return from !== undefined && to !== undefined && from > 0 && to >= from ? {from, to} : undefined;
}

const defaultRange = '30000,32767';

function rangeText(view: View, hostPort: HostPortView): string {
	const range = rangeOf(view, hostPort);
	return range === undefined ? '' : `${range.from}-${range.to}`;
}
