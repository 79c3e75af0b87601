import {promisedAddresses} from '../cilium/promised-addresses.ts';
import type {Evidence} from '../evidence/evidence.ts';
import type {Diagnosis, Finding, HostPortDiagnosis} from './diagnosis.ts';
import {hostPortName} from './diagnosis.ts';
import type {HostPortReason, HostPortView} from './host-port-view.ts';
import type {NodeView} from './node-view.ts';
import {commonChainOf, hasPortmapHook, wasFlushed} from './port-mappings.ts';
import {view} from './view.ts';

/** The way of a packet from outside to a hostPort's pod, hop by hop, as far as it was seen. */
export type PacketPath = {
	/** In order; the first is the client, the last the pod. */
	readonly hops: readonly string[];
	/** Index of the hop that no packet gets beyond, and why in a few words; undefined: none is seen to be broken. */
	readonly broken: {readonly after: number; readonly why: string} | undefined;
	/** Index of the hop behind which nothing was seen. */
	readonly unseen: number | undefined;
	/** What the pod answers at its own address: `answers`, `connection refused`; empty where nobody asked it. */
	readonly pod: string;
};

/** Which hop a packet does not get beyond. */
type Place = 'address' | 'first' | 'common' | 'own' | 'pod';

/** Where a packet ends and why in a few words, for each reason that a hostPort is not mapped for. */
const breaks: Readonly<Partial<Record<HostPortReason, readonly [after: Place, why: string]>>> = {
	'not-running': ['own', 'no pod'],
	'init-port': ['common', 'no rule'],
	'sidecar-port': ['common', 'no rule'],
	'no-rule': ['common', 'no rule'],
	'not-reached': ['common', 'no jump'],
	shadowed: ['common', 'another rule'],
	preceded: ['first', 'another rule'],
	'off-node': ['own', 'another address'],
	'unspecified-rule': ['own', 'another address'],
	'other-family': ['own', 'another family'],
	'loopback-dead': ['own', 'loopback'],
	'no-entry': ['first', 'no entry'],
	'unspecified-host-ip': ['first', 'no entry'],
	'wrong-entry': ['first', 'another pod'],
	'address-left-out': ['first', 'no entry here'],
	'program-refused': ['address', 'no program'],
	sctp: ['first', 'SCTP'],
};

/** The path of one hostPort of a diagnosis; undefined where the evidence does not hold its pod any more. */
export function packetPath(evidence: Evidence, diagnosis: Diagnosis, port: HostPortDiagnosis): PacketPath | undefined {
	// The node alone: a view of thousands of them is not needed for one port.
	const own = {
		...evidence,
		nodes: evidence.nodes.filter(({name}) => name === port.node),
		pods: evidence.pods.filter(({node}) => node === port.node),
	};
	const seen = view(own);
	const found = seen.hostPorts.find(({name, diagnosis: {hostIP}}) => name === hostPortName(port) && hostIP === port.hostIP);
	if (found === undefined) return undefined;
	const node = seen.nodeOf(found);
	const middle = between(found, node);
	const target = targetOf(found);
	const hops = ['client', addressOf(found, node), ...middle, target];
	const pod = answerOfPod(found, node);
	const indexes: Readonly<Record<Place, number>> = {
		address: 1,
		first: Math.min(2, hops.length - 2),
		common: Math.min(middle.length === 0 ? 1 : lastCommon(middle, node), hops.length - 2),
		own: hops.length - 2,
		pod: hops.length - 1,
	};
	if (port.state === 'unknown') return {hops, broken: undefined, unseen: 1, pod};
	if (port.state === 'unwired') {
		const [after, why] = breaks[found.reason] ?? ['address', 'not mapped'];
		const isServed = middle.length > 0 || after === 'own';
		return {hops, broken: isServed ? {after: indexes[after], why} : {after: 1, why: 'nothing serves it'}, unseen: undefined, pod};
	}

	return {hops, broken: silence(port, diagnosis.findings, pod, hops.length), unseen: undefined, pod};
}

/** The hops between the node's address and the pod. */
function between({mapping, reason}: HostPortView, node: NodeView | undefined): readonly string[] {
	if (node === undefined) return [];
	if (mapping !== undefined) {
		return mapping.build === 'nftables' ? ['nft prerouting', mapping.chain] : ['nat PREROUTING', commonChainOf(mapping.by), mapping.chain];
	}

	if (node.path === 'native' || reason === 'program-refused') return ['eBPF service map'];
	if (node.path === 'runtime') return ['nat PREROUTING', commonChainOf('runtime')];
	return node.path === 'portmap' || hasPortmapHook(node.observation?.nat) ? ['nat PREROUTING', commonChainOf('portmap')] : [];
}

/** The chain that all mappings are reached by, or what comes before it where nothing leads there. */
function lastCommon(middle: readonly string[], node: NodeView | undefined): number {
	const isHooked = hasPortmapHook(node?.observation?.nat) && !wasFlushed(node?.observation?.nat);
	return middle.length === 1 ? 2 : isHooked || node?.path === 'runtime' ? 3 : 2;
}

function addressOf({pod, port}: HostPortView, node: NodeView | undefined): string {
	const [promised = port.hostIP || pod.node] = node === undefined ? [] : promisedAddresses(node.node.addresses, port.hostIP, pod.podIPs);
	return withPort(promised, port.hostPort);
}

function targetOf({pod, port, mapping}: HostPortView): string {
	const address = mapping?.targetIP ?? pod.podIPs[0];
	return address === undefined ? pod.name : withPort(address, mapping?.targetPort ?? port.containerPort);
}

const withPort = (address: string, port: number): string => (address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`);

/** What its own node heard from the pod. */
function answerOfPod({pod, port}: HostPortView, node: NodeView | undefined): string {
	const probe = node?.observation?.probes?.find(each => pod.podIPs.includes(each.address) && each.port === port.containerPort);
	if (probe === undefined) return '';
	return {open: 'answers', refused: 'connection refused', unreachable: 'unreachable', silent: 'timed out'}[probe.answer];
}

/** Mapped, and yet a connection from another node failed: between the rule and the pod, or in the pod, or as a finding explains. */
function silence(
	{answers, node, ...port}: HostPortDiagnosis,
	findings: readonly Finding[],
	pod: string,
	count: number,
): PacketPath['broken'] {
	const failed =
		answers.find(({ok, from}) => !ok && from !== 'client' && from !== node) ?? answers.find(({ok, from}) => !ok && from === node);
	const name = hostPortName(port);
	const finding = findings.find(({severity, hostPorts}) => severity !== 'info' && hostPorts.includes(name));
	const isPod = pod !== '' && pod !== 'answers' && answers.every(({ok}) => !ok);
	if (isPod) return {after: count - 1, why: pod};
	if (failed === undefined) return undefined;
	return {after: count - 2, why: finding === undefined ? failed.error : `${failed.error} (${finding.code})`};
}
