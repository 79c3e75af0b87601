import {timingSafeEqual} from 'node:crypto';
import {createServer} from 'node:https';
import type {IncomingMessage, ServerResponse} from 'node:http';
import type {AddressInfo, Socket} from 'node:net';
import {ApiFailure, badRequest, methodNotAllowed, notFound, unknownResource} from './api-failure.ts';
import {parseApiPath, type ApiPath} from './api-path.ts';
import type {Certificates} from './certificates.ts';
import {deleteCollection, deleteObject, evictPod} from './delete-objects.ts';
import {discoveryDocument} from './discovery.ts';
import {listObjects, storeKey} from './list-objects.ts';
import type {ObjectStore, StoredObject} from './object-store.ts';
import {findResource, groupVersion, type Resource} from './resources.ts';
import {reviewAccess} from './review-access.ts';
import {createObject, patchObject, updateObject} from './write-objects.ts';
import {watchObjects} from './watch-objects.ts';

export type ApiServerOptions = {
	readonly certificates: Certificates;
	/** The one bearer token that is let in. */
	readonly token: string;
	readonly store: ObjectStore;
	readonly resources: readonly Resource[];
	/** `v1.26.9`. */
	readonly kubernetes: string;
	/** Takes over the connection of an exec request on a pod that exists. */
	readonly exec: (pod: StoredObject, request: IncomingMessage, socket: Socket, head: Buffer) => Promise<void>;
	/** Text of a container's log. */
	readonly log: (pod: StoredObject, query: URLSearchParams) => string;
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
	const url = new URL(request.url ?? '/', 'https://demo');
	const body = await readBody(request);
	if (['/readyz', '/livez', '/healthz'].includes(url.pathname)) return sendText(response, 200, 'ok');
	if (!isAllowedIn(options, request)) throw new ApiFailure(401, 'Unauthorized', 'Unauthorized');
	if (url.pathname === '/version') return sendJson(response, 200, versionInfo(options.kubernetes));
	const review = request.method === 'POST' ? reviewAccess(url.pathname, body) : undefined;
	if (review) return sendJson(response, 201, review);
	const discovery = request.method === 'GET' ? discoveryDocument(url.pathname, options.resources) : undefined;
	if (discovery) return sendJson(response, 200, discovery);
	const path = parseApiPath(url.pathname, options.resources);
	if (path === 'unknown-group') return sendText(response, 404, '404 page not found\n');
	if (path === 'unknown-resource') throw unknownResource();
	if (path.subresource !== undefined) return answerSubresource(options, path, request, url.searchParams, body, response);
	return answerObject(options, path, request, url.searchParams, body, response);
}

