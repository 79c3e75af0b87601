import {managedBy} from '../access/helper-pods.ts';
import type {Evidence, HostPortPod, NodeEvidence} from '../evidence/evidence.ts';
import type {Origin, Probe} from './proof.ts';

/** What a probe is about: the same words stand in the result. */
export type Question = {
	readonly probe: Probe;
	readonly hostPort: string;
	/** The node that its pod runs on. */
	readonly node: string;
	readonly from: Origin | 'pod-itself';
	/** Node the connection leaves from; empty for the user's own machine. */
	readonly via: string;
	/** The rule or entry that carries it. */
	readonly by: string;
};

export type Questions = {
	readonly questions: readonly Question[];
	/** What cannot be asked at all, one line each: what, and why. */
	readonly unasked: readonly string[];
};

export type QuestionOptions = {
	/** Nodes with a pod to ask from; none: no pod is asked. */
	readonly podNodes: readonly string[];
	readonly fromClient: boolean;
	/** Connections leave from agents, so a node without one cannot be asked; true unless told. */
	readonly needsAgent?: boolean;
	/** Nodes on which hostPort is served by portmap: there 127.0.0.1 has to answer too, over IPv4 (portmap README, `snat`). */
	readonly loopbackNodes?: ReadonlySet<string>;
	/** The rule or entry of a hostPort by its name. */
	readonly by?: ReadonlyMap<string, string>;
};

/** A node with this label has no network of its own: what seems to answer at its address is somebody else. The demo sets it. */
export const noNetworkLabel = 'hostport.dev/no-network';

/**
 * Every hostPort from every place that can be asked: the pod's own address first, then the node's addresses from the same
 * node, from another node, from ordinary pods there and elsewhere, and from the user's machine.
 */
export function planProof(
	evidence: Evidence,
	{podNodes, fromClient, needsAgent = true, loopbackNodes = new Set(), by = new Map()}: QuestionOptions,
): Questions {
	if (evidence.nodes.some(({labels}) => noNetworkLabel in labels)) {
		return {questions: [], unasked: ['this is a demo cluster without a network: no connection to it would prove anything']};
	}

	const nodes = new Map(evidence.nodes.map(node => [node.name, node]));
	const askable = evidence.nodes.filter(node => (needsAgent ? isAskable(node) : node.skipped === '')).map(({name}) => name);
	const list: Question[] = [];
	const unasked = new Set<string>();
	const ask = (question: Omit<Question, 'probe' | 'by'>, probe: Omit<Probe, 'id'>): void => {
		list.push({...question, by: by.get(question.hostPort) ?? '', probe: {...probe, id: list.length}});
	};

	for (const pod of evidence.pods.filter(each => isMapped(each) && !isOwnOnItsWay(each))) {
		const node = nodes.get(pod.node);
		const whyNot = reasonNotToAsk(pod, node);
		const isHere = askable.includes(pod.node);
		const elsewhere = nextOther(askable, pod.node);
		for (const port of pod.ports.filter(({hostPort}) => hostPort > 0)) {
			const protocol = port.protocol.toUpperCase();
			const hostPort = `${pod.namespace}/${pod.name}:${port.hostPort}/${protocol}`;
			if (node === undefined || whyNot !== '') unasked.add(`${hostPort}: ${whyNot}`);
			else if (protocol !== 'TCP' && protocol !== 'UDP') unasked.add(`${hostPort}: ${protocol} cannot be tried from here`);
			else {
				if (!isHere) unasked.add(`${node.name}: ${reasonNotFrom(node)}`);
				for (const address of isHere ? pod.podIPs : []) {
					ask({hostPort, node: node.name, from: 'pod-itself', via: node.name}, {protocol, address, port: port.containerPort});
				}

				const local = isHere && loopbackNodes.has(node.name) ? loopbackOf(port.hostIP, pod.podIPs) : [];
				for (const address of [...addressesOf(node, port.hostIP, pod.podIPs), ...local]) {
					const probe = {protocol, address, port: port.hostPort} as const;
					if (isHere) ask({hostPort, node: node.name, from: 'same-node', via: node.name}, probe);
					if (isLoopback(address)) continue;
					if (elsewhere !== undefined) ask({hostPort, node: node.name, from: 'other-node', via: elsewhere}, probe);
					for (const via of podPlaces(podNodes, node.name)) ask({hostPort, node: node.name, from: 'pod', via}, probe);
					if (fromClient) ask({hostPort, node: node.name, from: 'client', via: ''}, probe);
				}

				for (const address of fromClient ? externalAddressesOf(node, port.hostIP, pod.podIPs) : []) {
					ask({hostPort, node: node.name, from: 'client', via: ''}, {protocol, address, port: port.hostPort});
				}
			}
		}
	}

	return {questions: list, unasked: [...unasked].sort()};
}

