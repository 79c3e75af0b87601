import type {NodeDiagnosis} from './diagnosis.ts';
import {isExpected, isNotFromNode} from './host-port-view.ts';
import {nativeDrop} from './native-drops.ts';
import type {NodeView} from './node-view.ts';
import {isRefused, isWithoutNetwork} from './pathless.ts';
import {lackOfPlugins} from './missing-plugins.ts';
import {isProvedByPods} from './proved-by-pods.ts';
import {isOtherFault, stopsEveryPod} from './sandbox-events.ts';
import type {View} from './view.ts';

type Judgement = Pick<NodeDiagnosis, 'verdict' | 'reason'>;

/**
 * The verdict of one node. A node without a way is `broken` as soon as any pod of the cluster has a hostPort, also where
 * none runs on it now: one that moves there would be dead.
 */
export function verdictOf(node: NodeView, view: View): Judgement {
	if (node.skipped !== '') {
		return {verdict: 'skipped', reason: node.skipped};
	}

	if (node.cannotStartPods) {
		return {verdict: 'broken', reason: `no pod can start: ${node.binary.says}`};
	}

	if (node.observation === undefined) {
		return {verdict: 'unknown', reason: whyNotAsked(node)};
	}

	if (node.otherFolder !== undefined && node.path !== 'native') {
		const {runtime, cilium} = node.otherFolder;
		return {verdict: 'broken', reason: `Cilium's CNI file is not loaded: the runtime reads ${runtime}, Cilium writes ${cilium}`};
	}

	if (node.withoutConfiguration) {
		return {verdict: 'broken', reason: 'no pod can start: the runtime finds no CNI configuration'};
	}

	if (node.missingPlugins.length > 0) {
		return {verdict: 'broken', reason: `no pod can start: ${lackOfPlugins(node).says}`};
	}

	if (node.portmapFailure !== undefined) {
		const {stopsAllPods, what} = node.portmapFailure;
		return {verdict: stopsAllPods ? 'broken' : 'degraded', reason: `no pod${stopsAllPods ? '' : ' with a hostPort'} can start: ${what}`};
	}

	if (isRefused(node)) {
		return {verdict: 'broken', reason: `no pod can start: ${node.loaded?.file.name ?? ''} is no valid CNI configuration`};
	}

	if (isWithoutNetwork(node)) {
		return {verdict: 'unknown', reason: `whether pods start: ${node.node.readyMessage}`};
	}

	const fault = node.events.find(event => isOtherFault(event) && event.moment === 'create');
	if (fault !== undefined) {
		return stopsEveryPod(fault)
			? {verdict: 'broken', reason: `no pod can start: ${fault.message}`}
			: {verdict: 'degraded', reason: `a pod fails to start, and not because of portmap: ${fault.message}`};
	}

	const hostPorts = view.hostPortsOf(node).filter(isExpected);
	if (node.path === 'none' && node.proved && view.evidence.cilium !== null) {
		return view.hostPorts.length > 0
			? {
					verdict: 'broken',
					reason: hostPorts.some(({diagnosis}) => diagnosis.state === 'wired')
						? 'neither eBPF nor portmap serves hostPort here; rules made before still carry pods that run'
						: 'neither eBPF nor portmap serves hostPort here',
				}
			: {verdict: 'ok', reason: 'hostPort would not work here, but no pod uses it'};
	}

	const unwired = hostPorts.find(({diagnosis}) => diagnosis.state === 'unwired');
	if (unwired !== undefined && node.path !== 'unknown') {
		return {verdict: 'degraded', reason: `${unwired.name}: ${unwired.diagnosis.by}`};
	}

	for (const hostPort of hostPorts) {
		const drop = nativeDrop(view, hostPort);
		if (drop?.certain !== true) continue;
		const does = drop.sentTo === undefined ? 'drops its traffic' : 'sends its traffic elsewhere';
		return {verdict: 'degraded', reason: `${hostPort.name} is mapped, and a native nftables rule ${does}`};
	}

	const half = hostPorts.find(isNotFromNode);
	if (half !== undefined) {
		return {verdict: 'degraded', reason: `${half.name} does not answer to the node itself: the jump in OUTPUT is gone`};
	}

	if (Boolean(node.loaded?.withoutPortMappings) && node.path === 'portmap' && view.hostPorts.length > 0) {
		return {
			verdict: 'degraded',
			reason: `new pods get no rules: the CNI file names ${node.loaded?.withoutPortMappings ?? ''} without capabilities.portMappings`,
		};
	}

	const doubtful = hostPorts.find(({diagnosis}) => diagnosis.state !== 'wired');
	if (doubtful !== undefined) {
		return {verdict: 'unknown', reason: `${doubtful.name}: ${doubtful.diagnosis.by}`};
	}

	if (node.loaded?.problem === 'link' || node.loaded?.problem === 'unreadable') {
		const why =
			node.loaded.problem === 'link' ? 'a link to something that was not seen' : `and could not be read (mode ${node.loaded.file.mode})`;
		return {verdict: 'unknown', reason: `${node.loaded.file.name} is loaded, ${why}`};
	}

	if (node.chained === true && node.binary.state === 'doubtful' && !isProvedByPods(view, node)) {
		return {verdict: 'unknown', reason: `whether new pods start: ${node.binary.says}`};
	}

	return hostPorts.length > 0 ? {verdict: 'ok', reason: ''} : withoutHostPorts(node);
}

/** Nothing on the node proves its way by use: it is judged by what was seen of the way itself. */
function withoutHostPorts({path, proved, binary}: NodeView): Judgement {
	if (path === 'runtime') {
		return {verdict: 'ok', reason: proved ? '' : 'no pod uses a hostPort here; CRI-O maps hostPorts itself'};
	}

	if (path === 'unknown' || !proved) {
		return {verdict: 'unknown', reason: 'which way serves hostPort here was not seen'};
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
