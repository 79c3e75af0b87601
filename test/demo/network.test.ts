import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import type {DemoNode} from '../../source/demo/node/demo-node.ts';
import {openNetwork, type DemoNetwork} from '../../source/demo/network.ts';
import type {Target} from '../../source/connect/connection.ts';

const mapping = (podIP: string, hostPort: number, protocol: 'TCP' | 'UDP') => ({
	sandbox: podIP,
	podIP,
	ports: [{containerPort: 80, hostPort, protocol}],
});

function node(name: string, address: string, ready: boolean): DemoNode {
	const pods = new Map([
		['wired', mapping(`${address}1`, 8080, 'TCP')],
		['unwired', mapping(`${address}2`, 8081, 'TCP')],
		['udp', mapping(`${address}3`, 8053, 'UDP')],
	]);
	const wired = new Map([...pods].filter(([uid]) => uid !== 'unwired'));
	wired.set('gone', mapping(`${address}4`, 8082, 'TCP'));
	return {
		index: 0,
		shape: {name, os: 'linux', ready, zone: 'z', portmap: true},
		name,
		address,
		joined: new Date(0),
		agent: undefined,
		wired,
		hostPorts: pods,
		podAddresses: 0,
	};
}

describe("the demo's network", () => {
	let network: DemoNetwork;
	const nodes = new Map([node('up', '10.9.0.1', true), node('down', '10.9.0.2', false)].map(each => [each.name, each]));
	beforeAll(async () => {
		network = await openNetwork(nodes);
	});
	afterAll(async () => network.close());

	const connect = async (protocol: Target['protocol'], address: string, port: number): Promise<string> => {
		const {ok, error} = await network.connectFromHere(
			{protocol, address, port},
			{signal: new AbortController().signal, timeoutMilliseconds: 5000},
		);
		return ok ? 'ok' : error;
	};

	test.each<[string, Target['protocol'], string, number, string]>([
		['a wired hostPort', 'TCP', '10.9.0.1', 8080, 'ok'],
		['a wired hostPort over UDP', 'UDP', '10.9.0.1', 8053, 'ok'],
		['the number of another protocol', 'TCP', '10.9.0.1', 8053, 'refused'],
		['a hostPort without a rule', 'TCP', '10.9.0.1', 8081, 'refused'],
		['a rule that leads to a pod that is gone', 'TCP', '10.9.0.1', 8082, 'unreachable'],
		["a pod's own port", 'TCP', '10.9.0.12', 80, 'ok'],
		['another port of the pod', 'TCP', '10.9.0.12', 81, 'refused'],
		['a node that is down', 'TCP', '10.9.0.2', 8080, 'unreachable'],
		['its pod', 'TCP', '10.9.0.21', 80, 'unreachable'],
		["nobody's address", 'TCP', '10.9.0.3', 8080, 'unreachable'],
		['this machine itself', 'TCP', '127.0.0.1', 8080, 'unreachable'],
	])('%s', async (_, protocol, address, port, expected) => {
		expect(await connect(protocol, address, port)).toBe(expected);
	});

	test('is refused as soon as the rule is gone', async () => {
		const {wired} = nodes.get('up')!;
		const rule = wired.get('wired')!;
		wired.delete('wired');
		expect(await connect('TCP', '10.9.0.1', 8080)).toBe('refused');
		wired.set('wired', rule);
		expect(await connect('TCP', '10.9.0.1', 8080)).toBe('ok');
	});
});
