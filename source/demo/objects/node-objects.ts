import {createHash} from 'node:crypto';
import {demoLabel} from '../../connect/connection.ts';
import type {DemoNode} from '../node/demo-node.ts';
import {timestamp, type StoredObject} from '../api/object-store.ts';
import type {Scene} from '../scene.ts';

/** A uid that is the same at every start, so that what is printed can be compared. */
export function stableUid(name: string): string {
	const hex = createHash('sha256').update(name).digest('hex');
	return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** The Node object as a kubelet and the node controller keep it. */
export function nodeObject(node: DemoNode, scene: Scene, now: Date): StoredObject {
	const {shape, name, address, joined} = node;
	const windows = shape.os === 'windows';
	const labels = {
		'kubernetes.io/arch': 'amd64',
		'kubernetes.io/hostname': name,
		'kubernetes.io/os': shape.os,
		'node.kubernetes.io/instance-type': 'SVR.VSVR.STAND.C004.M016.NET.SSD.B050.G002',
		'topology.kubernetes.io/zone': shape.zone,
		// The addresses are made up: whatever answers there is somebody else, so no other program connects to them.
		[demoLabel]: 'true',
	};
	const unreachable = {key: 'node.kubernetes.io/unreachable', timeAdded: timestamp(now)};
	const taints = [
		...(shape.ready
			? []
			: [
					{...unreachable, effect: 'NoSchedule'},
					{...unreachable, effect: 'NoExecute'},
				]),
		...(windows ? [{key: 'os', value: 'windows', effect: 'NoSchedule'}] : []),
	];
	return {
		apiVersion: 'v1',
		kind: 'Node',
		metadata: {
			name,
			uid: stableUid(`node ${name}`),
			creationTimestamp: timestamp(joined),
			labels,
			annotations: {'node.alpha.kubernetes.io/ttl': '0'},
		},
		spec: {podCIDR: `10.${node.index >> 8}.${node.index & 255}.0/24`, ...(taints.length > 0 && {taints})},
		status: {
			addresses: [
				{type: 'InternalIP', address},
				{type: 'Hostname', address: name},
			],
			allocatable: {cpu: '3920m', memory: '15103320Ki', pods: '110'},
			capacity: {cpu: '4', memory: '16393056Ki', pods: '110'},
			conditions: conditions(node, now),
			daemonEndpoints: {kubeletEndpoint: {Port: 10250}},
			nodeInfo: {
				architecture: 'amd64',
				bootID: stableUid(`boot ${name}`),
				containerRuntimeVersion: scene.machine.containerRuntime,
				kernelVersion: windows ? '10.0.20348.2227' : scene.machine.kernel,
				kubeProxyVersion: scene.kubernetes,
				kubeletVersion: scene.kubernetes,
				machineID: stableUid(`machine ${name}`).replaceAll('-', ''),
				operatingSystem: shape.os,
				osImage: windows ? 'Windows Server 2022 Datacenter' : scene.machine.osImage,
				systemUUID: stableUid(`system ${name}`),
			},
			images,
		},
	};
}

function conditions({shape, joined}: DemoNode, now: Date) {
	const condition = (type: string, status: string, reason: string, message: string) => ({
		type,
		status: shape.ready ? status : 'Unknown',
		reason: shape.ready ? reason : 'NodeStatusUnknown',
		message: shape.ready ? message : 'Kubelet stopped posting node status.',
		lastHeartbeatTime: timestamp(now),
		lastTransitionTime: timestamp(joined),
	});
	return [
		condition('MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'),
		condition('DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'),
		condition('PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'),
		condition('Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'),
	];
}

/** Shared by all nodes: images make up most of a real Node object, and a list of them is what a client has to bear. */
const images = [
	['docker.io/otel/opentelemetry-collector:0.93.0', 81_304_310],
	['docker.io/library/nginx:1.25', 70_520_324],
	['registry.k8s.io/coredns/coredns:v1.10.1', 16_190_758],
	['registry.k8s.io/kube-proxy:v1.26.9', 22_955_129],
	['registry.k8s.io/pause:3.8', 311_286],
	['quay.io/cilium/cilium:v1.10.16', 157_341_003],
].map(([name, sizeBytes]) => ({
	names: [name, `${String(name).split(':')[0]}@sha256:${createHash('sha256').update(String(name)).digest('hex')}`],
	sizeBytes,
}));
