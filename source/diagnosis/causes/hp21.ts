import {finding, type Found} from '../finding.ts';
import {isLeaving, type HostPortView} from '../host-port-view.ts';
import {probeAnswer, probePlace, probesOf, unanswered, unansweredProof} from '../probe-answers.ts';
import {reversePathDrop, strictKernelFilter} from '../reverse-path.ts';
import {secondsOf} from '../time.ts';
import {isNoFreePort} from './hp14.ts';
import type {View} from '../view.ts';
import {count} from '../../words.ts';
import {defineCause} from './cause.ts';
import {isTerminating} from '../../terminating.ts';

/** The application itself: the pod's own port refuses, the pod is not ready, or it does not run. */
export const hp21 = defineCause({
	code: 'HP21',
	title: 'The application does not answer',
	meaning:
		'The mapping leads to the pod, and the pod does not listen on containerPort, listens on 127.0.0.1, or is not ready or does not run.',
	proof: [
		'pod IP and containerPort refused from its own node: `check` connects to them',
		'or no answer at all (timed out, unreachable) from its own node: packets may be lost. A warning; an error if another node got none at the hostPort either, or if the pod’s interface on the node is down',
		'the pod is not ready, or says why it does not run, or is being created for more than ten minutes',
	],
	toldApart: ['all others: test this first'],
	cure: ['Check the pod: its log, its listening address, its containerPort.'],
	falseLeads: ['Connection refused with a right rule points to this, not to Cilium.'],
	sources: ['open-telemetry/opentelemetry-helm-charts#849'],
	ofPod: true,
	proved: () => 'error',
	find(view) {
		const refused = view.hostPorts.filter(hostPort => probeAnswer(view, hostPort) === 'refused');
		const unready = view.hostPorts.filter(hostPort => isUnready(hostPort) && !refused.includes(hostPort));
		const again = refused.filter(hostPort => isRestarting(view, hostPort));
		return [
			...refusing(
				view,
				refused.filter(hostPort => !again.includes(hostPort)),
			),
			...restarting(again),
			...cutOff(view),
			...silent(view),
			...notReady(unready),
			...notRunning(view),
		];
	},
});

function isUnready(hostPort: HostPortView): boolean {
	return hostPort.diagnosis.state === 'wired' && !hostPort.pod.ready && !isLeaving(hostPort);
}

function refusing(view: View, refused: readonly HostPortView[]): Found[] {
	const isHalf = (hostPort: HostPortView): boolean => probesOf(view, hostPort).some(({answer}) => answer === 'open');
	return [false, true].flatMap(isOpen => {
		const those = refused.filter(hostPort => isHalf(hostPort) === isOpen);
		// A pod that is not ready yet may still be starting, and one that answers in its other family is reached there.
		const isProved = those.some(
			hostPort =>
				hostPort.diagnosis.state === 'wired' && hostPort.pod.ready && probesOf(view, hostPort).every(({answer}) => answer === 'refused'),
		);
		return finding({
			hostPorts: those,
			severity: isProved ? 'error' : 'warning',
			title: `the application behind ${count(those.length, 'hostPort')} refuses connections ${isOpen ? 'in one address family' : 'on its containerPort'}`,
			because: those.slice(0, 3).map(hostPort => ({
				source: probePlace(view, hostPort),
				says: `refused by the pod itself; ${hostPort.diagnosis.state === 'wired' ? `the mapping of ${hostPort.name} is right (${hostPort.diagnosis.by})` : `${hostPort.name} is not mapped either`}`,
			})),
			remedy: isOpen
				? 'Make the application listen on :: (for both families) at the containerPort of the pod, if clients come in that family too: it answers in the other. hostPort works as configured.'
				: 'Make the application listen on 0.0.0.0 (or ::) at the containerPort of the pod; it may listen on 127.0.0.1 only. hostPort works as configured.',
		});
	});
}

/** Without a readiness probe a pod is ready as soon as its container runs, also one that ends and is started again and again. */
const startSeconds = 30;

function isRestarting({evidence}: View, {pod}: HostPortView): boolean {
	const [started, now] = [secondsOf(pod.runsSince), secondsOf(evidence.collectedAt)];
	const isYoung = started !== undefined && now !== undefined && now - started < startSeconds;
	return pod.trouble.startsWith('CrashLoopBackOff') || (pod.restarts !== '' && isYoung);
}

