import {familyOf, isInRanges, isReachable, isSameAddress} from '../cilium/addresses.ts';
import {releaseOf} from '../cilium/releases.ts';
import {plainVersion} from '../cilium/version.ts';
import type {HostPortPod} from '../evidence/evidence.ts';
import {hostPortEntries, type HostPortEntry} from './host-port-entries.ts';
import type {NodeView} from './node-view.ts';
import {refusedPrograms} from './refused-programs.ts';
import {servingOf} from './serving.ts';

type Port = HostPortPod['ports'][number];

/** What the entries of eBPF say of one hostPort. */
export type EntryJudgement = {
	readonly state: 'wired' | 'unwired' | 'unknown';
	/** One line: what was seen. */
	readonly by: string;
	readonly reason:
		| 'wired'
		| 'entries-unread'
		| 'no-entry'
		| 'unspecified-host-ip'
		| 'wrong-entry'
		| 'address-left-out'
		| 'agent-starting'
		| 'program-refused'
		| 'loopback-dead'
		| 'sctp';
	/** Addresses whose entry leads to the pod. */
	readonly entryAddresses?: readonly string[];
	/** Addresses that the pod asks for and its node has, and that no entry serves. */
	readonly leftOut?: readonly string[];
};

/**
 * Judges one hostPort by the datapath's own entries where they were read, else by the agent's service table. An entry for
 * `0.0.0.0` or `::` serves the node's own processes alone, whatever the table shows: others are served on the addresses that have an
 * entry of their own, which are those of Cilium's devices inside nodeport-addresses (recordings native-address-left-out
 * and native-device-left-out of 1.15.19 and 1.20.2).
 */
export function entryJudgement(pod: HostPortPod, port: Port, node: NodeView): EntryJudgement {
	const judgement = ofSctp(byEntries(pod, port, node), port);
	if (judgement.state === 'wired' && isLoopback(port.hostIP)) {
		// What is sent to the loopback meets no device, and so no program but those at the sockets (packets on 1.15.19).
		return servingOf(node).socketLoadBalancing === false
			? {...judgement, state: 'unwired', by: `${judgement.by}; but Cilium’s socket programs are off`, reason: 'loopback-dead'}
			: judgement;
	}

	const lack = judgement.state === 'wired' ? programLack(node) : undefined;
	if (lack !== undefined) {
		return {
			...judgement,
			state: lack === 'proved' ? 'unwired' : 'unknown',
			by: `${judgement.by}; but Cilium’s program is not on the node’s devices (HP36)${lack === 'proved' ? '' : ', so it is not known whether outside clients reach the entry'}`,
			reason: 'program-refused',
		};
	}

	return judgement.state === 'unwired' && judgement.reason !== 'unspecified-host-ip' && node.isStarting
		? {state: 'unknown', by: `${judgement.by}; the agent has only just started: run check again in a moment`, reason: 'agent-starting'}
		: judgement;
}

/** eBPF rewrites no port of SCTP: with another containerPort than hostPort the packet is dropped (Cilium documentation, “SCTP support”). */
function ofSctp(judgement: EntryJudgement, {protocol, hostPort, containerPort}: Port): EntryJudgement {
	if (protocol.toUpperCase() !== 'SCTP') return judgement;
	if (judgement.state === 'wired' && hostPort !== containerPort) {
		return {...judgement, state: 'unwired', by: `${judgement.by}; but Cilium rewrites no SCTP port`, reason: 'sctp'};
	}

	return judgement.reason === 'no-entry' || judgement.reason === 'wrong-entry' ? {...judgement, reason: 'sctp'} : judgement;
}

/**
 * Entries that no program on the node's devices looks at. Proved where the devices were seen bare and the log tells why: other nodes were
 * refused then (recording 1.15.19/dual-native). Bare alone they are while an agent compiles too.
 */
function programLack({observation, status}: NodeView): 'proved' | 'likely' | undefined {
	const refused = observation && refusedPrograms(observation);
	if (refused === undefined) return undefined;
	const isBare = refused.bareDevices.length > 0 && refused.bareDevices.length === status?.devices.length;
	return refused.isHost && isBare ? 'proved' : refused.isHost || isBare ? 'likely' : undefined;
}

