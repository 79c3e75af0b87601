import {managedBy} from '../access/helper-pods.ts';
import {isLoopback, promisedAddresses, promisedLoopback, promisedOutside} from '../cilium/promised-addresses.ts';
import type {Evidence, HostPortPod, NodeEvidence} from '../evidence/evidence.ts';
import type {HostPortDiagnosis} from '../diagnosis/diagnosis.ts';
import type {Expected, Origin, Probe} from './proof.ts';
import {isTerminating} from '../terminating.ts';

/** What a probe is about: the same words stand in the result. */
export type Question = {
	readonly probe: Probe;
	readonly hostPort: string;
	/** The node that its pod runs on. */
	readonly node: string;
	readonly from: Origin | 'own-address';
	/** Node the connection leaves from; empty for the user's own machine. */
	readonly via: string;
	/** The rule or entry that carries it. */
	readonly by: string;
	/** Whether this place is to get an answer, and why it is not, or why that is not known. */
	readonly expected: Expected;
	readonly because: string;
	/** The container to ask in, for `pod-itself`. */
	readonly container?: PodContainer;
};

type PodContainer = {readonly namespace: string; readonly pod: string; readonly container: string};

/** What the diagnosis says of one hostPort. */
export type Known = Pick<HostPortDiagnosis, 'by' | 'reach'>;
type Reach = HostPortDiagnosis['reach'];

type Questions = {
	readonly questions: readonly Question[];
	/** What cannot be asked at all, one line each: what, and why. */
	readonly unasked: readonly string[];
	/** What is not asked and not missed. */
	readonly skipped: readonly string[];
};

/** From where a proof asks. */
export type QuestionOptions = {
	/** Nodes with a pod to ask from; none: no pod is asked. */
	readonly podNodes: readonly string[];
	readonly fromClient: boolean;
	/** Connections leave from agents, so a node without one cannot be asked; true unless told. */
	readonly needsAgent?: boolean;
	/** Pods that are asked in themselves: `all` only where the person agreed, else those of ours. */
	readonly inPods?: 'all' | 'ours';
	/** What is known of a hostPort by its name. */
	readonly known?: ReadonlyMap<string, Known>;
	/** Connections leave from a session on the node, which may be outside the cgroup that Cilium's socket programs are attached to. */
	readonly bySession?: boolean;
};

/** More pods than this are not asked in themselves: each is a call of its own. */
const mostPodsItself = 64;
/** Nothing was found out about a hostPort: its node's addresses are to answer, which is what Kubernetes promises. */
const promised: Reach = {node: 'yes', loopback: 'unknown', elsewhere: 'yes', why: ''};

/**
 * Every hostPort from every place that can be asked: the pod's own address first, then the node's addresses from the same
 * node, from another node, from ordinary pods there and elsewhere, and from the user's machine.
 */
