import {beforeAll, describe} from 'vitest';
import {until} from './support/kubectl.ts';
import {onRealNode, bothNodes, configureCilium, inAgent, isBefore, remakeWeb, startOver, chartValues} from './support/real-cluster.ts';
import {addressOf} from './support/tested-cluster.ts';
import {all, error, info, inTests, realScenes, tells, warning, well, withObject, withPod, type RealScene} from './support/real-scene.ts';
import {nothingStaysBehind} from './support/suite.ts';

nothingStaysBehind('at the end');

const webPorts = (heard: (node: 'node-1' | 'node-2') => string, but: RealScene['ports'][number]['but'] = {}): RealScene['ports'] =>
	bothNodes.map(node => ({node, port: 8080, heard: heard(node), but}));
const webAnswers = webPorts(node => `web-of-${node}`);

/** Two ports of one number: httpd for TCP and the echo for UDP, on container ports of their own. */
const twoProtocols = {
	command: ['sh', '-c', 'mkdir -p /tmp/www && echo both >/tmp/www/index.html; udp serve 8453 & exec httpd -f -p 8080 -h /tmp/www'],
	ports: [
		{containerPort: 8080, hostPort: 5353, name: 't'},
		{containerPort: 8453, hostPort: 5353, protocol: 'UDP', name: 'u'},
	],
};

/** A Service that wants 8080 of node-1's address for itself, and has no pod. */
const takesTheAddress = {
	apiVersion: 'v1',
	kind: 'Service',
	metadata: {name: 'outside'},
	spec: {selector: {app: 'nobody'}, ports: [{port: 8080, targetPort: 80}], externalIPs: [addressOf['node-1']]},
};

/** As test/cluster/states has it. */
const secondAddress = addressOf['node-1'].replace(/\d+$/u, '111');

/** The places that a socket program translates for, without an entry of the datapath for the node's address. */
const ofItsOwnNode = (node: 'node-1' | 'node-2'): RealScene['ports'][number]['but'] =>
	Object.fromEntries(
		(['a pod of the node', 'the pod itself', 'the node', 'its loopback'] as const).map(place => [place, `web-of-${node}`]),
	);

