import {once} from 'node:events';
import {writeFileSync} from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import path from 'node:path';
import type {Duplex} from 'node:stream';
import {afterAll, beforeAll, beforeEach, expect, test} from 'vitest';
import type {ClusterError} from '../../source/cluster/cluster-error.ts';
import {connectTo, kubeconfigText, startApiServer, temporaryFolder, type ApiServer} from './api-server.ts';

const folder = temporaryFolder();
/** What the proxies were asked for. */
const asked: string[] = [];
let api: ApiServer;
let proxy: http.Server;
let refusing: http.Server;
let socks: net.Server;
const portOf = (server: net.Server | http.Server): number => (server.address() as net.AddressInfo).port;

/** Joins two sockets; either's end is the other's. */
function join(near: Duplex, far: net.Socket): void {
	near.pipe(far).pipe(near);
	for (const socket of [near, far]) socket.on('error', () => [near, far].map(socket => socket.destroy()));
}

function connectHandler(request: http.IncomingMessage, near: Duplex): void {
	asked.push(`${request.url} ${request.headers['proxy-authorization'] ?? ''}`.trim());
	const far = net.connect(api.port, '127.0.0.1', () => {
		near.write('HTTP/1.1 200 Connection established\r\n\r\n');
		join(near, far);
	});
}

/** SOCKS5 with user and password (RFC 1928, RFC 1929), just enough for one client. */
function socksHandler(near: net.Socket): void {
	void (async () => {
		const next = async (): Promise<Buffer> => ((await once(near, 'data')) as [Buffer])[0];
		await next();
		near.write(Buffer.of(5, 2));
		const login = await next();
		const userLength = login[1] ?? 0;
		asked.push(`socks user ${login.subarray(2, 2 + userLength).toString()}`);
		near.write(Buffer.of(1, 0));
		const request = await next();
		asked.push(
			`socks to ${request[3] === 3 ? request.subarray(5, 5 + (request[4] ?? 0)).toString() : [...request.subarray(4, 8)].join('.')}`,
		);
		near.write(Buffer.of(5, 0, 0, 1, 0, 0, 0, 0, 0, 0));
		join(near, net.connect(api.port, '127.0.0.1'));
	})();
}

beforeAll(async () => {
	api = await startApiServer();
	api.exec = socket => {
		socket.send(Buffer.concat([Buffer.of(3), Buffer.from('{"status":"Success"}')]));
		socket.close();
	};
	proxy = http.createServer().on('connect', connectHandler).listen(0, '127.0.0.1');
	refusing = http
		.createServer()
		.on('connect', (_, socket) => socket.end('HTTP/1.1 407 Who are you\r\ncontent-length: 0\r\n\r\n'))
		.listen(0, '127.0.0.1');
	socks = net.createServer(socksHandler).listen(0, '127.0.0.1');
	await Promise.all([proxy, refusing, socks].map(server => once(server, 'listening')));
});
beforeEach(() => {
	asked.length = 0;
});
afterAll(async () => {
	await api.close();
	for (const server of [proxy, refusing, socks]) server.close();
	folder.remove();
});

/** One request and one exec to a server that only the proxy knows. */
async function useCluster(
	cluster: object,
	environment: NodeJS.ProcessEnv = {},
	server = `https://api.test:${api.port}`,
): Promise<unknown[]> {
	const file = path.join(folder.path, 'config');
	writeFileSync(file, kubeconfigText({url: server, authority: api.authority}, {cluster}));
	const client = await connectTo(file, {}, {environment});
	try {
		return [
			await client.request({path: '/api/v1/nodes'}),
			(await client.exec({namespace: 'a', pod: 'b', container: 'c'}, ['true'], {timeoutMilliseconds: 5000})).exitCode,
		];
	} finally {
		await client.close();
	}
}

test('requests and exec go through the proxy-url of the kubeconfig, with user and password', async () => {
	await expect(useCluster({'proxy-url': `http://me:p%40ss@127.0.0.1:${portOf(proxy)}`})).resolves.toEqual([{kind: 'List'}, 0]);
	const line = `api.test:${api.port} Basic ${Buffer.from('me:p@ss').toString('base64')}`;
	expect(asked).toEqual([line, line]);
});

test('requests and exec go through HTTPS_PROXY', async () => {
	await expect(useCluster({}, {HTTPS_PROXY: `127.0.0.1:${portOf(proxy)}`})).resolves.toEqual([{kind: 'List'}, 0]);
	expect(asked).toHaveLength(2);
});

test('a server that NO_PROXY or loopback exempts is asked directly', async () => {
	await expect(useCluster({}, {HTTPS_PROXY: `http://127.0.0.1:${portOf(proxy)}`}, api.url)).resolves.toEqual([{kind: 'List'}, 0]);
	expect(asked).toEqual([]);
});

test('requests and exec go through a SOCKS5 proxy, which looks the name up', async () => {
	await expect(useCluster({'proxy-url': `socks5://jane:secret@127.0.0.1:${portOf(socks)}`})).resolves.toEqual([{kind: 'List'}, 0]);
	expect(asked).toEqual(['socks user jane', 'socks to api.test', 'socks user jane', 'socks to api.test']);
});

test('an https proxy is spoken to over TLS', async () => {
	const issued = await api.authority.issue({commonName: 'proxy', names: ['127.0.0.1']});
	const secure = https
		.createServer({cert: issued.certificate, key: issued.key})
		.on('connect', connectHandler)
		.on('tlsClientError', () => undefined);
	secure.listen(0, '127.0.0.1');
	await once(secure, 'listening');
	// Its authority is not one the system trusts: that it is asked for TLS at all shows in how it fails.
	const error = await useCluster({'proxy-url': `https://127.0.0.1:${portOf(secure)}`}).catch((error: unknown) => error);
	expect((error as ClusterError).reason).toBe('ProxyFailure');
	expect((error as ClusterError).message).toMatch(/the proxy https:\/\/127\.0\.0\.1:\d+ cannot be used: .*certificate/u);
	secure.close();
});

test('a proxy that refuses is named, with what it answers and without its password', async () => {
	const error = (await useCluster({'proxy-url': `http://me:secret@127.0.0.1:${portOf(refusing)}`}).catch(
		(error: unknown) => error,
	)) as ClusterError;
	expect(error.reason).toBe('ProxyFailure');
	expect(error.message).toMatch(/the proxy http:\/\/127\.0\.0\.1:\d+ answers 407/u);
	expect(error.message + error.hint).not.toContain('secret');
});

test('a proxy that is not there is named', async () => {
	const error = (await useCluster({'proxy-url': 'http://127.0.0.1:1'}).catch((error: unknown) => error)) as ClusterError;
	expect(error.message).toMatch(/the proxy http:\/\/127\.0\.0\.1:1 cannot be used/u);
});
