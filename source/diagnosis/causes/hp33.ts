import {familyOf, isSameAddress} from '../../cilium/addresses.ts';
import {isEveryAddress} from '../entry-judgement.ts';
import {isExpected, isLeaving, type HostPortView} from '../host-port-view.ts';
import {lateAddresses} from '../late-addresses.ts';
import type {NodeView} from '../node-view.ts';
import {timeOf} from '../time.ts';
import {count, nodesInTitle, some} from '../wording.ts';
import type {Cause} from './cause.ts';

/** The node got an address after its agent had started, and the agent does not serve it. */
export const hp33: Cause = {
	code: 'HP33',
	find(view) {
		const late = view.judged.flatMap(node => {
			const addresses = lateAddresses(node);
			const hostPorts = view.hostPortsOf(node).filter(hostPort =>
				isConcerned(
					hostPort,
					addresses.map(each => each.address),
				),
			);
			return hostPorts.length === 0 ? [] : [{node, addresses, hostPorts}];
		});
		if (late.length === 0) return [];
		const hostPorts = late.flatMap(each => each.hostPorts);
		const addresses = late.flatMap(each => each.addresses.map(({address}) => address));
		return [
			{
				code: 'HP33',
				severity: 'error',
				nodes: late.map(({node}) => node.name),
				hostPorts: hostPorts.map(({name}) => name),
				title: `${count(hostPorts.length, 'hostPort')} on ${nodesInTitle(late.map(({node}) => node))} ${hostPorts.length === 1 ? 'does' : 'do'} not answer on ${some(addresses)}: the address is younger than the agent`,
				because: late.slice(0, 3).flatMap(({node, addresses: own}) => [
					...own
						.slice(0, 2)
						.map(({address, device}) => ({source: `addresses of ${node.name}`, says: `${address} is on ${device}, which Cilium serves`})),
					{
						source: `cilium status on ${node.name}`,
						says: `devices ${(node.status?.devices ?? []).join(', ')} with ${(node.status?.deviceAddresses ?? []).join(', ')}`,
					},
					{source: `entries on ${node.name}`, says: `none for ${some(own.map(({address}) => address))}${startOf(node)}`},
				]),
				remedy: `Restart the agent pod on ${nodesInTitle(late.map(({node}) => node))}: it looks for the addresses of its devices when it starts.`,
				repairable: false,
			},
		];
	},
};

function startOf({node}: NodeView): string {
	const started = Date.parse(node.agent?.startedAt ?? '');
	return Number.isNaN(started) ? '' : `; the agent started ${timeOf(started / 1000)}`;
}

/** Whether a pod asks to be reached at one of the addresses. */
function isConcerned(hostPort: HostPortView, addresses: readonly string[]): boolean {
	const {pod, port} = hostPort;
	return (
		isExpected(hostPort) &&
		!isLeaving(hostPort) &&
		hostPort.entryAddresses.length > 0 &&
		addresses.some(address =>
			isEveryAddress(port.hostIP)
				? pod.podIPs.some(ip => familyOf(ip) === familyOf(address)) && (port.hostIP === '' || familyOf(port.hostIP) === familyOf(address))
				: isSameAddress(port.hostIP, address),
		)
	);
}
