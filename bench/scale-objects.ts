/** The objects of `scale-server.ts`. Pods are cut from one template page, their numbers written over: a page costs the server a copy. */
const digits = (index: number, width: number): string => String(index).padStart(width, '0');
const time = '2026-01-05T10:00:00Z';

/** The fields' manager as the API server lists it: a third of what a real pod weighs. */
const managed = (paths: number): object[] => [
	{
		manager: 'kube-controller-manager',
		operation: 'Update',
		apiVersion: 'v1',
		time,
		fieldsType: 'FieldsV1',
		fieldsV1: {
			'f:spec': {
				'f:containers': {
					'k:{"name":"main"}': Object.fromEntries(Array.from({length: paths}, (_, index) => [`f:field${digits(index, 3)}`, {}])),
				},
			},
		},
	},
];

export const nodeName = (index: number): string => `node-${digits(index, 6)}`;
/** Where a node is: nowhere, or where this machine itself answers, all of whose 127.0.0.0/8 leads to it. */
const addressOf = (index: number, isHere = false): string =>
	`${isHere ? 127 : 10}.${100 + Math.floor(index / 65_536)}.${Math.floor(index / 256) % 256}.${index % 256}`;

export function nodeOf(index: number, isHere = false): object {
	return {
		metadata: {
			name: nodeName(index),
			uid: `node-uid-${digits(index, 6)}`,
			creationTimestamp: time,
			labels: {'kubernetes.io/os': 'linux', 'kubernetes.io/hostname': nodeName(index), 'topology.kubernetes.io/zone': `zone-${index % 3}`},
			managedFields: managed(60),
		},
		spec: {podCIDR: '198.18.1.0/24'},
		status: {
			conditions: ['MemoryPressure', 'DiskPressure', 'PIDPressure', 'Ready'].map(type => ({
				type,
				status: type === 'Ready' ? 'True' : 'False',
				reason: 'KubeletReady',
				message: 'kubelet is posting ready status',
				lastHeartbeatTime: time,
			})),
			addresses: [
				{type: 'InternalIP', address: addressOf(index, isHere)},
				{type: 'Hostname', address: nodeName(index)},
			],
			nodeInfo: {
				operatingSystem: 'linux',
				architecture: 'amd64',
				kernelVersion: '5.15.0-105-generic',
				containerRuntimeVersion: 'containerd://1.7.2',
				osImage: 'Ubuntu 22.04',
				kubeletVersion: 'v1.26.9',
			},
			images: Array.from({length: 30}, (_, image) => ({
				names: [`registry.example/team/app-${image}@sha256:${'0'.repeat(64)}`],
				sizeBytes: 1e8,
			})),
		},
	};
}

