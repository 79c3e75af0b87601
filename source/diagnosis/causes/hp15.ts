import type {Finding} from '../diagnosis.ts';
import type {HostPortView} from '../host-port-view.ts';
import type {View} from '../view.ts';
import {alike, count, nodesInTitle} from '../wording.ts';
import type {Cause} from './cause.ts';
import {firstJump, onNodeAddress, portFinding} from './service-addresses.ts';

/** The port collides with the NodePort range (eBPF), or with a Service's port (portmap). */
export const hp15: Cause = {
	code: 'HP15',
	find: view => [...inRange(view), ...underIpvs(view), ...sameNodePort(view), ...onNodeAddress(view), ...olderNftables(view)],
};

function inRange(view: View): Finding[] {
	const ignored = view.hostPorts.filter(
		hostPort => (hostPort.reason === 'no-entry' || hostPort.reason === 'wrong-entry') && isInNodePortRange(view, hostPort),
	);
	return ignored.length === 0
		? []
		: [
				portFinding(ignored, {
					severity: 'error',
					title: `Cilium ignores ${count(ignored.length, 'hostPort')} inside the NodePort range`,
					because: ignored.slice(0, 3).map(hostPort => ({
						source: `cilium status on ${hostPort.pod.node}`,
						says: `NodePort range ${rangeText(view, hostPort)}; ${hostPort.name} is inside, so the agent makes no entry`,
					})),
					remedy: 'Use a hostPort outside the NodePort range.',
				}),
			];
}

function underIpvs(view: View): Finding[] {
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
	return taken.length === 0
		? []
		: [
				portFinding(
					taken.map(({hostPort}) => hostPort),
					{
						severity: 'warning',
						title: `${count(taken.length, 'hostPort')} may take the traffic of Services on the same port: kube-proxy is in IPVS mode`,
						because: taken.slice(0, 3).map(({hostPort, service}) => ({
							source: `service ${service.namespace}/${service.name}`,
							says: `has port ${hostPort.port.hostPort}/${hostPort.port.protocol}, as ${hostPort.name} has; under IPVS service addresses are local, so portmap's rules match them`,
						})),
						remedy: 'Use another hostPort, or portmap 0.7.5 or newer and kube-proxy in iptables mode.',
					},
				),
			];
}

/** The same number as a Service's nodePort: of kube-proxy's rule and portmap's, the first in PREROUTING wins. */
function sameNodePort(view: View): Finding[] {
	const shared = view.hostPorts.flatMap(hostPort => {
		const {port} = hostPort;
		const service = view.evidence.services.find(({ports}) =>
			ports.some(({nodePort, protocol}) => nodePort === port.hostPort && protocol === port.protocol),
		);
		return service === undefined || hostPort.diagnosis.state !== 'wired' || hostPort.mapping === undefined ? [] : [{hostPort, service}];
	});
	return shared.length === 0
		? []
		: [
				portFinding(
					shared.map(({hostPort}) => hostPort),
					{
						severity: 'warning',
						title: `${count(shared.length, 'hostPort')} ${shared.length === 1 ? 'is' : 'are'} also the nodePort of a Service: one of the two gets the traffic`,
						because: shared.slice(0, 3).map(({hostPort, service}) => ({
							source: `service ${service.namespace}/${service.name}`,
							says: `has nodePort ${hostPort.port.hostPort}/${hostPort.port.protocol}, as ${hostPort.name} has${firstJump(view, hostPort)}`,
						})),
						remedy: 'Change one of the two; a hostPort is best outside the NodePort range.',
					},
				),
			];
}

/** The nftables backend of portmap 1.6.0 to 1.8.0, known by its chains, takes traffic that is not for the node (CVE-2025-67499). */
function olderNftables(view: View): Finding[] {
	const nodes = view.judged.filter(({observation, mappings}) => {
		const chains = observation?.nftables?.chains ?? [];
		return mappings.some(({build}) => build === 'nftables') && chains.includes('hostip_hostports') && !chains.includes('hostports_all');
	});
	const hostPorts = nodes.flatMap(node => view.hostPortsOf(node)).filter(({mapping}) => mapping?.build === 'nftables');
	return hostPorts.length === 0
		? []
		: [
				portFinding(hostPorts, {
					severity: 'warning',
					title: `portmap's nftables rules on ${nodesInTitle(nodes)} take traffic for these ports that is meant for other addresses`,
					because: [
						...alike(nodes, ({observation}) => ({
							source: 'nftables, table cni_hostport',
							says: `chains ${(observation?.nftables?.chains ?? []).join(', ')}: made by a portmap before 1.9.0`,
						})),
						{source: 'CVE-2025-67499', says: 'the nftables backend of 1.6.0 to 1.8.0 matches packets that are not addressed to the node'},
					],
					remedy: 'Put portmap 1.9.0 or newer on the node, then make the pods again.',
				}),
			];
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
