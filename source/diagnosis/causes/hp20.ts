import {familyOf, isInRanges, isReachable, isSameAddress} from '../../cilium/addresses.ts';
import {addressKeys, keyExists} from '../../cilium/keys.ts';
import {releaseOf} from '../../cilium/releases.ts';
import type {Observation} from '../../evidence/evidence.ts';
import type {Proof} from '../diagnosis.ts';
import {isEveryAddress, isLoopback} from '../entry-judgement.ts';
import {finding, type Found, nodesOf} from '../finding.ts';
import {isExpected, isLeaving, type HostPortView} from '../host-port-view.ts';
import {lateAddresses} from '../late-addresses.ts';
import type {NodeView} from '../node-view.ts';
import type {PortMapping} from '../port-mappings.ts';
import {excludedByConditions} from '../portmap-conditions.ts';
import {configMapName} from '../proofs.ts';
import {unanswering} from '../unanswering.ts';
import type {View} from '../view.ts';
import {nodesInTitle, some} from '../wording.ts';
import {count} from '../../words.ts';
import {defineCause} from './cause.ts';
import {deadLoopback} from './dead-loopback.ts';
import {isInNodePortRange} from './hp15.ts';
import {publicity} from './hp27.ts';
import {knownFaults} from './known-faults.ts';
import {otherAddresses} from './other-addresses.ts';
import {ownNode} from './own-node.ts';
import {unmetHostIP} from './unmet-host-ip.ts';
import {holder} from './service-addresses.ts';

/** It answers, if at all, on another address than people try. */
export const hp20 = defineCause({
	code: 'HP20',
	title: 'The hostPort answers on another address',
	meaning:
		'With a hostIP the port answers on that address only, and only if the node has it. With eBPF it answers on the addresses of Cilium’s devices that nodeport-addresses allows, and only in address families that have an entry; 127.0.0.1, a floating IP, a second NIC or even the address by which Kubernetes knows the node may be none of them.',
	proof: [
		'hostIP is not an address of the node according to its own routing tables; only likely if judged by what Kubernetes knows',
		'hostIP, `0.0.0.0` and `::` included, is of a family that the pod has no address of: neither portmap nor eBPF maps it',
		'the rules match packets to `0.0.0.0`: an old portmap took the unspecified hostIP for an address',
		'pod and node have both families, no hostIP is set, and one family has no rule; only likely if nothing of ip6tables was seen',
		'hostIP is a loopback address: it answers only on the node itself, which is reported and is not a fault (portmap, and eBPF up to 1.15; see HP27 for later versions)',
		'hostIP is a loopback address that its own node does not reach either, an error: ::1 with rules, which the kernel never serves; any with eBPF without the socket programs (node port beside kube-proxy, socketLB off)',
		'the service entry exists for other addresses only: an error if the node’s InternalIP has none, a warning for its ExternalIP and a second address of one of Cilium’s devices',
		'the jump to the pod’s chain, or the one to portmap’s chain, asks for more than the port: `conditionsV4` or `conditionsV6` of portmap allows only some senders or addresses; an error if it allows no address of the node',
	],
	toldApart: ['HP10: there no address has the entry'],
	cure: [
		'Leave hostIP empty, or use an address of the node; see `devices` and `nodeport-addresses` in cilium-config. Without the latter Cilium serves one address per family and device, a private one before a public one.',
	],
	falseLeads: ['`curl localhost:PORT` may fail while the node’s IP answers; ::1 never works by portmap.'],
	sources: ['cilium/cilium#12116', 'cilium/cilium#34792', 'cilium/cilium#24805', 'cilium/cilium#24481', 'containernetworking/plugins#643'],
	// Not as information: what it tells so is meant, and such a place is expected to get no answer.
	proved: (_, failures) => (failures.every(({hostPort}) => isForSomeSenders(hostPort.mapping?.conditions)) ? 'warning' : 'error'),
	find: view => [
		...offNode(view),
		...unspecified(view),
		...unmetHostIP(view),
		...deadLoopback(view),
		...leftOut(view),
		...otherAddresses(view),
		...withoutFamily(view),
		...leftOutOnCondition(view),
		...onlyOnCondition(view),
		...onlyLoopback(view),
		...ownNode(view),
	],
});