export function planProof(
	evidence: Evidence,
	{podNodes, fromClient, needsAgent = true, inPods = 'ours', known = new Map(), bySession = false}: QuestionOptions,
): Questions {
	const nodes = new Map(evidence.nodes.map(node => [node.name, node]));
	const askable = evidence.nodes.filter(node => (needsAgent ? isAskable(node) : node.skipped === '')).map(({name}) => name);
	const list: Question[] = [];
	const unasked = new Set<string>();
	const ask = (question: Omit<Question, 'probe' | 'by' | 'expected' | 'because'>, probe: Omit<Probe, 'id'>): void => {
		const {by, reach} = known.get(question.hostPort) ?? {by: '', reach: promised};
		list.push({...question, by, ...expectedAt(question.from, probe.address, reach, bySession), probe: {...probe, id: list.length}});
	};

	const pods = evidence.pods.filter(each => isMapped(each) && !isOwnOnItsWay(each));
	const isAskedItself = (pod: HostPortPod): boolean => isOurs(pod) || (inPods === 'all' && pods.length <= mostPodsItself);
	for (const pod of pods) {
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
					ask({hostPort, node: node.name, from: 'own-address', via: node.name}, {protocol, address, port: port.containerPort});
				}

				const about = {hostPort, node: node.name};
				const asks = isLoopback(port.hostIP) || known.get(hostPort)?.reach.loopback !== 'unknown';
				const local = isHere && known.has(hostPort) && asks ? promisedLoopback(port.hostIP, pod.podIPs) : [];
				for (const address of [...promisedAddresses(node.addresses, port.hostIP, pod.podIPs), ...local]) {
					const probe = {protocol, address, port: port.hostPort} as const;
					const isPrivate = isLoopback(port.hostIP) && !isLoopback(address);
					if (isHere && !isPrivate) ask({...about, from: 'same-node', via: node.name}, probe);
					if (isLoopback(address)) continue;
					if (elsewhere !== undefined) ask({...about, from: 'other-node', via: elsewhere}, probe);
					if (fromClient) ask({...about, from: 'client', via: ''}, probe);
					if (isPrivate) continue;
					for (const via of podPlaces(podNodes, node.name)) ask({...about, from: 'pod', via}, probe);
					const container = {namespace: pod.namespace, pod: pod.name, container: port.container};
					if (isAskedItself(pod)) ask({...about, from: 'pod-itself', via: node.name, container}, probe);
				}

				for (const address of fromClient ? promisedOutside(node.addresses, port.hostIP, pod.podIPs) : []) {
					ask({hostPort, node: node.name, from: 'client', via: ''}, {protocol, address, port: port.hostPort});
				}
			}
		}
	}

	const tooMany = inPods === 'all' && pods.length > mostPodsItself;
	const skipped = tooMany ? [`${pods.length} pods were not tried from themselves: the limit is ${mostPodsItself}; name some nodes`] : [];
	return {questions: list, unasked: [...unasked].sort(), skipped};
}

/** Whether a place is to get an answer at an address, by what the diagnosis says of who reaches the hostPort. */
function expectedAt(
	from: Question['from'],
	address: string,
	{node, loopback, elsewhere, why}: Reach,
	bySession: boolean,
): Pick<Question, 'expected' | 'because'> {
	const isReached = from !== 'same-node' ? (from === 'own-address' ? 'yes' : elsewhere) : isLoopback(address) ? loopback : node;
	if (isReached === 'no') return {expected: 'no answer', because: why};
	if (isReached === 'unknown') return {expected: 'unknown', because: why};
	if (from === 'same-node' && bySession) return {expected: 'unknown', because: outsideOfPrograms};
	return {expected: 'answer', because: ''};
}

/** Only a process in the node's own cgroup tree meets them (seen on 1.15.19 and 1.20.2). */
const outsideOfPrograms =
	"tried by SSH: a session outside the node's cgroup tree bypasses Cilium's socket programs; without --via ssh the agent tries inside it";

/** The questions alone, for a caller that asks what can be asked. */
export const questions = (evidence: Evidence, options: QuestionOptions): readonly Question[] => planProof(evidence, options).questions;

/** Whether connections can leave from the node itself: its agent runs there, on the node's own network. */
export const isAskable = (node: NodeEvidence): boolean => node.skipped === '' && node.agent?.phase === 'Running';

/** A pod of the host network needs no mapping, and one that has ended holds no port. */
const isMapped = ({hostNetwork, phase}: HostPortPod): boolean => !hostNetwork && phase !== 'Succeeded' && phase !== 'Failed';

/** Why no connection leaves from a node. */
const reasonNotFrom = ({skipped}: NodeEvidence): string =>
	skipped === ''
		? 'its Cilium agent does not run, and connections of the node start from there'
		: `no connection can start from it: ${skipped}`;

const isOurs = ({labels}: HostPortPod): boolean => labels[managedBy.label] === managedBy.value;

/** A test pod of a run just before takes a kubelet up to ten seconds to be gone. */
const isOwnOnItsWay = (pod: HostPortPod): boolean => isOurs(pod) && isTerminating(pod);

function reasonNotToAsk({node: name, phase, podIPs, trouble}: HostPortPod, node: NodeEvidence | undefined): string {
	if (name === '') return 'the pod has no node yet';
	if (isTerminating({trouble})) return 'the pod is being removed';
	if (phase !== 'Running' || podIPs.length === 0) return `the pod is ${phase === 'Running' ? 'without an address' : phase}`;
	if (node === undefined) return `its node ${name} was not read`;
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