function byEntries(pod: HostPortPod, port: Port, node: NodeView): EntryJudgement {
	const entries = hostPortEntries(node.observation);
	if (entries === undefined) {
		return {state: 'unknown', by: 'the service entries of the agent were not read', reason: 'entries-unread'};
	}

	// Of a version that is not known, what the entries themselves say counts.
	const tellsProtocols = releaseOf(node.version).entriesByProtocol || !isKnown(node.version);
	const forPort = entries.filter(entry => entry.port === port.hostPort && (!tellsProtocols || isProtocol(entry.protocol, port.protocol)));
	const isOwnBackend = ({ip, port: target}: HostPortEntry['backends'][number]): boolean =>
		pod.podIPs.some(own => isSameAddress(own, ip)) && target === port.containerPort;
	const leadsHere = ({backends}: HostPortEntry): boolean => backends.some(isOwnBackend);
	const right = forPort.filter(entry => leadsHere(entry) && isAskedFor(port.hostIP, entry.address));
	if (right.length === 0) {
		return withoutEntry(port, node, forPort);
	}

	const others = right.filter(({type}) => type === 'HostPort').flatMap(({backends}) => backends.filter(backend => !isOwnBackend(backend)));
	if (others[0] !== undefined) {
		const {ip, port: target} = others[0];
		return {state: 'unwired', by: `the HostPort entry leads to the pod and to ${ip}:${target} too`, reason: 'wrong-entry'};
	}

	// An address and port have one entry: where a Service has it, no hostPort is served there.
	const isTaken = (address: string): boolean =>
		forPort.some(entry => entry.type !== 'HostPort' && isSameAddress(entry.address, address) && !leadsHere(entry));
	const entryAddresses = right.map(({address}) => address);
	const asked = isLoopback(port.hostIP)
		? []
		: addressesAskedFor(pod, port, node).map(address => ({
				address,
				served: isTaken(address) ? false : isServed(address, entryAddresses, port, node),
			}));
	const leftOut = asked.filter(({served}) => served === false).map(({address}) => address);
	const unseen = asked.filter(({served}) => served === undefined).map(({address}) => address);
	if (leftOut.length === 0 && unseen.length > 0) {
		return {
			state: 'unknown',
			by: `service entry for ${entryAddresses.join(', ')}; whether it serves ${unseen.join(', ')} is not known: the datapath was not read`,
			reason: 'entries-unread',
		};
	}

	if (asked.length === 0 && isEveryAddress(port.hostIP) && !entryAddresses.some(isReachable)) {
		return {
			state: 'unknown',
			by: `service entry for ${entryAddresses.join(', ')}; whether it serves others is not known: the node has no address of the pod’s families that is known`,
			reason: 'entries-unread',
		};
	}

	const shown = right.find(({address}) => isReachable(address)) ?? right[0];
	const entry = `${shown?.address ?? ''}:${port.hostPort}/${port.protocol}`;
	return leftOut.length > 0
		? {
				state: 'unwired',
				by: leftOut.every(address => entryAddresses.some(each => isSameAddress(each, address)))
					? `there is an entry for ${leftOut.join(', ')}, which is on none of Cilium’s devices: others do not reach it`
					: `no entry for ${leftOut.join(', ')}; ${entryAddresses.some(isReachable) ? `there is one for ${entryAddresses.filter(isReachable).join(', ')}` : 'only its own node reaches it'}`,
				reason: 'address-left-out',
				entryAddresses,
				leftOut,
			}
		: {
				state: 'wired',
				by: `${node.observation?.datapathEntries ? 'datapath' : 'service'} entry ${entry} → ${pod.podIPs[0] ?? ''}:${port.containerPort}`,
				reason: 'wired',
				entryAddresses,
			};
}

function withoutEntry(port: Port, node: NodeView, forPort: readonly HostPortEntry[]): EntryJudgement {
	const taken = forPort.find(({address, type}) => type !== 'HostPort' && isSameAddress(port.hostIP, address));
	if (taken !== undefined) {
		return {
			state: 'unwired',
			by: `the entry of ${taken.address}:${port.hostPort} is ${taken.type === 'LocalRedirect' ? 'a CiliumLocalRedirectPolicy’s' : `a Service’s (${taken.type})`}`,
			reason: 'address-left-out',
			leftOut: [taken.address],
		};
	}

	const other = forPort.find(({address, type}) => type === 'HostPort' && isAskedFor(port.hostIP, address));
	if (other !== undefined) {
		return {
			state: 'unwired',
			by: `the HostPort entry leads to ${other.backends.map(({ip, port: target}) => `${ip}:${target}`).join(', ') || 'nothing'}, not to the pod`,
			reason: 'wrong-entry',
		};
	}

	const by = `no HostPort entry for ${port.hostPort}/${port.protocol}`;
	if (isUnspecified(port.hostIP) && !releaseOf(node.version).servesUnspecifiedHostIP) {
		return {state: 'unwired', by: `${by}: Cilium creates none for an explicit hostIP ${port.hostIP}`, reason: 'unspecified-host-ip'};
	}

	// Up to 1.17 a hostIP gets no entry where Cilium does not serve its device.
	return isOwn(port.hostIP, node) && !isOnDevice(port.hostIP, node)
		? {
				state: 'unwired',
				by: `no entry for ${port.hostIP}, which is on none of Cilium’s devices`,
				reason: 'address-left-out',
				leftOut: [port.hostIP],
			}
		: {state: 'unwired', by, reason: 'no-entry'};
}