function offNode(view: View): Found[] {
	const off = view.hostPorts.filter(hostPort => isOffNode(view, hostPort) && !isLeaving(hostPort));
	const dead = off.filter(hostPort => hostPort.diagnosis.state === 'unwired' && isExpected(hostPort));
	return finding({
		hostPorts: off,
		severity: dead.some(({reason}) => reason === 'no-entry' || reason === 'off-node') ? 'error' : 'warning',
		title: `the hostIP of ${count(off.length, 'hostPort')} is not served by its node`,
		because: off.slice(0, 3).map(hostPort => ({
			source: `pod of ${hostPort.name}`,
			says: isLoopback(hostPort.port.hostIP)
				? `hostIP ${hostPort.port.hostIP}: Cilium creates no entry for loopback before 1.14, later only with kernel 5.7`
				: `hostIP ${hostPort.port.hostIP}; the node has ${addressesOf(view, hostPort).join(', ')}`,
		})),
		remedy: 'Leave hostIP empty, or use an address that the node has.',
	});
}

/** portmap was told to serve some senders only: the others get no answer, as was meant. */
const isForSomeSenders = (conditions = ''): boolean =>
	/(?:^| )(?:-s|--source|-i|--in-interface|--src-\w+|--match-set \S+ src)\b/u.test(conditions);

/** A condition that names what is not mapped: `! -s 10.0.0.0/8`, `ip saddr != 10.0.0.0/8`. */
const leavesOut = (conditions: string): boolean => /^! | != /.test(conditions);

/** portmap was told to map for packets to some addresses only, and the node's own are not among them. */
function leftOutOnCondition(view: View): Found[] {
	const found = view.hostPorts.flatMap(hostPort => {
		const out = isLeaving(hostPort) ? undefined : excludedByConditions(view, hostPort);
		return out === undefined ? [] : [{hostPort, out}];
	});
	return [true, false].flatMap(isAll => {
		const these = found.filter(({out}) => out.isAll === isAll);
		const addresses = [...new Set(these.flatMap(({out}) => out.addresses))];
		return finding({
			hostPorts: these.map(({hostPort}) => hostPort),
			severity: isAll ? 'error' : 'warning',
			title: `portmap’s conditions exclude ${isAll ? 'every address' : some(addresses)} of the node: ${count(these.length, 'hostPort')} ${these.length === 1 ? 'does' : 'do'} not answer there`,
			because: these.slice(0, 3).map(({hostPort: {name, mapping, diagnosis}, out}) => ({
				source: `${mapping?.build === 'nftables' ? 'table cni_hostport' : 'nat table'} on ${diagnosis.node}`,
				says: `the jump to ${mapping?.build === 'nftables' ? 'its chains' : (mapping?.chain ?? '')} requires ${out.says}, which ${out.addresses.join(', ')} does not match; ${name} itself is right (${diagnosis.by})`,
			})),
			remedy: 'Remove these addresses from conditionsV4 and conditionsV6 of portmap in the CNI file, then restart the pods.',
		});
	});
}

/** portmap was told to map for some packets only. What it omits (`!`) is usual, unless a connection failed; what alone it lets in is a trap. */
function onlyOnCondition(view: View): Found[] {
	const dead = new Set(unanswering(view).flatMap(({hostPort, settlesIn}) => (settlesIn === 0 ? [hostPort.name] : [])));
	const hostPorts = view.hostPorts.filter(hostPort => {
		const {diagnosis, mapping, name} = hostPort;
		return (
			diagnosis.state === 'wired' &&
			mapping !== undefined &&
			mapping.conditions !== '' &&
			(!leavesOut(mapping.conditions) || dead.has(name)) &&
			excludedByConditions(view, hostPort) === undefined
		);
	});
	return finding({
		hostPorts,
		severity: 'warning',
		title: `${count(hostPorts.length, 'hostPort')} ${hostPorts.length === 1 ? 'answers' : 'answer'} to some packets only: portmap has conditions in the CNI file`,
		because: hostPorts.slice(0, 3).map(({name, mapping, diagnosis}) => ({
			source: `${mapping?.build === 'nftables' ? 'nftables table cni_hostport' : 'nat table'} on ${diagnosis.node}`,
			says: `the jump to ${mapping?.chain ?? ''} requires ${mapping?.conditions ?? ''}; ${name} itself is right (${diagnosis.by})`,
		})),
		remedy: 'If others should reach it, remove conditionsV4 and conditionsV6 from portmap in the CNI file, then restart the pods.',
	});
}