describe('full replacement', () => {
	beforeAll(async () => startOver(chartValues.native));

	realScenes([
		{title: 'nothing is wrong', make: async () => undefined, ports: webAnswers, first: well, exitCode: 0},
		{
			title: 'hostIP 0.0.0.0',
			make: withPod('unspecified', {hostPort: 8181, hostIP: '0.0.0.0', node: 'node-1'}),
			ports: [{node: 'node-1', port: 8181, app: 'unspecified', heard: isBefore('1.18') ? 'unspecified' : 'refused'}],
			...(isBefore('1.18')
				? {first: well, exitCode: 0}
				: {first: error('HP20'), exitCode: 1, says: /leave (?:the )?hostIP empty/iu, never: /upgrade Cilium/iu}),
		},
		{
			title: 'hostIP 127.0.0.1',
			make: withPod('loopback', {hostPort: 8182, hostIP: '127.0.0.1', node: 'node-1'}),
			ports: [
				{
					node: 'node-1',
					port: 8182,
					app: 'loopback',
					...(isBefore('1.16') ? {heard: 'refused', but: {'its loopback': 'loopback'}} : {heard: 'loopback'}),
				},
			],
			first: isBefore('1.16') ? info('HP20') : warning('HP27'),
			exitCode: 0,
		},
		{
			title: 'the hostIP of the node',
			make: withPod('named', {hostPort: 8183, hostIP: addressOf['node-1'], node: 'node-1'}),
			ports: [{node: 'node-1', port: 8183, app: 'named', heard: 'named', but: {'its loopback': 'refused'}}],
			first: well,
			exitCode: 0,
		},
		{
			title: 'a hostIP that the node does not have',
			make: withPod('foreign', {hostPort: 8184, hostIP: '203.0.113.9', node: 'node-1'}),
			ports: [{node: 'node-1', port: 8184, app: 'foreign', heard: 'refused'}],
			// Cilium makes an entry for it all the same: it would answer what is routed to the node.
			first: warning('HP20'),
			exitCode: 0,
		},
		{
			title: 'a number of the NodePort range',
			make: withPod('in-range', {hostPort: 30_500, node: 'node-1'}),
			ports: [{node: 'node-1', port: 30_500, app: 'in-range', heard: 'refused'}],
			first: error('HP15'),
			exitCode: 1,
		},
		{
			title: 'one number for TCP and UDP, with two container ports',
			// Before 1.17 the one entry leads to the container port that came last, where nothing listens for TCP: the pod itself refuses.
			make: withPod('both', {hostPort: 0, node: 'node-1', container: twoProtocols}),
			ports: [
				{node: 'node-1', port: 5353, app: 'both', heard: isBefore('1.17') ? 'refused' : 'both'},
				{node: 'node-1', port: 5353, protocol: 'UDP', app: 'both', heard: 'ping'},
			],
			...(isBefore('1.17') ? {first: error('HP26'), exitCode: 1} : {first: well, exitCode: 0}),
		},
		{
			title: 'one number for TCP and UDP, in two pods of a node',
			make: all(
				withPod('tcp', {hostPort: 5454, node: 'node-1'}),
				withPod('udp', {
					hostPort: 0,
					node: 'node-1',
					container: {
						command: ['sh', '-c', 'mkdir -p /tmp/www && echo udp >/tmp/www/index.html; udp serve 80 & exec httpd -f -p 80 -h /tmp/www'],
						ports: [{containerPort: 80, hostPort: 5454, protocol: 'UDP'}],
					},
				}),
			),
			ports: [
				{node: 'node-1', port: 5454, app: 'tcp', heard: isBefore('1.17') ? 'udp' : 'tcp'},
				{node: 'node-1', port: 5454, protocol: 'UDP', app: 'udp', heard: 'ping'},
			],
			...(isBefore('1.17') ? {first: error('HP26'), exitCode: 1} : {first: well, exitCode: 0}),
		},
		{
			title: 'an application that listens on 127.0.0.1 in its pod',
			make: withPod('inward', {hostPort: 8185, listensOn: '127.0.0.1', node: 'node-1'}),
			ports: [{node: 'node-1', port: 8185, app: 'inward', heard: 'refused'}],
			first: error('HP21'),
			exitCode: 1,
		},
		{
			title: 'an application that listens on another port',
			make: withPod('elsewhere', {hostPort: 8186, listensAt: 81, node: 'node-1'}),
			ports: [{node: 'node-1', port: 8186, app: 'elsewhere', heard: 'refused'}],
			first: error('HP21'),
			exitCode: 1,
		},
		{
			title: 'a network policy that lets nobody in',
			make: withObject(
				{
					apiVersion: 'networking.k8s.io/v1',
					kind: 'NetworkPolicy',
					metadata: {name: 'nobody'},
					spec: {podSelector: {matchLabels: {app: 'web'}}, policyTypes: ['Ingress']},
				},
				...inTests,
			),
			// A node may always speak with its own pods.
			ports: webPorts(() => 'silent', {'the node': 'web-of-X', 'its loopback': 'web-of-X', 'the pod itself': 'web-of-X'}).map(port => ({
				...port,
				but: Object.fromEntries(Object.entries(port.but ?? {}).map(([place]) => [place, `web-of-${port.node}`])),
			})),
			first: warning('HP11', bothNodes),
			exitCode: 0,
		},
		{
			title: 'a network policy that lets everybody in',
			make: withObject(
				{
					apiVersion: 'networking.k8s.io/v1',
					kind: 'NetworkPolicy',
					metadata: {name: 'everybody'},
					spec: {podSelector: {matchLabels: {app: 'web'}}, policyTypes: ['Ingress'], ingress: [{}]},
				},
				...inTests,
			),
			ports: webAnswers,
			first: well,
			exitCode: 0,
		},
		{
			title: 'a Service without pods on an address of the node, with a hostPort’s number: it takes the entry of the datapath',
			async make(undo) {
				// The entry does not come back by itself.
				undo(async () => remakeWeb());
				await withObject(takesTheAddress, ...inTests)(undo);
			},
			ports: [
				{
					node: 'node-1',
					port: 8080,
					heard: 'unreachable',
					but: {'its loopback': 'web-of-node-1', outside: isBefore('1.18') ? 'refused' : 'silent'},
				},
			],
			first: error('HP15'),
			exitCode: 1,
		},
		{
			title: 'and when it is gone the hostPort has no entry for the address any more',
			async make(undo) {
				undo(async () => remakeWeb());
				const kept: Array<() => Promise<unknown>> = [];
				await withObject(
					takesTheAddress,
					...inTests,
				)(step => {
					kept.push(step);
					// Also where the wait below is in vain: it would spoil every scene behind this one.
					undo(step);
				});
				await until('the Service to take the entry', 30, async () =>
					/:8080(?:\/TCP)? .*ExternalIPs/u.test(await inAgent('node-1', 'cilium-dbg', 'bpf', 'lb', 'list')) ? true : undefined,
				);
				for (const step of kept) await step();
			},
			ports: [{node: 'node-1', port: 8080, heard: 'refused', but: ofItsOwnNode('node-1')}],
			first: error('HP20'),
			exitCode: 1,
		},
		{
			title: 'a pod put on a node by name where the port is taken',
			make: withPod('pinned', {hostPort: 8080, spec: {nodeName: 'node-2'}}, tells('NodePorts')),
			ports: webAnswers,
			first: error('HP14', ['node-2']),
			exitCode: 1,
		},
		{
			title: 'a pod whose image cannot be had',
			make: withPod(
				'imageless',
				{hostPort: 8187, node: 'node-1', container: {image: 'registry.test/none:1', imagePullPolicy: 'Never'}},
				tells('ErrImageNeverPull'),
			),
			ports: [{node: 'node-1', port: 8187, app: 'imageless', heard: 'refused', but: {'the pod itself': 'nobody there'}}],
			first: warning('HP21'),
			exitCode: 0,
		},
	]);
});

