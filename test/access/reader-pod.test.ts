import {expect, test} from 'vitest';
import {isPodRefusal} from '../../source/access/helper-pods.ts';
import {hostPodManifest} from '../../source/access/host-pod.ts';
import {openReaderPod} from '../../source/access/reader-pod.ts';
import {imageOnNode} from '../../source/access/helper-pod-image.ts';
import {readerPodManifest, type ReaderPodRequest} from '../../source/access/reader-pod-manifest.ts';
import {failureAmong} from '../../source/access/reader-pod-failure.ts';
import {fakeCluster, refusal, runningPod, type FakeCluster} from '../evidence/fake-cluster.ts';

const request: ReaderPodRequest = {
	node: 'node-1',
	namespace: 'kube-system',
	name: 'hostport-reader-1',
	run: 'abc',
	image: 'registry.test/cilium:v1',
	configurationFolder: undefined,
	binaryFolder: '/opt/cni/bin',
};
const never = new AbortController().signal;
const pods = '/api/v1/namespaces/kube-system/pods';

function waitingFor(reason: string, message = ''): object {
	return {phase: 'Pending', containerStatuses: [{state: {waiting: {reason, message}}}]};
}

function requestsFor(client: FakeCluster, method: string): string[] {
	return client.requests.filter(({method: used = 'GET'}) => used === method).map(({path}) => path);
}

test('the pod can read one folder and nothing else', () => {
	const manifest = readerPodManifest(request) as unknown as {
		spec: {containers: [Record<string, unknown>]; volumes: unknown[]};
		metadata: unknown;
	};
	expect(manifest.metadata).toMatchObject({labels: {'app.kubernetes.io/managed-by': 'kubectl-hostport', 'hostport.dev/run': 'abc'}});
	expect(manifest.spec).toMatchObject({
		nodeName: 'node-1',
		hostNetwork: true,
		restartPolicy: 'Never',
		automountServiceAccountToken: false,
		tolerations: [{operator: 'Exists'}],
		terminationGracePeriodSeconds: 1,
		activeDeadlineSeconds: 300,
	});
	expect(manifest.spec.volumes).toEqual([{name: 'cni-binaries', hostPath: {path: '/opt/cni/bin', type: 'Directory'}}]);
	expect(manifest.spec.containers).toHaveLength(1);
	expect(manifest.spec.containers[0]).toMatchObject({
		imagePullPolicy: 'IfNotPresent',
		securityContext: {
			privileged: false,
			allowPrivilegeEscalation: false,
			readOnlyRootFilesystem: true,
			capabilities: {drop: ['ALL']},
		},
		volumeMounts: [{name: 'cni-binaries', readOnly: true}],
	});
	expect(JSON.stringify(manifest)).not.toMatch(/hostPID|hostIPC|"add"|ports/u);
});

test.each([
	[['nat'], ['NET_ADMIN', 'NET_RAW'], undefined, true],
	[['write'], undefined, undefined, false],
	[['host'], ['SYS_ADMIN', 'SYS_CHROOT', 'SYS_PTRACE'], true, undefined],
] as const)('a pod for %j has just what that needs', (powers, add, hostPID, readOnly) => {
	const {spec, metadata} = hostPodManifest({...request, powers}) as {
		spec: {hostPID?: boolean; containers: Array<{securityContext: {capabilities: object}; volumeMounts: Array<{readOnly: boolean}>}>};
		metadata: {annotations?: object};
	};
	expect(spec.hostPID).toBe(hostPID);
	expect(metadata.annotations !== undefined).toBe(hostPID === true);
	expect(spec.containers[0]?.securityContext).toMatchObject({
		privileged: false,
		allowPrivilegeEscalation: false,
		capabilities: {drop: ['ALL'], ...(add !== undefined && {add})},
	});
	expect(spec.containers[0]?.volumeMounts.map(mount => mount.readOnly)).toEqual(readOnly === undefined ? [] : [readOnly]);
});

const digest = `sha256:${'0'.repeat(64)}`;
test.each([
	['quay.io/cilium/cilium:v1.17.4', `quay.io/cilium/cilium@${digest}`, `quay.io/cilium/cilium@${digest}`],
	['quay.io/cilium/cilium:v1.17.4', `docker-pullable://quay.io/cilium/cilium@${digest}`, `quay.io/cilium/cilium@${digest}`],
	[`registry.test:5000/cilium:v1@${digest}`, `registry.test:5000/cilium@${digest}`, `registry.test:5000/cilium@${digest}`],
	// A digest without a name, or under another name, is nothing that a kubelet could look up.
	['quay.io/cilium/cilium:v1.17.4', digest, 'quay.io/cilium/cilium:v1.17.4'],
	['quay.io/cilium/cilium:v1.17.4', `docker.io/library/import-1@${digest}`, 'quay.io/cilium/cilium:v1.17.4'],
	['registry.test:5000/cilium', '', 'registry.test:5000/cilium'],
])('of %s with the id %s it takes %s', (image, imageID, taken) => {
	expect(imageOnNode({image, imageID})).toBe(taken);
});

test('it is made with one request, waited for, and removed on close', async () => {
	const client = fakeCluster({podStatus: asked => (asked < 3 ? waitingFor('ContainerCreating') : runningPod)});
	const access = await openReaderPod(client, request, never);
	expect(access).toMatchObject({
		label: 'pod kube-system/hostport-reader-1',
		hasAgentCommand: false,
		configurationFolder: undefined,
		binaryFolder: {host: '/opt/cni/bin'},
	});
	expect(requestsFor(client, 'POST')).toEqual([pods]);
	expect(requestsFor(client, 'GET')).toHaveLength(3);
	await access.close();
	expect(client.made.size).toBe(0);
	await access.close();
});

