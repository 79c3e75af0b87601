import type {Evidence, HostPortPod, NodeEvidence} from '../evidence/evidence.ts';
import {containerPort, listeningScript} from './listening.ts';
import type {Places} from './places.ts';

/** A test pod as evidence has hostPort pods, so that it is asked like every other; TCP only. */
export type TestPod = {readonly pod: HostPortPod; close(): Promise<void>};

/**
 * Starts a small pod with a hostPort that nobody else holds; `close` removes it.
 * @throws ActionableError, ClusterError where it does not run
 */
export async function openTestPod(places: Places, evidence: Evidence, node: NodeEvidence, signal: AbortSignal): Promise<TestPod> {
	const hostPort = freeHostPort(evidence, node);
	const {access, namespace, name, podIPs} = await places.openServer(node.name, {command: listeningScript, containerPort, hostPort}, signal);
	return {
		pod: {
			namespace,
			name,
			uid: '',
			node: node.name,
			phase: 'Running',
			ready: true,
			hostNetwork: false,
			podIPs: [...podIPs],
			createdAt: null,
			startedAt: null,
			owner: '',
			labels: {},
			trouble: '',
			runsSince: null,
			restarts: '',
			ports: [{container: 'probe', init: false, hostPort, containerPort, protocol: 'TCP', hostIP: ''}],
		},
		close: async () => access.close(),
	};
}

/** A port that nobody holds: below the NodePort range and the range of outgoing connections (cilium/cilium-cli #1398). */
export function freeHostPort({pods}: Pick<Evidence, 'pods'>, node: NodeEvidence): number {
	const range = node.observation?.agentStatus?.nodePortRange ?? {from: 30_000, to: 32_767};
	const taken = new Set([
		...pods.filter(pod => pod.node === node.name).flatMap(({ports}) => ports.map(({hostPort}) => hostPort)),
		...(node.observation?.listeners ?? []).map(({port}) => port),
	]);
	for (let port = 28_080; port > 20_000; port -= 1) {
		if (!taken.has(port) && (port < range.from || port > range.to)) return port;
	}

	return 28_080;
}
