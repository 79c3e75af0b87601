import {isVersion} from '../cilium/version.ts';
import {isReachable, familyOf} from '../cilium/addresses.ts';
import {fullReplacement, isTrue, replacementOf} from '../cilium/keys.ts';
import type {PacketFilter} from '../evidence/packet-filter.ts';
import {isEveryAddress} from './entry-judgement.ts';
import type {FilterPacket} from './filter-packet.ts';
import {firstDrop, type FilterDrop, type Station} from './filter-walk.ts';
import type {HostPortView} from './host-port-view.ts';
import {outsideDevices} from './inner-devices.ts';
import type {NodeView} from './node-view.ts';
import {answersFromAfar} from './probe-answers.ts';
import type {View} from './view.ts';

/** A native nftables rule that drops packets of a hostPort. */
export type NativeDrop = FilterDrop & {
	/** Addresses of the node at which the hostPort is dropped. */
	readonly addresses: readonly string[];
	/** What is dropped is what the pod answers. */
	readonly isAnswer: boolean;
	/** It stands at the very priority at which portmap translates: which of the two is asked first, the order of their making decides. */
	readonly isTied: boolean;
};

/** Where iptables' nat table translates, by nftables' priorities (`dstnat`); portmap's own backend does so at the same place. */
const translation = -100;
/** A packet for a pod leaves by one of these, and its answer comes in by them (Cilium's routes, with and without those of each endpoint). */
const podDevices = ['cilium_host', 'lxc_pod'];

/**
 * What nftables' own tables drop of a mapped hostPort that comes from outside, or send elsewhere than to its pod. Undefined where nothing was seen to, where they were not
 * read, and where another node got an answer: that refutes it.
 */
export function nativeDrop(view: View, hostPort: HostPortView): NativeDrop | undefined {
	return answersFromAfar(view, hostPort) ? undefined : dropBy(view.nodeOf(hostPort)?.observation?.nftables?.filter, view, hostPort);
}

/** The same by rules of any kind that were put into that form. */
export function dropBy(filter: PacketFilter | undefined, view: View, hostPort: HostPortView): NativeDrop | undefined {
	const node = view.nodeOf(hostPort);
	if (node === undefined || filter === undefined || hostPort.diagnosis.state !== 'wired') return undefined;
	const found = outsideAddresses(hostPort, node).flatMap(address => {
		const {request, answer, tied} = stationsOf(hostPort, node, address);
		const drops = [
			{drop: firstDrop(filter, request), isAnswer: false, isTied: false},
			{drop: firstDrop(filter, answer), isAnswer: true, isTied: false},
			{drop: uncertain(firstDrop(filter, tied)), isAnswer: false, isTied: true},
		].filter(({drop}) => drop?.sentTo === undefined || drop.sentTo !== targetOf(hostPort.mapping));
		// What is certain counts before what only may be.
		const met = drops.flatMap(({drop, ...how}) => (drop === undefined ? [] : [{address, drop, ...how}]));
		return met.find(({drop}) => drop.certain) ?? met[0] ?? [];
	});
	const first = found.find(({drop}) => drop.certain) ?? found[0];
	if (first === undefined) return undefined;
	const same = found.filter(({drop}) => drop.rule === first.drop.rule && drop.chain === first.drop.chain);
	return {...first.drop, isAnswer: first.isAnswer, isTied: first.isTied, addresses: same.map(({address}) => address)};
}

const uncertain = (drop: FilterDrop | undefined): FilterDrop | undefined => drop && {...drop, certain: false};

/** Where portmap or a runtime sends it: a rule that sends it there too does no harm. */
function targetOf(mapping: HostPortView['mapping']): string | undefined {
	if (mapping === undefined) return undefined;
	const {family, targetIP, targetPort} = mapping;
	return `${family === 6 ? `[${targetIP}]` : targetIP}:${targetPort}`;
}

