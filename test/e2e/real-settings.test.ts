import {beforeAll, describe} from 'vitest';
import {kubectl} from './support/kubectl.ts';
import {
	bothNodes,
	configureCilium,
	inNetworkOf,
	isBefore,
	remakeWeb,
	restartCilium,
	startOver,
	chartValues,
} from './support/real-cluster.ts';
import {all, error, realScenes, well, withObject, withPod, type RealScene, type Undo} from './support/real-scene.ts';
import {nothingStaysBehind} from './support/suite.ts';
import {addressOf, instance} from './support/tested-cluster.ts';

nothingStaysBehind('at the end');

const webAnswers = bothNodes.map(node => ({node, port: 8080, heard: `web-of-${node}`}));
const webRefused = bothNodes.map(node => ({node, port: 8080, heard: 'refused'}));
const routed = ['routingMode=native', 'autoDirectNodeRoutes=true', 'ipv4NativeRoutingCIDR=198.18.0.0/16'];

/** Cilium with other settings from here on: the next scene sets its own. */
const settings =
	(values: readonly string[], keys: Readonly<Record<string, string>> = {}) =>
	async (): Promise<void> =>
		configureCilium(values, keys);

/**
 * A host policy: it selects nodes, and no pod. Of a pod it would let in neither other nodes nor the world (HP11). The API server of this
 * cluster is outside of its nodes and has to reach the kubelets.
 */
const hostPolicy = {
	apiVersion: 'cilium.io/v2',
	kind: 'CiliumClusterwideNetworkPolicy',
	metadata: {name: 'e2e-host'},
	spec: {nodeSelector: {}, ingress: [{fromEntities: ['cluster', 'kube-apiserver']}, {fromCIDR: [`10.88.${instance}.0/24`]}]},
};

const nodeConfig = (data: Readonly<Record<string, string>>) => ({
	apiVersion: isBefore('1.16') ? 'cilium.io/v2alpha1' : 'cilium.io/v2',
	kind: 'CiliumNodeConfig',
	metadata: {name: 'e2e-node-2', namespace: 'kube-system'},
	spec: {nodeSelector: {matchLabels: {'kubernetes.io/hostname': 'node-2'}}, defaults: data},
});

/** What only the agent of node-2 runs with, until the scene ends. */
const onNode2 =
	(data: Readonly<Record<string, string>>) =>
	async (undo: Undo): Promise<void> => {
		undo(async () => restartCilium());
		await withObject(nodeConfig(data))(undo);
		await restartCilium();
	};

/** One more device of node-2, with an address that nobody knows it by. */
const withSecondDevice = async (undo: Undo): Promise<void> => {
	undo(async () => inNetworkOf('node-2', 'ip link del e2e0'));
	await inNetworkOf(
		'node-2',
		`ip link add e2e0 type veth peer name e2e1; ip addr add 10.77.${instance}.12/24 dev e2e0; ip link set e2e0 up; ip link set e2e1 up`,
	);
};

/** The places for which node-2's own socket programs translate, without an entry of the datapath for its address. */
const ofNode2Itself: RealScene['ports'][number]['but'] = {
	'a pod of the node': 'web-of-node-2',
	'the pod itself': 'web-of-node-2',
	'the node': 'web-of-node-2',
	'its loopback': 'web-of-node-2',
};

/** The agents anew with these keys, until the settings are others. They may never be ready. */
const restarted =
	(values: readonly string[], keys: Readonly<Record<string, string>>, state: string) =>
	async (undo: Undo): Promise<void> => {
		const agents = ['--namespace', 'kube-system'];
		const selected = ['pods', '--selector', 'k8s-app=cilium'];
		undo(async () => configureCilium(values));
		undo(async () => kubectl([...agents, 'delete', ...selected, '--wait=false']));
		await kubectl([...agents, 'patch', 'configmap', 'cilium-config', '--type=merge', '--patch', JSON.stringify({data: keys})]);
		await kubectl([...agents, 'delete', ...selected, '--timeout=60s']);
		await kubectl([...agents, 'wait', ...selected, `--for=${state}`, '--timeout=120s']);
	};

/** Agents that die at their start. Once may be chance: from twice on it is told as an agent that ends again and again. */
const crashing = (values: readonly string[], keys: Readonly<Record<string, string>>): ReturnType<typeof restarted> =>
	restarted(values, keys, 'jsonpath={.status.containerStatuses[0].restartCount}=2');

