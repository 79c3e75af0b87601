import type {NodeDiagnosis} from './diagnosis.ts';
import {isExpected} from './host-port-view.ts';
import type {NodeView} from './node-view.ts';
import type {View} from './view.ts';

/** What is said of a node, and why. */
export type NodeVerdict = Pick<NodeDiagnosis, 'verdict' | 'reason'>;

const worstFirst: ReadonlyArray<NodeVerdict['verdict']> = ['broken', 'degraded', 'unknown', 'ok'];

/**
 * The verdict of one node: the worst of what findings say of it and of what its hostPorts are; of equals what a finding says.
 * @param said by the findings that concern it, worst first
 */
export function verdictOf(node: NodeView, view: View, said: readonly NodeVerdict[]): NodeVerdict {
	if (node.skipped !== '') return {verdict: 'skipped', reason: node.skipped};
	if (node.observation === undefined && !node.cannotStartPods) return {verdict: 'unknown', reason: whyNotAsked(node)};
	const state = stateOf(node, view);
	return [...said, state].toSorted((a, b) => worstFirst.indexOf(a.verdict) - worstFirst.indexOf(b.verdict))[0] ?? state;
}

/**
 * By its hostPorts. A node where nothing serves hostPort is `broken` as soon as any pod of the cluster has a hostPort, also where none runs on it now:
 * one that moves there would be dead.
 */
function stateOf(node: NodeView, view: View): NodeVerdict {
	if (node.withoutConfiguration) return {verdict: 'broken', reason: 'no pod can start: the runtime finds no CNI config'};
	const hostPorts = view.hostPortsOf(node).filter(isExpected);
	if (node.path === 'none' && node.proved && view.evidence.cilium !== null) {
		if (view.hostPorts.length === 0) return {verdict: 'ok', reason: 'hostPort would not work here, but no pod uses it'};
		const isCarried = hostPorts.some(({diagnosis}) => diagnosis.state === 'wired');
		return {
			verdict: 'broken',
			reason: `neither eBPF nor portmap serves hostPort here${isCarried ? '; older rules still serve running pods' : ''}`,
		};
	}

	const unwired = hostPorts.find(({diagnosis}) => diagnosis.state === 'unwired');
	if (unwired !== undefined && node.path !== 'unknown') return {verdict: 'degraded', reason: `${unwired.name}: ${unwired.diagnosis.by}`};
	const doubtful = hostPorts.find(({diagnosis}) => diagnosis.state !== 'wired');
	if (doubtful !== undefined) return {verdict: 'unknown', reason: `${doubtful.name}: ${doubtful.diagnosis.by}`};
	if (node.loaded?.problem === 'link' || node.loaded?.problem === 'unreadable') {
		const why =
			node.loaded.problem === 'link' ? 'a link to a file that was not read' : `and could not be read (mode ${node.loaded.file.mode})`;
		return {verdict: 'unknown', reason: `${node.loaded.file.name} is loaded, ${why}`};
	}

	return hostPorts.length > 0 ? {verdict: 'ok', reason: ''} : withoutHostPorts(node);
}

/** Nothing on the node proves its way by use: it is judged by what was seen of the way itself. */
function withoutHostPorts({path, proved, binary}: NodeView): NodeVerdict {
	if (path === 'runtime') {
		return {verdict: 'ok', reason: proved ? '' : 'no pod uses a hostPort here; CRI-O maps hostPorts itself'};
	}

	if (path === 'unknown' || !proved) {
		return {verdict: 'unknown', reason: 'what serves hostPort here is not known'};
	}

	return path === 'portmap' && binary.state === 'unseen' ? {verdict: 'unknown', reason: binary.says} : {verdict: 'ok', reason: ''};
}

function whyNotAsked({node}: NodeView): string {
	const attempts = node.attempts.filter(({ok, reason}) => !ok && reason !== '');
	const last = attempts.at(-1);
	if (last !== undefined) {
		return `not reached by ${last.via}: ${last.reason}`;
	}

	return node.ready === false && node.readyMessage !== '' ? `not ready: ${node.readyMessage}` : 'the node was not asked';
}
