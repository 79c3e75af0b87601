/**
 * An API server for measuring: N nodes with Cilium 1.10.16, pods as heavy as real ones, exec that answers after a latency. A process of its
 * own, so that its work is not counted as the program's; it prints its address, and keeps nothing but templates and what a repair changes.
 *
 *     node bench/scale-server.ts --nodes=1000 --pods=30 --latency=20 --capacity=0 --refuse=0 --changes=0
 */
import http from 'node:http';
import https from 'node:https';
import net, {type AddressInfo} from 'node:net';
import {parseArgs} from 'node:util';
import {gzipSync} from 'node:zlib';
import {WebSocketServer, type WebSocket} from 'ws';
import {createAuthority} from '../test/cluster/certificates.ts';
import {nodeOf, single} from './scale-objects.ts';
import {scaleWorld} from './scale-world.ts';

const {values} = parseArgs({
	options: {
		nodes: {type: 'string', default: '100'},
		/** Pods a node, its agent and one with a hostPort among them. */
		pods: {type: 'string', default: '30'},
		/** Milliseconds of an exec. */
		latency: {type: 'string', default: '1'},
		/** Execs that are worked on at once, the others wait in line; 0: all. */
		capacity: {type: 'string', default: '0'},
		/** One exec in so many is refused with 429 and Retry-After; 0: none. */
		refuse: {type: 'string', default: '0'},
		/** Changes of pods that a watch is sent a second. */
		changes: {type: 'string', default: '0'},
		/** 1: without TLS. */
		plain: {type: 'string', default: '0'},
		/** 1: the hostPort of each node answers; needs port 8080 of this machine, and leads there by loopback addresses. */
		answering: {type: 'string', default: '0'},
		/** 1: no node serves hostPorts, and `fix` has something to do. */
		broken: {type: 'string', default: '0'},
		/** Characters that portmap says of itself on each node, none like the other; 0: as a release does. */
		words: {type: 'string', default: '0'},
	},
});
const [nodes, podsPerNode, latency, capacity, refuse, changes] = [
	values.nodes,
	values.pods,
	values.latency,
	values.capacity,
	values.refuse,
	values.changes,
].map(Number) as [number, number, number, number, number, number];

const world = scaleWorld({nodes, podsPerNode, isBroken: values.broken === '1', words: Number(values.words)});
const counts = {requests: 0, execs: 0, refused: 0, most: 0, connections: 0};

const send = (response: http.ServerResponse, code: number, body: string | Buffer): void =>
	void response.writeHead(code, {'content-type': 'application/json', 'content-length': Buffer.byteLength(body)}).end(body);
const missing = (response: http.ServerResponse): void =>
	send(
		response,
		404,
		JSON.stringify({kind: 'Status', apiVersion: 'v1', status: 'Failure', code: 404, reason: 'NotFound', message: 'not found'}),
	);

const packed = new Map<string, Buffer>();

/** A page of `total` objects that `make` gives by number; the token is where the next begins. */
function list(
	response: http.ServerResponse,
	{query, isPacked, kind}: {query: URLSearchParams; isPacked: boolean; kind: string},
	total: number,
	make: (from: number, to: number) => Buffer,
): void {
	const from = Number(query.get('continue') ?? 0);
	const to = Math.min(total, from + Number(query.get('limit') ?? total));
	const rest = to < total ? `,"continue":"${to}","remainingItemCount":${total - to}` : '';
	const begin = `{"kind":"${kind}","apiVersion":"v1","metadata":{"resourceVersion":"1000"${rest}},"items":[`;
	// As an API server does: larger answers packed at level 1 for who takes that. Packed once, so that later runs do not wait for it.
	if (isPacked && to - from <= 500 && !world.isChanged()) {
		const key = `${total} ${kind} ${query.get('labelSelector')} ${from} ${to}`;
		const body = packed.get(key) ?? gzipSync(Buffer.concat([Buffer.from(begin), make(from, to), Buffer.from(']}')]), {level: 1});
		packed.set(key, body);
		response.writeHead(200, {'content-type': 'application/json', 'content-encoding': 'gzip', 'content-length': body.length}).end(body);
		return;
	}

	response.writeHead(200, {'content-type': 'application/json'});
	response.write(begin);
	// Without a limit it is one answer of many parts, as an API server streams it.
	let part = from;
	const more = (): void => {
		while (part < to) {
			const end = Math.min(to, part + 500);
			const body = make(part, end);
			part = end;
			if (!response.write(part < to ? Buffer.concat([body, Buffer.from(',')]) : body) && part < to) {
				response.once('drain', more);
				return;
			}
		}

		response.end(']}');
	};

	more();
}

const items = (make: (index: number) => object) => (from: number, to: number) =>
	Buffer.from(Array.from({length: to - from}, (_, index) => JSON.stringify(make(from + index))).join(','));

/** Changes of pods without a hostPort, so many a second, until the watch ends. */
function watch(response: http.ServerResponse, isOfPods: boolean): void {
	response.writeHead(200, {'content-type': 'application/json'});
	response.flushHeaders();
	if (!isOfPods || changes === 0) return;
	let sent = 0;
	const started = performance.now();
	const timer = setInterval(() => {
		while (sent < ((performance.now() - started) / 1000) * changes) {
			const index = 2 + (sent % (podsPerNode - 2)) + podsPerNode * (sent % nodes);
			response.write(`{"type":"MODIFIED","object":${world.pods(index, index + 1).toString()}}\n`);
			sent += 1;
		}
	}, 20);
	response.on('close', () => clearInterval(timer));
}

