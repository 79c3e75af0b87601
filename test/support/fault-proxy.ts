// An API server that does what API servers and what stands before them do on bad days: a proxy before the real or the demo one.
import {createHash} from 'node:crypto';
import {once} from 'node:events';
import http from 'node:http';
import https from 'node:https';
import type {AddressInfo, Socket} from 'node:net';
import {setTimeout as sleep} from 'node:timers/promises';
import {gzipSync} from 'node:zlib';

/** What is done to a request instead of, or with, what the server answers; `pass` hands it on, and its answer back. */
export type Fault = (request: http.IncomingMessage, response: http.ServerResponse, pass: () => void) => void;

const json = {'content-type': 'application/json'};
const status =
	(code: number, reason: string, headers: http.OutgoingHttpHeaders = {}): Fault =>
	(_, response) =>
		void response
			.writeHead(code, {...json, ...headers})
			.end(JSON.stringify({kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message: `made to fail: ${reason}`}));
const body =
	(text: string | Buffer, headers: http.OutgoingHttpHeaders = {}): Fault =>
	(_, response) =>
		void response.writeHead(200, {...json, ...headers}).end(text);
const answer = (value: unknown): Fault => body(JSON.stringify(value));
const page =
	(items: readonly unknown[], token: () => string): Fault =>
	(_, response) =>
		void response.writeHead(200, json).end(JSON.stringify({kind: 'List', items, metadata: {continue: token()}}));

let pages = 0;
const forgotten = new WeakSet<Socket>();
const mebibyte = 1024 * 1024;
const bombs = new Map<string, Buffer>();
/** What is much only when it is unpacked; made when it is first asked for. */
const packed =
	(name: string, make: () => Buffer): Fault =>
	(request, response, pass) => {
		const bomb = bombs.get(name) ?? gzipSync(make(), {level: 1});
		bombs.set(name, bomb);
		body(bomb, {'content-encoding': 'gzip'})(request, response, pass);
	};
/** A list of something, again and again, as large as an answer may be: its end is one token further each time. */
const listOf = (item: string, bytes: number): Buffer =>
	Buffer.from(`{"kind":"List","items":[${`${item},`.repeat(Math.floor(bytes / (item.length + 1)))}${item}]}`);

