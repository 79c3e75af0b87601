/** Kubernetes objects as the API server sends them, for tests. */
export function node(name: string, {labels = {}, ready = 'True', message = '', taints = [], os = 'linux'}: NodeParts = {}): object {
	return {
		metadata: {name, labels: {'kubernetes.io/os': os, ...labels}, creationTimestamp: '2026-01-01T00:00:00Z'},
		spec: {taints},
		status: {
			conditions: [{type: 'Ready', status: ready, reason: 'KubeletReady', message}],
			addresses: [{type: 'InternalIP', address: '10.0.0.1'}],
			nodeInfo: {
				operatingSystem: os,
				architecture: 'amd64',
				kernelVersion: '5.4.0-163-generic',
				containerRuntimeVersion: 'containerd://1.6.20',
				osImage: 'Ubuntu 20.04',
			},
		},
	};
}

type NodeParts = {labels?: Record<string, string>; ready?: string; message?: string; taints?: object[]; os?: string};

export const digest = `sha256:${'a'.repeat(64)}`;

/** Specification of the agent's pods: up to 1.13 or so it sees the binary folder, later not. */
export function agentSpec({seesBinaries = true, version = '1.10.16'}: {seesBinaries?: boolean; version?: string} = {}): object {
	return {
		hostNetwork: true,
		containers: [
			{name: 'cilium-envoy', image: 'quay.io/cilium/envoy:v1'},
			{
				name: 'cilium-agent',
				image: `quay.io/cilium/cilium:v${version}`,
				args: ['--config-dir=/tmp/cilium/config-map'],
				env: [
					{name: 'CILIUM_DEBUG', value: 'true'},
					{name: 'API_TOKEN', value: 'verysecret'},
				],
				volumeMounts: [
					{name: 'etc-cni-netd', mountPath: '/host/etc/cni/net.d'},
					...(seesBinaries ? [{name: 'cni-path', mountPath: '/host/opt/cni/bin'}] : []),
				],
			},
		],
		volumes: [
			{name: 'cni-path', hostPath: {path: '/opt/cni/bin'}},
			{name: 'etc-cni-netd', hostPath: {path: '/etc/cni/net.d'}},
		],
	};
}

export function agentPod(
	nodeName: string,
	{
		running = true,
		namespace = 'kube-system',
		...spec
	}: {running?: boolean; namespace?: string; seesBinaries?: boolean; version?: string} = {},
): object {
	return {
		metadata: {name: `cilium-${nodeName}`, namespace, uid: `agent-${nodeName}`, labels: {'k8s-app': 'cilium'}},
		spec: {...agentSpec(spec), nodeName},
		status: {
			phase: 'Running',
			startTime: '2026-01-02T00:00:00Z',
			conditions: [{type: 'Ready', status: running ? 'True' : 'False'}],
			containerStatuses: [
				{
					name: 'cilium-agent',
					imageID: `quay.io/cilium/cilium@${digest}`,
					state: running ? {running: {}} : {waiting: {reason: 'CrashLoopBackOff', message: 'back-off 5m0s'}},
				},
			],
		},
	};
}

export function daemonSet(name: string, namespace: string, labels: Record<string, string> = {}): object {
	return {
		metadata: {name, namespace, uid: `ds-${namespace}-${name}`, labels},
		spec: {
			updateStrategy: {type: 'RollingUpdate', rollingUpdate: {maxUnavailable: 2}},
			template: {metadata: {labels}, spec: name.startsWith('cilium') ? agentSpec() : {containers: []}},
		},
		status: {desiredNumberScheduled: 3, updatedNumberScheduled: 2, numberReady: 1},
	};
}

export function workload(
	name: string,
	nodeName: string,
	parts: {hostPort?: number; hostNetwork?: boolean; phase?: string; owner?: [string, string]; namespace?: string} = {},
): object {
	const {hostPort = 8080, hostNetwork = false, phase = 'Running', owner, namespace = 'default'} = parts;
	return {
		metadata: {
			name,
			namespace,
			uid: `pod-${namespace}-${name}`,
			...(owner !== undefined && {ownerReferences: [{kind: owner[0], name: owner[1], controller: true}]}),
		},
		spec: {
			nodeName,
			hostNetwork,
			containers: [{name: 'main', ports: [{containerPort: hostNetwork ? hostPort : 80, ...(hostPort > 0 && {hostPort}), protocol: 'TCP'}]}],
		},
		status: {phase, podIP: '10.1.0.5', conditions: [{type: 'Ready', status: 'True'}]},
	};
}

export function ciliumConfig(data: Record<string, string>): object {
	return {
		metadata: {
			name: 'cilium-config',
			namespace: 'kube-system',
			resourceVersion: '7',
			creationTimestamp: '2026-01-01T00:00:00Z',
			managedFields: [
				{manager: 'Helm', operation: 'Update', time: '2026-01-01T00:00:00Z', fieldsV1: {'f:data': {'f:enable-ipv4': {}}}},
				{
					manager: 'kubectl-edit',
					operation: 'Update',
					time: '2026-01-03T00:00:00Z',
					fieldsV1: {'f:data': {'f:kube-proxy-replacement': {}}},
				},
				{manager: 'labeler', operation: 'Update', time: '2026-01-09T00:00:00Z', fieldsV1: {'f:metadata': {}}},
			],
		},
		data,
	};
}

/** The API objects of a cluster with one agent a node; more can be laid over them by path. */
export function clusterObjects(names: readonly string[], parts: {seesBinaries?: boolean; version?: string} = {}): Record<string, unknown> {
	const none = ['/api/v1/events', '/api/v1/services', '/apis/networking.k8s.io/v1/networkpolicies'];
	return {
		...Object.fromEntries(none.map(path => [path, []])),
		...Object.fromEntries(names.map(name => [`/api/v1/nodes/${name}`, node(name)])),
		'/version': {gitVersion: 'v1.26.9'},
		'/api/v1/nodes': names.map(name => node(name)),
		'/apis/apps/v1/daemonsets': [daemonSet('cilium', 'kube-system', {'k8s-app': 'cilium'})],
		'/api/v1/pods': ({query = {}}: {query?: Record<string, string>}) =>
			query['labelSelector'] === 'k8s-app=cilium' ? names.map(name => agentPod(name, parts)) : [],
		'/api/v1/namespaces/kube-system/configmaps/cilium-config': ciliumConfig({'kube-proxy-replacement': 'disabled'}),
	};
}

/** Answers `/api/v1/pods`: agents by label, everything else without one. */
export function podList(
	agents: readonly object[],
	workloads: readonly object[],
): (request: {query?: Record<string, string>}) => readonly object[] {
	return ({query = {}}) => {
		if (query['labelSelector'] === undefined) return [...agents, ...workloads];
		return query['labelSelector'] === 'k8s-app=cilium' ? agents : [];
	};
}
