import type {Client, ClientChannel} from 'ssh2';
import {printableLine} from '../../foreign-text.ts';
import type {RunResult} from '../access.ts';
import {createBoundedOutput} from './bounded-output.ts';
import {SshError} from './ssh-error.ts';
import {orAborted} from './time-limit.ts';
import {defaultMaximumOutputBytes, type ExecuteOptions} from './transport.ts';

const channelRefused = 'The server may allow fewer sessions than usual (MaxSessions) or forbid commands for this user.';
const cutOff = 'The node or the network went away; try again.';

/**
 * Runs one command in a channel of an open connection. The promise ends with the channel or with the signal, whichever is first;
 * then the program over there is sent SIGTERM and its pipes are closed.
 * @throws SshError of kind `channel` or `lost`, or the signal's reason
 */
export async function executeOn(
	client: Client,
	place: string,
	command: string,
	options: Omit<ExecuteOptions, 'timeoutMilliseconds'>,
): Promise<RunResult> {
	const {stdin, holdStdin = false, signal, maximumOutputBytes = defaultMaximumOutputBytes} = options;
	const channel = await orAborted(openChannel(client, place, command), signal);
	return new Promise((resolve, reject) => {
		const stdout = createBoundedOutput(maximumOutputBytes);
		const stderr = createBoundedOutput(maximumOutputBytes);
		let exitCode: number | undefined;
		const onAbort = (): void => {
			channel.signal('TERM');
			channel.close();
			reject(signal.reason as Error);
		};
		signal.addEventListener('abort', onAbort, {once: true});
		channel.on('data', (chunk: Buffer) => stdout.add(chunk));
		channel.stderr.on('data', (chunk: Buffer) => stderr.add(chunk));
		// A program that ends before it has read its stdin is no fault of the channel.
		channel.on('error', () => {});
		channel.on('exit', (code: number | null, name?: string) => {
			exitCode = code ?? 128 + signalNumber(name);
			channel.end();
		});
		channel.on('close', () => {
			signal.removeEventListener('abort', onAbort);
			if (exitCode === undefined) reject(new SshError('lost', `the SSH connection to ${place} was lost while a command ran`, cutOff));
			else resolve({stdout: stdout.text(), stderr: stderr.text(), exitCode, truncated: stdout.truncated || stderr.truncated});
		});
		if (holdStdin) channel.write(stdin);
		else channel.end(stdin);
	});
}

function openChannel(client: Client, place: string, command: string): Promise<ClientChannel> {
	return new Promise((resolve, reject) => {
		const fail = (error: Error): void =>
			reject(
				new SshError('channel', `${place} opened no session for a command: ${printableLine(error.message, 200)}`, channelRefused, {
					cause: error,
				}),
			);
		try {
			client.exec(command, (error, channel) => (error ? fail(error) : resolve(channel)));
		} catch (error) {
			// ssh2 throws where the connection is gone already.
			reject(new SshError('lost', `the SSH connection to ${place} was lost`, cutOff, {cause: error}));
		}
	});
}

const signalNumbers: Readonly<Record<string, number>> = {HUP: 1, INT: 2, QUIT: 3, ABRT: 6, KILL: 9, SEGV: 11, PIPE: 13, ALRM: 14, TERM: 15};
const signalNumber = (name: string | undefined): number => signalNumbers[name?.replace(/^SIG/u, '') ?? ''] ?? 0;
