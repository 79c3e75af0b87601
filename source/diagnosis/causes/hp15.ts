import type {Finding} from '../diagnosis.ts';
import type {HostPortView} from '../host-port-view.ts';
import type {View} from '../view.ts';
import {count} from '../wording.ts';
import type {Cause} from './cause.ts';

/** The port collides with the NodePort range (eBPF), or with a Service's port under IPVS (portmap). */
export const hp15: Cause = {code: 'HP15', find: view => [...inRange(view), ...underIpvs(view)]};

function inRange(view: View): Finding[] {
	const ignored = view.hostPorts.filter(
		hostPort => (hostPort.reason === 'no-entry' || hostPort.reason === 'wrong-entry') && isInNodePortRange(view, hostPort),
	);
	return ignored.length === 0
		? []
		: [
				finding(ignored, {
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
	if (view.evidence.kubeProxyMode !== 'ipvs' || view.path !== 'portmap') {
		return [];
	}

	const services = view.evidence.services;
	const taken = view.hostPorts.flatMap(hostPort => {
		const service = services.find(({ports}) =>
			ports.some(({port, protocol}) => port === hostPort.port.hostPort && protocol === hostPort.port.protocol),
		);
		return service === undefined ? [] : [{hostPort, service}];
	});
	return taken.length === 0
		? []
		: [
				finding(
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

function finding(hostPorts: readonly HostPortView[], words: Pick<Finding, 'severity' | 'title' | 'because' | 'remedy'>): Finding {
	return {
		code: 'HP15',
		nodes: [...new Set(hostPorts.map(({pod}) => pod.node))].sort(),
		hostPorts: hostPorts.map(({name}) => name),
		...words,
		repairable: false,
	};
}
