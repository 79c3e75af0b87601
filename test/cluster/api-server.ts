import {once} from 'node:events';
import {mkdtempSync, rmSync} from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import type {AddressInfo} from 'node:net';
import os from 'node:os';
import path from 'node:path';
import type {Duplex} from 'node:stream';
import type {TLSSocket} from 'node:tls';
import {WebSocketServer, type WebSocket} from 'ws';
import {connect, type ConnectOptions} from '../../source/cluster/connect.ts';
import type {ClusterClient} from '../../source/cluster/cluster-client.ts';
import type {ConnectionFlags} from '../../source/cluster/connection-flags.ts';
import {createAuthority, type Authority, type Issued} from './certificates.ts';

export type Recorded = {
	readonly method: string;
	readonly path: string;
	readonly query: URLSearchParams;
	/** Names in lower case, each line by itself. */
	readonly headers: ReadonlyArray<readonly [name: string, value: string]>;
	readonly body: string;
	readonly clientName: string | undefined;
	readonly connection: number;
};

/** `hang`: never answer; `reset`: cut the connection. */
export type Reply = {status?: number; json?: unknown; text?: string | Buffer; headers?: Record<string, string>} | 'hang' | 'reset';

export type ApiServer = {
	readonly url: string;
	readonly port: number;
	readonly authority: Authority;
	readonly requests: Recorded[];
	/** What is answered; the newest rule wins. */
	answer: (request: Recorded) => Reply | Promise<Reply>;
	/** What happens on an exec connection. */
	exec: (socket: WebSocket, request: Recorded) => void;
	/** Subprotocols this server speaks, the best first. */
	subprotocols: string[];
	/** What an upgrade is refused with, if it is. */
	refuseUpgrade: () => Reply | undefined;
	close(): Promise<void>;
};

export type ApiServerOptions = {
	readonly authority?: Authority;
	readonly certificate?: Issued;
	readonly plain?: boolean;
	/** Ask for a client certificate of this authority. */
	readonly clientAuthority?: string;
	readonly rejectUnauthorized?: boolean;
	/** Answers pings, as every WebSocket server must. */
	readonly pongs?: boolean;
};

/** A small API server on loopback: real HTTP, TLS and WebSocket, answers by the test. */
export async function startApiServer(options: ApiServerOptions = {}): Promise<ApiServer> {
	const authority = options.authority ?? (await createAuthority());
	const issued = options.certificate ?? (await authority.issue({commonName: 'api', names: ['127.0.0.1', 'localhost', 'api.test']}));
	const server = options.plain
		? http.createServer()
		: https.createServer({
				cert: issued.certificate,
				key: issued.key,
				...(options.clientAuthority !== undefined && {
					ca: options.clientAuthority,
					requestCert: true,
					rejectUnauthorized: options.rejectUnauthorized ?? false,
				}),
			});
	const sockets = new Map<Duplex, number>();
	server.on(options.plain ? 'connection' : 'secureConnection', (socket: Duplex) => sockets.set(socket, sockets.size));
	server.on('tlsClientError', () => undefined);
	const webSockets = new WebSocketServer({
		noServer: true,
		autoPong: options.pongs ?? true,
		handleProtocols: offered => api.subprotocols.find(name => offered.has(name)) ?? false,
	});

	const record = (request: http.IncomingMessage, body: string): Recorded => {
		const url = new URL(request.url ?? '/', 'http://host');
		const pairs = Array.from({length: request.rawHeaders.length / 2}, (_, index) => index * 2);
		const recorded: Recorded = {
			method: request.method ?? '',
			path: url.pathname,
			query: url.searchParams,
			headers: pairs.map(index => [request.rawHeaders[index]?.toLowerCase() ?? '', request.rawHeaders[index + 1] ?? ''] as const),
			body,
			clientName: (request.socket as TLSSocket).getPeerCertificate?.()?.subject?.CN?.toString(),
			connection: sockets.get(request.socket) ?? -1,
		};
		api.requests.push(recorded);
		return recorded;
	};

	server.on('request', (request: http.IncomingMessage, response: http.ServerResponse) => {
		void (async () => {
			let body = '';
			for await (const chunk of request) body += String(chunk);
			const reply = await api.answer(record(request, body));
			if (reply === 'hang') return;
			if (reply === 'reset') {
				request.socket.destroy();
				return;
			}

			response.writeHead(reply.status ?? 200, {
				'content-type': reply.text === undefined ? 'application/json' : 'text/plain',
				...reply.headers,
			});
			response.end(reply.text ?? JSON.stringify(reply.json ?? {}));
		})();
	});
	server.on('upgrade', (request: http.IncomingMessage, socket: Duplex, head: Buffer) => {
		const recorded = record(request, '');
		const refusal = api.refuseUpgrade();
		if (refusal === 'hang') return;
		if (refusal === 'reset') {
			socket.destroy();
			return;
		}

		if (refusal !== undefined) {
			const body = refusal.text?.toString() ?? JSON.stringify(refusal.json ?? {});
			const type = refusal.text === undefined ? 'application/json' : 'text/plain';
			socket.end(
				`HTTP/1.1 ${refusal.status ?? 403} No\r\ncontent-type: ${refusal.headers?.['content-type'] ?? type}\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
			);
			return;
		}

		webSockets.handleUpgrade(request, socket, head, webSocket => api.exec(webSocket, recorded));
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const {port} = server.address() as AddressInfo;
	const api: ApiServer = {
		url: `${options.plain ? 'http' : 'https'}://127.0.0.1:${port}`,
		port,
		authority,
		requests: [],
		answer: () => ({json: {kind: 'List'}}),
		exec: socket => socket.close(),
		subprotocols: ['v5.channel.k8s.io', 'v4.channel.k8s.io'],
		refuseUpgrade: () => undefined,
		async close() {
			for (const client of webSockets.clients) client.terminate();
			for (const socket of sockets.keys()) socket.destroy();
			server.close();
			await once(server, 'close');
		},
	};
	return api;
}

/** The `Status` object the API server refuses with. */
export function status(code: number, reason: string, message: string, details?: object): {status: number; json: object} {
	return {status: code, json: {kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message, details}};
}

/** A new folder for one test, and what removes it. */
export function temporaryFolder(): {path: string; remove: () => void} {
	const folder = mkdtempSync(path.join(os.tmpdir(), 'hostport-test-'));
	return {path: folder, remove: () => rmSync(folder, {recursive: true, force: true})};
}

export type KubeconfigParts = {cluster?: object; user?: object; context?: object};

/** A kubeconfig for a test server, as JSON, which is YAML. */
export function kubeconfigText({url, authority}: Pick<ApiServer, 'url' | 'authority'>, parts: KubeconfigParts = {}): string {
	const ca = url.startsWith('https') ? {'certificate-authority-data': Buffer.from(authority.certificate).toString('base64')} : {};
	return JSON.stringify({
		apiVersion: 'v1',
		kind: 'Config',
		'current-context': 'test',
		contexts: [{name: 'test', context: {cluster: 'test', user: 'test', ...parts.context}}],
		clusters: [{name: 'test', cluster: {server: url, ...ca, ...parts.cluster}}],
		users: [{name: 'test', user: parts.user ?? {token: 'secret-token'}}],
	});
}

/** Connects with nothing of the machine's own environment but PATH. */
export function connectTo(kubeconfig: string, flags: ConnectionFlags = {}, options: Partial<ConnectOptions> = {}): Promise<ClusterClient> {
	const environment = {PATH: process.env['PATH'], ...options.environment};
	return connect({kubeconfig, ...flags}, {signal: new AbortController().signal, log: () => undefined, ...options, environment});
}
