import type {ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import type {Readable} from 'node:stream';
import type {WebSocket} from 'ws';
import type {Status} from '../api/api-failure.ts';
import {exitCodeOf, killProcessGroup} from './container-process.ts';
import type {ExecRequest} from './exec-request.ts';

// The first byte of every frame (kubernetes, apimachinery/pkg/util/remotecommand/constants.go).
const channels = {stdin: 0, stdout: 1, stderr: 2, error: 3} as const;
/** v5 only: the second byte names the channel that the client has ended. */
const closeSignal = 255;
/** Output waiting to be sent beyond this makes the process wait. */
const highWater = 1024 * 1024;

/**
 * Joins a process to a WebSocket by Kubernetes' remote command protocol, v4.channel.k8s.io or v5, until the process has
 * ended and its status is sent, or the client is gone, which kills the process.
 */
export async function runExecSession(socket: WebSocket, request: ExecRequest, start: () => ChildProcess): Promise<void> {
	const child = start();
	const kill = () => killProcessGroup(child);
	socket.once('close', kill);
	socket.resume();
	try {
		// A real server announces itself with an empty frame on the lowest writable channel.
		socket.send(Buffer.from([request.stdout ? channels.stdout : request.stderr ? channels.stderr : channels.error]));
		if (child.stdin) takeInput(socket, child);
		const [status] = await Promise.all([
			ended(child, request.command),
			forward(child.stdout, socket, channels.stdout),
			forward(child.stderr, socket, channels.stderr),
		]);
		socket.send(Buffer.concat([Buffer.from([channels.error]), Buffer.from(JSON.stringify(status))]));
		socket.close(1000);
	} finally {
		socket.off('close', kill);
		kill();
	}
}

function takeInput(socket: WebSocket, child: ChildProcess): void {
	const {stdin} = child;
	// The process may end without having read everything: no fault of the client.
	stdin?.on('error', () => stdin.destroy());
	socket.on('message', (data: Buffer) => {
		if (data[0] === channels.stdin) stdin?.write(data.subarray(1));
		else if (socket.protocol.startsWith('v5') && data[0] === closeSignal && data[1] === channels.stdin) stdin?.end();
	});
}

async function forward(output: Readable | null, socket: WebSocket, channel: number): Promise<void> {
	if (!output) return;
	for await (const part of output as AsyncIterable<Buffer>) {
		if (socket.readyState !== socket.OPEN) return;
		const frame = Buffer.concat([Buffer.from([channel]), part]);
		if (socket.bufferedAmount < highWater) socket.send(frame);
		else await new Promise<void>(resolve => socket.send(frame, () => resolve()));
	}
}

/** The status that the kubelet sends when a command has ended (kubelet, cri/streaming/remotecommand/exec.go). */
async function ended(child: ChildProcess, command: readonly string[]): Promise<Status> {
	let code: number;
	try {
		const [exit, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
		code = exitCodeOf(exit, signal);
	} catch (error) {
		const why = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'executable file not found in $PATH' : (error as Error).message;
		return failure(
			'InternalError',
			`error executing command in container: failed to start exec: OCI runtime exec failed: exec: "${command[0]}": ${why}: unknown`,
			{code: 500},
		);
	}
	if (code === 0) return {kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success'};
	return failure(
		'NonZeroExitCode',
		`command terminated with non-zero exit code: error executing command [${command.join(' ')}], exit code ${code}`,
		{
			details: {causes: [{reason: 'ExitCode', message: String(code)}]},
		},
	);
}

function failure(reason: string, message: string, more: Pick<Status, 'code' | 'details'>): Status {
	return {kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', reason, message, ...more};
}
