import {beforeAll, describe} from 'vitest';
import {patchCiliumConfig} from './support/cilium.ts';
import {allIsWell, both, causeScenes, makeChainedCluster} from './support/cause-scene.ts';
import {listenOnHost, onNode} from './support/hands-on-nodes.ts';
import {kubectl, until} from './support/kubectl.ts';
import {makePod, removePod, waitForPod} from './support/pods.ts';
import {nothingStaysBehind} from './support/suite.ts';
import {addressOf, isOwnCluster, namespace} from './support/tested-cluster.ts';

nothingStaysBehind();

type Undo = (step: () => Promise<unknown>) => void;
type Shape = Parameters<typeof makePod>[1];

/** A pod beside the two that are well; it is there and Ready unless told otherwise. */
const withPod = (name: string, shape: Shape, ready?: (name: string) => Promise<unknown>) => async (undo: Undo) => {
	// Nobody waits for it: each scene has a pod and a port of its own.
	undo(async () => removePod(name, '--wait=false'));
	await makePod(name, shape);
	await (ready ?? waitForPod)(name);
};

const says = (words: string) => async (name: string) =>
	until(`${name} to say ${words}`, 60, async () => {
		const told = await kubectl(['--namespace', namespace, 'get', 'pod', name, '--output=json']);
		return told.includes(words) ? true : undefined;
	});

/** An object of any kind that is there for one scene. */
const withObject =
	(object: object, ...where: readonly string[]) =>
	async (undo: Undo) => {
		undo(async () => kubectl([...where, 'delete', '--ignore-not-found', '--filename', '-'], JSON.stringify(object)));
		await kubectl([...where, 'apply', '--filename', '-'], JSON.stringify(object));
	};

const inNamespace = ['--namespace', namespace] as const;
const well = {code: 'HP22', severity: 'info', nodes: both} as const;

