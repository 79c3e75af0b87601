import {kubectl, list, until} from './kubectl.ts';
import {mappedAddresses} from './hands-on-nodes.ts';
import {namespace} from './tested-cluster.ts';

type Shape = {
	readonly hostPort: number;
	readonly containerPort?: number;
	readonly protocol?: 'TCP' | 'UDP';
	readonly hostIP?: string;
	/** Address that the application listens on. */
	readonly listensOn?: string;
	/** Port that the application listens on, where it is not the one that the pod names. */
	readonly listensAt?: number;
	readonly node?: string;
	/** Put over the pod's spec. */
	readonly spec?: object;
	/** Put over the container. */
	readonly container?: object;
};

/** A bare pod of busybox's httpd with one hostPort. */
export async function makePod(name: string, shape: Shape): Promise<void> {
	const {
		hostPort,
		containerPort = 80,
		protocol = 'TCP',
		hostIP,
		listensOn = '0.0.0.0',
		listensAt = containerPort,
		node,
		spec,
		container,
	} = shape;
	const command = [
		'sh',
		'-c',
		`mkdir -p /tmp/www && echo ${name} >/tmp/www/index.html && exec httpd -f -p ${listensOn}:${listensAt} -h /tmp/www`,
	];
	const ports = [{containerPort, hostPort, protocol, ...(hostIP !== undefined && {hostIP})}];
	const manifest = {
		apiVersion: 'v1',
		kind: 'Pod',
		metadata: {name, namespace, labels: {app: name}},
		spec: {
			...(node !== undefined && {nodeSelector: {'kubernetes.io/hostname': node}}),
			automountServiceAccountToken: false,
			terminationGracePeriodSeconds: 1,
			containers: [{name, image: 'docker.io/library/busybox:1.36', imagePullPolicy: 'IfNotPresent', command, ports, ...container}],
			...spec,
		},
	};
	await kubectl(['apply', '--filename', '-'], JSON.stringify(manifest));
}

export async function waitForPod(name: string): Promise<void> {
	await kubectl(['--namespace', namespace, 'wait', '--for=condition=Ready', `pod/${name}`, '--timeout=140s']);
}

export async function removePod(name: string, ...words: readonly string[]): Promise<void> {
	await kubectl(['--namespace', namespace, 'delete', 'pod', name, '--ignore-not-found', '--timeout=60s', ...words]);
}

/** A kubelet takes up to ten seconds to say that a pod is gone. */
export const atOnce = ['--grace-period=0', '--force'] as const;

/** Removes a Deployment and all its pods. */
export async function removeDeployment(name: string): Promise<void> {
	await kubectl(['--namespace', namespace, 'delete', 'deployment', name, '--cascade=background']);
	await until(`the pods of ${name} to be gone`, 60, async () => {
		await kubectl(['--namespace', namespace, 'delete', 'pods', '--selector', `app=${name}`, ...atOnce]);
		const made = await list('replicasets,pods', '--namespace', namespace, '--selector', `app=${name}`);
		return made.length === 0 ? true : undefined;
	});
}

/** Makes the pods of a workload anew on one node or on all, and waits until they run. */
export async function remakePods(app: string, node?: string): Promise<void> {
	await remake(app, node, '--timeout=60s');
}

/**
 * The same where the new ones need not wait for the old to be torn down: that takes a kubelet up to ten seconds, and longer where
 * their rules are gone already. In the end no rule leads to a pod that is gone.
 */
export async function replacePods(app: string, node?: string): Promise<void> {
	await remake(app, node, ...atOnce);
	await until('the rules of the old pods to be gone', 90, async () => {
		const pods = await list('pods', '--namespace', namespace);
		const addresses = new Set(pods.map(({status}) => status?.podIP ?? ''));
		const targets = await Promise.all((['node-1', 'node-2'] as const).map(mappedAddresses));
		return targets.flat().every(address => addresses.has(address)) ? true : undefined;
	});
}

async function remake(app: string, node: string | undefined, ...words: readonly string[]): Promise<void> {
	const field = node === undefined ? [] : ['--field-selector', `spec.nodeName=${node}`];
	await kubectl(['--namespace', namespace, 'delete', 'pods', '--selector', `app=${app}`, ...field, ...words]);
	await until(`the pods of ${app}`, 90, async () => {
		const pods = await list('pods', '--namespace', namespace, '--selector', `app=${app}`);
		const ready = pods.filter(({status}) => status?.conditions?.some(({type, status: state}) => type === 'Ready' && state === 'True'));
		return pods.length > 0 && ready.length === pods.length ? true : undefined;
	});
}
