import type {Scene, SceneNode} from '../scene.ts';
import {collector, poolNode, web} from './story.ts';

const hour = 60;
const day = 24 * hour;

/** Nodes 4 and 5, and in a large cluster one in twenty, were scaled out after the repair and never got the binary. */
const lacksBinary = (index: number): boolean => index === 3 || index === 4 || (index > 7 && index % 20 === 13);
/** The node whose web pod is older than the repair. */
const forgotten = 5;
const lost = 6;
const windows = 7;

function node(index: number): SceneNode {
	return {
		name: index === windows ? poolNode('win-pool', 0) : poolNode(index < 3 || index > windows ? 'pool-a' : 'pool-b', index),
		os: index === windows ? 'windows' : 'linux',
		ready: index !== lost,
		zone: `zone-${'abc'[index % 3]}`,
		portmap: index !== windows && !lacksBinary(index),
		...(lacksBinary(index) && {age: 3 * hour}),
	};
}

/**
 * A newer Cilium (1.17.4, whose agent does not see the binary folder) repaired a week ago, and what happened since: nodes
 * without the binary, a pod nobody re-created, a node that is down, a Windows node.
 */
export const mixed: Scene = {
	title: 'a repaired cluster a week later: new nodes are broken again',
	kubernetes: 'v1.31.4',
	cilium: '1.17.4',
	nodes: 8,
	machine: {kernel: '5.15.0-119-generic', osImage: 'Ubuntu 22.04.5 LTS', containerRuntime: 'containerd://1.7.22', iptables: 'nft'},
	clusterAge: 200 * day,
	node,
	configuration: {
		'bpf-lb-map-max': '65536',
		'cluster-name': 'default',
		'cni-chaining-mode': 'portmap',
		'cni-exclusive': 'true',
		'cni-log-file': '/var/run/cilium/cilium-cni.log',
		'custom-cni-conf': 'false',
		debug: 'false',
		'enable-bpf-masquerade': 'false',
		'enable-health-checking': 'true',
		'enable-hubble': 'true',
		'enable-ipv4': 'true',
		'enable-ipv4-masquerade': 'true',
		'enable-ipv6': 'false',
		'enable-policy': 'default',
		ipam: 'cluster-pool',
		'kube-proxy-replacement': 'false',
		'monitor-aggregation': 'medium',
		'routing-mode': 'tunnel',
		'tunnel-protocol': 'vxlan',
		'write-cni-conf-when-ready': '/host/etc/cni/net.d/05-cilium.conflist',
	},
	configurationWriters: [{manager: 'helm', age: 7 * day}],
	agentAge: 7 * day - 10,
	workloads: [
		collector({pod: index => (lacksBinary(index) ? {state: 'creating', age: 2 * hour} : {state: 'running', age: 6 * day})}),
		web({
			placement: [0, 1, 3, forgotten],
			pod: index => {
				if (index === forgotten) return {state: 'unwired', age: 30 * day};
				return lacksBinary(index) ? {state: 'creating', age: 2 * hour} : {state: 'running', age: 6 * day};
			},
		}),
	],
};