/** One row a fault; `made` tells what the program may not do with it. */
export const faults = {
	forbidden: status(403, 'Forbidden'),
	unauthorized: status(401, 'Unauthorized'),
	'not found': status(404, 'NotFound'),
	gone: status(410, 'Expired'),
	'a conflict': status(409, 'Conflict'),
	'too many requests': status(429, 'TooManyRequests', {'retry-after': '1'}),
	'too many requests, come back in an hour': status(429, 'TooManyRequests', {'retry-after': '3600'}),
	'internal error': status(500, 'InternalError'),
	unavailable: status(503, 'ServiceUnavailable'),
	'unavailable, come back in a second': status(503, 'ServiceUnavailable', {'retry-after': '1'}),
	// A gateway that makes 200 of everything.
	'a refusal with 200': answer({
		kind: 'Status',
		apiVersion: 'v1',
		status: 'Failure',
		code: 403,
		reason: 'Forbidden',
		message: 'made to fail',
	}),
	'a log-in page': body('<html><body>Log in</body></html>', {'content-type': 'text/html'}),
	redirect: (_, response) => void response.writeHead(302, {location: 'https://127.0.0.1:9/'}).end(),
	truncated: body('{"kind":"List","items":[{"metadata":'),
	'a broken gzip': body(gzipSync('{"kind":"List","items":[]}').subarray(0, 20), {'content-encoding': 'gzip'}),
	'no HTTP': ({socket}) => void socket.end('SSH-2.0-OpenSSH_9.6\r\n'),
	'a wrong length': (_, response) => {
		response.writeHead(200, {...json, 'content-length': 1000}).write('{"items":[]}');
		setTimeout(() => response.destroy(), 50);
	},
	reset: request => void request.socket.resetAndDestroy(),
	stall: () => undefined,
	// The server has done what it was asked, and nobody hears of it.
	'a lost answer': (_, response, pass) => {
		response.writeHead = () => response.destroy();
		pass();
	},
	'a slow drip': (_, response) => {
		response.writeHead(200, json);
		const timer = setInterval(() => response.write(' '), 200);
		response.on('close', () => clearInterval(timer));
	},
	'the same page for ever': page([], () => 'again'),
	'empty pages for ever': page([], () => `token-${(pages += 1)}`),
	'full pages for ever': page([{metadata: {name: 'x'}}], () => 'again'),
	'deep JSON': body(`{"items":${'['.repeat(2_000_000)}${']'.repeat(2_000_000)}}`),
	// 250 MB of blanks in 250 kB.
	'a gzip bomb': packed('blanks', () => Buffer.alloc(250 * mebibyte, ' ')),
	'ten million empty objects': packed('objects', () => listOf('{}', 31 * mebibyte)),
	'large objects': packed('names', () => listOf(JSON.stringify({metadata: {name: 'x'.repeat(mebibyte)}}), 30 * mebibyte)),
	'pages of a million objects for ever': (_, response) =>
		void response
			.writeHead(200, json)
			.end(Buffer.concat([Buffer.from(`{"metadata":{"continue":"${(pages += 1)}"},`), listOf('0', 2 * mebibyte).subarray(1)])),
	'an empty object': answer({}),
	'an empty list': answer({kind: 'List', items: []}),
	// A proxy that mixes up its answers.
	'another list': answer({kind: 'EventList', apiVersion: 'v1', metadata: {}, items: []}),
	'a list of nothing known': answer({items: [null, 5, 'x', [], {}]}),
	'items that are no list': answer({items: 5}),
	'a JSON array': answer([]),
	null: answer(null),
	'a number': answer(5),
	'a string': answer('x'),
	'a key named __proto__': body('{"__proto__":{"polluted":true},"items":[{"__proto__":{"polluted":true}}]}'),
	// Each list begins, and is gone before its second page.
	'pages that expire': (request, response, pass) => {
		if (request.url?.includes('continue=') === true) status(410, 'Expired')(request, response, pass);
		else page([], () => 'more')(request, response, pass);
	},
	// Open before `forget`, and nobody says a word on it any more: something on the way has forgotten it.
	'a dead connection': ({socket}, _, pass) => void (forgotten.has(socket) || pass()),
	'a watch that ends at once': (_, response) => void response.writeHead(200, json).end(),
	// As a server that is about to stop: each answer is the last of its connection, and none says so.
	'a connection that closes behind each answer': ({socket}, response, pass) => {
		response.on('finish', () => socket.end());
		pass();
	},
	// What follows meets execs alone: see `execFaults`.
	'an exec that is cut off': (_, __, pass) => pass(),
	'an exec that is never answered': (_, __, pass) => pass(),
	'an exec that falls silent': (_, __, pass) => pass(),
	'an exec that is refused': (_, __, pass) => pass(),
	'an exec that is answered and closed unread': (_, __, pass) => pass(),
	'an exec that is reset in its output': (_, __, pass) => pass(),
	'an exec that ends well in the middle of its output': (_, __, pass) => pass(),
	'an exec that ends well and says nothing': (_, __, pass) => pass(),
} satisfies Record<string, Fault>;