const answerTo = (request: http.IncomingMessage, response: http.ServerResponse): void => {
	const url = new URL(request.url ?? '/', 'http://server');
	const {pathname, searchParams: query} = url;
	if (pathname === '/counts')
		return send(response, 200, JSON.stringify({...counts, ...world.written, peak: process.resourceUsage().maxRSS / 1024}));
	counts.requests += 1;
	const {method = 'GET'} = request;
	const parts: Buffer[] = [];
	request
		.on('data', (part: Buffer) => void parts.push(part))
		.on('end', () => answerWith(request, response, {method, pathname, query, text: Buffer.concat(parts).toString()}));
};

type Asked = {readonly method: string; readonly pathname: string; readonly query: URLSearchParams; readonly text: string};

function answerWith(request: http.IncomingMessage, response: http.ServerResponse, {method, pathname, query, text}: Asked): void {
	const changing = world.request(method, pathname, query, text);
	if (changing !== undefined) return send(response, changing[0], JSON.stringify(changing[1]));
	if (method === 'POST') return send(response, 201, JSON.stringify({kind: 'SelfSubjectAccessReview', status: {allowed: true}}));
	if (query.get('watch') === 'true') return watch(response, pathname === '/api/v1/pods');
	const selector = query.get('labelSelector') ?? '';
	const isPacked = /\bgzip\b/u.test(request.headers['accept-encoding'] ?? '');
	const asked = {query, isPacked, kind: pathname === '/api/v1/nodes' ? 'NodeList' : 'PodList'};
	const few = (objects: object[]): void =>
		send(response, 200, JSON.stringify({kind: 'List', apiVersion: 'v1', metadata: {resourceVersion: '1000'}, items: objects}));
	if (pathname === '/api/v1/nodes')
		return list(
			response,
			asked,
			nodes,
			items(index => nodeOf(index, values.answering === '1')),
		);
	if (pathname.endsWith('/configmaps')) return few(world.listed(selector));
	if (pathname.endsWith('/pods')) {
		const namespace = /\/namespaces\/([^/]+)/u.exec(pathname)?.[1] ?? '';
		const node = query.get('fieldSelector')?.replace('spec.nodeName=', '');
		const isOfAgents = selector === 'k8s-app=cilium';
		if (node?.startsWith('node-') === true) return few(world.podsOn(node, namespace, isOfAgents));
		if (selector.includes('managed-by')) return few(world.helpers());
		if (isOfAgents) return list(response, asked, nodes, items(world.agentAt));
		// Of one namespace as of all: that the agents are among them makes no difference to who looks for an owner.
		if (namespace !== 'kube-system' && (selector === '' || selector.includes('hash=')))
			return list(response, asked, nodes * podsPerNode, world.pods);
	}

	const object = single(pathname, nodes);
	if (object !== undefined) return send(response, 200, JSON.stringify(object));
	return missing(response);
}

const authority = await createAuthority();
const issued = await authority.issue({commonName: 'api', names: ['127.0.0.1']});
const server =
	values.plain === '1' ? http.createServer(answerTo) : https.createServer({cert: issued.certificate, key: issued.key}, answerTo);

const sockets = new WebSocketServer({noServer: true, perMessageDeflate: false, handleProtocols: () => 'v5.channel.k8s.io'});
const waiting: Array<() => void> = [];
let working = 0;

/** Execs beyond what the server works on at once wait in line, and take the longer. */
function work(done: () => void): void {
	const start = (): void => {
		working += 1;
		counts.most = Math.max(counts.most, working);
		setTimeout(() => {
			working -= 1;
			waiting.shift()?.();
			done();
		}, latency);
	};
	if (capacity === 0 || working < capacity) start();
	else waiting.push(start);
}

function exec(socket: WebSocket, pod: string, words: readonly string[]): void {
	// Both tell how long what comes on stdin is: a script is run from there (exec-run.ts), a file is put (put-by-exec.ts).
	const isFile = words[2]?.startsWith('folder=') === true;
	const wanted = Number(words[isFile ? 8 : 4] ?? 0);
	let got = 0;
	let begun = false;
	const run = (): void => {
		begun = true;
		work(() => {
			const [said, code] = world.run(pod, words.slice(5), isFile);
			const details = {causes: [{reason: 'ExitCode', message: String(code)}]};
			const end = code === 0 ? {metadata: {}, status: 'Success'} : {metadata: {}, status: 'Failure', reason: 'NonZeroExitCode', details};
			socket.send(Buffer.from(`\u0001${said}`));
			socket.send(Buffer.from(`\u0003${JSON.stringify(end)}`));
			socket.close();
		});
	};
	socket.on('error', () => undefined);
	socket.on('message', (data: Buffer) => {
		if (data[0] === 0) got += data.length - 1;
		if (!begun && got >= wanted) run();
	});
}

server.on('upgrade', (request, socket, head) => {
	const {pathname, searchParams} = new URL(request.url ?? '/', 'http://server');
	const words = searchParams.getAll('command');
	const pod = pathname.split('/').at(-2) ?? '';
	socket.on('error', () => undefined);
	counts.execs += 1;
	if (refuse > 0 && counts.execs % refuse === 0) {
		counts.refused += 1;
		const body = JSON.stringify({
			kind: 'Status',
			apiVersion: 'v1',
			status: 'Failure',
			code: 429,
			reason: 'TooManyRequests',
			message: 'too many',
		});
		socket.end(
			`HTTP/1.1 429 Too Many Requests\r\nretry-after: 1\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
		);
		return;
	}

	sockets.handleUpgrade(request, socket, head, webSocket => exec(webSocket, pod, words));
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () =>
	console.log(`${values.plain === '1' ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}`),
);
if (values.answering === '1')
	net
		.createServer(socket => {
			counts.connections += 1;
			socket.on('error', () => undefined).end();
		})
		.listen(8080, '0.0.0.0');
process.on('SIGTERM', () => process.exit(0));
