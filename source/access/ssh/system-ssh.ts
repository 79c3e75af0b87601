import {spawn} from 'node:child_process';
import {mkdtemp, rm} from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import {printableLine} from '../../foreign-text.ts';
import type {RunResult} from '../access.ts';
import {createBoundedOutput} from './bounded-output.ts';
import {choiceArguments} from './ssh-arguments.ts';
import {SshError} from './ssh-error.ts';
import type {SshSettings} from './ssh-settings.ts';
import {withTimeLimit} from './time-limit.ts';
import {defaultMaximumOutputBytes, type ExecuteOptions, type SshTransport} from './transport.ts';

/** What `ssh` exits with when it failed itself rather than the command (ssh(1), EXIT STATUS). */
const sshFailed = 255;
/** A master connection whose owner was killed goes away by itself. */
const masterPersistSeconds = 60;

/**
 * The system's `ssh` as transport: it knows certificates, FIDO keys, Kerberos and every word of ssh_config. It never asks
 * (BatchMode), and one master connection serves all commands to a host (not on Windows, whose ssh has no ControlMaster).
 */
export async function systemSshTransport(settings: SshSettings, sshProgram = 'ssh'): Promise<SshTransport> {
	const sharing = process.platform !== 'win32';
	// A socket's path has 104 characters at most on some systems: a short name in the folder for temporary files.
	const folder = sharing ? await mkdtemp(path.join(os.tmpdir(), 'hps-')) : undefined;
	const words = [
		...fixedArguments(settings),
		...(folder === undefined ? [] : masterArguments(folder)),
		...choiceArguments(settings.choices),
	];

	return {
		upload: undefined,

		execute: (command, options) =>
			withTimeLimit(`a command on ${settings.host}`, options, async signal => {
				const result = await runProgram(sshProgram, [...words, '--', settings.alias, command], {...options, signal});
				if (result.exitCode === sshFailed) throw sshError(settings, result.stderr);
				return result;
			}),

		async close() {
			if (folder === undefined) return;
			const leave = [
				'-o',
				`ControlPath=${path.join(folder, '%C')}`,
				'-O',
				'exit',
				...choiceArguments(settings.choices),
				'--',
				settings.alias,
			];
			// Without a master there is nothing to leave, and ssh says so; the folder goes either way.
			await runProgram(sshProgram, leave, {stdin: '', signal: AbortSignal.timeout(5000)}).catch(() => {});
			await rm(folder, {recursive: true, force: true});
		},
	};
}

function fixedArguments(settings: SshSettings): string[] {
	const keepalive = Math.ceil(settings.keepaliveMilliseconds / 1000);
	const options = {
		BatchMode: 'yes',
		// A changed key is refused whatever ssh_config says; unknown ones only where it does not allow them.
		StrictHostKeyChecking: settings.unknownHostKey === 'accept' ? 'accept-new' : 'yes',
		ConnectTimeout: Math.ceil(settings.connectTimeoutMilliseconds / 1000),
		ServerAliveInterval: keepalive,
		ServerAliveCountMax: settings.keepaliveCountMaximum,
		LogLevel: 'ERROR',
		ForwardAgent: 'no',
		ForwardX11: 'no',
		ClearAllForwardings: 'yes',
		RemoteCommand: 'none',
		RequestTTY: 'no',
		PermitLocalCommand: 'no',
	};
	return Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
}

const masterArguments = (folder: string): string[] => [
	'-o',
	'ControlMaster=auto',
	'-o',
	`ControlPath=${path.join(folder, '%C')}`,
	'-o',
	`ControlPersist=${masterPersistSeconds}`,
];

/** Starts a program with these very words, no shell between, and ends it when the signal fires. */
function runProgram(program: string, words: readonly string[], options: Omit<ExecuteOptions, 'timeoutMilliseconds'>): Promise<RunResult> {
	const {stdin, signal, maximumOutputBytes = defaultMaximumOutputBytes} = options;
	return new Promise((resolve, reject) => {
		signal.throwIfAborted();
		const stdout = createBoundedOutput(maximumOutputBytes);
		const stderr = createBoundedOutput(maximumOutputBytes);
		const child = spawn(program, words, {stdio: 'pipe', windowsHide: true});
		const onAbort = (): void => {
			child.kill('SIGTERM');
			// A master that ssh left in the background holds the pipes open: do not wait for them.
			child.stdout.destroy();
			child.stderr.destroy();
			reject(signal.reason as Error);
		};
		signal.addEventListener('abort', onAbort, {once: true});
		child.stdout.on('data', (chunk: Buffer) => stdout.add(chunk));
		child.stderr.on('data', (chunk: Buffer) => stderr.add(chunk));
		// ssh may end before it has read all of its stdin; its exit code says why.
		child.stdin.on('error', () => {});
		child.on('error', error => {
			signal.removeEventListener('abort', onAbort);
			reject(
				new SshError(
					'unreachable',
					`the system’s ssh cannot be started: ${error.message}`,
					'Install the OpenSSH client, or use --ssh-client ssh2.',
					{cause: error},
				),
			);
		});
		child.on('close', (code, name) => {
			signal.removeEventListener('abort', onAbort);
			const exitCode = code ?? (name === null ? 1 : 128 + os.constants.signals[name]);
			resolve({stdout: stdout.text(), stderr: stderr.text(), exitCode, truncated: stdout.truncated || stderr.truncated});
		});
		child.stdin.end(stdin);
	});
}

function sshError(settings: SshSettings, stderr: string): SshError {
	const said = printableLine(stderr, 300);
	const place = `${settings.user}@${settings.host}`;
	const own = `See the same with: ssh ${settings.alias} true`;
	if (/IDENTIFICATION HAS CHANGED|REVOKED HOST KEY/u.test(stderr)) {
		const [, where] = /^Offending .* key in (.+:\d+)/mu.exec(stderr) ?? [];
		return new SshError(
			'host-key',
			`the host key of ${settings.host} has changed or is revoked${where ? `: ${printableLine(where, 200)} holds another` : ''}; nothing was sent`,
			'Somebody may be listening in. If the node was rebuilt, check the fingerprint on its console before you remove the old key.',
		);
	}

	if (/Host key verification failed/u.test(stderr))
		return new SshError(
			'host-key',
			`the host key of ${settings.host} is not known; nothing was sent`,
			`Check and accept it once with: ssh ${settings.alias}`,
		);
	if (/Permission denied|Too many authentication failures/u.test(stderr))
		return new SshError('authentication', `${place} was not let in by SSH: ${said}`, own);
	if (/timed out/u.test(stderr)) return new SshError('timeout', `SSH to ${settings.host} gave no answer: ${said}`, own);
	return new SshError('unreachable', `SSH to ${place} failed: ${said || 'ssh ended with 255'}`, own);
}
