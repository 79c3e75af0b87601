import {familyOf, isInRanges, isReachable, isSameAddress} from '../../cilium/addresses.ts';
import {releaseOf} from '../../cilium/releases.ts';
import {isVersion} from '../../cilium/version.ts';
import {isEveryAddress} from '../entry-judgement.ts';
import {finding, type Found} from '../finding.ts';
import {isLeaving, type HostPortView} from '../host-port-view.ts';
import type {NodeView} from '../node-view.ts';
import type {View} from '../view.ts';
import {nodesInTitle, some} from '../wording.ts';
import {count} from '../../words.ts';

/**
 * HP20 of further addresses of a node, on which a hostPort without hostIP should answer too and has no entry: an ExternalIP, a second
 * address of a device, such as a floating one. Without nodeport-addresses Cilium serves one address a family of each device (measured
 * on 1.15.19 and 1.20.2: docs/paths.md, “two addresses a node”); on the node itself every address answers.
 */
export function otherAddresses(view: View): Found[] {
	const missed = view.hostPorts
		.filter(hostPort => hostPort.diagnosis.state === 'wired' && isEveryAddress(hostPort.port.hostIP) && !isLeaving(hostPort))
		.map(hostPort => ({hostPort, addresses: unserved(hostPort, view.nodeOf(hostPort))}))
		.filter(({addresses}) => addresses.length > 0);
	const names = new Set(missed.map(({hostPort}) => hostPort.pod.node));
	const nodes = view.judged.filter(({name}) => names.has(name));
	const addresses = [...new Set(missed.flatMap(each => each.addresses))];
	const isOffDevices = nodes.every(
		({status}) =>
			(status?.deviceAddresses.length ?? 0) > 0 &&
			!status?.deviceAddresses.some(each => addresses.some(address => isSameAddress(each, address))),
	);
	return finding({
		severity: 'warning',
		nodes,
		hostPorts: missed.map(({hostPort}) => hostPort),
		title: `${count(missed.length, 'hostPort')} on ${nodesInTitle(nodes)} ${missed.length === 1 ? 'does' : 'do'} not answer on ${some(addresses)}, another address of the node`,
		because: [
			...missed.slice(0, 3).map(({hostPort, addresses: own}) => ({
				source: `${view.nodeOf(hostPort)?.observation?.datapathEntries ? 'cilium bpf lb list' : 'cilium service list'} on ${hostPort.pod.node}`,
				says: `${hostPort.name}: entries for ${hostPort.entryAddresses.join(', ')}, none for ${own.join(', ')}`,
			})),
			...nodes.slice(0, 3).map(node => ({
				source: `addresses of ${node.name}`,
				says: `${addresses.filter(address => addressesOf(node).includes(address)).join(', ')}; ${isOffDevices ? `Cilium’s devices are ${node.status?.devices.join(', ') ?? ''} (${node.status?.deviceAddresses.join(', ') ?? ''})` : 'Cilium serves one address per family and device unless nodeport-addresses is set'}`,
			})),
		],
		remedy: isOffDevices
			? `If clients use ${some(addresses)}, add the device that has it to devices (Helm: devices), or remove the option so that the agent finds all of them, and restart the agents. Otherwise there is nothing to do.`
			: `If clients use ${some(addresses)}, set nodeport-addresses to ranges that contain every address that should answer (Helm: ${releaseOf(nodes[0]?.version ?? view.version).rangesValue}) and restart the agents, or give the pod that hostIP. Otherwise there is nothing to do.`,
	});
}

function unserved(hostPort: HostPortView, node: NodeView | undefined): readonly string[] {
	if (node?.observation === undefined || hostPort.entryAddresses.length === 0) return [];
	const isTold =
		node.observation.datapathEntries !== null || (releaseOf(node.version).listsNodeAddresses && isVersion(node.version, '>=0.0.0'));
	// Who narrows the addresses has left the others out on purpose.
	const ranges = (node.settings?.['nodeport-addresses'] ?? '').trim();
	const families = new Set(hostPort.pod.podIPs.map(familyOf));
	const {hostIP} = hostPort.port;
	return isTold
		? addressesOf(node).filter(
				address =>
					families.has(familyOf(address)) &&
					(hostIP === '' || familyOf(address) === familyOf(hostIP)) &&
					(ranges === '' || isInRanges(address, ranges)) &&
					!hostPort.entryAddresses.some(each => isSameAddress(each, address)),
			)
		: [];
}

/** Addresses of a node, which it has itself, by which others may reach it: those that Kubernetes knows, and those of Cilium's devices. */
function addressesOf({node, observation, status}: NodeView): readonly string[] {
	const local = observation?.localAddresses ?? [];
	const known = node.addresses
		.filter(({type, address}) => type === 'ExternalIP' && local.some(each => isSameAddress(each, address)))
		.map(({address}) => address);
	return [...new Set([...known, ...(status?.deviceAddresses ?? [])])].filter(isReachable);
}
