import {expect, test} from 'vitest';
import {daemonSetOf} from '../../source/evidence/objects/daemon-sets.ts';

const volumes = [
	{name: 'cni-path', hostPath: {path: '/opt/cni/bin'}},
	{name: 'etc-cni-netd', hostPath: {path: '/etc/cni/net.d'}},
	{name: 'run', hostPath: {path: '/run/cilium'}},
];
const installer = (name: string, image: string, volume: string): string =>
	daemonSetOf({
		metadata: {name: 'cilium', namespace: 'kube-system'},
		spec: {
			template: {
				spec: {
					containers: [{name: 'cilium-agent'}],
					initContainers: [{name: 'config'}, {name, image, volumeMounts: [{name: volume, mountPath: '/host/opt/cni/bin'}]}],
					volumes,
				},
			},
		},
	}).portmapInstaller;

test.each([
	// rke2-charts, rke2-cilium: templates/cilium-agent/daemonset.yaml.
	['install-portmap-cni-plugin', 'rancher/hardened-cni-plugins:v1.8.0', 'cni-path', 'install-portmap-cni-plugin'],
	['put-plugins', 'mirror.example/cni-plugins:1', 'cni-path', 'put-plugins'],
	// Cilium's own copies cilium-cni and loopback.
	['install-cni-binaries', 'quay.io/cilium/cilium:v1.17.4', 'cni-path', ''],
	['install-portmap-cni-plugin', 'rancher/hardened-cni-plugins:v1.8.0', 'etc-cni-netd', ''],
	['install-portmap-cni-plugin', 'rancher/hardened-cni-plugins:v1.8.0', 'run', ''],
])('init container %s of %s that mounts %s: %s', (name, image, volume, wanted) => {
	expect(installer(name, image, volume)).toBe(wanted);
});
