import {beforeAll, describe} from 'vitest';
import {kubectl} from './support/kubectl.ts';
import {bothNodes, configureCilium, isBefore, remakeWeb, restartCilium, startOver, ways} from './support/real-cluster.ts';
import {all, realScenes, well, withObject, type Undo} from './support/real-scene.ts';
import {nothingStaysBehind} from './support/suite.ts';

nothingStaysBehind('at the end');

const webAnswers = bothNodes.map(node => ({node, port: 8080, heard: `web-of-${node}`}));
const webRefused = bothNodes.map(node => ({node, port: 8080, heard: 'refused'}));
const routed = ['routingMode=native', 'autoDirectNodeRoutes=true', 'ipv4NativeRoutingCIDR=198.18.0.0/16'];

/** Cilium with other settings from here on: the next scene sets its own. */
const settings =
	(values: readonly string[], keys: Readonly<Record<string, string>> = {}) =>
	async (): Promise<void> =>
		configureCilium(values, keys);

/** A host policy: it selects nodes, and no pod. */
const hostPolicy = {
	apiVersion: 'cilium.io/v2',
	kind: 'CiliumClusterwideNetworkPolicy',
	metadata: {name: 'e2e-host'},
	spec: {nodeSelector: {}, ingress: [{fromEntities: ['all']}]},
};

const nodeConfig = (data: Readonly<Record<string, string>>) => ({
	apiVersion: isBefore('1.16') ? 'cilium.io/v2alpha1' : 'cilium.io/v2',
	kind: 'CiliumNodeConfig',
	metadata: {name: 'e2e-node-2', namespace: 'kube-system'},
	spec: {nodeSelector: {matchLabels: {'kubernetes.io/hostname': 'node-2'}}, defaults: data},
});

/** Agents that die at their start, until the settings are others. */
const crashing =
	(values: readonly string[], keys: Readonly<Record<string, string>>) =>
	async (undo: Undo): Promise<void> => {
		undo(async () => configureCilium(values));
		undo(async () => kubectl(['--namespace', 'kube-system', 'delete', 'pods', '--selector', 'k8s-app=cilium', '--wait=false']));
		await kubectl([
			'--namespace',
			'kube-system',
			'patch',
			'configmap',
			'cilium-config',
			'--type=merge',
			'--patch',
			JSON.stringify({data: keys}),
		]);
		await kubectl(['--namespace', 'kube-system', 'delete', 'pods', '--selector', 'k8s-app=cilium', '--timeout=60s']);
		await kubectl([
			'--namespace',
			'kube-system',
			'wait',
			'pods',
			'--selector',
			'k8s-app=cilium',
			// Once may be chance: from twice on it is told as an agent that ends again and again.
			'--for=jsonpath={.status.containerStatuses[0].restartCount}=2',
			'--timeout=120s',
		]);
	};

describe('settings around the native way', () => {
	beforeAll(async () => startOver(ways.native));

	realScenes([
		{title: 'native routing', make: settings([...ways.native, ...routed]), ports: webAnswers, first: well, exitCode: 0},
		{
			title: 'native routing and DSR',
			make: settings([...ways.native, ...routed, 'loadBalancer.mode=dsr']),
			ports: webAnswers,
			first: well,
			exitCode: 0,
		},
		{
			title: 'BPF masquerade and BPF host routing',
			make: settings([...ways.native, 'bpf.masquerade=true']),
			ports: webAnswers,
			first: well,
			exitCode: 0,
		},
		{
			title: 'the host firewall and a policy for nodes, which selects no pod',
			make: all(settings([...ways.native, 'hostFirewall.enabled=true']), withObject(hostPolicy)),
			ports: webAnswers,
			first: well,
			exitCode: 0,
		},
		{
			title: 'a CiliumNodeConfig that switches it off on one node',
			make: all(settings(ways.native), async undo => {
				undo(async () => restartCilium());
				await withObject(nodeConfig({'kube-proxy-replacement': 'false'}))(undo);
				await restartCilium();
			}),
			ports: [
				{node: 'node-1', port: 8080, heard: 'web-of-node-1'},
				{node: 'node-2', port: 8080, heard: 'refused'},
			],
			first: {code: 'HP06', severity: 'error', nodes: ['node-2']},
			exitCode: 1,
		},
		{
			title: 'agents that die at their start',
			make: crashing(ways.native, {'direct-routing-device': 'nosuch0', devices: 'nosuch0'}),
			ports: [],
			first: {code: 'HP24', severity: 'error', nodes: bothNodes},
			exitCode: 1,
			says: /nosuch0|device/u,
		},
	]);
});

describe('settings around portmap', () => {
	beforeAll(async () => startOver(ways.portmap));

	realScenes([
		{title: 'native routing', make: settings([...ways.portmap, ...routed]), ports: webAnswers, first: well, exitCode: 0},
		{
			title: 'BPF masquerade beside portmap',
			make: settings(['cni.chainingMode=portmap', 'kubeProxyReplacement=true', 'bpf.masquerade=true']),
			ports: webAnswers,
			first: well,
			exitCode: 0,
		},
		{
			title: 'the host firewall',
			make: settings([...ways.portmap, 'hostFirewall.enabled=true']),
			// On 1.15.19 a pod gets nothing from a hostPort of its own node then, with no policy at all.
			ports: webAnswers.map(port => ({...port, but: isBefore('1.16') ? {'a pod of the node': 'silent'} : {}})),
			first: {code: 'HP12', severity: 'warning', nodes: bothNodes},
			exitCode: 0,
		},
		{
			title: 'chaining switched off while pods run, who keep their rules until they are made anew',
			async make() {
				await configureCilium(ways.none);
			},
			ports: webAnswers,
			first: {code: 'HP06', severity: 'warning', nodes: bothNodes},
			exitCode: 0,
			says: /taken back/u,
		},
		{
			title: 'then the pods made anew',
			async make() {
				await remakeWeb();
			},
			ports: webRefused.map(port => ({...port, heard: 'silent'})),
			first: {code: 'HP01', severity: 'error', nodes: bothNodes},
			exitCode: 1,
		},
	]);
});
