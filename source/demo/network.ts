import dgram from 'node:dgram';
import {once} from 'node:events';
import net, {type AddressInfo} from 'node:net';
import type {ConnectFromHere} from '../connect/connect-from-here.ts';
import {connectFromHere} from '../connect/connect-from-here.ts';
import type {ProbeAnswer, Target} from '../connect/connection.ts';
import type {DemoNode} from './node/demo-node.ts';
import type {PortMapping} from './node/port-mappings.ts';

/** The network between the demo's nodes, their pods and this machine. */
export type DemoNetwork = {
	/** Connects from this machine as from outside of the cluster. */
	readonly connectFromHere: ConnectFromHere;
	/** Where a node's stand-in of bash asks for a connection: a port of 127.0.0.1. One line `NODE PROTOCOL ADDRESS PORT`, and one that answers. */
	readonly port: number;
	close(): Promise<void>;
};

/**
 * The addresses are made up, so no packet leaves for them: each is looked up in what is wired on its node at that moment, as a node's NAT rules
 * or its agent's entries would be, and the connection is made to a server that stands for the pod, on a free port of 127.0.0.1.
 */
export async function openNetwork(nodes: ReadonlyMap<string, DemoNode>): Promise<DemoNetwork> {
	const byAddress = new Map([...nodes.values()].map(node => [node.address, node]));
	const servers = new Map<string, Promise<PodServer>>();

	async function connect(from: DemoNode | undefined, target: Target, options: Parameters<ConnectFromHere>[1]): Promise<ProbeAnswer> {
		const node = byAddress.get(target.address) ?? (target.address === '127.0.0.1' ? from : undefined);
		const pod = node === undefined ? podAt(nodes, target) : mappedTo(node, target);
		if (pod === 'refused') return failed('refused');
		// A node that is down, and rules that lead to a pod that is gone.
		if (pod === undefined) return failed('unreachable');
		const key = `${target.protocol} ${pod.podIP} ${pod.containerPort}`;
		let server = servers.get(key);
		if (server === undefined) servers.set(key, (server = serverOf(target.protocol)));
		return connectFromHere({protocol: target.protocol, address: '127.0.0.1', port: (await server).port}, options);
	}

	const router = await openRouter(async (name, target, signal) => connect(nodes.get(name), target, {signal, timeoutMilliseconds: 2000}));
	return {
		connectFromHere: async (target, options) => connect(undefined, target, options),
		port: router.port,
		async close() {
			await router.close();
			await Promise.all([...servers.values()].map(async server => (await server).close()));
		},
	};
}

const failed = (error: string): ProbeAnswer => ({ok: false, milliseconds: 0, error});

type PodPort = {readonly podIP: string; readonly containerPort: number};

/** Where a node hands on what comes to this port; `refused`: it hands it on to nobody. */
function mappedTo({shape, agent, hostPorts, wired}: DemoNode, {protocol, port}: Target): PodPort | 'refused' | undefined {
	if (!shape.ready) return undefined;
	const served = agent?.hostPort === true ? hostPorts : wired;
	for (const [uid, mapping] of served) {
		const found = mapping.ports.find(each => each.hostPort === port && protocolOf(each) === protocol);
		if (found !== undefined) return hostPorts.has(uid) ? {podIP: mapping.podIP, containerPort: found.containerPort} : undefined;
	}

	return 'refused';
}

function podAt(nodes: ReadonlyMap<string, DemoNode>, {protocol, address, port}: Target): PodPort | 'refused' | undefined {
	for (const {shape, hostPorts} of nodes.values()) {
		const mapping = shape.ready ? [...hostPorts.values()].find(({podIP}) => podIP === address) : undefined;
		if (mapping === undefined) continue;
		const listens = mapping.ports.some(each => each.containerPort === port && protocolOf(each) === protocol);
		return listens ? {podIP: address, containerPort: port} : 'refused';
	}

	return undefined;
}

const protocolOf = ({protocol = 'TCP'}: PortMapping['ports'][number]): string => protocol.toUpperCase();

type PodServer = {readonly port: number; readonly close: () => Promise<void>};

/** The application of a pod: it takes every connection, and sends back what it gets over UDP. */
async function serverOf(protocol: Target['protocol']): Promise<PodServer> {
	if (protocol === 'TCP') return listening(net.createServer(socket => socket.on('error', () => socket.destroy()).end()));
	const socket = dgram.createSocket('udp4');
	socket.on('message', (message, {port, address}) => socket.send(message, port, address));
	socket.bind(0, '127.0.0.1');
	await once(socket, 'listening');
	return {
		port: socket.address().port,
		async close() {
			socket.close();
		},
	};
}

async function openRouter(connect: (node: string, target: Target, signal: AbortSignal) => Promise<ProbeAnswer>): Promise<PodServer> {
	const stopping = new AbortController();
	const server = net.createServer(socket => {
		socket.on('error', () => socket.destroy());
		socket.setTimeout(5000, () => socket.destroy());
		socket.once('data', line => {
			const [node = '', protocol = '', address = '', port = ''] = line.toString('utf8').trim().split(' ');
			const isAsked = protocol === 'TCP' || protocol === 'UDP';
			if (!isAsked) socket.destroy();
			else void connect(node, {protocol, address, port: Number(port)}, stopping.signal).then(answer => socket.end(`${wordsOf(answer)}\n`));
		});
	});
	const {port, close} = await listening(server);
	return {
		port,
		async close() {
			stopping.abort();
			await close();
		},
	};
}

/** As bash says it. */
function wordsOf({ok, milliseconds, error}: ProbeAnswer): string {
	if (ok) return `ok ${Math.round(milliseconds * 1000)}`;
	return error === 'refused' ? 'Connection refused' : error === 'unreachable' ? 'No route to host' : 'Connection timed out';
}

async function listening(server: net.Server): Promise<PodServer> {
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	return {
		port: (server.address() as AddressInfo).port,
		close: async () => new Promise(resolve => server.close(() => resolve())),
	};
}
