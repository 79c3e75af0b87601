import {chmod, readFile, rename, rm, writeFile} from 'node:fs/promises';
import {beforeAll, describe} from 'vitest';
import {binaryOf, bothNodes, configurationOf, givePortmap, onRealNode, remakeWeb, startOver, chartValues} from './support/real-cluster.ts';
import {addressOf} from './support/tested-cluster.ts';
import {error, info, inTests, realScenes, tells, warning, well, withObject, withPod, type RealScene} from './support/real-scene.ts';
import {nothingStaysBehind} from './support/suite.ts';

nothingStaysBehind('at the end');

const web = (node: 'node-1' | 'node-2', heard = `web-of-${node}`, but: RealScene['ports'][number]['but'] = {}) => ({
	node,
	port: 8080,
	heard,
	but,
});
const webAnswers = bothNodes.map(node => web(node));
const dead = '198.18.0.250:80';
const stale =
	(before: boolean) =>
	async (undo: (step: () => Promise<unknown>) => void): Promise<void> => {
		const jump =
			'-p tcp -m comment --comment \'dnat name: "portmap" id: "gone"\' -m multiport --dports 8080 -j CNI-DN-0000000000000000gone';
		undo(async () =>
			onRealNode(
				'node-1',
				`iptables -t nat -D CNI-HOSTPORT-DNAT ${jump}; iptables -t nat -F CNI-DN-0000000000000000gone; iptables -t nat -X CNI-DN-0000000000000000gone`,
			),
		);
		await onRealNode(
			'node-1',
			`iptables -t nat -N CNI-DN-0000000000000000gone; iptables -t nat -A CNI-DN-0000000000000000gone -p tcp --dport 8080 -j DNAT --to-destination ${dead}
			iptables -t nat ${before ? '-I CNI-HOSTPORT-DNAT 1' : '-A CNI-HOSTPORT-DNAT'} ${jump}`,
		);
	};

