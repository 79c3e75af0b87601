import {kubectl, list, until} from './kubectl.ts';
import {namespace} from './tested-cluster.ts';

type Shape = {
	readonly hostPort: number;
	readonly containerPort?: number;
	/** Address that the application listens on. */
	readonly listensOn?: string;
	readonly node?: string;
};

/** A bare pod of busybox's httpd with one hostPort. */
export async function makePod(name: string, {hostPort, containerPort = 80, listensOn = '0.0.0.0', node}: Shape): Promise<void> {
	const command = [
		'sh',
		'-c',
		`mkdir -p /tmp/www && echo ${name} >/tmp/www/index.html && exec httpd -f -p ${listensOn}:${containerPort} -h /tmp/www`,
	];
	const manifest = {
		apiVersion: 'v1',
		kind: 'Pod',
		metadata: {name, namespace, labels: {app: name}},
		spec: {
			...(node !== undefined && {nodeSelector: {'kubernetes.io/hostname': node}}),
			automountServiceAccountToken: false,
			terminationGracePeriodSeconds: 1,
			containers: [
				{name, image: 'docker.io/library/busybox:1.36', imagePullPolicy: 'IfNotPresent', command, ports: [{containerPort, hostPort}]},
			],
		},
	};
	await kubectl(['apply', '--filename', '-'], JSON.stringify(manifest));
}

export async function waitForPod(name: string): Promise<void> {
	await kubectl(['--namespace', namespace, 'wait', '--for=condition=Ready', `pod/${name}`, '--timeout=90s']);
}

export async function removePod(name: string): Promise<void> {
	await kubectl(['--namespace', namespace, 'delete', 'pod', name, '--ignore-not-found', '--timeout=60s']);
}

/** Makes the pods of a workload anew on one node or on all, and waits until they run. */
export async function remakePods(app: string, node?: string): Promise<void> {
	const field = node === undefined ? [] : ['--field-selector', `spec.nodeName=${node}`];
	await kubectl(['--namespace', namespace, 'delete', 'pods', '--selector', `app=${app}`, ...field, '--timeout=60s']);
	await until(`the pods of ${app}`, 90, async () => {
		const pods = await list('pods', '--namespace', namespace, '--selector', `app=${app}`);
		const ready = pods.filter(({status}) => status?.conditions?.some(({type, status: state}) => type === 'Ready' && state === 'True'));
		return pods.length > 0 && ready.length === pods.length ? true : undefined;
	});
}
