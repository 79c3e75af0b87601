import {familyOf, isSameAddress} from '../../cilium/addresses.ts';
import {isEveryAddress} from '../entry-judgement.ts';
import {finding} from '../finding.ts';
import {isExpected, isLeaving, type HostPortView} from '../host-port-view.ts';
import {lateAddresses} from '../late-addresses.ts';
import type {NodeView} from '../node-view.ts';
import {timeOf} from '../time.ts';
import {nodesInTitle, some} from '../wording.ts';
import {count} from '../../words.ts';
import {defineCause} from './cause.ts';

/** The node got an address after its agent had started, and the agent does not serve it. */
export const hp33 = defineCause({
	code: 'HP33',
	title: 'An address of the node is newer than the agent',
	meaning:
		'The node got an address after its agent had read those of its devices: by DHCP, by a VIP that moved, by hand. Cilium has no entry for it, so hostPorts answer only on the older addresses.',
	proof: [
		'the address is on a device that the agent serves, the agent’s `deviceList` does not have it there, and no entry of eBPF is for it',
		'`nodeport-addresses` holds it, or without that option it is the node’s InternalIP',
	],
	toldApart: [
		'HP20: there `devices` or `nodeport-addresses` exclude the address, or the agent did not find its device; a restart changes nothing then',
		'HP15: there a Service has the entry of that address',
		'a second address of a device without `nodeport-addresses`: Cilium serves only the primary one, by design',
	],
	cure: ['Restart the agent pod of that node.'],
	falseLeads: ['The pod, its rules and its application are right: it answers on the other addresses.'],
	sources: ['rancher/rke2#3516', 'Cilium documentation: `nodePort.addresses`'],
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
		const nodes = late.map(({node}) => node);
		const hostPorts = late.flatMap(each => each.hostPorts);
		const addresses = late.flatMap(each => each.addresses.map(({address}) => address));
		return finding({
			severity: 'error',
			nodes,
			hostPorts,
			title: `${count(hostPorts.length, 'hostPort')} on ${nodesInTitle(nodes)} ${hostPorts.length === 1 ? 'does' : 'do'} not answer on ${some(addresses)}: it is newer than the agent`,
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
			remedy: `Restart the agent pod on ${nodesInTitle(nodes)}: it reads the addresses of its devices when it starts.`,
		});
	},
});

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
