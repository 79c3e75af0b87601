import type {Client, ClientChannel} from 'ssh2';
import {printableLine} from '../../foreign-text.ts';
import type {RunResult} from '../access.ts';
import {boundedOutput} from '../../bounded-output.ts';
import {SshError} from './ssh-error.ts';
import {defaultMaximumOutputBytes, type ExecuteOptions} from './transport.ts';

const channelRefused = 'Check MaxSessions of sshd: the server may allow few sessions, or none for this user.';
const commandRefused = 'Use another user with --ssh-user: the server forbids commands for this one.';
const cutOff = 'Try again: the node or the network may be down.';

/**
 * Runs one command in a channel of an open connection. The promise ends with the channel or with the signal, whichever is first;
 * then the program over there is sent SIGTERM and its pipes are closed.
 * @throws SshError of kind `channel`, `command` or `lost`, or the signal's reason
 */
export function executeOn(
	client: Client,
	place: string,
	command: string,
	options: Omit<ExecuteOptions, 'timeoutMilliseconds'>,
): Promise<RunResult> {
	const {signal} = options;
	return new Promise((resolve, reject) => {
		signal.throwIfAborted();
		let channel: ClientChannel | undefined;
		const settle = (end: () => void): void => {
			signal.removeEventListener('abort', onAbort);
			end();
		};
		const onAbort = (): void => {
			channel?.signal('TERM');
			channel?.close();
			settle(() => reject(signal.reason as Error));
		};
		signal.addEventListener('abort', onAbort, {once: true});

		try {
			client.exec(command, (error, opened) => {
				if (error) {
					settle(() => reject(openingError(place, error)));
					return;
				}

				channel = opened;
				if (signal.aborted) {
					opened.close();
					return;
				}

				// In this very call: the answer of a quick command lies in the same packet as the news that the channel is open.
				listen(opened, options, result => {
					settle(() =>
						result ? resolve(result) : reject(new SshError('lost', `the SSH connection to ${place} was lost while a command ran`, cutOff)),
					);
				});
			});
		} catch (error) {
			// ssh2 throws where the connection is gone already.
			settle(() => reject(new SshError('lost', `the SSH connection to ${place} was lost`, cutOff, {cause: error})));
		}
	});
}

/** Only where the server refused the channel itself is it certain that nothing has run: that kind alone may be tried again. */
function openingError(place: string, error: Error): SshError {
	const said = printableLine(error.message, 200);
	// ssh2 gives the reason code of SSH_MSG_CHANNEL_OPEN_FAILURE (RFC 4254, section 5.1) with that error only.
	if ('reason' in error)
		return new SshError('channel', `${place} opened no session for a command: ${said}`, channelRefused, {cause: error});
	if (/unable to exec/iu.test(said))
		return new SshError('command', `${place} runs no commands for this user: ${said}`, commandRefused, {cause: error});
	return new SshError('lost', `the SSH connection to ${place} was lost before a command started`, cutOff, {cause: error});
}

/** Collects what comes out of a channel; `done` is given nothing if the channel ended without an exit code. */
function listen(
	channel: ClientChannel,
	options: Omit<ExecuteOptions, 'timeoutMilliseconds'>,
	done: (result: RunResult | undefined) => void,
): void {
	const {stdin, holdStdin = false, maximumOutputBytes = defaultMaximumOutputBytes} = options;
	const stdout = boundedOutput(maximumOutputBytes);
	const stderr = boundedOutput(maximumOutputBytes);
	let exitCode: number | undefined;
	channel.on('data', (chunk: Buffer) => stdout.add(chunk));
	channel.stderr.on('data', (chunk: Buffer) => stderr.add(chunk));
	// A program that ends before it has read its stdin is no fault of the channel.
	channel.on('error', () => {});
	channel.on('exit', (code: number | null, name?: string) => {
		exitCode = code ?? 128 + signalNumber(name);
		channel.end();
	});
	channel.on('close', () => {
		done(
			exitCode === undefined
				? undefined
				: {
						stdout: stdout.bytes().toString('utf8'),
						stderr: stderr.bytes().toString('utf8'),
						exitCode,
						truncated: stdout.isCut() || stderr.isCut(),
					},
		);
	});
	if (holdStdin) channel.write(stdin);
	else channel.end(stdin);
}

const signalNumbers: Readonly<Record<string, number>> = {HUP: 1, INT: 2, QUIT: 3, ABRT: 6, KILL: 9, SEGV: 11, PIPE: 13, ALRM: 14, TERM: 15};
const signalNumber = (name: string | undefined): number => signalNumbers[name?.replace(/^SIG/u, '') ?? ''] ?? 0;