function restarting(found: readonly HostPortView[]): Found[] {
	return finding({
		hostPorts: found,
		severity: 'warning',
		title: `the application behind ${count(found.length, 'hostPort')} refuses connections: its container keeps restarting`,
		because: found.slice(0, 3).map(({name, pod, diagnosis}) => ({
			source: `pod of ${name}`,
			says: `restarted: ${[pod.restarts, pod.trouble || `runs since ${pod.runsSince ?? ''}`].filter(Boolean).join('; ')}; ${diagnosis.state === 'wired' ? `the mapping is right (${diagnosis.by})` : 'it is not mapped either'}`,
		})),
		remedy: 'Find out why its container ends: kubectl logs --previous, kubectl describe. hostPort works as configured.',
	});
}

/** Packets are lost between the node and its own pod, and no rule that would do it was seen. */
function silent(view: View): Found[] {
	const lost = unanswered(view).filter(
		hostPort =>
			reversePathDrop(view, hostPort) === undefined &&
			strictKernelFilter(view, hostPort) === undefined &&
			downInterface(view, hostPort) === undefined,
	);
	return finding({
		hostPorts: lost,
		severity: 'warning',
		title: `the pods behind ${count(lost.length, 'mapped hostPort')} do not answer their own node`,
		because: lost.slice(0, 3).map(hostPort => unansweredProof(view, hostPort)),
		remedy:
			'Run kubectl hostport verify, which connects from other places. If all fail, check the pod (is it stuck, is its interface up?), policies that deny its node, and firewall rules of the node.',
	});
}

/** No packet comes to a pod whose interface is down. */
function cutOff(view: View): Found[] {
	const found = unanswered(view).flatMap(hostPort => {
		const says = downInterface(view, hostPort);
		return says === undefined ? [] : [{hostPort, says}];
	});
	return finding({
		hostPorts: found.map(({hostPort}) => hostPort),
		severity: 'error',
		title: `the network interface of the pods behind ${count(found.length, 'mapped hostPort')} is down`,
		because: found
			.slice(0, 3)
			.flatMap(({hostPort, says}) => [
				{source: `interface of ${hostPort.pod.namespace}/${hostPort.pod.name} on ${hostPort.pod.node}`, says},
				unansweredProof(view, hostPort),
			]),
		remedy: 'Delete the pod, so that its owner creates it again with a new interface. Then find what took the interface down.',
	});
}

/** What the node says of the pod's interface, where that is not up; undefined where it is, or was not seen. */
function downInterface(view: View, hostPort: HostPortView): string | undefined {
	const facts = view.nodeOf(hostPort)?.observation?.facts ?? {};
	return hostPort.pod.podIPs
		.map(address => facts[`interface-of-${address}`])
		.find(said => said !== undefined && !/ is (?:up|unknown)$/.test(said));
}

function notReady(unready: readonly HostPortView[]): Found[] {
	return finding({
		hostPorts: unready,
		severity: 'warning',
		title: `${count(unready.length, 'hostPort')} lead to pods that are not ready: the application may not answer`,
		because: unready.slice(0, 3).map(({name, pod, diagnosis}) => ({
			source: `pod of ${name}`,
			says: `not ready${pod.trouble === '' ? '' : `: ${pod.trouble}`}; the mapping is right (${diagnosis.by})`,
		})),
		remedy: 'Check the pod: kubectl describe and kubectl logs. hostPort itself works.',
	});
}

/** Pods that say why they do not run, where it is neither their node's fault nor a port that is taken. */
function notRunning(view: View): Found[] {
	const stopped = view.hostPorts.filter(hostPort => {
		const node = view.nodeOf(hostPort);
		const isNodesFault = node !== undefined && (node.cannotStartPods || node.withoutConfiguration || node.events.length > 0);
		const {trouble} = hostPort.pod;
		return (
			hostPort.reason === 'not-running' &&
			!isNodesFault &&
			trouble !== '' &&
			!(/^(?:Terminating|ContainerCreating|PodInitializing)/.test(trouble) && !isWaitingLong(view, hostPort)) &&
			!isNoFreePort(trouble)
		);
	});
	return finding({
		hostPorts: stopped,
		severity: 'warning',
		title: `${count(stopped.length, 'hostPort')} of pods that do not run`,
		because: stopped.slice(0, 3).map(({name, diagnosis}) => ({source: `pod of ${name}`, says: diagnosis.by})),
		remedy: 'Check the pod: kubectl describe. A hostPort answers only while its pod runs.',
	});
}

/** Pulling an image and mounting volumes take a while; what takes longer has a reason of its own. */
const patienceSeconds = 600;

function isWaitingLong({evidence}: View, {pod}: HostPortView): boolean {
	const [created, now] = [secondsOf(pod.createdAt), secondsOf(evidence.collectedAt)];
	return !isTerminating(pod) && created !== undefined && now !== undefined && now - created > patienceSeconds;
}
