import {minutesBefore} from '../node/demo-node.ts';
import {stableUid} from './node-objects.ts';
import {timestamp, type ManagedFields, type StoredObject} from '../api/object-store.ts';
import type {Scene, SceneWorkload} from '../scene.ts';

/** cilium-config, with managedFields that tell who wrote which key and when. */
export function ciliumConfig({configuration, configurationWriters, clusterAge}: Scene, now: Date): StoredObject {
	const owner = (key: string) => configurationWriters.findLast(({keys}) => keys?.includes(key) ?? false) ?? configurationWriters[0];
	const managedFields = configurationWriters.map((writer): ManagedFields => {
		const keys = Object.keys(configuration).filter(key => owner(key) === writer);
		return {
			manager: writer.manager,
			operation: 'Update',
			apiVersion: 'v1',
			time: timestamp(minutesBefore(now, writer.age)),
			fieldsType: 'FieldsV1',
			fieldsV1: {'f:data': Object.fromEntries([['.', {}], ...keys.map(key => [`f:${key}`, {}])])},
		};
	});
	return {
		apiVersion: 'v1',
		kind: 'ConfigMap',
		metadata: {
			name: 'cilium-config',
			namespace: 'kube-system',
			uid: stableUid('cilium-config'),
			creationTimestamp: timestamp(minutesBefore(now, clusterAge)),
			labels: {'app.kubernetes.io/managed-by': 'Helm'},
			annotations: {'meta.helm.sh/release-name': 'cilium', 'meta.helm.sh/release-namespace': 'kube-system'},
			managedFields,
		},
		data: configuration,
	};
}

/** kube-proxy's configuration names its mode; the demo's clusters all use iptables. */
export function kubeProxyConfig({clusterAge}: Scene, now: Date): StoredObject {
	return {
		apiVersion: 'v1',
		kind: 'ConfigMap',
		metadata: {
			name: 'kube-proxy',
			namespace: 'kube-system',
			uid: stableUid('kube-proxy'),
			creationTimestamp: timestamp(minutesBefore(now, clusterAge)),
		},
		data: {'config.conf': 'apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nmode: iptables\n'},
	};
}

/** A Namespace as old as the cluster. */
export function namespaceObject(name: string, {clusterAge}: Scene, now: Date): StoredObject {
	return {
		apiVersion: 'v1',
		kind: 'Namespace',
		metadata: {
			name,
			uid: stableUid(`namespace ${name}`),
			creationTimestamp: timestamp(minutesBefore(now, clusterAge)),
			labels: {'kubernetes.io/metadata.name': name},
		},
		spec: {finalizers: ['kubernetes']},
		status: {phase: 'Active'},
	};
}

/** Services that every cluster has, and the one in front of the web server. */
export function serviceObjects({clusterAge}: Scene, now: Date): StoredObject[] {
	const service = (namespace: string, name: string, clusterIP: string, port: number, selector: Record<string, string>) => ({
		apiVersion: 'v1',
		kind: 'Service',
		metadata: {
			name,
			namespace,
			uid: stableUid(`service ${namespace}/${name}`),
			creationTimestamp: timestamp(minutesBefore(now, clusterAge)),
		},
		spec: {type: 'ClusterIP', clusterIP, clusterIPs: [clusterIP], selector, ports: [{port, targetPort: port, protocol: 'TCP'}]},
	});
	return [
		service('default', 'kubernetes', '10.96.0.1', 443, {}),
		service('kube-system', 'kube-dns', '10.96.0.10', 53, {'k8s-app': 'kube-dns'}),
		service('default', 'web', '10.101.12.7', 80, {app: 'web'}),
	];
}

/** What runs beside Cilium: kube-proxy on the host's network, and DNS pods without hostPorts. */
export function systemWorkloads({kubernetes, clusterAge}: Scene): SceneWorkload[] {
	const running = () => ({state: 'running', age: clusterAge}) as const;
	return [
		{
			kind: 'DaemonSet',
			namespace: 'kube-system',
			name: 'kube-proxy',
			age: clusterAge,
			pod: running,
			template: {
				metadata: {labels: {'k8s-app': 'kube-proxy'}},
				spec: {
					hostNetwork: true,
					nodeSelector: {'kubernetes.io/os': 'linux'},
					tolerations: [{operator: 'Exists'}],
					containers: [{name: 'kube-proxy', image: `registry.k8s.io/kube-proxy:${kubernetes}`, securityContext: {privileged: true}}],
				},
			},
		},
		{
			kind: 'Deployment',
			namespace: 'kube-system',
			name: 'coredns',
			age: clusterAge,
			pod: running,
			placement: [0, 1],
			template: {
				metadata: {labels: {'k8s-app': 'kube-dns'}},
				spec: {
					containers: [{name: 'coredns', image: 'registry.k8s.io/coredns/coredns:v1.10.1', ports: [{containerPort: 53, protocol: 'UDP'}]}],
				},
			},
		},
	];
}
