import {randomBytes} from 'node:crypto';
import type {ClusterClient} from '../cluster/cluster-client.ts';
import type {NodeAccess} from './access.ts';
import {runByExec} from './exec-run.ts';
import type {PodImage} from './helper-pod-image.ts';
import {helperPodManifest} from './helper-pod-manifest.ts';
import {removeHelperPod, removeHelperPods} from './helper-pods.ts';
import type {SeenPod} from './reader-pod-failure.ts';
import {startHelperPod} from './start-helper-pod.ts';

/** A pod to connect from, or to. */
export type ProbePodRequest = PodImage & {
	readonly node: string;
	readonly namespace: string;
	/** It serves on a hostPort instead of only connecting to others. */
	readonly serves?: {readonly command: string; readonly containerPort: number; readonly hostPort: number};
};

/** A probe pod that runs: the way into it, and its own addresses. */
export type ProbePod = {readonly access: NodeAccess; readonly namespace: string; readonly name: string; readonly podIPs: readonly string[]};

/** The probe pods of one run. */
export type ProbePods = {
	/**
	 * Makes one and waits until it runs; closing its access asks for its removal.
	 * @throws ClusterError, ActionableError where it does not run
	 */
	open(request: ProbePodRequest, signal: AbortSignal): Promise<ProbePod>;
	/** To be called once at the end: makes sure that the removal of every pod is under way. */
	finish(): Promise<void>;
};

const container = 'probe';
/** Seconds after which the kubelet ends the pod, should we have been killed before we could remove it. */
const deadlineSeconds = 300;
const hint = 'Check kubectl describe and the events of that pod; kubectl hostport check names the cause if no pod can start.';

/** Makes probe pods of one run and removes them when it is closed. */
export function probePods(client: ClusterClient): ProbePods {
	const run = randomBytes(5).toString('hex');
	const namespaces = new Set<string>();
	let count = 0;
	return {
		async open(request, signal) {
			const {namespace, node} = request;
			count += 1;
			const name = `hostport-probe-${run}-${count}`;
			namespaces.add(namespace);
			const pod = {namespace, name, node, called: 'the probe pod', hint};
			const running = await startHelperPod(client, pod, manifest(request, name, run), signal);
			return {namespace, name, podIPs: addressesOf(running), access: accessTo(client, request, name)};
		},
		async finish() {
			await Promise.all([...namespaces].map(async namespace => removeHelperPods(client, namespace, run)));
		},
	};
}

function accessTo(client: ClusterClient, {namespace, node}: ProbePodRequest, name: string): NodeAccess {
	return {
		node,
		label: `pod ${namespace}/${name}`,
		configurationFolder: undefined,
		binaryFolder: undefined,
		hasAgentCommand: false,
		run: async (script, options) => runByExec(client, {namespace, pod: name, container}, script, options),
		close: async () => removeHelperPod(client, namespace, name),
	};
}

function addressesOf({status}: SeenPod): readonly string[] {
	const addresses = (status?.podIPs ?? []).flatMap(({ip}) => ip ?? []);
	return addresses.length > 0 || status?.podIP === undefined ? addresses : [status.podIP];
}

/** An ordinary pod with a network of its own, for what a workload of the cluster would see; it may do nothing but connect. */
function manifest(
	{node, namespace, image, imagePullPolicy = 'IfNotPresent', imagePullSecrets, serves}: ProbePodRequest,
	name: string,
	run: string,
): object {
	return helperPodManifest(
		{name, namespace, run, node, deadlineSeconds, imagePullSecrets},
		{
			dnsPolicy: 'Default',
			containers: [
				{
					name: container,
					image,
					imagePullPolicy,
					command: ['sh', '-c', serves?.command ?? `trap 'exit 0' TERM INT; sleep ${deadlineSeconds} & wait`],
					...(serves !== undefined && {
						ports: [{containerPort: serves.containerPort, hostPort: serves.hostPort, protocol: 'TCP'}],
					}),
					resources: {requests: {cpu: '0', memory: '0'}},
					securityContext: {
						runAsUser: 65534,
						runAsGroup: 65534,
						privileged: false,
						allowPrivilegeEscalation: false,
						readOnlyRootFilesystem: serves === undefined,
						capabilities: {drop: ['ALL']},
						seccompProfile: {type: 'RuntimeDefault'},
					},
				},
			],
		},
	);
}
