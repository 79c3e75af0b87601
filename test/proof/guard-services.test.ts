import {execFile} from 'node:child_process';
import {once} from 'node:events';
import net from 'node:net';
import {expect, it} from 'vitest';
import type {NodeAccess} from '../../source/access/access.ts';
import {guardServices} from '../../source/proof/guard-services.ts';
import {pod, port} from '../diagnosis/builders.ts';

const here = (node: string): Promise<NodeAccess> =>
	Promise.resolve({
		way: 'agent',
		node,
		label: node,
		configurationFolder: undefined,
		binaryFolder: undefined,
		hasAgentCommand: false,
		run: (script, {parameters = []}) =>
			new Promise(resolve => {
				execFile('bash', ['-c', script, 'sh', ...parameters], (_error, stdout, stderr) => {
					resolve({stdout, stderr, exitCode: 0, truncated: false});
				});
			}),
		close: () => Promise.resolve(),
	});

it('tells a Service that answered before and does not afterwards, and only such ones', async () => {
	const answering = net.createServer(socket => socket.destroy()).listen(0, '127.0.0.1');
	await once(answering, 'listening');
	const {port: number} = answering.address() as net.AddressInfo;
	const service = {namespace: 'default', type: 'ClusterIP', externalIPs: []};
	const evidence = {
		pods: [pod('web', 'node-1', '10.0.0.5', [port(number, 80), port(1, 81)])],
		services: [
			{...service, name: 'web', clusterIPs: ['127.0.0.1'], ports: [{port: number, nodePort: null, protocol: 'TCP'}]},
			{...service, name: 'dead', clusterIPs: ['127.0.0.1'], ports: [{port: 1, nodePort: null, protocol: 'TCP'}]},
			{...service, name: 'headless', clusterIPs: ['None'], ports: [{port: number, nodePort: null, protocol: 'TCP'}]},
		],
	};
	const signal = AbortSignal.timeout(15_000);
	const guard = await guardServices(evidence, {nodes: ['node-1'], open: here, signal});
	expect(guard.watched).toEqual([`default/web:${number}`]);
	expect(await guard.lost(signal)).toEqual([]);
	answering.close();
	await once(answering, 'close');
	expect(await guard.lost(signal)).toEqual([`service default/web:${number} answered at 127.0.0.1 from node-1 before, and does not now`]);
});

it('does not call a Service lost when the node can no longer be asked', async () => {
	const answering = net.createServer(socket => socket.destroy()).listen(0, '127.0.0.1');
	await once(answering, 'listening');
	const {port: number} = answering.address() as net.AddressInfo;
	let isGone = false;
	const evidence = {
		pods: [pod('web', 'node-1', '10.0.0.5', [port(number, 80)])],
		services: [
			{
				namespace: 'default',
				name: 'web',
				type: 'ClusterIP',
				externalIPs: [],
				clusterIPs: ['127.0.0.1'],
				ports: [{port: number, nodePort: null, protocol: 'TCP'}],
			},
		],
	};
	const signal = AbortSignal.timeout(15_000);
	const open = (node: string) => (isGone ? Promise.reject(new Error('the agent is gone')) : here(node));
	const guard = await guardServices(evidence, {nodes: ['node-1'], open, signal});
	isGone = true;
	expect(await guard.lost(signal)).toEqual([]);
	answering.close();
});