/** Addresses at which the hostPort is to answer from outside. */
export function outsideAddresses({port, mapping, entryAddresses, pod}: HostPortView, {node}: NodeView): readonly string[] {
	if (!isEveryAddress(port.hostIP)) return isReachable(port.hostIP) ? [port.hostIP] : [];
	const families = new Set(pod.podIPs.map(familyOf));
	const own = node.addresses.filter(({type}) => type === 'InternalIP' || type === 'ExternalIP').map(({address}) => address);
	const served = entryAddresses.filter(isReachable);
	return [...new Set(mapping === undefined && served.length > 0 ? served : own)].filter(
		address => families.has(familyOf(address)) && (mapping === undefined || mapping.hostIP === '' || mapping.hostIP === address),
	);
}

/** A packet from outside, as it arrives at one of the node's addresses. */
function arrivingPacket({port}: HostPortView, node: NodeView, address: string): FilterPacket {
	return {
		family: familyOf(address) ?? 4,
		protocol: port.protocol.toLowerCase(),
		source: undefined,
		sourcePort: undefined,
		destination: address,
		destinationPort: port.hostPort,
		originalDestination: address,
		originalPort: port.hostPort,
		from: outsideDevices(node, address),
		to: [],
		isAnswer: false,
		isDnat: false,
		isLocal: true,
	};
}

/** `tied`: where a rule that stands beside portmap's own meets the packet. */
type Stations = {readonly request: readonly Station[]; readonly answer: readonly Station[]; readonly tied: readonly Station[]};

/** The hooks on the way to the pod, and on the way back. By eBPF a packet is translated before netfilter sees it, and with BPF host routing it never does. */
function stationsOf(hostPort: HostPortView, node: NodeView, address: string): Stations {
	const family = familyOf(address) ?? 4;
	const podIP = hostPort.pod.podIPs.find(each => familyOf(each) === family) ?? '';
	const isNative = hostPort.mapping === undefined;
	if (podIP === '' || (isNative && passesNetfilter(node) !== true)) return {request: [], answer: [], tied: []};
	const outside = outsideDevices(node, address);
	const arriving = arrivingPacket(hostPort, node, address);
	const translated: FilterPacket = {
		...arriving,
		destination: podIP,
		destinationPort: hostPort.port.containerPort,
		isDnat: !isNative,
		isLocal: false,
		...(isNative && {originalDestination: podIP, originalPort: hostPort.port.containerPort}),
	};
	const leaving = {...translated, to: podDevices};
	const answering: FilterPacket = {
		...translated,
		source: podIP,
		sourcePort: hostPort.port.containerPort,
		destination: undefined,
		destinationPort: undefined,
		from: podDevices,
		isAnswer: true,
	};
	const always = (): boolean => true;
	const station = (hook: string, packet: FilterPacket, counts: Station['counts'] = always): Station => ({
		hook,
		packet,
		counts,
		needsTracking: !isNative && hook === 'prerouting',
		sending: isNative ? 'is-not-understood' : packet === arriving ? 'counts' : 'is-too-late',
	});
	const before = (priority: number): boolean => priority < translation;
	return {
		request: [
			station('ingress', isNative ? translated : arriving),
			...(isNative
				? [station('prerouting', translated)]
				: [station('prerouting', arriving, before), station('prerouting', translated, priority => priority > translation)]),
			station('forward', leaving),
			station('postrouting', leaving),
		],
		answer: [
			{...station('prerouting', answering), needsTracking: false},
			station('forward', {...answering, to: outside}),
			station('postrouting', {...answering, to: outside}),
		],
		tied: isNative ? [] : [station('prerouting', arriving, priority => priority === translation)],
	};
}

/**
 * Whether what eBPF has translated goes on through netfilter: not with BPF host routing, which Cilium turns on by itself under full
 * replacement with BPF masquerade on kernel 5.10 (docs/network/kubernetes/kubeproxy-free.rst; facts 3.1). Undefined: not known.
 */
function passesNetfilter({settings, version, observation, node}: NodeView): boolean | undefined {
	if (settings === undefined) return undefined;
	const isFull = replacementOf(version, settings) === fullReplacement(version);
	if (
		isTrue(settings['enable-host-legacy-routing']) ||
		!isTrue(settings['enable-bpf-masquerade']) ||
		!isFull ||
		isVersion(version, '<1.9.0')
	)
		return true;
	const [major = 0, minor = 0] = (observation?.kernel || node.kernel).split(/[.-]/).map(Number);
	return major < 5 || (major === 5 && minor < 10) ? true : undefined;
}