describe('full replacement with less than every address of the node', () => {
	beforeAll(async () => startOver(chartValues.native));

	realScenes([
		{
			title: 'nodeport-addresses without the node’s own',
			async make(undo) {
				undo(async () => configureCilium(chartValues.native));
				await configureCilium(chartValues.native, {'nodeport-addresses': '10.77.0.0/16'});
			},
			ports: bothNodes.map(node => ({node, port: 8080, heard: 'refused', but: ofItsOwnNode(node)})),
			first: error('HP20', bothNodes),
			exitCode: 1,
			says: /nodeport-addresses/u,
		},
		{
			title: 'nodeport-addresses with it',
			async make(undo) {
				undo(async () => configureCilium(chartValues.native));
				await configureCilium(chartValues.native, {'nodeport-addresses': '10.88.0.0/16'});
			},
			ports: webAnswers,
			first: well,
			exitCode: 0,
		},
		{
			title: 'a second address of the node, there before the agent, for one hostPort',
			async make(undo) {
				undo(async () => onRealNode('node-1', `ip addr del ${secondAddress}/24 dev eth0`));
				await onRealNode('node-1', `ip addr add ${secondAddress}/24 dev eth0`);
				undo(async () => configureCilium(chartValues.native));
				await configureCilium(chartValues.native, {'monitor-aggregation': 'low'});
				await withPod('second', {hostPort: 8188, hostIP: secondAddress, node: 'node-1'})(undo);
			},
			ports: [
				{node: 'node-1', port: 8188, app: 'second', address: secondAddress, heard: 'second', but: {'its loopback': 'refused'}},
				{node: 'node-1', port: 8080, address: secondAddress, heard: 'refused', but: ofItsOwnNode('node-1')},
			],
			// Of one family and device Cilium serves one address, unless nodeport-addresses says otherwise: `web` has no entry for the second.
			first: warning('HP20'),
			exitCode: 0,
		},
	]);
});

describe.skipIf(!isBefore('1.18'))('node port and host port without socket programs', () => {
	beforeAll(async () => {
		await startOver(chartValues.none, {'enable-node-port': 'true', 'enable-host-port': 'true'});
		await remakeWeb();
	});

	realScenes([
		{
			title: 'the node and its loopback are refused, everybody else hears it',
			make: async () => undefined,
			ports: webPorts(node => `web-of-${node}`, {'the node': 'refused', 'its loopback': 'refused'}),
			first: info('HP20', bothNodes),
			exitCode: 0,
		},
		{
			title: 'hostIP 127.0.0.1, which nobody reaches then',
			make: withPod('loopback', {hostPort: 8182, hostIP: '127.0.0.1', node: 'node-1'}),
			ports: [{node: 'node-1', port: 8182, app: 'loopback', heard: 'refused'}],
			first: error('HP20'),
			exitCode: 1,
			says: /bpf-lb-sock/u,
		},
	]);
});
