import http from 'node:http';
import net from 'node:net';
import tls from 'node:tls';
import {messageOf} from '../errors.ts';
import {printableLine} from '../foreign-text.ts';
import {hostOf, proxyName} from './proxy.ts';
import {opened, openSocket} from './socket.ts';

/** The way through the proxy failed; `message` is for people and holds no password. */
export class ProxyError extends Error {
	override readonly name = 'ProxyError';
}

const defaultPorts: Readonly<Record<string, number>> = {'http:': 80, 'https:': 443, 'socks5:': 1080, 'socks5h:': 1080};

/**
 * A connection to a host by way of a proxy, as yet without TLS to that host: HTTP CONNECT for http and https proxies, SOCKS5 else.
 * @throws ProxyError
 */
export async function throughProxy(proxy: URL, host: string, port: number, signal: AbortSignal): Promise<net.Socket> {
	const proxyHost = hostOf(proxy);
	try {
		const socket = await openSocket(proxyHost, Number(proxy.port || defaultPorts[proxy.protocol]), signal);
		if (proxy.protocol.startsWith('socks')) return await throughSocks(socket, proxy, host, port, signal);
		const destination = `${net.isIPv6(host) ? `[${host}]` : host}:${port}`;
		if (proxy.protocol === 'http:') return await tunnel(socket, proxy, destination, signal);
		const encrypted = tls.connect({
			socket,
			host: proxyHost,
			...(net.isIP(proxyHost) === 0 && {servername: proxyHost}),
			ALPNProtocols: ['http/1.1'],
		});
		await opened(encrypted, 'secureConnect', signal);
		return await tunnel(encrypted, proxy, destination, signal);
	} catch (error) {
		if (error instanceof ProxyError || signal.aborted) throw error;
		throw new ProxyError(`the proxy ${proxyName(proxy)} cannot be used: ${printableLine(messageOf(error), 200)}`, {cause: error});
	}
}

/** HTTP CONNECT (RFC 9110, 9.3.6). */
function tunnel(socket: net.Socket, proxy: URL, destination: string, signal: AbortSignal): Promise<net.Socket> {
	const headers = {
		host: destination,
		...(proxy.username !== '' && {'proxy-authorization': `Basic ${Buffer.from(userAndPassword(proxy).join(':')).toString('base64')}`}),
	};
	return new Promise((resolve, reject) => {
		const request = http.request({method: 'CONNECT', path: destination, headers, createConnection: () => socket, signal});
		request.on('error', reject);
		request.on('connect', ({statusCode}, tunnelled: net.Socket) => {
			if (statusCode === 200) return resolve(tunnelled);
			tunnelled.destroy();
			const hint = statusCode === 407 ? ' (it wants a user and a password)' : '';
			return reject(new ProxyError(`the proxy ${proxyName(proxy)} answers ${statusCode}${hint} when asked for ${destination}`));
		});
		request.end();
	});
}

/** The name is left to the proxy to resolve, as Go does for socks5 and socks5h alike. */
async function throughSocks(existing: net.Socket, proxy: URL, host: string, port: number, signal: AbortSignal): Promise<net.Socket> {
	const {default: socks} = await import('socks');
	const [userId, password] = userAndPassword(proxy);
	const abort = (): void => void existing.destroy();
	signal.addEventListener('abort', abort, {once: true});
	try {
		const {socket} = await socks.SocksClient.createConnection({
			proxy: {
				host: hostOf(proxy),
				port: Number(proxy.port || defaultPorts[proxy.protocol]),
				type: 5,
				...(userId !== '' && {userId, password}),
			},
			command: 'connect',
			destination: {host, port},
			existing_socket: existing,
		});
		return socket;
	} finally {
		signal.removeEventListener('abort', abort);
	}
}

function userAndPassword({username, password}: URL): [string, string] {
	return [decodeURIComponent(username), decodeURIComponent(password)];
}
