import net from 'node:net';

/** A plain connection; the first address of the name that answers. */
export async function openSocket(host: string, port: number, signal: AbortSignal): Promise<net.Socket> {
	const socket = net.connect({host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: 30_000});
	await opened(socket, 'connect', signal);
	return socket;
}

/** Waits for the event that says the socket can be used; destroys it when it fails or the wait is given up. */
export function opened(socket: net.Socket, event: 'connect' | 'secureConnect', signal: AbortSignal): Promise<void> {
	return new Promise((resolve, reject) => {
		const settle = (error?: Error): void => {
			signal.removeEventListener('abort', abort);
			socket.off(event, ready).off('error', fail).off('close', lost);
			if (error === undefined) return resolve();
			// Later words of a socket that is given up interest nobody.
			socket.on('error', () => undefined).destroy();
			return reject(error);
		};
		const ready = (): void => settle();
		const abort = (): void => settle(signal.reason as Error);
		const fail = (error: Error): void => settle(error);
		const lost = (): void => settle(Object.assign(new Error('closed while connecting'), {code: 'ECONNRESET'}));
		if (signal.aborted) return abort();
		signal.addEventListener('abort', abort, {once: true});
		socket.once(event, ready).once('error', fail).once('close', lost);
	});
}