function answerObject(
	options: ApiServerOptions,
	path: ApiPath,
	request: IncomingMessage,
	query: URLSearchParams,
	body: string,
	response: ServerResponse,
): void {
	const {store, resources} = options;
	const {resource, namespace, name} = path;
	const show = (object: StoredObject) => ({...object, apiVersion: groupVersion(resource.group, path.version)});
	const write = {
		query,
		body,
		contentType: (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '',
		userAgent: request.headers['user-agent'] ?? '',
	};
	const namespaces = findResource(resources, '', 'v1', 'namespaces') as Resource;
	switch (`${request.method} ${name === undefined ? 'collection' : 'object'}`) {
		case 'GET collection':
			if (['true', '1'].includes(query.get('watch') ?? '')) return watchObjects(store, path, query, response);
			return sendJson(response, 200, listObjects(store, path, query));
		case 'GET object': {
			const object = store.get(resource, storeKey(namespace, name ?? ''));
			if (!object) throw notFound(resource, name ?? '');
			return sendJson(response, 200, show(object));
		}
		case 'POST collection':
			if (resource.namespaced && namespace === undefined) throw methodNotAllowed();
			return sendJson(response, 201, show(createObject(store, path, namespaces, write).object));
		case 'PUT object':
			return sendJson(response, 200, show(updateObject(store, path, write).object));
		case 'PATCH object': {
			const {object, created} = patchObject(store, path, namespaces, write);
			return sendJson(response, created ? 201 : 200, show(object));
		}
		case 'DELETE object':
			return sendJson(response, 200, deleteObject(store, path, {query, body}));
		case 'DELETE collection':
			return sendJson(response, 200, deleteCollection(store, path, {query, body}));
		default:
			throw methodNotAllowed();
	}
}

function answerSubresource(
	{store, resources, log}: ApiServerOptions,
	path: ApiPath,
	request: IncomingMessage,
	query: URLSearchParams,
	body: string,
	response: ServerResponse,
): void {
	const {resource, namespace, name = '', subresource} = path;
	if (resource.plural !== 'pods') throw unknownResource();
	const pod = store.get(resource, storeKey(namespace, name));
	if (!pod) throw notFound(resource, name);
	switch (`${request.method} ${subresource}`) {
		case 'GET log':
			return sendText(response, 200, log(pod, query));
		case 'POST eviction':
			return sendJson(
				response,
				201,
				evictPod(store, path, findResource(resources, 'policy', 'v1', 'poddisruptionbudgets') as Resource, {query, body}),
			);
		case 'GET exec':
		case 'POST exec':
			throw badRequest('Upgrade request required');
		default:
			throw unknownResource();
	}
}

async function upgrade(options: ApiServerOptions, request: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
	socket.on('error', () => socket.destroy());
	if (!isAllowedIn(options, request)) throw new ApiFailure(401, 'Unauthorized', 'Unauthorized');
	const path = parseApiPath(new URL(request.url ?? '/', 'https://demo').pathname, options.resources);
	if (typeof path === 'string' || path.resource.plural !== 'pods' || path.subresource !== 'exec') throw unknownResource();
	const pod = options.store.get(path.resource, storeKey(path.namespace, path.name ?? ''));
	if (!pod) throw notFound(path.resource, path.name ?? '');
	await options.exec(pod, request, socket, head);
}

function isAllowedIn({token}: ApiServerOptions, request: IncomingMessage): boolean {
	const given = Buffer.from(request.headers.authorization ?? '');
	const wanted = Buffer.from(`Bearer ${token}`);
	return given.length === wanted.length && timingSafeEqual(given, wanted);
}

async function readBody(request: IncomingMessage): Promise<string> {
	const parts: Buffer[] = [];
	let size = 0;
	for await (const part of request as AsyncIterable<Buffer>) {
		size += part.length;
		// What is too much is read all the same: the connection serves the next request too.
		if (size <= maximumBodyBytes) parts.push(part);
	}
	if (size > maximumBodyBytes) throw new ApiFailure(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${maximumBodyBytes}`);
	return Buffer.concat(parts).toString();
}

function versionInfo(gitVersion: string) {
	const [, major, minor] = /^v(\d+)\.(\d+)/u.exec(gitVersion) ?? [];
	return {major, minor, gitVersion, gitTreeState: 'clean', goVersion: 'go1.22', compiler: 'gc', platform: 'linux/amd64'};
}

function sendJson(response: ServerResponse, code: number, value: unknown): void {
	const body = Buffer.from(JSON.stringify(value));
	response.writeHead(code, {'content-type': 'application/json', 'content-length': body.length}).end(body);
}

function sendText(response: ServerResponse, code: number, text: string): void {
	response.writeHead(code, {'content-type': 'text/plain; charset=utf-8'}).end(text);
}

function failureOf(error: unknown): ApiFailure {
	if (error instanceof ApiFailure) return error;
	return new ApiFailure(500, 'InternalError', `Internal error occurred: ${error instanceof Error ? error.message : String(error)}`);
}

function sendFailure(response: ServerResponse, error: unknown): void {
	const failure = failureOf(error);
	if (response.headersSent) response.destroy();
	else sendJson(response, failure.code, failure.status);
}

function refuseUpgrade(socket: Socket, error: unknown): void {
	const failure = failureOf(error);
	const body = JSON.stringify(failure.status);
	const head = `HTTP/1.1 ${failure.code} ${failure.reason}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n`;
	socket.end(head + body);
}
