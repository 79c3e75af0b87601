import {minorOf} from '../node/agent-state.ts';
import type {Container, PodTemplate} from './kubernetes-types.ts';
import type {SceneWorkload} from '../scene.ts';

/**
 * Cilium's DaemonSet as its chart makes it, as far as it matters here. Up to 1.13.0 (and 1.11.14, 1.12.7) the agent itself
 * mounts /opt/cni/bin and is privileged up to 1.11; later only the init container that copies the binaries mounts it.
 */
export function ciliumWorkload(version: string, clusterAge: number, agentAge: number): SceneWorkload {
	return {
		kind: 'DaemonSet',
		namespace: 'kube-system',
		name: 'cilium',
		age: clusterAge,
		template: template(version),
		pod: () => ({state: 'running', age: agentAge}),
	};
}

function template(version: string): PodTemplate {
	const image = `quay.io/cilium/cilium:v${version}`;
	const seesBinaries = agentSeesBinaries(version);
	const binaries = {name: 'cni-path', mountPath: '/host/opt/cni/bin'};
	const capabilities = {add: ['CHOWN', 'KILL', 'NET_ADMIN', 'NET_RAW', 'IPC_LOCK', 'SYS_ADMIN', 'SYS_RESOURCE'], drop: ['ALL']};
	const agent: Container = {
		name: 'cilium-agent',
		image,
		command: ['cilium-agent'],
		args: ['--config-dir=/tmp/cilium/config-map'],
		env: [
			{name: 'K8S_NODE_NAME', valueFrom: {fieldRef: {apiVersion: 'v1', fieldPath: 'spec.nodeName'}}},
			{name: 'CILIUM_K8S_NAMESPACE', valueFrom: {fieldRef: {apiVersion: 'v1', fieldPath: 'metadata.namespace'}}},
		],
		securityContext: minorOf(version) <= 11 ? {privileged: true} : {capabilities},
		volumeMounts: [
			{name: 'cilium-run', mountPath: '/var/run/cilium'},
			...(seesBinaries ? [binaries] : []),
			{name: 'etc-cni-netd', mountPath: '/host/etc/cni/net.d'},
			minorOf(version) >= 13
				? {name: 'tmp', mountPath: '/tmp'}
				: {name: 'cilium-config-path', mountPath: '/tmp/cilium/config-map', readOnly: true},
		],
	};
	const copier: Container = {name: 'install-cni-binaries', image, command: ['/install-plugin.sh'], volumeMounts: [binaries]};
	const reader: Container = {
		name: 'config',
		image,
		command: ['cilium-dbg', 'build-config'],
		volumeMounts: [{name: 'tmp', mountPath: '/tmp'}],
	};
	return {
		metadata: {
			labels: {
				'k8s-app': 'cilium',
				...(minorOf(version) >= 13 && {'app.kubernetes.io/name': 'cilium-agent', 'app.kubernetes.io/part-of': 'cilium'}),
			},
		},
		spec: {
			hostNetwork: true,
			nodeSelector: {'kubernetes.io/os': 'linux'},
			serviceAccountName: 'cilium',
			priorityClassName: 'system-node-critical',
			terminationGracePeriodSeconds: 1,
			tolerations: [{operator: 'Exists'}],
			initContainers: [...(minorOf(version) >= 13 ? [reader] : []), ...(seesBinaries ? [] : [copier])],
			containers: [agent],
			volumes: [
				{name: 'cilium-run', hostPath: {path: '/var/run/cilium', type: 'DirectoryOrCreate'}},
				{name: 'cni-path', hostPath: {path: '/opt/cni/bin', type: 'DirectoryOrCreate'}},
				{name: 'etc-cni-netd', hostPath: {path: '/etc/cni/net.d', type: 'DirectoryOrCreate'}},
				minorOf(version) >= 13 ? {name: 'tmp', emptyDir: {}} : {name: 'cilium-config-path', configMap: {name: 'cilium-config'}},
			],
		},
	};
}

/** Cilium charts: the mount went with 1.11.15, 1.12.8 and 1.13.1. */
function agentSeesBinaries(version: string): boolean {
	const [, minor = 0, patch = 0] = version.split('.').map(Number);
	const gone: Readonly<Record<number, number>> = {11: 15, 12: 8, 13: 1};
	return minor < 11 || (minor <= 13 && patch < (gone[minor] ?? 0));
}
