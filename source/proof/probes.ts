import type {Evidence, HostPortPod, NodeEvidence} from '../evidence/evidence.ts';
import type {Origin, Probe} from './proof.ts';

/** What a probe is about: the same words stand in the result. */
export type Question = {
	readonly probe: Probe;
	readonly hostPort: string;
	readonly from: Origin | 'pod-itself';
	/** Node the connection leaves from; empty for the user's own machine. */
	readonly via: string;
};

/**
 * Every hostPort from every place that can be asked: the pod's own address first, then the node's addresses from the same
 * node, from another node, from ordinary pods (on the nodes named in `podNodes`) and from the user's machine.
 */
export function questions(evidence: Evidence, options: {podNodes: readonly string[]; fromClient: boolean}): readonly Question[] {
	const nodes = new Map(evidence.nodes.map(node => [node.name, node]));
	const askable = evidence.nodes.filter(isAskable).map(({name}) => name);
	const list: Question[] = [];
	const ask = (question: Omit<Question, 'probe'>, probe: Omit<Probe, 'id'>): void => {
		list.push({...question, probe: {...probe, id: list.length}});
	};

	for (const pod of evidence.pods.filter(isServing)) {
		const node = nodes.get(pod.node);
		if (node === undefined) continue;
		const isHere = askable.includes(node.name);
		const elsewhere = nextOther(askable, node.name);
		for (const port of pod.ports) {
			const protocol = port.protocol.toUpperCase();
			if (protocol !== 'TCP' && protocol !== 'UDP') continue;
			const hostPort = `${pod.namespace}/${pod.name}:${port.hostPort}/${protocol}`;
			for (const address of isHere ? pod.podIPs : []) {
				ask({hostPort, from: 'pod-itself', via: node.name}, {protocol, address, port: port.containerPort});
			}

			for (const address of addressesOf(node, port.hostIP, pod.podIPs)) {
				const probe = {protocol, address, port: port.hostPort} as const;
				if (isHere) ask({hostPort, from: 'same-node', via: node.name}, probe);
				if (elsewhere !== undefined) ask({hostPort, from: 'other-node', via: elsewhere}, probe);
				for (const via of options.podNodes) ask({hostPort, from: 'pod', via}, probe);
				if (options.fromClient) ask({hostPort, from: 'client', via: ''}, probe);
			}
		}
	}

	return list;
}

const isAskable = (node: NodeEvidence): boolean => node.skipped === '' && node.agent?.phase === 'Running';

const isServing = (pod: HostPortPod): boolean => !pod.hostNetwork && pod.node !== '' && pod.phase === 'Running';

/** Spreads the load: the next node in the list after this one, not always the first. */
function nextOther(names: readonly string[], own: string): string | undefined {
	const start = names.indexOf(own);
	for (let step = 1; step <= names.length; step++) {
		const name = names[(start + step) % names.length];
		if (name !== undefined && name !== own) return name;
	}

	return undefined;
}

/** The addresses that a hostPort promises: its hostIP, else the node's internal addresses of the families the pod has. */
function addressesOf(node: NodeEvidence, hostIP: string, podIPs: readonly string[]): readonly string[] {
	if (hostIP !== '' && hostIP !== '0.0.0.0' && hostIP !== '::') return [hostIP];
	const families = new Set(podIPs.map(isIPv6));
	const internal = node.addresses.filter(({type}) => type === 'InternalIP').map(({address}) => address);
	return internal.filter(address => families.size === 0 || families.has(isIPv6(address)));
}

const isIPv6 = (address: string): boolean => address.includes(':');
