import {execFile} from 'node:child_process';
import {once} from 'node:events';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import type {NodeAccess} from '../../source/access/access.ts';
import {guardServices} from '../../source/proof/guard-services.ts';
import {pod, port} from '../diagnosis/builders.ts';

let server: net.Server;
let number: number;
let programs: string;

beforeEach(async () => {
	programs = mkdtempSync(path.join(os.tmpdir(), 'hostport-guard-'));
	server = net.createServer(socket => socket.destroy()).listen(0, '127.0.0.1');
	await once(server, 'listening');
	({port: number} = server.address() as net.AddressInfo);
});
afterEach(() => {
	server.close();
	rmSync(programs, {recursive: true});
});

const here = (node: string): Promise<NodeAccess> =>
	Promise.resolve({
		node,
		label: node,
		configurationFolder: undefined,
		binaryFolder: undefined,
		hasAgentCommand: false,
		run: (script, {parameters = []}) =>
			new Promise(resolve => {
				const env = {...process.env, PATH: `${programs}:${process.env['PATH']}`};
				execFile('bash', ['-c', script, 'sh', ...parameters], {env}, (_error, stdout, stderr) => {
					resolve({stdout, stderr, exitCode: 0, truncated: false});
				});
			}),
		close: () => Promise.resolve(),
	});

const signal = AbortSignal.timeout(110_000);
const web = () => pod('web', 'node-1', '10.0.0.5', [port(number, 80), port(1, 81)], {labels: {app: 'web'}});
const service = (name: string, parts: {clusterIPs?: string[]; selector?: Record<string, string>; port?: number} = {}) => ({
	namespace: 'default',
	name,
	type: 'ClusterIP',
	clusterIPs: ['127.0.0.1'],
	externalIPs: [],
	selector: {},
	...parts,
	ports: [{port: parts.port ?? number, nodePort: null, protocol: 'TCP'}],
});

it('tells a Service that answered before and does not afterwards, and only such ones', async () => {
	const services = [service('web'), service('dead', {port: 1}), service('headless', {clusterIPs: ['None']})];
	const guard = await guardServices({pods: [web()], services}, {nodes: ['node-1'], open: here, signal});
	expect(guard.watched).toEqual([`default/web:${number}`]);
	expect(await guard.lost(signal)).toEqual([]);
	server.close();
	await once(server, 'close');
	expect(await guard.lost(signal)).toEqual([
		`service default/web:${number} answered at 127.0.0.1 from node-1 before and does not any more`,
	]);
});

it('does not call a Service lost when the node can no longer be asked', async () => {
	let isGone = false;
	const open = (node: string) => (isGone ? Promise.reject(new Error('the agent is gone')) : here(node));
	const guard = await guardServices({pods: [web()], services: [service('web')]}, {nodes: ['node-1'], open, signal});
	isGone = true;
	expect(await guard.lost(signal)).toEqual([]);
});

it('asks the addresses outside the cluster too that a Service has', async () => {
	const services = [{...service('web', {clusterIPs: ['None']}), externalIPs: ['127.0.0.1']}];
	const guard = await guardServices({pods: [web()], services}, {nodes: ['node-1'], open: here, signal});
	expect(guard.watched).toEqual([`default/web:${number}`]);
});

describe('a Service that a hostPort answers for', () => {
	/** Stands in for the node's rules: each look at them shows so many connections more. */
	function rules({growth, isLocal = true}: {growth: number; isLocal?: boolean}): void {
		const counter = path.join(programs, 'counter');
		writeFileSync(counter, '7');
		const write = (name: string, text: string): void => writeFileSync(path.join(programs, name), `#!/bin/sh\n${text}\n`, {mode: 0o755});
		write('ip', isLocal ? 'echo "1: kube-ipvs0 inet 127.0.0.1/32"' : '');
		write('iptables-legacy-save', '');
		write(
			'iptables-nft-save',
			`n=$(cat ${counter}); echo $((n + ${growth})) >${counter}
echo "[$n:420] -A CNI-DN-0123456789abcdef01234 -p tcp -m tcp --dport ${number} -j DNAT --to-destination 10.0.0.5:80"
echo "[999:420] -A CNI-DN-0123456789abcdef01234 -s 10.0.0.0/24 -p tcp -m tcp --dport ${number} -j CNI-HOSTPORT-SETMARK"
echo "[$n:420] -A CNI-DN-99 -p tcp -m tcp --dport 1${number} -j DNAT --to-destination 10.0.0.6:80"`,
		);
	}

	const lostAfter = async (parts: Parameters<typeof rules>[0], selector: Record<string, string> = {app: 'other'}) => {
		rules({growth: 0});
		const guard = await guardServices({pods: [web()], services: [service('web', {selector})]}, {nodes: ['node-1'], open: here, signal});
		rules(parts);
		return guard.lost(signal);
	};

	it('is lost, though something answers', async () => {
		expect(await lostAfter({growth: 3})).toEqual([
			`a hostPort has taken the traffic of service default/web:${number}: traffic from node-1 to 127.0.0.1 now reaches the hostPort's pod`,
		]);
	});

	it('is not lost by connections of others that the rules count meanwhile', async () => {
		expect(await lostAfter({growth: 2})).toEqual([]);
	});

	it('is not lost where the address is none of the node, which the rules never match', async () => {
		expect(await lostAfter({growth: 3, isLocal: false})).toEqual([]);
	});

	it('is not lost where the pod is one of its own', async () => {
		expect(await lostAfter({growth: 3}, {app: 'web'})).toEqual([]);
	});

	it('was not taken by the repair where it was so before', async () => {
		rules({growth: 3});
		const guard = await guardServices({pods: [web()], services: [service('web')]}, {nodes: ['node-1'], open: here, signal});
		expect(guard.watched).toEqual([`default/web:${number}`]);
		expect(await guard.lost(signal)).toEqual([]);
	});
});
