import type {Scene} from '../scene.ts';
import {collector, poolNode, web} from './story.ts';

const hour = 60;
const day = 24 * hour;

/**
 * The case as it was found (its steps 1 to 4): Naver Cloud Kubernetes with Cilium 1.10.16, replacement off, no
 * chaining, only Cilium's own two binaries. Every hostPort is refused.
 */
export const nks: Scene = {
	title: 'the case: Cilium 1.10.16 serves no hostPort',
	kubernetes: 'v1.26.9',
	cilium: '1.10.16',
	nodes: 3,
	machine: {
		kernel: '5.4.0-163-generic',
		osImage: 'Ubuntu 20.04.6 LTS',
		containerRuntime: 'containerd://1.6.20',
		iptables: 'legacy',
	},
	clusterAge: 40 * day,
	node: index => ({name: poolNode('nks-pool-a', index), os: 'linux', ready: true, zone: index % 2 === 0 ? 'kr-1' : 'kr-2', portmap: false}),
	configuration: {
		'bpf-lb-map-max': '65536',
		'cluster-name': 'default',
		'cluster-pool-ipv4-cidr': '10.0.0.0/8',
		'cluster-pool-ipv4-mask-size': '24',
		'custom-cni-conf': 'false',
		debug: 'false',
		'enable-bpf-masquerade': 'false',
		'enable-endpoint-health-checking': 'true',
		'enable-health-checking': 'true',
		'enable-hubble': 'true',
		'enable-ipv4': 'true',
		'enable-ipv4-masquerade': 'true',
		'enable-ipv6': 'false',
		'enable-policy': 'default',
		ipam: 'cluster-pool',
		'kube-proxy-replacement': 'disabled',
		'kube-proxy-replacement-healthz-bind-address': '',
		'monitor-aggregation': 'medium',
		'node-port-bind-protection': 'true',
		'operator-api-serve-addr': '127.0.0.1:9234',
		'sidecar-istio-proxy-image': 'cilium/istio_proxy',
		tunnel: 'vxlan',
	},
	configurationWriters: [{manager: 'helm', age: 40 * day}],
	agentAge: 40 * day - 5,
	workloads: [collector({pod: () => ({state: 'unwired', age: 3 * hour})}), web({pod: () => ({state: 'unwired', age: 2 * hour})})],
};
