import {canonicalAddress} from '../../cilium/addresses.ts';
import type {HostPortPod} from '../evidence.ts';
import {at, listOf, numberOf, objectOf} from '../untyped.ts';
import {mayHaveHostPort, uidIn} from './host-port-text.ts';
import {byNamespaceAndName, line, nameOf, namespaceOf, textMap, timeOf} from './metadata.ts';
import type {ObjectReader} from './object-reader.ts';
import {controllerOf, type Controller} from './owners.ts';
import {isPodReady, restartsOf, runsSince, troubleOf} from './pod-trouble.ts';

type SeenHostPortPod = {readonly pod: HostPortPod; readonly controller: Controller | undefined};

/** By uid of those pods that were asked for, with a hostPort or not: whether it has its network by now. */
export type PodStates = {readonly states: ReadonlyMap<string, 'up' | 'waiting'>; readonly isComplete: boolean};

type SeenPods = {readonly pods: readonly SeenHostPortPod[]; readonly podStates: PodStates};

/**
 * Pods with a hostPort, of all namespaces or one. With hostNetwork a container's port is a hostPort only by name
 * (the API server fills it in): such pods are kept and marked.
 * @param uids of pods whose state is wanted too
 */
export async function readHostPortPods(
	reader: ObjectReader,
	{namespace, nodes, uids}: {namespace: string | undefined; nodes: readonly string[]; uids: Promise<ReadonlySet<string>>},
): Promise<SeenPods> {
	const [onlyNode] = nodes.length === 1 ? nodes : [];
	const states = new Map<string, 'up' | 'waiting'>();
	const asked = await uids;
	const isAskedFor = (object: Buffer): boolean => {
		if (asked.size === 0) return false;
		const uid = uidIn(object);
		return uid === undefined || asked.has(uid);
	};
	const {items, failed} = await reader.list(
		{
			what: namespace === undefined ? 'pods in all namespaces' : `pods in namespace ${namespace}`,
			of: 'pods',
			right: namespace === undefined ? 'list pods in all namespaces, or name one namespace with -n' : `list pods in namespace ${namespace}`,
			path: namespace === undefined ? '/api/v1/pods' : `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`,
			isWanted: object => mayHaveHostPort(object) || isAskedFor(object),
			...(onlyNode !== undefined && {query: {fieldSelector: `spec.nodeName=${onlyNode}`}}),
		},
		object => {
			const uid = line(at(object, 'metadata', 'uid'));
			if (asked.has(uid)) states.set(uid, stateOf(object));
			const pod = hostPortPodOf(object);
			return pod === undefined ? undefined : {pod, controller: controllerOf(object)};
		},
	);
	const pods = [...items].sort((one, other) => byNamespaceAndName(one.pod, other.pod));
	return {pods, podStates: {states, isComplete: onlyNode === undefined && failed === undefined}};
}

/** A pod's hostPorts and what decides about them; undefined for a pod that has none, or has ended. */
export function hostPortPodOf(object: unknown): HostPortPod | undefined {
	const ports = portsOf(object);
	return ports.length === 0 || hasEnded(object) ? undefined : podOf(object, ports);
}

/** A pod that has run to its end holds no port; one that its kubelet refused for the port (`NodePorts`) never had it and still wants it. */
function hasEnded(pod: unknown): boolean {
	const phase = line(at(pod, 'status', 'phase'));
	return phase === 'Succeeded' || (phase === 'Failed' && line(at(pod, 'status', 'reason')) !== 'NodePorts');
}

function stateOf(pod: unknown): 'up' | 'waiting' {
	const hasNetwork = line(at(pod, 'status', 'podIP')) !== '' && line(at(pod, 'status', 'phase')) === 'Running';
	return hasNetwork && at(pod, 'metadata', 'deletionTimestamp') === undefined ? 'up' : 'waiting';
}

function podOf(object: unknown, ports: HostPortPod['ports']): HostPortPod {
	const status = at(object, 'status');
	const addresses = listOf(at(status, 'podIPs')).map(address => canonicalAddress(line(at(address, 'ip'), 64)));
	const single = canonicalAddress(line(at(status, 'podIP'), 64));
	return {
		namespace: namespaceOf(object),
		name: nameOf(object),
		uid: line(at(object, 'metadata', 'uid')),
		node: line(at(object, 'spec', 'nodeName')),
		phase: line(at(status, 'phase')),
		ready: isPodReady(object),
		hostNetwork: at(object, 'spec', 'hostNetwork') === true,
		podIPs: addresses.length > 0 || single === '' ? addresses : [single],
		createdAt: timeOf(at(object, 'metadata', 'creationTimestamp')),
		startedAt: timeOf(at(status, 'startTime')),
		owner: '',
		labels: textMap(at(object, 'metadata', 'labels')),
		trouble: troubleOf(object),
		runsSince: runsSince(object),
		restarts: restartsOf(object),
		ports,
	};
}

function portsOf(object: unknown): HostPortPod['ports'] {
	const {containers, initContainers} = objectOf(at(object, 'spec'));
	return [...portsOfContainers(containers, false), ...portsOfContainers(initContainers, true)];
}

function portsOfContainers(containers: unknown, init: boolean): HostPortPod['ports'] {
	return listOf(containers).flatMap(container =>
		listOf(at(container, 'ports')).flatMap(port => {
			const hostPort = numberOf(at(port, 'hostPort')) ?? 0;
			if (hostPort === 0) return [];
			return [
				{
					container: line(at(container, 'name')),
					init,
					...(init && at(container, 'restartPolicy') === 'Always' && {sidecar: true}),
					hostPort,
					containerPort: numberOf(at(port, 'containerPort')) ?? 0,
					...(at(port, 'name') !== undefined && {name: line(at(port, 'name'), 64)}),
					protocol: line(at(port, 'protocol'), 16) || 'TCP',
					hostIP: canonicalAddress(line(at(port, 'hostIP'), 64)),
				},
			];
		}),
	);
}
