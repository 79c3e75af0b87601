import net from 'node:net';
import tls from 'node:tls';
import {withLimit} from '../abort.ts';
import {messageOf, UsageError} from '../errors.ts';
import {printableLine} from '../foreign-text.ts';
import type {ConnectionTarget} from './connection-target.ts';
import type {Credentials} from './credential.ts';
import {readPem} from './pem.ts';
import {hostOf} from './proxy.ts';
import {throughProxy} from './proxy-tunnel.ts';
import {opened, openSocket} from './socket.ts';

/** Opens a new connection to the server, through the proxy if there is one, with TLS if it is wanted. Rejects with the socket's own error. */
export type Dial = (signal: AbortSignal) => Promise<net.Socket>;

/** Node's own form of it, as an `Agent` and `http.request` want it. */
export type DialCallback = (error: Error | null, socket?: net.Socket) => void;

/** Dials for an agent of node:http and hands the socket to its callback; never rejects. */
export async function dialFor(callback: DialCallback, dial: Dial, signal: AbortSignal): Promise<void> {
	let socket: net.Socket;
	try {
		socket = await dial(signal);
	} catch (error) {
		return callback(error as Error);
	}

	return callback(null, socket);
}

/** Go's transport waits 30 s for a connection; a person at a terminal should hear earlier. */
const dialLimitMilliseconds = 15_000;

/**
 * The way to the server of a target. Certificates are asked for with each connection, so that renewed ones are used.
 * @throws UsageError when certificate authority and skipped verification are asked for together, as kubectl refuses it
 */
export function dialer(target: Pick<ConnectionTarget, 'server' | 'cluster'>, credentials: Credentials, proxy: URL | undefined): Dial {
	const {server, cluster} = target;
	if (cluster['insecure-skip-tls-verify'] && (cluster['certificate-authority'] || cluster['certificate-authority-data'])) {
		throw new UsageError('a certificate authority is given together with insecure-skip-tls-verify', 'Keep one of them.');
	}

	const encrypt = server.protocol === 'https:' ? encryption(target, credentials) : undefined;
	const late = (): Error => Object.assign(new Error('no connection in time'), {code: 'ETIMEDOUT'});
	return async caller =>
		withLimit(caller, {milliseconds: dialLimitMilliseconds, late}, async signal => {
			let socket: net.Socket | undefined;
			try {
				const host = hostOf(server);
				const port = Number(server.port || (server.protocol === 'https:' ? 443 : 80));
				socket = await (proxy === undefined ? openSocket(host, port, signal) : throughProxy(proxy, host, port, signal));
				return await (encrypt === undefined ? socket : encrypt(socket, signal));
			} catch (error) {
				socket?.destroy();
				throw signal.aborted ? signal.reason : error;
			}
		});
}

/** Encrypts with what the cluster entry trusts and the user's certificate; TLS sessions are resumed, since each exec is a connection of its own. */
function encryption(
	{server, cluster}: Pick<ConnectionTarget, 'server' | 'cluster'>,
	credentials: Credentials,
): (socket: net.Socket, signal: AbortSignal) => Promise<net.Socket> {
	const host = hostOf(server);
	const name = cluster['tls-server-name'] || host;
	const isChecked = cluster['insecure-skip-tls-verify'] !== true;
	// Without an authority kubectl trusts what the system trusts; Node alone would trust its own list only. To read them takes a tenth of a second.
	const usual = (): string[] => (isChecked ? [...tls.getCACertificates('default'), ...tls.getCACertificates('system')] : []);
	let kept: {readonly material: string; readonly context: tls.SecureContext; session?: Buffer} | undefined;
	return async (socket, signal) => {
		const {certificate, key} = await credentials.current();
		const authority = await readPem(
			cluster['certificate-authority-data'],
			cluster['certificate-authority'],
			'certificate authority',
			signal,
		);
		const material = [authority, certificate, key].join('\0');
		if (kept?.material !== material) kept = {material, context: secureContext(authority ?? usual(), certificate, key)};
		const own = kept;
		const encrypted = tls.connect({
			socket,
			host,
			...(net.isIP(name) === 0 && {servername: name}),
			secureContext: own.context,
			...(own.session !== undefined && {session: own.session}),
			rejectUnauthorized: isChecked,
			checkServerIdentity: (_, peer) => tls.checkServerIdentity(name, peer),
			ALPNProtocols: ['http/1.1'],
		});
		encrypted.on('session', session => {
			own.session = session;
		});
		await opened(encrypted, 'secureConnect', signal);
		return encrypted;
	};
}

function secureContext(ca: string | string[], certificate: string | undefined, key: string | undefined): tls.SecureContext {
	try {
		return tls.createSecureContext({
			ca,
			cert: certificate,
			key,
			// As Go does: an intermediate authority that is trusted need not come with its root.
			allowPartialTrustChain: true,
			minVersion: 'TLSv1.2',
		});
	} catch (error) {
		throw new UsageError(
			`the certificates of this kubeconfig cannot be used: ${printableLine(messageOf(error), 120)}`,
			'Check that certificate authority, client certificate and client key are whole, and that the key belongs to the certificate.',
			error,
		);
	}
}