test.each([
	[waitingFor('ErrImagePull', 'manifest unknown'), 'ErrImagePull: manifest unknown'],
	[waitingFor('ImagePullBackOff', 'Back-off pulling image'), 'ImagePullBackOff'],
	[waitingFor('CreateContainerConfigError'), 'CreateContainerConfigError'],
	[{phase: 'Failed', reason: 'NodeAffinity', message: 'node changed'}, 'NodeAffinity: node changed'],
	[{phase: 'Failed', reason: 'OutOfpods', message: 'too many'}, 'OutOfpods'],
])('what keeps it from running is named by its first status, and it is removed: %j', async (status, words) => {
	const client = fakeCluster({podStatus: () => status});
	await expect(openReaderPod(client, request, never)).rejects.toThrow(`the reader pod does not run on node-1: ${words}`);
	expect(requestsFor(client, 'GET')).toHaveLength(1);
	expect(client.made.size).toBe(0);
});

test('a folder that is not there is named by the pod’s events', async () => {
	const events = [
		{type: 'Normal', reason: 'Scheduled', message: 'x'},
		{type: 'Warning', reason: 'FailedMount', message: 'hostPath type check failed: /opt/cni/bin is not a directory'},
	];
	const client = fakeCluster({
		podStatus: () => waitingFor('ContainerCreating'),
		objects: {'/api/v1/namespaces/kube-system/events': events},
	});
	await expect(openReaderPod(client, request, never)).rejects.toThrow(/FailedMount: hostPath type check failed/u);
	expect(client.made.size).toBe(0);
});

test('events that say nothing bad are no failure', () => {
	expect(
		failureAmong([
			{type: 'Normal', reason: 'Pulled'},
			{type: 'Warning', reason: 'DNSConfigForming'},
		]),
	).toBeUndefined();
});

test('a refusal is passed on as it is, and nothing is left to remove', async () => {
	const refused = refusal(403, 'violates PodSecurity "restricted"', 'create');
	const client = fakeCluster({objects: {[`POST ${pods}`]: refused}});
	await expect(openReaderPod(client, request, never)).rejects.toBe(refused);
	expect(requestsFor(client, 'DELETE')).toEqual([]);
});

test('after a lost answer the pod is removed, also one that the server makes only then', async () => {
	const lost = refusal(504, 'gateway time-out', 'create');
	const client: FakeCluster = fakeCluster({
		objects: {
			[`POST ${pods}`]: () => {
				setTimeout(() => client.made.set(`${pods}/hostport-reader-1`, {}), 100);
				throw lost;
			},
		},
	});
	await expect(openReaderPod(client, request, never)).rejects.toBe(lost);
	expect(requestsFor(client, 'DELETE')).toHaveLength(2);
	expect(client.made.size).toBe(0);
});

test('an interruption while waiting removes the pod and throws the reason', async () => {
	const controller = new AbortController();
	const reason = new Error('interrupted');
	const client = fakeCluster({
		podStatus: () => {
			controller.abort(reason);
			return waitingFor('ContainerCreating');
		},
	});
	await expect(openReaderPod(client, request, controller.signal)).rejects.toBe(reason);
	expect(client.made.size).toBe(0);
});

test('a pod that someone else removed is said', async () => {
	const client = fakeCluster({
		podStatus: () => {
			throw refusal(404, 'not found', 'get');
		},
	});
	await expect(openReaderPod(client, request, never)).rejects.toThrow(/removed by someone else/u);
});

const events = '/api/v1/namespaces/kube-system/events';

test('a pod that its node no longer wants is said with the taint', async () => {
	const client = fakeCluster({
		podStatus: () => waitingFor('ContainerCreating'),
		objects: {
			[`${pods}/hostport-reader-1`]: {metadata: {deletionTimestamp: '2026-11-27T18:00:00Z'}, status: waitingFor('ContainerCreating')},
			[events]: [{type: 'Normal', reason: 'TaintManagerEviction', message: 'Marking for deletion Pod kube-system/hostport-reader-1'}],
		},
	});
	await expect(openReaderPod(client, request, never)).rejects.toThrow(/it was removed: TaintManagerEviction: Marking for deletion/u);
});

test('when the time is up the error says how far the pod was, and it is removed', async () => {
	const client = fakeCluster({
		podStatus: () => waitingFor('ContainerCreating'),
		objects: {[events]: [{type: 'Normal', reason: 'Pulling', message: 'Pulling image "registry.test/cilium:v1"'}]},
	});
	const late = openReaderPod(client, request, AbortSignal.timeout(3000));
	await expect(late).rejects.toThrow(/does not run on node-1 yet: Pending, ContainerCreating, Pulling: Pulling image "registry\.test/u);
	expect(client.made.size).toBe(0);
});

test('a pull secret that is missing is no failure as long as the pod may start', () => {
	expect(failureAmong([{type: 'Warning', reason: 'FailedToRetrieveImagePullSecret', message: 'attempting to pull'}])).toBeUndefined();
});

test.each([
	[403, 'exceeded quota: none, requested: pods=1', true],
	[404, 'namespaces "nope" not found', true],
	[422, 'Pod "x" is invalid: spec.imagePullSecrets', true],
	[400, 'cannot create pods: admission webhook "validate.kyverno.svc-fail" denied the request: no host network', true],
	[400, 'admission webhook "x" does not support dry run', false],
	[500, 'failed calling webhook "x": connection refused', false],
])('whether an answer of %i, “%s”, is a refusal of all such pods: %s', (status, message, isRefusal) => {
	expect(isPodRefusal(refusal(status, message, 'create'))).toBe(isRefusal);
});