/** Meant so, perhaps; said because nobody from outside will reach it. */
function onlyLoopback(view: View): Found[] {
	const hostPorts = view.hostPorts.filter(
		hostPort =>
			isLoopback(hostPort.port.hostIP) &&
			hostPort.diagnosis.state === 'wired' &&
			!isLeaving(hostPort) &&
			publicity(view, hostPort) !== 'public',
	);
	const isMeasured = hostPorts.every(hostPort => publicity(view, hostPort) === 'private');
	return finding({
		hostPorts,
		severity: 'info',
		title: `${count(hostPorts.length, 'hostPort')} ${hostPorts.length === 1 ? 'answers' : 'answer'} on the loopback address of ${hostPorts.length === 1 ? 'its' : 'their'} node only`,
		because: hostPorts
			.slice(0, 3)
			.map(({name, port, diagnosis}) => ({source: `pod of ${name}`, says: `hostIP ${port.hostIP}; ${diagnosis.by}`})),
		remedy: isMeasured
			? 'Nothing to do if this is intended: other nodes and pods get no answer. Otherwise leave hostIP empty.'
			: `Nothing to do if this is intended. Try it from another node: Cilium up to 1.15 keeps others out, 1.20 does not (HP27); for ${view.version || 'this version'} it was not measured.`,
	});
}

/** An explicit `0.0.0.0` is not what an empty hostIP is. */
function unspecified(view: View): Found[] {
	const hostPorts = view.hostPorts.filter(
		hostPort => hostPort.reason === 'unspecified-host-ip' && !isLeaving(hostPort) && !isInNodePortRange(view, hostPort),
	);
	return finding({
		hostPorts,
		severity: 'error',
		title: `Cilium ${view.version} creates no entry for the explicit hostIP of ${count(hostPorts.length, 'hostPort')}`,
		because: hostPorts.slice(0, 3).map(({name, port, diagnosis}) => ({
			source: `pod of ${name}`,
			says: `hostIP ${port.hostIP}; ${diagnosis.by}`,
		})),
		remedy: 'Leave hostIP empty: it then answers on every address that Cilium serves. A restart or an upgrade does not help.',
	});
}

/** Entries exist, and none for an address by which the node is known. */
function leftOut(view: View): Found[] {
	const hostPorts = view.hostPorts.filter(
		hostPort =>
			hostPort.reason === 'address-left-out' && !isLeaving(hostPort) && holder(view, hostPort) === undefined && !isLate(view, hostPort),
	);
	const nodes = nodesOf(view, hostPorts);
	const addresses = [...new Set(hostPorts.flatMap(each => each.leftOut))];
	return finding({
		hostPorts,
		severity: 'error',
		title: `${count(hostPorts.length, 'hostPort')} on ${nodesInTitle(nodes)} ${hostPorts.length === 1 ? 'does' : 'do'} not answer on ${some(addresses)}: Cilium does not serve it there`,
		because: [
			...hostPorts.slice(0, 3).map(hostPort => ({
				source: `${view.nodeOf(hostPort)?.observation?.datapathEntries ? 'cilium bpf lb list' : 'cilium service list'} on ${hostPort.pod.node}`,
				says: isOffDevice(hostPort)
					? `${hostPort.name}: ${hostPort.diagnosis.by}`
					: `${hostPort.name}: entries for ${hostPort.entryAddresses.join(', ') || 'no address'}, none for ${hostPort.leftOut.join(', ')}`,
			})),
			...nodes.slice(0, 3).flatMap(node => narrowingProofs(view, node)),
			...knownFaults(view, hostPorts),
		],
		remedy: remedyForLeftOut(nodes, hostPorts),
	});
}

/** Cilium has an entry for the hostIP (1.18 and later), and its address is on none of the devices where packets meet it. */
function isOffDevice({entryAddresses, leftOut}: HostPortView): boolean {
	return leftOut.every(address => entryAddresses.some(each => isSameAddress(each, address)));
}