const accepted = ({headers}: http.IncomingMessage): string => {
	const key = createHash('sha1').update(`${headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
	return `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: ${key}\r\nsec-websocket-protocol: v5.channel.k8s.io\r\n\r\n`;
};
/** A frame of a channel of the exec protocol, 1 the output, 3 the status (RFC 6455, 5.2: short enough for one byte of length). */
const frame = (channel: 1 | 3, text: string): Buffer => Buffer.concat([Buffer.of(0x82, text.length + 1, channel), Buffer.from(text)]);
const success = frame(3, '{"metadata":{},"status":"Success"}');
const closing = Buffer.of(0x88, 0);
/** How a node script's answer begins: by its marker, which is among its parameters. */
const beginning = ({url = ''}: http.IncomingMessage): Buffer => {
	const marker = /marker=(?<marker>[\da-f]+)/u.exec(decodeURIComponent(url))?.groups?.['marker'] ?? '';
	return frame(1, `\n${marker} clock 1795423680\n\n${marker} uname 6.1.0 x86_64\n`);
};

/** What is done to an exec instead of handing it on. */
const execFaults: Partial<Record<FaultName, (request: http.IncomingMessage, socket: Socket) => void>> = {
	'an exec that is cut off': (_, socket) => void sleep(30).then(() => socket.destroy()),
	'an exec that is never answered': () => undefined,
	'an exec that falls silent': (request, socket) => void socket.write(accepted(request)),
	'an exec that is refused': (_, socket) =>
		void socket.end('HTTP/1.1 429 Too Many Requests\r\nretry-after: 3600\r\nconnection: close\r\ncontent-length: 0\r\n\r\n'),
	// Status and end come at once: nobody has read what the command was given.
	'an exec that is answered and closed unread': (request, socket) => {
		const status = '{"status":"Failure","code":500,"message":"made to fail: no such container"}';
		socket.write(Buffer.concat([Buffer.from(accepted(request)), frame(3, status), closing]));
	},
	'an exec that is reset in its output': (request, socket) => {
		socket.write(Buffer.concat([Buffer.from(accepted(request)), beginning(request)]));
		void sleep(30).then(() => socket.resetAndDestroy());
	},
	'an exec that ends well in the middle of its output': (request, socket) =>
		void socket.write(Buffer.concat([Buffer.from(accepted(request)), beginning(request), success, closing])),
	'an exec that ends well and says nothing': (request, socket) =>
		void socket.write(Buffer.concat([Buffer.from(accepted(request)), success, closing])),
};

export type FaultName = keyof typeof faults;

export type FaultProxy = {
	readonly url: string;
	/** Which fault meets which request from now on; without one it is passed on. */
	set(fault: FaultName | undefined, isHit?: (request: http.IncomingMessage) => boolean): void;
	/** All connections that are open now are dead for `a dead connection`. */
	forget(): void;
	/** Paths that are being answered just now, words of their query among them. */
	underWay(): readonly string[];
	close(): Promise<void>;
};

/** A plain HTTP proxy on loopback before an API server, `https://127.0.0.1:PORT` with its authority. */
export async function startFaultProxy(target: {readonly server: string; readonly authority: string}): Promise<FaultProxy> {
	let fault: FaultName | undefined;
	let isHit: (request: http.IncomingMessage) => boolean = () => true;
	const sockets = new Set<Socket>();
	const agent = new https.Agent({ca: target.authority, keepAlive: true});
	const pass = (request: http.IncomingMessage, response: http.ServerResponse): void => {
		const onward = https.request(target.server + (request.url ?? ''), {agent, method: request.method, headers: request.headers}, back => {
			response.writeHead(back.statusCode ?? 502, back.headers);
			if (response.destroyed) back.resume();
			else back.pipe(response);
		});
		onward.on('error', () => response.destroy());
		request.pipe(onward);
	};
	const answering = new Map<http.ServerResponse, string>();
	const server = http.createServer((request, response) => {
		answering.set(response, request.url ?? '');
		response.on('close', () => answering.delete(response));
		if (fault === undefined || !isHit(request)) pass(request, response);
		else faults[fault](request, response, () => pass(request, response));
	});
	server.on('connection', socket => {
		sockets.add(socket);
		socket.on('close', () => sockets.delete(socket)).on('error', () => undefined);
	});
	// Exec: the connection is handed through as it is.
	server.on('upgrade', (request, socket: Socket, head: Buffer) => {
		const onExec = fault === undefined || !isHit(request) ? undefined : execFaults[fault];
		if (onExec !== undefined) {
			socket.on('error', () => undefined);
			onExec(request, socket);
			return;
		}

		const onward = https.request(target.server + (request.url ?? ''), {
			ca: target.authority,
			method: request.method,
			headers: request.headers,
		});
		onward.on('upgrade', (back, far: Socket, rest: Buffer) => {
			const lines = Array.from(
				{length: back.rawHeaders.length / 2},
				(_, index) => `${back.rawHeaders[index * 2]}: ${back.rawHeaders[index * 2 + 1]}`,
			);
			socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('\r\n')}\r\n\r\n`);
			if (rest.length > 0) socket.write(rest);
			if (head.length > 0) far.write(head);
			far.pipe(socket).pipe(far);
			far.on('error', () => socket.destroy());
			socket.on('error', () => far.destroy());
		});
		onward.on('response', back => {
			socket.end(`HTTP/1.1 ${back.statusCode} x\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
			back.resume();
		});
		onward.on('error', () => socket.destroy());
		onward.end();
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		set(wanted, hits = () => true) {
			fault = wanted;
			isHit = hits;
		},
		forget() {
			for (const socket of sockets) forgotten.add(socket);
		},
		underWay: () => [...answering.values()],
		async close() {
			for (const socket of sockets) socket.destroy();
			agent.destroy();
			server.close();
			await once(server, 'close');
		},
	};
}
