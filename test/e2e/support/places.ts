import {createSocket} from 'node:dgram';
import {isDeepStrictEqual} from 'node:util';
import {expect} from 'vitest';
import {kubectl, list, until} from './kubectl.ts';
import {run} from './processes.ts';
import {bothNodes} from './real-cluster.ts';
import {addressOf, type ClusterNode, namespace} from './tested-cluster.ts';

/** The places that a hostPort is asked from, as docs/paths.md counts them. */
export const places = [
	'a pod of the node',
	'the pod itself',
	'a pod of another node',
	'the node',
	'its loopback',
	'another node',
	'outside',
] as const;
export type Place = (typeof places)[number];
/** What each place hears: the page or echo, `refused`, or `silent`. */
export type Heard = Readonly<Record<Place, string>>;

type Asked = {
	readonly port: number;
	readonly protocol?: 'TCP' | 'UDP';
	/** Instead of the node's first address; its loopback is asked all the same. */
	readonly address?: string;
	/** `app` of the pod that asks itself; that place hears nothing where it is absent. */
	readonly app?: string;
};

/** Asks a hostPort of a node from every place with a connection of its own: netcat and a small UDP client in pods, curl out here. */
export async function askEverywhere(
	node: ClusterNode,
	{port, protocol = 'TCP', address = addressOf[node], app = 'web'}: Asked,
): Promise<Heard> {
	const other = bothNodes.find(name => name !== node) ?? 'node-1';
	const loopback = address.includes(':') ? '::1' : '127.0.0.1';
	const inside = async (folder: string, label: string, on: ClusterNode, to: string): Promise<string> => {
		const pod = await podOn(folder, label, on);
		return pod === undefined ? 'nobody there' : fromPod(folder, pod, to, port, protocol);
	};

	const heard: Record<Place, Promise<string>> = {
		'a pod of the node': inside('default', 'client', node, address),
		'the pod itself': inside(namespace, app, node, address),
		'a pod of another node': inside('default', 'client', other, address),
		'the node': inside('default', 'hn', node, address),
		'its loopback': inside('default', 'hn', node, loopback),
		'another node': inside('default', 'hn', other, address),
		outside: protocol === 'TCP' ? fromHere(address, port) : udpFromHere(address, port),
	};
	const pairs = await Promise.all(places.map(async place => [place, await heard[place]] as const));
	return Object.fromEntries(pairs) as Heard;
}

/** The same word from every place, but for those named. */
export const heardAs = (word: string, but: Partial<Heard> | undefined = {}): Heard => ({
	...(Object.fromEntries(places.map(place => [place, word])) as Heard),
	...but,
});

/**
 * Asks until every place says what it should: for some seconds after an agent's or a pod's start a path may still be refused, and on a
 * busy machine an answer may come too late for who asked.
 */
export async function expectHeard(node: ClusterNode, asked: Asked, wanted: Heard): Promise<void> {
	const what = `${node} ${asked.port}/${asked.protocol ?? 'TCP'}`;
	let last = await askEverywhere(node, asked);
	await until(what, 30, async () => {
		if (isDeepStrictEqual(last, wanted)) return true;
		last = await askEverywhere(node, asked);
		return undefined;
	}).catch(() => undefined);
	expect(last, what).toEqual(wanted);
}

/** Both hostPorts of `web` on both nodes, from every place. */
export async function expectRealWeb(answer: 'web' | 'refused', but: Partial<Heard> = {}): Promise<void> {
	for (const node of bothNodes) {
		await expectHeard(node, {port: 8080}, heardAs(answer === 'web' ? `web-of-${node}` : answer, but));
		await expectHeard(node, {port: 9053, protocol: 'UDP'}, heardAs(answer === 'web' ? 'ping' : answer, but));
	}
}

async function podOn(folder: string, app: string, node: ClusterNode): Promise<string | undefined> {
	const pods = await list(
		'pods',
		'--namespace',
		folder,
		'--selector',
		`app=${app}`,
		'--field-selector',
		`spec.nodeName=${node},status.phase=Running`,
	);
	return pods.find(({metadata}) => metadata.deletionTimestamp === undefined)?.metadata.name;
}

/** Errors are part of the answer: the shell ends well whatever the client says. */
async function fromPod(folder: string, pod: string, address: string, port: number, protocol: 'TCP' | 'UDP'): Promise<string> {
	const ask =
		protocol === 'TCP'
			? `printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc -w 3 ${address} ${port} 2>&1 || true`
			: `udp ask ${address} ${port} 2>&1 || true`;
	return said(await kubectl(['--namespace', folder, 'exec', pod, '--', 'sh', '-c', ask]));
}

async function fromHere(address: string, port: number): Promise<string> {
	const literal = address.includes(':') ? `[${address}]` : address;
	return said(
		await run('curl', ['--silent', '--show-error', '--max-time', '3', `http://${literal}:${port}/`], {timeoutSeconds: 10}).catch(String),
	);
}

function said(text: string): string {
	if (/refused|Couldn't connect/u.test(text)) return 'refused';
	if (/No route to host|Host is unreachable|Operation not permitted/u.test(text)) return 'unreachable';
	if (/timed out|temporarily unavailable|timeout/u.test(text)) return 'silent';
	return text.replace(/^HTTP[\s\S]*?\r?\n\r?\n/u, '').trim();
}

/** A UDP datagram has no answer of its own but an ICMP error, which Node hands on for connected sockets alone. */
async function udpFromHere(address: string, port: number): Promise<string> {
	return new Promise(resolve => {
		const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
		const limit = setTimeout(() => end('silent'), 2500);
		const end = (answer: string): void => {
			clearTimeout(limit);
			socket.close();
			resolve(answer);
		};

		socket.once('message', message => end(message.toString()));
		socket.once('error', error => end(said(`${error.message} ${error.message.includes('ECONNREFUSED') ? 'refused' : ''}`)));
		socket.connect(port, address, () => socket.send('ping'));
	});
}