/** The addresses of the node on which the pod should answer; of those families alone that the pod has. */
function addressesAskedFor(pod: HostPortPod, {hostIP}: Port, node: NodeView): readonly string[] {
	if (!isEveryAddress(hostIP)) {
		// Cilium makes an entry for an address that the node does not have, too (seen on 1.20.2): whether it answers is a matter of routes.
		return isOwn(hostIP, node) ? [hostIP] : [];
	}

	const families = new Set(pod.podIPs.map(familyOf));
	// `0.0.0.0` and `::` ask for one family, also where Cilium makes entries of both (recording 1.15.19/dual-native).
	const asked = familyOf(hostIP);
	const ofType = (word: string): string[] => node.node.addresses.flatMap(({type, address}) => (type === word ? [address] : []));
	const internal = ofType('InternalIP');
	return (internal.length > 0 ? internal : ofType('ExternalIP')).filter(
		address => isReachable(address) && families.has(familyOf(address)) && (asked === undefined || familyOf(address) === asked),
	);
}

/**
 * Whether others reach an address: by its own entry; where the table does not show those, by what narrows them. Undefined: neither the
 * entries nor the agent's devices tell.
 */
function isServed(address: string, served: readonly string[], {hostIP}: Port, node: NodeView): boolean | undefined {
	if (!isEveryAddress(hostIP)) {
		return isOnDevice(address, node);
	}

	const wasRead = Boolean(node.observation?.datapathEntries);
	if (wasRead || served.some(isReachable) || (isKnown(node.version) && releaseOf(node.version).listsNodeAddresses)) {
		return served.some(each => isSameAddress(each, address));
	}

	// `0.0.0.0` says nothing of IPv6, nor `::` of IPv4.
	if (!served.some(each => familyOf(each) === familyOf(address))) {
		return isKnown(node.version) ? false : undefined;
	}

	const ranges = (node.settings?.['nodeport-addresses'] ?? '').trim();
	if (!isOnDevice(address, node) || (ranges !== '' && !isInRanges(address, ranges))) {
		return false;
	}

	// Without `devices` the agent itself finds the one that has the node's address.
	const namesDevices = (node.settings?.['devices'] ?? '').trim() !== '';
	const isTold = reachableOnDevices(node).length > 0 || byDevice(address, node) !== undefined;
	return isKnown(node.version) && (!namesDevices || isTold) ? true : undefined;
}

function isKnown(version: string): boolean {
	return plainVersion(version) !== undefined;
}

/** Whether an address is on a device that Cilium serves; also where the agent did not say which addresses these have. */
function isOnDevice(address: string, node: NodeView): boolean {
	const known = reachableOnDevices(node);
	return known.length > 0 ? known.some(each => isSameAddress(each, address)) : byDevice(address, node) !== false;
}

/** The same by the device that the node itself has the address on; undefined where one of both is not known. */
function byDevice(address: string, {status, observation}: NodeView): boolean | undefined {
	const device = observation?.facts[`device:${address}`];
	const served = status?.devices ?? [];
	return device === undefined || served.length === 0 ? undefined : served.includes(device);
}

function reachableOnDevices({status}: NodeView): readonly string[] {
	return (status?.deviceAddresses ?? []).filter(isReachable);
}

function isOwn(address: string, {node, observation}: NodeView): boolean {
	return [...node.addresses.map(each => each.address), ...(observation?.localAddresses ?? [])].includes(address);
}

/** Whether an entry for an address is one that a pod with this hostIP asked for. */
function isAskedFor(hostIP: string, address: string): boolean {
	return isEveryAddress(hostIP) || isLoopback(hostIP) || isSameAddress(hostIP, address);
}

// An older `service list` names no protocol.
function isProtocol(listed: string, wanted: string): boolean {
	return ['', 'ANY', 'NONE', wanted.toUpperCase()].includes(listed.toUpperCase());
}

/** Whether a hostIP stands for every address of the node. */
export function isEveryAddress(address: string): boolean {
	return address === '' || isUnspecified(address);
}

/** Whether a hostIP is an address that names every one, or none. */
export function isUnspecified(address: string): boolean {
	return address === '0.0.0.0' || address === '::';
}

/** Whether a hostIP is the node's loopback address. */
export function isLoopback(hostIP: string): boolean {
	return hostIP.startsWith('127.') || hostIP === '::1';
}