const digest = `sha256:${'a'.repeat(64)}`;
const agentSpec = {
	hostNetwork: true,
	containers: [
		{
			name: 'cilium-agent',
			image: 'quay.io/cilium/cilium:v1.10.16',
			args: ['--config-dir=/tmp/cilium/config-map'],
			volumeMounts: [
				{name: 'etc-cni-netd', mountPath: '/host/etc/cni/net.d'},
				{name: 'cni-path', mountPath: '/host/opt/cni/bin'},
			],
		},
	],
	volumes: [
		{name: 'cni-path', hostPath: {path: '/opt/cni/bin'}},
		{name: 'etc-cni-netd', hostPath: {path: '/etc/cni/net.d'}},
	],
};
const statusOf = (name: string, image: string, podIP: string): object => ({
	phase: 'Running',
	podIP,
	podIPs: [{ip: podIP}],
	startTime: time,
	conditions: ['Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map(type => ({type, status: 'True', lastTransitionTime: time})),
	containerStatuses: [
		{
			name,
			image,
			imageID: `${image.split(':')[0]}@${digest}`,
			containerID: `containerd://${'b'.repeat(64)}`,
			ready: true,
			started: true,
			restartCount: 0,
			state: {running: {startedAt: time}},
		},
	],
});

/** @param restarts how often it was restarted */
export function agentOf(index: number, restarts = 0): object {
	const own = `${restarts === 0 ? '' : `r${restarts}-`}${digits(index, 6)}`;
	return {
		metadata: {
			name: `cilium-${own}`,
			namespace: 'kube-system',
			uid: `agent-uid-${own}`,
			resourceVersion: '900',
			creationTimestamp: time,
			labels: {'k8s-app': 'cilium'},
			ownerReferences: [{kind: 'DaemonSet', name: 'cilium', controller: true}],
			managedFields: managed(60),
		},
		spec: {...agentSpec, nodeName: nodeName(index)},
		status: statusOf('cilium-agent', 'quay.io/cilium/cilium:v1.10.16', addressOf(index)),
	};
}

/** A pod whose numbers are written as NNNNNN (its node) and PPPPPPP (itself), always as long. */
function templateOf(hostPort: boolean): string {
	const owner = hostPort ? 'edge' : 'app';
	return JSON.stringify({
		metadata: {
			name: `${owner}-PPPPPPP`,
			generateName: `${owner}-`,
			namespace: 'default',
			uid: '5e1f2c3d-0000-4000-8000-0000PPPPPPP0',
			resourceVersion: '900',
			creationTimestamp: time,
			labels: {app: owner, 'controller-revision-hash': hostPort ? '79c4d8b6f' : '6b6bb4f8d', tier: 'backend'},
			annotations: {'prometheus.io/scrape': 'true', 'checksum/config': 'c'.repeat(64)},
			ownerReferences: [
				{apiVersion: 'apps/v1', kind: 'DaemonSet', name: owner, uid: `uid-of-${owner}`, controller: true, blockOwnerDeletion: true},
			],
			managedFields: managed(90),
		},
		spec: {
			nodeName: 'node-NNNNNN',
			serviceAccountName: 'app',
			restartPolicy: 'Always',
			schedulerName: 'default-scheduler',
			containers: [
				{
					name: 'main',
					image: 'registry.example/team/app:1.2.3',
					env: Array.from({length: 12}, (_, index) => ({name: `SETTING_${index}`, value: 'a value of usual length'})),
					ports: [{containerPort: 80, ...(hostPort && {hostPort: 8080}), protocol: 'TCP'}],
					resources: {requests: {cpu: '100m', memory: '128Mi'}, limits: {memory: '256Mi'}},
					livenessProbe: {httpGet: {path: '/healthz', port: 80, scheme: 'HTTP'}, periodSeconds: 10, failureThreshold: 3},
					volumeMounts: [{name: 'kube-api-access', readOnly: true, mountPath: '/var/run/secrets/kubernetes.io/serviceaccount'}],
				},
			],
			tolerations: ['not-ready', 'unreachable', 'disk-pressure', 'memory-pressure'].map(key => ({
				key: `node.kubernetes.io/${key}`,
				operator: 'Exists',
				effect: 'NoExecute',
			})),
			volumes: [{name: 'kube-api-access', projected: {sources: [{serviceAccountToken: {expirationSeconds: 3607, path: 'token'}}]}}],
		},
		status: statusOf('main', 'registry.example/team/app:1.2.3', '198.18.1.5'),
	});
}

type Template = {readonly bytes: Buffer; readonly node: readonly number[]; readonly pod: readonly number[]};

function cut(text: string): Template {
	const placesOf = (mark: string): number[] => {
		const places = [];
		for (let at = text.indexOf(mark); at >= 0; at = text.indexOf(mark, at + 1)) places.push(at);
		return places;
	};
	return {bytes: Buffer.from(text), node: placesOf('NNNNNN'), pod: placesOf('PPPPPPP')};
}

const [plain, mapped] = [cut(templateOf(false)), cut(templateOf(true))];
const comma = Buffer.from(',');

/** The pod of a node that has a hostPort. */
export const hostPortPod = (node: number, number: number): object => JSON.parse(written(mapped, node, number).toString()) as object;

function written({bytes, node: nodes, pod}: Template, node: number, number: number): Buffer {
	const copy = Buffer.from(bytes);
	for (const place of nodes) copy.write(digits(node, 6), place, 'latin1');
	for (const place of pod) copy.write(digits(number, 7), place, 'latin1');
	return copy;
}

type Changing = {
	readonly agentAt: (node: number) => object;
	/** Number of the pod of a node that has a hostPort: with each restart another. */
	readonly numberOf: (node: number) => number;
};

/** Pods from one number to before another, as the inside of a JSON list. The second of each node has a hostPort. */
export function podPage(from: number, to: number, perNode: number, {agentAt, numberOf}: Changing): Buffer {
	const parts: Buffer[] = [];
	for (let index = from; index < to; index += 1) {
		if (index > from) parts.push(comma);
		const node = Math.floor(index / perNode);
		const place = index % perNode;
		if (place === 0) parts.push(Buffer.from(JSON.stringify(agentAt(node))));
		else parts.push(place === 1 ? written(mapped, node, numberOf(node)) : written(plain, node, index));
	}

	return Buffer.concat(parts);
}

/** Cilium's settings. */
export const ciliumConfig = (isChained: boolean) => ({
	kind: 'ConfigMap',
	metadata: {name: 'cilium-config', namespace: 'kube-system', resourceVersion: '7', creationTimestamp: time},
	data: {
		...(isChained && {'cni-chaining-mode': 'portmap'}),
		'kube-proxy-replacement': 'disabled',
		'enable-ipv4': 'true',
		tunnel: 'vxlan',
	} as Record<string, string>,
});

/** What there is one of, and lists that are short or empty; undefined: nothing there. */
export function single(path: string, nodes: number): object | undefined {
	const empty = {kind: 'List', apiVersion: 'v1', metadata: {resourceVersion: '1000'}, items: []};
	switch (path) {
		case '/version':
			return {major: '1', minor: '26', gitVersion: 'v1.26.9'};
		case '/apis/apps/v1/daemonsets':
		case '/apis/apps/v1/namespaces/kube-system/daemonsets':
			return {
				...empty,
				items: [
					{
						metadata: {name: 'cilium', namespace: 'kube-system', uid: 'ds', labels: {'k8s-app': 'cilium'}},
						spec: {
							selector: {matchLabels: {'k8s-app': 'cilium'}},
							updateStrategy: {type: 'RollingUpdate', rollingUpdate: {maxUnavailable: 2}},
							template: {metadata: {labels: {'k8s-app': 'cilium'}}, spec: agentSpec},
						},
						status: {desiredNumberScheduled: nodes, updatedNumberScheduled: nodes, numberReady: nodes, numberAvailable: nodes},
					},
				],
			};
		default:
			return /\/(?:pods|events|services|networkpolicies)$/u.test(path) ? empty : undefined;
	}
}
