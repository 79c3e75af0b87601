import {timingSafeEqual} from 'node:crypto';
import {createServer} from 'node:https';
import type {IncomingMessage, ServerResponse} from 'node:http';
import type {AddressInfo, Socket} from 'node:net';
import {answerCall, findPod, type ApiServing, type Call, type Reply} from './answer-call.ts';
import {ApiFailure, unknownResource} from './api-failure.ts';
import {parseApiPath} from './api-path.ts';
import type {Certificates} from './certificates.ts';
import type {StoredObject} from './object-store.ts';

/** What the demo's API server is started with. */
export type ApiServerOptions = ApiServing & {
	readonly certificates: Certificates;
	/** The one bearer token that is let in. */
	readonly token: string;
	/** Takes over the connection of an exec request on a pod that exists. */
	readonly exec: (pod: StoredObject, request: IncomingMessage, socket: Socket, head: Buffer) => Promise<void>;
};

/** A real server refuses bodies beyond 3 MiB (apiserver, MaxRequestBodyBytes). */
const maximumBodyBytes = 3 * 1024 * 1024;

/** Listens on 127.0.0.1 on a free port; `close` ends watches, execs and idle connections too. */
export async function startApiServer(options: ApiServerOptions): Promise<{url: string; close(): Promise<void>}> {
	const {certificates} = options;
	const server = createServer({cert: certificates.certificate, key: certificates.key, keepAliveTimeout: 30_000});
	const sockets = new Set<Socket>();
	server.on('secureConnection', socket => {
		sockets.add(socket);
		socket.once('close', () => sockets.delete(socket));
		// A client that goes away in the middle of a write is no concern of the server.
		socket.on('error', () => socket.destroy());
	});
	server.on('request', (request, response) => {
		answer(options, request, response).catch((error: unknown) => sendFailure(response, error));
	});
	server.on('upgrade', (request, socket, head) => {
		upgrade(options, request, socket as Socket, head).catch((error: unknown) => refuseUpgrade(socket as Socket, error));
	});
	await new Promise<void>((resolve, reject) => {
		server.once('error', reject);
		server.listen(0, '127.0.0.1', resolve);
	});
	return {
		url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
		async close() {
			const closed = new Promise<void>(resolve => {
				server.close(() => resolve());
			});
			for (const socket of sockets) socket.destroy();
			await closed;
		},
	};
}

async function answer(options: ApiServerOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
	const call = await readCall(request);
	if (['/readyz', '/livez', '/healthz'].includes(call.path)) return send(response, {code: 200, text: 'ok'});
	if (!isAllowedIn(options, request)) throw new ApiFailure(401, 'Unauthorized', 'Unauthorized');
	send(response, answerCall(options, call));
}

async function upgrade(options: ApiServerOptions, request: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
	if (!isAllowedIn(options, request)) throw new ApiFailure(401, 'Unauthorized', 'Unauthorized');
	const path = parseApiPath(new URL(request.url ?? '/', 'https://demo').pathname, options.resources);
	if (typeof path === 'string' || path.subresource !== 'exec') throw unknownResource();
	await options.exec(findPod(options.store, path), request, socket, head);
}

function isAllowedIn({token}: ApiServerOptions, request: IncomingMessage): boolean {
	const given = Buffer.from(request.headers.authorization ?? '');
	const wanted = Buffer.from(`Bearer ${token}`);
	return given.length === wanted.length && timingSafeEqual(given, wanted);
}

async function readCall(request: IncomingMessage): Promise<Call> {
	const url = new URL(request.url ?? '/', 'https://demo');
	const parts: Buffer[] = [];
	let size = 0;
	for await (const part of request as AsyncIterable<Buffer>) {
		size += part.length;
		// What is too much is read all the same: the connection serves the next request too.
		if (size <= maximumBodyBytes) parts.push(part);
	}
	if (size > maximumBodyBytes) {
		throw new ApiFailure(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${maximumBodyBytes}`);
	}
	return {
		method: request.method ?? 'GET',
		path: url.pathname,
		query: url.searchParams,
		body: Buffer.concat(parts).toString(),
		contentType: (request.headers['content-type'] ?? '').replace(/;.*/u, '').trim().toLowerCase(),
		userAgent: request.headers['user-agent'] ?? '',
		accept: request.headers.accept ?? '',
	};
}

function send(response: ServerResponse, reply: Reply): void {
	if ('stream' in reply) reply.stream(response);
	else if ('text' in reply) response.writeHead(reply.code, {'content-type': 'text/plain; charset=utf-8'}).end(reply.text);
	else {
		const body = Buffer.from(JSON.stringify(reply.body));
		response.writeHead(reply.code, {'content-type': 'application/json', 'content-length': body.length}).end(body);
	}
}

function failureOf(error: unknown): ApiFailure {
	if (error instanceof ApiFailure) return error;
	return new ApiFailure(500, 'InternalError', `Internal error occurred: ${error instanceof Error ? error.message : String(error)}`);
}

function sendFailure(response: ServerResponse, error: unknown): void {
	const {code, status} = failureOf(error);
	if (response.headersSent) response.destroy();
	else send(response, {code, body: status});
}

function refuseUpgrade(socket: Socket, error: unknown): void {
	const {code, reason, status} = failureOf(error);
	const body = JSON.stringify(status);
	const headers = [
		`HTTP/1.1 ${code} ${reason}`,
		'content-type: application/json',
		`content-length: ${Buffer.byteLength(body)}`,
		'connection: close',
	];
	socket.end(`${headers.join('\r\n')}\r\n\r\n${body}`);
}