describe('settings around the native way', () => {
	beforeAll(async () => startOver(chartValues.native));

	realScenes([
		{title: 'native routing', make: settings([...chartValues.native, ...routed]), ports: webAnswers, first: well, exitCode: 0},
		{
			title: 'native routing and DSR',
			make: settings([...chartValues.native, ...routed, 'loadBalancer.mode=dsr']),
			ports: webAnswers,
			first: well,
			exitCode: 0,
		},
		{
			title: 'BPF masquerade and BPF host routing',
			make: settings([...chartValues.native, 'bpf.masquerade=true']),
			ports: webAnswers,
			first: well,
			exitCode: 0,
		},
		{
			title: 'the host firewall and a policy for nodes, which selects no pod',
			make: all(settings([...chartValues.native, 'hostFirewall.enabled=true']), withObject(hostPolicy)),
			ports: webAnswers,
			first: well,
			exitCode: 0,
		},
		{
			title: 'a CiliumNodeConfig that switches it off on one node',
			make: all(settings(chartValues.native), onNode2({'kube-proxy-replacement': 'false'})),
			ports: [
				{node: 'node-1', port: 8080, heard: 'web-of-node-1'},
				{node: 'node-2', port: 8080, heard: 'refused'},
			],
			first: {code: 'HP06', severity: 'error', nodes: ['node-2']},
			exitCode: 1,
		},
		{
			title: 'devices of one node without its address, by a CiliumNodeConfig',
			make: all(settings(chartValues.native), withSecondDevice, onNode2({devices: 'e2e0', 'direct-routing-device': 'e2e0'})),
			ports: [{node: 'node-2', port: 8080, heard: 'refused', but: ofNode2Itself}],
			first: error('HP20', ['node-2']),
			exitCode: 1,
			says: /Add the device that has [\d.]+ to devices \(set by ciliumnodeconfig kube-system\/e2e-node-2\)[\s\S]*devices: e2e0/u,
		},
		{
			title: 'the same with it',
			make: all(settings(chartValues.native), withSecondDevice, onNode2({devices: 'eth0 e2e0', 'direct-routing-device': 'eth0'})),
			ports: webAnswers,
			// The second device's address has an entry too.
			first: well,
			exitCode: 0,
		},
		{
			title: 'a UDP sender that conntrack holds to a pod that is gone: eBPF translates before it is asked',
			make: all(settings(chartValues.native), async undo => {
				undo(async () => inNetworkOf('node-1', 'conntrack -D -p udp --orig-port-src 4000 || true'));
				await inNetworkOf(
					'node-1',
					`conntrack -I -p udp -s ${addressOf['node-2']} -d ${addressOf['node-1']} --orig-port-src 4000 --orig-port-dst 9053 -r 198.18.0.250 -q ${addressOf['node-2']} --reply-port-src 9053 --reply-port-dst 4000 --timeout 300`,
				);
				await inNetworkOf('node-1', 'conntrack -L -p udp --orig-port-src 4000 2>&1 | grep -q UNREPLIED');
			}),
			ports: [{node: 'node-1', port: 9053, protocol: 'UDP', heard: 'ping'}],
			first: well,
			exitCode: 0,
		},
		{
			title: 'one number for TCP and UDP, with one container port of one pod',
			make: all(
				settings(chartValues.native),
				withPod('alike', {
					hostPort: 0,
					node: 'node-1',
					container: {
						command: ['sh', '-c', 'mkdir -p /tmp/www && echo alike >/tmp/www/index.html; udp serve 80 & exec httpd -f -p 80 -h /tmp/www'],
						ports: (['TCP', 'UDP'] as const).map(protocol => ({containerPort: 80, hostPort: 5656, protocol, name: protocol.toLowerCase()})),
					},
				}),
			),
			// Before 1.17 the one entry serves both.
			ports: [
				{node: 'node-1', port: 5656, app: 'alike', heard: 'alike'},
				{node: 'node-1', port: 5656, protocol: 'UDP', app: 'alike', heard: 'ping'},
			],
			first: well,
			exitCode: 0,
		},
		// What an older one makes of it nobody has seen.
		!isBefore('1.18') && {
			title: 'hostIP ::, written out, of a pod of IPv4',
			make: all(settings(chartValues.native), withPod('six', {hostPort: 8189, hostIP: '0:0:0:0:0:0:0:0', node: 'node-1'})),
			ports: [{node: 'node-1', port: 8189, app: 'six', heard: 'refused'}],
			first: error('HP20'),
			exitCode: 1,
			says: /hostIP is of another address family|hostIP :: is IPv6/iu,
		},
		{
			title: 'agents that die at their start',
			make: crashing(chartValues.native, {'direct-routing-device': 'nosuch0', devices: 'nosuch0'}),
			ports: [],
			first: {code: 'HP24', severity: 'error', nodes: bothNodes},
			exitCode: 1,
			says: /The agent ended with “[^”]*(?:nosuch0|device)[^”]*”\. Set devices/u,
		},
	]);
});

describe('settings around portmap', () => {
	beforeAll(async () => startOver(chartValues.portmap));

	realScenes([
		{title: 'native routing', make: settings([...chartValues.portmap, ...routed]), ports: webAnswers, first: well, exitCode: 0},
		{
			title: 'BPF masquerade beside portmap',
			make: settings(['cni.chainingMode=portmap', 'kubeProxyReplacement=true', 'bpf.masquerade=true']),
			ports: webAnswers,
			first: well,
			exitCode: 0,
		},
		{
			title: 'the host firewall',
			make: settings([...chartValues.portmap, 'hostFirewall.enabled=true']),
			// On 1.15.19 a pod gets nothing from a hostPort of its own node then, with no policy at all.
			ports: webAnswers.map(port => ({...port, but: isBefore('1.16') ? {'a pod of the node': 'silent'} : {}})),
			first: {code: 'HP12', severity: 'warning', nodes: bothNodes},
			exitCode: 0,
		},
		{
			title: 'the chaining mode in capital letters',
			async make(undo) {
				undo(async () => configureCilium(chartValues.portmap));
				await configureCilium(chartValues.portmap, {'cni-chaining-mode': 'Portmap'});
				await remakeWeb();
			},
			ports: webAnswers,
			first: well,
			exitCode: 0,
		},
		{
			title: 'chaining switched off while pods run, who keep their rules until they restart',
			async make() {
				await configureCilium(chartValues.none);
			},
			ports: webAnswers,
			first: {code: 'HP06', severity: 'warning', nodes: bothNodes},
			exitCode: 0,
			says: /cilium-config no longer asks for portmap/u,
		},
		{
			title: 'then the pods restarted',
			async make() {
				await remakeWeb();
			},
			ports: webRefused.map(port => ({...port, heard: 'silent'})),
			first: {code: 'HP01', severity: 'error', nodes: bothNodes},
			exitCode: 1,
		},
	]);
});
