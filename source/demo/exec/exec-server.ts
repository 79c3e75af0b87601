import type {IncomingMessage} from 'node:http';
import type {Socket} from 'node:net';
import {WebSocketServer, type WebSocket} from 'ws';
import {createSlots} from '../../slots.ts';
import {ApiFailure, badRequest} from '../api/api-failure.ts';
import {startContainerProcess, type ProcessPlace} from './container-process.ts';
import {readExecRequest} from './exec-request.ts';
import {runExecSession} from './exec-session.ts';
import type {Pod} from '../objects/kubernetes-types.ts';

/** Processes at a time: more would only make each other wait, and a laptop has other things to do. */
const maximumProcesses = 8;

type ExecServerOptions = {
	/** Subprotocols served, the preferred first. */
	readonly protocols: readonly string[];
	/** Where the pod's commands run. @throws ApiFailure where the node cannot be reached. */
	readonly place: (pod: Pod) => Promise<ProcessPlace>;
};

/** Runs commands in containers over WebSocket. */
export function createExecServer({protocols, place}: ExecServerOptions) {
	const places = createSlots(maximumProcesses);
	const sessions = new Set<Promise<void>>();
	const server = new WebSocketServer({
		noServer: true,
		maxPayload: 4 * 1024 * 1024,
		handleProtocols: offered => protocols.find(protocol => offered.has(protocol)) ?? false,
	});

	return {
		/** Takes over an exec request's connection. @throws ApiFailure as long as the connection is not upgraded */
		async handle(pod: Pod, request: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
			if (request.headers.upgrade?.toLowerCase() !== 'websocket') throw badRequest('unable to upgrade: only WebSocket is served here');
			const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map(name => name.trim());
			if (!offered.some(name => protocols.includes(name))) {
				throw new ApiFailure(
					403,
					'Forbidden',
					`unable to upgrade: unable to negotiate protocol: client supports [${offered.join(' ')}], server accepts [${protocols.join(' ')}]`,
				);
			}
			const wanted = readExecRequest(pod, new URL(request.url ?? '/', 'https://demo').searchParams);
			const where = await place(pod);
			const webSocket = await new Promise<WebSocket>(resolve => server.handleUpgrade(request, socket, head, resolve));
			webSocket.on('error', () => webSocket.terminate());
			// What the client sends while its turn has not come is kept.
			webSocket.pause();
			const session = places
				.use(async () => {
					if (webSocket.readyState === webSocket.OPEN)
						await runExecSession(webSocket, wanted, () => startContainerProcess(pod, wanted, where));
				})
				.catch(() => {
					// The client is told by the broken connection, as a real kubelet's client is.
					webSocket.terminate();
				});
			sessions.add(session);
			await session.finally(() => sessions.delete(session));
		},
		/** Ends every session and waits until its process is gone. */
		async close(): Promise<void> {
			for (const client of server.clients) client.terminate();
			await Promise.all(sessions);
		},
	};
}