/** What pods ask for, who else wants it, and what stands around them. */
describe.skipIf(!isOwnCluster)('causes in pods and around them', () => {
	beforeAll(async () => makeChainedCluster('1.10.16'));

	causeScenes([
		{
			title: 'a process of the host on the same port',
			name: 'port-taken-by-process',
			make: async undo => undo(await listenOnHost('node-2', 8080)),
			first: {code: 'HP14', severity: 'warning', nodes: ['node-2']},
			exitCode: 0,
		},
		{
			title: 'one that listens on 127.0.0.1 only, which the mapping hides too',
			name: 'port-taken-on-loopback',
			make: async undo => undo(await listenOnHost('node-1', 8080, '127.0.0.1')),
			first: {code: 'HP14', severity: 'warning', nodes: ['node-1']},
			exitCode: 0,
		},
		{
			title: 'a pod on the host network that listens on the port without naming it',
			name: 'port-taken-by-host-network',
			async make(undo) {
				// It listens until it is gone.
				undo(async () => removePod('squatter'));
				await withPod('squatter', {
					hostPort: 0,
					spec: {hostNetwork: true, nodeName: 'node-1'},
					container: {ports: [], command: ['sh', '-c', 'exec httpd -f -p 8080 -h /tmp']},
				})(undo);
			},
			first: {code: 'HP14', severity: 'warning', nodes: ['node-1']},
			exitCode: 0,
		},
		{
			title: 'a third pod for a port that is taken on both nodes',
			name: 'port-taken-by-pods',
			make: withPod('third', {hostPort: 8080}, says('free ports')),
			first: {code: 'HP14', severity: 'error', nodes: []},
			exitCode: 1,
		},
		{
			title: 'a pod put on a node by name, past the scheduler, where the port is taken',
			name: 'port-refused-by-kubelet',
			make: withPod('pinned', {hostPort: 8080, spec: {nodeName: 'node-2'}}, says('NodePorts')),
			first: {code: 'HP14', severity: 'error', nodes: ['node-2']},
			exitCode: 1,
		},
		{
			title: 'a hostIP that the node does not have',
			name: 'foreign-host-ip',
			make: withPod('foreign', {hostPort: 9003, hostIP: '203.0.113.9', node: 'node-1'}),
			first: {code: 'HP20', severity: 'error', nodes: ['node-1']},
			exitCode: 1,
		},
		{
			title: 'the hostIP of the other node',
			name: 'host-ip-of-another-node',
			make: withPod('neighbour', {hostPort: 9002, hostIP: addressOf['node-2'], node: 'node-1'}),
			first: {code: 'HP20', severity: 'error', nodes: ['node-1']},
			exitCode: 1,
		},
		{
			title: 'a hostIP of the node that Kubernetes does not know of',
			name: 'secondary-host-ip',
			async make(undo) {
				undo(async () => onNode('node-1', 'ip addr del 192.0.2.77/32 dev eth0'));
				await onNode('node-1', 'ip addr add 192.0.2.77/32 dev eth0');
				await withPod('secondary', {hostPort: 9006, hostIP: '192.0.2.77', node: 'node-1'})(undo);
			},
			first: well,
			exitCode: 0,
		},
		{
			title: 'two pods on one port, one of them for loopback only',
			name: 'host-ip-on-loopback',
			async make(undo) {
				await withPod('inside', {hostPort: 9001, hostIP: '127.0.0.1', node: 'node-1'})(undo);
				await withPod('outside', {hostPort: 9001, hostIP: addressOf['node-1'], node: 'node-1'})(undo);
			},
			first: {code: 'HP20', severity: 'info', nodes: ['node-1']},
			exitCode: 0,
		},
		{
			title: 'TCP and UDP on one port',
			name: 'tcp-and-udp',
			make: withPod('dns', {
				hostPort: 0,
				node: 'node-1',
				container: {
					ports: [
						{containerPort: 80, hostPort: 9005, protocol: 'UDP'},
						{containerPort: 80, hostPort: 9005, protocol: 'TCP'},
					],
				},
			}),
			first: well,
			exitCode: 0,
		},
		{
			title: 'more ports than one match of iptables takes',
			name: 'twenty-ports',
			make: withPod('many', {
				hostPort: 0,
				node: 'node-1',
				container: {ports: Array.from({length: 20}, (_, index) => ({containerPort: 80, hostPort: 9100 + index}))},
			}),
			first: well,
			exitCode: 0,
		},
		{
			title: 'SCTP beside TCP',
			name: 'sctp',
			make: withPod('sctp', {hostPort: 0, node: 'node-1', container: {ports: [{containerPort: 80, hostPort: 9202, protocol: 'SCTP'}]}}),
			first: well,
			exitCode: 0,
		},
		{
			title: 'two pods on one port, each for another address of the node',
			name: 'one-port-two-addresses',
			async make(undo) {
				undo(async () => onNode('node-1', 'ip addr del 192.0.2.50/32 dev eth0'));
				await onNode('node-1', 'ip addr add 192.0.2.50/32 dev eth0');
				await withPod('one', {hostPort: 9210, hostIP: addressOf['node-1'], node: 'node-1'})(undo);
				await withPod('other', {hostPort: 9210, hostIP: '192.0.2.50', node: 'node-1'})(undo);
			},
			first: well,
			exitCode: 0,
		},
		{
			title: 'a pod that waits for a port which a pod on the host network has named',
			name: 'port-held-by-host-network',
			async make(undo) {
				await withPod('holder', {
					hostPort: 9220,
					containerPort: 9220,
					node: 'node-1',
					spec: {hostNetwork: true},
				})(undo);
				await withPod('behind', {hostPort: 9220, node: 'node-1'}, says('free ports'))(undo);
			},
			first: {code: 'HP14', severity: 'error', nodes: []},
			exitCode: 1,
			proof: /holder:9220\/TCP holds 9220\/TCP, on the host network/u,
		},
		{
			title: 'a Service on an address of the node, with a hostPort’s number',
			name: 'external-ip',
			make: withObject({
				apiVersion: 'v1',
				kind: 'Service',
				metadata: {name: 'outside', namespace},
				spec: {selector: {app: 'web'}, ports: [{port: 8080, targetPort: 80}], externalIPs: [addressOf['node-1']]},
			}),
			first: {code: 'HP15', severity: 'warning', nodes: ['node-1']},
			exitCode: 0,
			proof: /externalIPs 10\.88\.0\.11/u,
		},
		{
			title: 'an application that listens on 127.0.0.1 in its pod',
			name: 'application-on-loopback',
			make: withPod('lonely', {hostPort: 8082, listensOn: '127.0.0.1', node: 'node-1'}),
			first: {code: 'HP21', severity: 'error', nodes: ['node-1']},
			exitCode: 1,
			hostPorts: [`${namespace}/lonely:8082/TCP`],
		},
		{
			title: 'an application on another port than the pod names',
			name: 'application-on-another-port',
			make: withPod('astray', {hostPort: 8083, listensAt: 8088, node: 'node-2'}),
			first: {code: 'HP21', severity: 'error', nodes: ['node-2']},
			exitCode: 1,
		},
		{
			title: 'a pod that crashes again and again',
			name: 'pod-crashes',
			make: withPod('crash', {hostPort: 8084, node: 'node-1', container: {command: ['false']}}, says('CrashLoopBackOff')),
			first: {code: 'HP21', severity: 'warning', nodes: ['node-1']},
			exitCode: 0,
		},
		{
			title: 'a pod whose image is not there',
			name: 'pod-without-image',
			make: withPod(
				'nothing',
				{hostPort: 8085, node: 'node-1', container: {image: 'registry.test/none:1', imagePullPolicy: 'Never'}},
				says('ErrImageNeverPull'),
			),
			first: {code: 'HP21', severity: 'warning', nodes: ['node-1']},
			exitCode: 0,
		},
		{
			title: 'a pod that no node suits, for another reason than its port',
			name: 'pod-without-node',
			make: withPod('homeless', {hostPort: 8086, node: 'node-9'}, says('Unschedulable')),
			first: {code: 'HP21', severity: 'warning', nodes: []},
			exitCode: 0,
		},
		{
			title: 'a pod that has run to its end, and one with the port of an init container',
			name: 'ports-that-nobody-maps',
			async make(undo) {
				await withPod(
					'done',
					{hostPort: 8087, node: 'node-1', spec: {restartPolicy: 'Never'}, container: {command: ['true']}},
					says('"phase": "Succeeded"'),
				)(undo);
				const [image, imagePullPolicy] = ['docker.io/library/busybox:1.36', 'IfNotPresent'];
				const initContainers = [{name: 'first', image, imagePullPolicy, command: ['true'], ports: [{containerPort: 81, hostPort: 8088}]}];
				await withPod('late', {hostPort: 0, node: 'node-1', spec: {initContainers}, container: {ports: []}})(undo);
			},
			first: well,
			exitCode: 0,
		},
		{
			title: 'a policy that lets nobody in, which is likely in the way of Cilium’s own datapath',
			name: 'network-policy',
			make: withObject(
				{
					apiVersion: 'networking.k8s.io/v1',
					kind: 'NetworkPolicy',
					metadata: {name: 'nobody'},
					spec: {podSelector: {}, policyTypes: ['Ingress']},
				},
				...inNamespace,
			),
			first: {code: 'HP11', severity: 'warning', nodes: both},
			exitCode: 0,
		},
		{
			title: 'Cilium’s host firewall beside portmap',
			name: 'host-firewall',
			async make(undo) {
				undo(async () => patchCiliumConfig({'enable-host-firewall': null}));
				await patchCiliumConfig({'enable-host-firewall': 'true'});
			},
			first: {code: 'HP12', severity: 'warning', nodes: both},
			exitCode: 0,
		},
		{
			title: 'kube-proxy in IPVS mode, and a Service on the same port',
			name: 'service-under-ipvs',
			async make(undo) {
				const data = {'config.conf': 'apiVersion: kubeproxy.config.k8s.io/v1alpha1\nmode: "ipvs"\n'};
				await withObject({apiVersion: 'v1', kind: 'ConfigMap', metadata: {name: 'kube-proxy', namespace: 'kube-system'}, data})(undo);
				const spec = {selector: {app: 'web'}, ports: [{port: 8080, targetPort: 80}]};
				await withObject({apiVersion: 'v1', kind: 'Service', metadata: {name: 'web'}, spec}, ...inNamespace)(undo);
			},
			first: {code: 'HP15', severity: 'warning', nodes: both},
			exitCode: 0,
		},
		{
			title: 'a hostPort that is a Service’s nodePort too',
			name: 'node-port-of-a-service',
			async make(undo) {
				await withPod('edge', {hostPort: 30_080, node: 'node-2'})(undo);
				const spec = {type: 'NodePort', selector: {app: 'edge'}, ports: [{port: 80, nodePort: 30_080}]};
				await withObject({apiVersion: 'v1', kind: 'Service', metadata: {name: 'edge'}, spec}, ...inNamespace)(undo);
			},
			first: {code: 'HP15', severity: 'warning', nodes: ['node-2']},
			exitCode: 0,
		},
		...['aws-node', 'anetd'].map(name => ({
			title: `the DaemonSet ${name} beside Cilium`,
			name: `beside-${name}`,
			make: withObject({
				apiVersion: 'apps/v1',
				kind: 'DaemonSet',
				metadata: {name, namespace: 'kube-system'},
				spec: {
					selector: {matchLabels: {app: name}},
					template: {
						metadata: {labels: {app: name}},
						spec: {nodeSelector: {no: 'such'}, containers: [{name, image: 'registry.test/none:1'}]},
					},
				},
			}),
			first: {code: 'HP18', severity: 'info' as const, nodes: []},
			exitCode: 0 as const,
		})),
		...(
			[
				['windows', {'kubernetes.io/os': 'windows'}, {code: 'HP23', severity: 'info', nodes: ['forged']}, 0],
				['virtual-kubelet', {type: 'virtual-kubelet'}, {code: 'HP23', severity: 'info', nodes: ['forged']}, 0],
				['not-ready', {'kubernetes.io/os': 'linux'}, well, 3],
			] as const
		).map(([kind, labels, first, exitCode]) => ({
			title: `one more node that is ${kind}`,
			name: `node-${kind}`,
			make: withObject({apiVersion: 'v1', kind: 'Node', metadata: {name: 'forged', labels}}),
			first,
			exitCode,
		})),
	]);

	allIsWell('healthy-after-pods');
});