/** What is omitted is younger than the agent: that is a cause of its own (HP33). */
function isLate(view: View, hostPort: HostPortView): boolean {
	const node = view.nodeOf(hostPort);
	const late = node === undefined ? [] : lateAddresses(node).map(({address}) => address);
	return hostPort.leftOut.length > 0 && hostPort.leftOut.every(each => late.some(address => isSameAddress(address, each)));
}

/** portmap made rules for one family of a pod that has both. */
function withoutFamily(view: View): Found[] {
	const found = view.hostPorts.flatMap(hostPort => {
		const missing = isLeaving(hostPort) ? undefined : missingFamily(view, hostPort);
		return missing === undefined ? [] : [{hostPort, ...missing}];
	});
	return [true, false].flatMap(isProved => {
		const these = found.filter(each => each.isProved === isProved);
		const isOfRuntime = these.every(({hostPort}) => hostPort.mapping?.by === 'runtime');
		const isOfNftables = these.every(({hostPort}) => hostPort.mapping?.build === 'nftables');
		return finding({
			hostPorts: these.map(({hostPort}) => hostPort),
			severity: isProved ? 'error' : 'warning',
			title: `${count(these.length, 'hostPort')} ${isProved ? '' : 'probably '}${these.length === 1 ? 'answers' : 'answer'} on one address family of ${these.length === 1 ? 'its' : 'their'} node only`,
			because: these.slice(0, 3).map(({hostPort, family}) => ({
				source: `${hostPort.mapping?.build === 'nftables' ? 'nftables' : 'nat table'} on ${hostPort.pod.node}`,
				says: `${hostPort.name}: ${hostPort.diagnosis.by}; no rule of IPv${family} leads to ${hostPort.pod.podIPs.join(', ')}${isProved ? '' : `, and none at all of IPv${family} was seen`}`,
			})),
			remedy: `Restart the pods: ${isOfRuntime ? 'the container runtime' : 'portmap'} creates rules for each address that a pod has when it starts. If there are still no rules, ${isOfNftables ? 'read the log of the container runtime' : 'check whether ip6tables works on the node'}.`,
		});
	});
}

/**
 * The family of which the nat table has no rule, though pod and node have an address of it. An empty table may be one that was not read.
 * With a hostIP portmap makes rules of its family alone, `0.0.0.0` and `::` included (plugins/meta/portmap).
 */
function missingFamily(view: View, hostPort: HostPortView): {readonly family: 4 | 6; readonly isProved: boolean} | undefined {
	const {mapping, pod, port, diagnosis} = hostPort;
	const node = view.nodeOf(hostPort);
	if (mapping === undefined || diagnosis.state !== 'wired' || port.hostIP !== '') {
		return undefined;
	}

	const family = mapping.family === 4 ? 6 : 4;
	const isOffered = addressesOf(view, hostPort).some(address => familyOf(address) === family && isReachable(address));
	const isMapped = node?.mappings.some(
		each =>
			each.family === family &&
			each.position !== undefined &&
			each.hostPort === port.hostPort &&
			pod.podIPs.some(ip => isSameAddress(ip, each.targetIP)),
	);
	return isOffered && pod.podIPs.some(address => familyOf(address) === family) && !isMapped
		? {family, isProved: isRead(node?.observation, mapping.build, family)}
		: undefined;
}

/** Whether the rules of a family were read where a mapping stands: of nftables they were where its tables could be listed. */
function isRead(seen: Observation | undefined, build: PortMapping['build'], family: 4 | 6): boolean {
	if (build === 'nftables') return (seen?.nftables?.tables ?? []).length > 0;
	const table = seen?.nat[build];
	return ((family === 6 ? table?.rules6 : table?.rules) ?? []).length > 0;
}

