import type {IncomingMessage} from 'node:http';
import {WebSocket} from 'ws';
import type {ExecOptions, ExecResult, ExecTarget} from './cluster-client.ts';
import type {ClusterError} from './cluster-error.ts';
import type {Attempt, Connection} from './connection.ts';
import {dialFor, type DialCallback} from './dial.ts';
import {exitCodeOf} from './exec-status.ts';
import {wholeAnswer} from './http-exchange.ts';
import {boundedOutput} from '../bounded-output.ts';
import {subjectOf, type RequestSubject} from './request-subject.ts';
import {notKubernetes, refusal} from './server-answer.ts';

// Channels of the exec protocol (k8s.io/apimachinery, pkg/util/remotecommand/constants.go).
const channel = {stdin: 0, stdout: 1, stderr: 2, status: 3, close: 255} as const;
/** v5 is v4 with a way to close stdin alone; it came with Kubernetes 1.29. */
const subprotocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];

const defaultMaximumOutputBytes = 4 * 1024 * 1024;
const pingMilliseconds = 15_000;
/** client-go gives up a connection that is silent for as long (tools/remotecommand/websocket.go). */
const silenceLimitMilliseconds = 60_000;
/** After the status nothing more is to come; this long the server may take to close by itself. */
const closeMilliseconds = 1000;
const stdinChunkBytes = 32 * 1024;
const maximumRefusalBytes = 64 * 1024;

/** Runs a command in a container, see `ClusterClient.exec`. Each word is a query parameter of its own: no shell sees it. */
export async function execInPod(
	connection: Connection,
	target: ExecTarget,
	command: readonly string[],
	options: ExecOptions,
): Promise<ExecResult> {
	const path = `/api/v1/namespaces/${encodeURIComponent(target.namespace)}/pods/${encodeURIComponent(target.pod)}/exec`;
	const url = connection.url(path, {
		container: target.container,
		stdin: options.stdin !== undefined,
		stdout: true,
		stderr: true,
		tty: false,
	});
	for (const word of command) url.searchParams.append('command', word);
	const subject = subjectOf('GET', path);
	return connection.send(
		subject,
		{signal: options.signal, timeoutMilliseconds: options.timeoutMilliseconds, repeatable: false, isPatient: true},
		async attempt => [101, await runOnce(url, subject, connection.server, attempt, options)],
	);
}

function runOnce(
	url: URL,
	subject: RequestSubject,
	server: string,
	attempt: Attempt,
	{stdin, maximumOutputBytes}: ExecOptions,
): Promise<ExecResult> {
	const maximum = maximumOutputBytes ?? defaultMaximumOutputBytes;
	const stdout = boundedOutput(maximum);
	const stderr = boundedOutput(maximum);
	let status = '';
	const {signal} = attempt;
	return new Promise((resolve, reject) => {
		const socket = openSocket(url, attempt);
		let heard = performance.now();
		let closing: NodeJS.Timeout | undefined;
		const ping = setInterval(() => {
			if (performance.now() - heard > silenceLimitMilliseconds) socket.terminate();
			else if (socket.readyState === WebSocket.OPEN) socket.ping();
		}, pingMilliseconds);
		const end = (error?: Error): void => {
			clearInterval(ping);
			clearTimeout(closing);
			signal.removeEventListener('abort', abort);
			socket.terminate();
			if (error !== undefined) return reject(error);
			const exitCode = exitCodeOf(status, subject, server);
			if (typeof exitCode !== 'number') return reject(exitCode);
			return resolve({stdout: stdout.bytes(), stderr: stderr.bytes(), exitCode, truncated: stdout.isCut() || stderr.isCut()});
		};
		const abort = (): void => end(signal.reason as Error);
		signal.addEventListener('abort', abort, {once: true});
		if (signal.aborted) return abort();

		socket.on('unexpected-response', (_, response) => {
			refusalOf(response, subject, server, attempt).then(end, end);
		});
		socket.on('open', () => {
			// A command that could not be started takes no input: what the server says of it comes before the end that is under way.
			if (stdin !== undefined) sendStdin(socket, stdin).catch(error => void (socket.readyState === WebSocket.OPEN && end(error as Error)));
		});
		socket.on('pong', () => {
			heard = performance.now();
		});
		socket.on('message', (data: Buffer) => {
			heard = performance.now();
			const payload = data.subarray(1);
			if (data[0] === channel.stdout) stdout.add(payload);
			else if (data[0] === channel.stderr) stderr.add(payload);
			// A server opens each channel with an empty frame.
			else if (data[0] === channel.status && payload.length > 0) {
				status += payload.toString('utf8');
				closing ??= setTimeout(end, closeMilliseconds);
			}
		});
		socket.on('error', error => end(error));
		socket.on('close', () => end());
	});
}

/** The server's own words on why it does not switch to WebSocket: they are in the body. */
async function refusalOf(
	response: IncomingMessage,
	subject: RequestSubject,
	server: string,
	{unauthorized}: Attempt,
): Promise<ClusterError> {
	const answer = await wholeAnswer(response, maximumRefusalBytes);
	// A server that answers 200 to an upgrade does not know exec at all.
	return answer.status < 300 ? notKubernetes(subject, server, answer) : refusal(subject, server, answer, unauthorized);
}

function openSocket(url: URL, {headers, dial, signal}: Attempt): WebSocket {
	return new WebSocket(url, subprotocols, {
		headers,
		perMessageDeflate: false,
		// Node calls back once the connection is there; the types know the synchronous form only.
		createConnection: ((_: unknown, callback: DialCallback) => {
			void dialFor(callback, dial, signal);
			return undefined;
		}) as never,
	});
}

/** In pieces, each after the last has left; then end of input, where the protocol has a word for it. */
async function sendStdin(socket: WebSocket, stdin: Uint8Array): Promise<void> {
	for (const frame of framesOf(stdin)) await send(socket, frame);
	if (socket.protocol === subprotocols[0]) await send(socket, Uint8Array.of(channel.close, channel.stdin));
}

/** Made once for what many nodes are sent. */
const frames = new WeakMap<Uint8Array, readonly Uint8Array[]>();

function framesOf(stdin: Uint8Array): readonly Uint8Array[] {
	const known = frames.get(stdin);
	if (known !== undefined) return known;
	const made = Array.from({length: Math.ceil(stdin.length / stdinChunkBytes)}, (_, index) =>
		Buffer.concat([Uint8Array.of(channel.stdin), stdin.subarray(index * stdinChunkBytes, (index + 1) * stdinChunkBytes)]),
	);
	frames.set(stdin, made);
	return made;
}

function send(socket: WebSocket, frame: Uint8Array): Promise<void> {
	return new Promise((resolve, reject) => {
		socket.send(frame, error => (error ? reject(error) : resolve()));
	});
}