describe('portmap chained', () => {
	beforeAll(async () => startOver(chartValues.portmap));

	realScenes([
		{title: 'nothing is wrong', make: async () => undefined, ports: webAnswers, first: well, exitCode: 0},
		{
			title: 'hostIP 0.0.0.0',
			make: withPod('unspecified', {hostPort: 8181, hostIP: '0.0.0.0', node: 'node-1'}),
			ports: [{node: 'node-1', port: 8181, app: 'unspecified', heard: 'unspecified'}],
			first: well,
			exitCode: 0,
		},
		{
			title: 'hostIP 127.0.0.1',
			make: withPod('loopback', {hostPort: 8182, hostIP: '127.0.0.1', node: 'node-1'}),
			ports: [{node: 'node-1', port: 8182, app: 'loopback', heard: 'refused', but: {'its loopback': 'loopback'}}],
			first: info('HP20'),
			exitCode: 0,
		},
		{
			title: 'a number of the NodePort range, which portmap serves as any other',
			make: withPod('in-range', {hostPort: 30_500, node: 'node-1'}),
			ports: [{node: 'node-1', port: 30_500, app: 'in-range', heard: 'in-range'}],
			first: well,
			exitCode: 0,
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
			ports: bothNodes.map(node => web(node, 'silent', {'the node': `web-of-${node}`, 'its loopback': `web-of-${node}`})),
			first: warning('HP11', bothNodes),
			exitCode: 0,
		},
		{
			title: 'an older rule before the pod’s own',
			make: stale(true),
			ports: [web('node-1', 'silent'), web('node-2')],
			first: error('HP07'),
			exitCode: 1,
		},
		{title: 'an older rule behind it', make: stale(false), ports: webAnswers, first: warning('HP07'), exitCode: 0},
		{
			title: 'the rules of one node flushed',
			async make(undo) {
				undo(async () => remakeWeb());
				await onRealNode('node-1', 'iptables -t nat -F CNI-HOSTPORT-DNAT');
			},
			ports: [web('node-1', 'refused'), web('node-2')],
			first: error('HP08'),
			exitCode: 1,
		},
		{
			title: 'the jump to portmap’s rules gone',
			async make(undo) {
				undo(async () => remakeWeb());
				await onRealNode(
					'node-1',
					`for t in PREROUTING OUTPUT; do iptables -t nat -S $t | sed -n 's/^-A \\(.*CNI-HOSTPORT-DNAT.*\\)/-D \\1/p' | while read -r rule; do eval "iptables -t nat $rule"; done; done`,
				);
			},
			ports: [web('node-1', 'refused'), web('node-2')],
			first: error('HP08'),
			exitCode: 1,
		},
		{
			title: 'another CNI file that comes first, which the agent puts aside at once',
			async make(undo) {
				undo(async () => rm(configurationOf('node-2', '00-other.conflist'), {force: true}));
				await writeFile(
					configurationOf('node-2', '00-other.conflist'),
					JSON.stringify({
						cniVersion: '0.3.1',
						name: 'other',
						plugins: [{type: 'bridge', bridge: 'other0', ipam: {type: 'host-local', subnet: '198.19.0.0/24'}}],
					}),
				);
			},
			// Pods that run keep what they have.
			ports: webAnswers,
			first: well,
			exitCode: 0,
		},
		{
			title: 'the binary gone from one node while pods run',
			async make(undo) {
				undo(async () => givePortmap('node-2'));
				await rm(binaryOf('node-2'));
			},
			ports: webAnswers,
			first: error('HP02', ['node-2']),
			exitCode: 1,
		},
		{
			title: 'the binary not executable',
			async make(undo) {
				undo(async () => givePortmap('node-1'));
				await chmod(binaryOf('node-1'), 0o644);
			},
			ports: webAnswers,
			first: error('HP02'),
			exitCode: 1,
		},
		{
			title: 'a capability omitted of the list, which the agent writes anew at once',
			async make(undo) {
				const file = configurationOf('node-1', '05-cilium.conflist');
				undo(async () => rename(`${file}.aside`, file));
				const text = await readFile(file, 'utf8');
				await rename(file, `${file}.aside`);
				await writeFile(file, text.replace(/,?\s*"capabilities":\s*\{[^}]*\}/u, ''));
			},
			ports: webAnswers,
			first: well,
			exitCode: 0,
		},
		{
			title: 'a pod put on a node by name where the port is taken',
			make: withPod('pinned', {hostPort: 8080, spec: {nodeName: 'node-2'}}, tells('NodePorts')),
			ports: webAnswers,
			first: error('HP14', ['node-2']),
			exitCode: 1,
		},
		{
			title: 'a Service on an address of the node, with a hostPort’s number',
			make: withObject(
				{
					apiVersion: 'v1',
					kind: 'Service',
					metadata: {name: 'outside'},
					spec: {selector: {app: 'nobody'}, ports: [{port: 8080, targetPort: 80}], externalIPs: [addressOf['node-1']]},
				},
				...inTests,
			),
			ports: [],
			first: warning('HP15'),
			exitCode: 0,
		},
		{
			title: 'an application that listens on 127.0.0.1 in its pod',
			make: withPod('inward', {hostPort: 8185, listensOn: '127.0.0.1', node: 'node-1'}),
			ports: [{node: 'node-1', port: 8185, app: 'inward', heard: 'refused'}],
			first: error('HP21'),
			exitCode: 1,
		},
		{
			title: 'one number for TCP and UDP, with two container ports',
			make: withPod('both', {
				hostPort: 0,
				node: 'node-1',
				container: {
					command: ['sh', '-c', 'mkdir -p /tmp/www && echo both >/tmp/www/index.html; udp serve 8453 & exec httpd -f -p 8080 -h /tmp/www'],
					ports: [
						{containerPort: 8080, hostPort: 5353, name: 't'},
						{containerPort: 8453, hostPort: 5353, protocol: 'UDP', name: 'u'},
					],
				},
			}),
			ports: [
				{node: 'node-1', port: 5353, app: 'both', heard: 'both'},
				{node: 'node-1', port: 5353, protocol: 'UDP', app: 'both', heard: 'ping'},
			],
			first: well,
			exitCode: 0,
		},
		{title: 'after all that', make: async () => undefined, ports: webAnswers, first: well, exitCode: 0},
	]);
});