/** What keeps addresses out: options with their place, and the devices that the agent serves. */
function narrowingProofs(view: View, node: NodeView): Proof[] {
	const options = addressKeys.flatMap(key => {
		const value = node.settings?.[key] ?? '';
		const override = node.overrides.findLast(each => each.key === key);
		return value.trim() === '' || !keyExists(node.version, key)
			? []
			: [{source: override?.source ?? configMapName(view), says: `${key}: ${value}`}];
	});
	const {devices = [], deviceAddresses = []} = node.status ?? {};
	const addresses = deviceAddresses.filter(isReachable);
	return [
		...options,
		...(devices.length === 0
			? []
			: [
					{
						source: `cilium status on ${node.name}`,
						says: `devices ${devices.join(', ')}${addresses.length === 0 ? '' : ` (${addresses.join(', ')})`}`,
					},
				]),
	];
}

/** Where somebody has set an option: what stands there wins over the chart's value. */
function placeOf(nodes: readonly NodeView[], key: (typeof addressKeys)[number], value: string): string {
	const override = nodes.flatMap(({overrides}) => overrides).findLast(each => each.key === key);
	return override === undefined ? (value === '' ? '' : ` (Helm: ${value})`) : ` (set by ${override.source})`;
}

function remedyForLeftOut(nodes: readonly NodeView[], hostPorts: readonly HostPortView[]): string {
	const addresses = [...new Set(hostPorts.flatMap(each => each.leftOut))];
	const {rangesValue} = releaseOf(nodes[0]?.version ?? '');
	const set = (key: (typeof addressKeys)[number]): string =>
		nodes.map(({settings, version}) => (keyExists(version, key) ? (settings?.[key] ?? '') : '')).find(value => value.trim() !== '') ?? '';
	const ranges = set('nodeport-addresses');
	if (ranges !== '' && addresses.some(address => !isInRanges(address, ranges))) {
		return `Add a range that contains ${some(addresses)} to nodeport-addresses${placeOf(nodes, 'nodeport-addresses', rangesValue)}, or remove the option; then restart the agents.`;
	}

	if (set('devices') !== '') {
		return `Add the device that has ${some(addresses)} to devices${placeOf(nodes, 'devices', 'devices')}, or remove the option so that the agent finds them itself; then restart the agents.`;
	}

	if (set('local-max-addr-scope') !== '') {
		return `Compare the scope of ${some(addresses)} (ip address show) with local-max-addr-scope${placeOf(nodes, 'local-max-addr-scope', '')}: it excludes addresses of a narrower scope. Remove the option, then restart the agents.`;
	}

	const isBeside = nodes.every(({status}) => addresses.some(address => status?.deviceAddresses.some(each => isSameAddress(each, address))));
	const hasOther = hostPorts.every(({entryAddresses, leftOut}) =>
		entryAddresses.some(each => isReachable(each) && leftOut.some(address => familyOf(address) === familyOf(each))),
	);
	if (isBeside && hasOther) {
		return `Set nodeport-addresses to ranges that contain every address that should answer (Helm: ${rangesValue}), then restart the agents: without it Cilium serves one address per family and device, a private one before a public one.`;
	}

	if (hostPorts.some(({port}) => !isEveryAddress(port.hostIP))) {
		return `Use a hostIP that Cilium serves, or leave it empty; to serve ${some(addresses)}, name its device in devices (Helm: devices) and restart the agents.`;
	}

	return `Restart the agent pod there: it then serves addresses that are newer than the agent, and restores an entry that a Service on the same address and port had taken. If it does not find a device by itself, name it in devices (Helm: devices).`;
}

/** Whether a pod asks for an address that its node does not have, or for loopback where Cilium makes no entry for it. */
export function isOffNode(view: View, hostPort: HostPortView): boolean {
	const {hostIP} = hostPort.port;
	if (hostPort.reason === 'address-left-out' || hostPort.reason === 'other-family') {
		return false;
	}

	if (isLoopback(hostIP)) {
		return hostPort.reason === 'no-entry';
	}

	// What the node's own tables say counts; what Kubernetes knows of its addresses is less.
	const own = view.nodeOf(hostPort)?.observation?.localAddresses ?? addressesOf(view, hostPort);
	return !isEveryAddress(hostIP) && own.length > 0 && !own.includes(hostIP);
}

function addressesOf(view: View, hostPort: HostPortView): string[] {
	return (view.nodeOf(hostPort)?.node.addresses ?? []).filter(({type}) => type.endsWith('IP')).map(({address}) => address);
}