/** The questions alone, for a caller that asks what can be asked. */
export const questions = (evidence: Evidence, options: QuestionOptions): readonly Question[] => planProof(evidence, options).questions;

/** Whether connections can leave from the node itself: its agent runs there, on the node's own network. */
export const isAskable = (node: NodeEvidence): boolean => node.skipped === '' && node.agent?.phase === 'Running';

/** A pod of the host network needs no mapping, and one that has ended holds no port. */
const isMapped = ({hostNetwork, phase}: HostPortPod): boolean => !hostNetwork && phase !== 'Succeeded' && phase !== 'Failed';

/** Why no connection leaves from a node. */
const reasonNotFrom = ({skipped}: NodeEvidence): string =>
	skipped === ''
		? 'its Cilium agent does not run, and connections from the node leave from there'
		: `no connection can leave from it: ${skipped}`;

/** A test pod of a run just before takes a kubelet up to ten seconds to be gone. */
const isOwnOnItsWay = ({labels, trouble}: HostPortPod): boolean => labels[managedBy.label] === managedBy.value && trouble === 'Terminating';

function reasonNotToAsk({node: name, phase, podIPs, trouble}: HostPortPod, node: NodeEvidence | undefined): string {
	if (name === '') return 'the pod is on no node yet';
	if (trouble === 'Terminating') return 'the pod is being removed';
	if (phase !== 'Running' || podIPs.length === 0) return `the pod is ${phase === 'Running' ? 'without an address' : phase}`;
	if (node === undefined) return `its node ${name} was not looked at`;
	return node.addresses.length === 0 ? `the addresses of ${name} could not be read` : '';
}

/** The node itself where it has such a pod, and one elsewhere. */
function podPlaces(podNodes: readonly string[], own: string): readonly string[] {
	const elsewhere = nextOther(podNodes, own);
	return [...(podNodes.includes(own) ? [own] : []), ...(elsewhere === undefined ? [] : [elsewhere])];
}

/** Spreads the load: the next node in the list after this one, not always the first. */
function nextOther(names: readonly string[], own: string): string | undefined {
	const start = names.indexOf(own);
	for (let step = 1; step <= names.length; step++) {
		const name = names[(start + step) % names.length];
		if (name !== undefined && name !== own) return name;
	}

	return undefined;
}

/** The addresses that a hostPort promises: its hostIP, else the node's internal addresses of the families it is served in. */
function addressesOf(node: NodeEvidence, hostIP: string, podIPs: readonly string[]): readonly string[] {
	if (!isEveryAddress(hostIP)) return [hostIP];
	return addressesOfType(node, 'InternalIP').filter(address => isServed(isIPv6(address), hostIP, podIPs));
}

/** Whether a hostPort is served in a family: the pod has to have an address of it, and 0.0.0.0 or :: names one (portmap README, `hostIP`). */
function isServed(six: boolean, hostIP: string, podIPs: readonly string[]): boolean {
	return podIPs.some(address => isIPv6(address) === six) && (hostIP === '' || isIPv6(hostIP) === six);
}

const addressesOfType = ({addresses}: NodeEvidence, wanted: string): string[] =>
	addresses.filter(({type}) => type === wanted).map(({address}) => address);

const externalAddressesOf = (node: NodeEvidence, hostIP: string, podIPs: readonly string[]): readonly string[] =>
	isEveryAddress(hostIP) ? addressesOfType(node, 'ExternalIP').filter(address => isServed(isIPv6(address), hostIP, podIPs)) : [];

const loopbackOf = (hostIP: string, podIPs: readonly string[]): readonly string[] =>
	isEveryAddress(hostIP) && isServed(false, hostIP, podIPs) ? ['127.0.0.1'] : [];

const isEveryAddress = (hostIP: string): boolean => hostIP === '' || hostIP === '0.0.0.0' || hostIP === '::';
const isLoopback = (address: string): boolean => /^127\.|^::1$/u.test(address);
const isIPv6 = (address: string): boolean => address.includes(':');
