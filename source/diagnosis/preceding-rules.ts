import {familyOf, isReachable} from '../cilium/addresses.ts';
import type {HostPortPod} from '../evidence/evidence.ts';
import type {FilterPacket} from './filter-packet.ts';
import {fulfilsRule} from './filter-walk.ts';
import {devicesOf, outsideDevices} from './inner-devices.ts';
import {readIptablesRule, type IptablesRule} from './iptables-rule.ts';
import type {NodeView} from './node-view.ts';
import {commonChainOf, type PortMapping} from './port-mappings.ts';

/** A rule of somebody else that has a packet before the hostPort's own mapping sends it on. */
export type PrecedingRule = {
	readonly line: string;
	/** The chain that it stands in: PREROUTING, or one that a rule there jumps to, such as DOCKER. */
	readonly chain: string;
	/** It stands among the mapping's own rules: in its chain, or in the one of all mappings. */
	readonly isAmongOwn: boolean;
	/** What becomes of the packet: `leads to 10.0.0.9:80`. */
	readonly does: string;
};

type Mapping = Pick<PortMapping, 'by' | 'chain' | 'build' | 'family' | 'hostIP' | 'targetIP' | 'targetPort'>;

/**
 * The first rule that takes every packet from outside for a hostPort before its own mapping does: in PREROUTING, in a chain that a rule
 * there jumps to, or among the mapping's own rules (CNI-HOSTPORT-DNAT, or KUBE-HOSTPORTS of a runtime). Rules that concern some packets only are passed
 * over; so are the chains of kube-proxy and Cilium, whose Services are judged as such.
 */
export function precedingRule(port: HostPortPod['ports'][number], mapping: Mapping, node: NodeView): PrecedingRule | undefined {
	const table = mapping.build === 'nftables' ? undefined : node.observation?.nat[mapping.build];
	const lines = (mapping.family === 6 ? table?.rules6 : table?.rules) ?? [];
	const packets = addressesOf(mapping, node).map(address => arriving(port, address, outsideDevices(node, address)));
	const asked = JSON.stringify([packets, devicesOf(node)]);
	const known = answered.get(mapping);
	if (known?.lines === lines && known.asked === asked) return known.rule;
	const rule = takerOf(packets, mapping, chainsOf(lines, node));
	answered.set(mapping, {lines, asked, rule});
	return rule;
}

// While nodes answer, each is judged again and again. Rules that were read weigh many times what their lines do: those of one node are held.
const answered = new WeakMap<
	object,
	{readonly lines: readonly string[]; readonly asked: string; readonly rule: PrecedingRule | undefined}
>();
let last: {readonly lines: readonly string[]; readonly devices: string; readonly chains: Chains} | undefined;

type Chains = ReadonlyMap<string, readonly IptablesRule[]>;

function takerOf(packets: readonly FilterPacket[], mapping: Mapping, chains: Chains): PrecedingRule | undefined {
	const common = commonChainOf(mapping.by);
	// Without that jump its own rules are never met, which is another fault.
	if (!chains.get('PREROUTING')?.some(({target}) => target === common)) return undefined;
	// Two that lead to the same pod, such as a runtime's and portmap's, do no harm to each other.
	const target = `leads to ${mapping.family === 6 ? `[${mapping.targetIP}]` : mapping.targetIP}:${mapping.targetPort}`;
	return packets
		.map(packet => firstToTake('PREROUTING', {chains, common, own: mapping.chain, packet}, deepest)?.taker)
		.find(taker => taker !== undefined && taker.does !== target);
}

/** Rules by chain, read once for the hostPorts of a node, which are judged one behind the other. */
function chainsOf(lines: readonly string[], node: NodeView): Chains {
	const devices = devicesOf(node);
	if (last?.lines === lines && last.devices === devices.join(' ')) return last.chains;
	const rules = lines.map(line => readIptablesRule(line, devices)).filter(rule => rule !== undefined);
	last = {lines, devices: devices.join(' '), chains: Map.groupBy(rules, ({chain}) => chain)};
	return last.chains;
}

/** What the hostPort is reached at from outside: packets for a loopback address go by OUTPUT, never by PREROUTING. */
function addressesOf({hostIP, family}: Mapping, {node, observation}: NodeView): readonly string[] {
	const own = [...node.addresses.map(({address}) => address), ...(observation?.localAddresses ?? [])];
	return [...new Set(hostIP === '' ? own : [hostIP])].filter(address => familyOf(address) === family && isReachable(address));
}

function arriving({hostPort, protocol}: HostPortPod['ports'][number], address: string, devices: readonly string[]): FilterPacket {
	return {
		family: familyOf(address) ?? 4,
		protocol: protocol.toLowerCase(),
		source: undefined,
		sourcePort: undefined,
		destination: address,
		destinationPort: hostPort,
		originalDestination: address,
		originalPort: hostPort,
		from: devices,
		to: [],
		isAnswer: false,
		isDnat: false,
		isLocal: true,
	};
}

const deepest = 8;

/** `common` leads to all mappings of its maker, `own` is the chain of this one. */
type Route = {
	readonly chains: Chains;
	readonly common: string;
	readonly own: string;
	readonly packet: FilterPacket;
};

/** Where a packet's way through a chain ends: at a taker, or at the chain of its own mapping (no taker); undefined where it passes on. */
function firstToTake(chain: string, route: Route, depth: number): {taker: PrecedingRule | undefined} | undefined {
	for (const rule of depth === 0 ? [] : (route.chains.get(chain) ?? [])) {
		// In its own chain the packet is sent on, unless something there has it before.
		if (chain === route.own && rule.target === 'DNAT') return {taker: undefined};
		if (rule.target === route.own) return firstToTake(route.own, route, depth - 1) ?? {taker: undefined};
		if (fulfilsRule(rule, route.packet) !== 'all') continue;
		if (rule.target === 'RETURN' && chain !== 'PREROUTING' && chain !== route.common && chain !== route.own) return undefined;
		const does = doing(rule);
		if (does !== undefined) return {taker: {line: rule.line, chain, does, isAmongOwn: chain === route.own || chain === route.common}};
		const further = isOfServices(rule.target) ? undefined : firstToTake(rule.target, route, depth - 1);
		if (further !== undefined) return further;
	}

	return undefined;
}

/** Chains of kube-proxy and Cilium. Those that a runtime maps hostPorts in have such a name too, and are none of them. */
function isOfServices(chain: string): boolean {
	return /^(?:KUBE-(?!HOSTPORTS$|HP-)|CILIUM_)/.test(chain);
}

function doing({target, options}: IptablesRule): string | undefined {
	const to = options[1] ?? '';
	switch (target) {
		case 'DNAT':
			return `leads to ${to}`;
		case 'REDIRECT':
			return `leads to ${to === '' ? 'the node itself' : `port ${to} of the node`}`;
		case 'ACCEPT':
		case 'RETURN':
			return 'lets it pass untouched';
		default:
			return undefined;
	}
}
