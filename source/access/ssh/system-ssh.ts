import {spawn, type ChildProcess} from 'node:child_process';
import os from 'node:os';
import type {Readable} from 'node:stream';
import {setTimeout as wait} from 'node:timers/promises';
import {printableLine} from '../../foreign-text.ts';
import type {RunResult} from '../access.ts';
import {boundedOutput} from '../../bounded-output.ts';
import {choiceArguments} from './ssh-arguments.ts';
import {SshError} from './ssh-error.ts';
import type {SshSettings} from './ssh-settings.ts';
import {withTimeLimit} from './time-limit.ts';
import {defaultMaximumOutputBytes, type ExecuteOptions, type SshTransport} from './transport.ts';

/** What `ssh` exits with when it failed itself rather than the command (ssh(1), EXIT STATUS). */
const sshFailed = 255;
/** What a program has written to stderr before it ended arrives within this. */
const stderrGraceMilliseconds = 200;
/** A master connection whose owner was killed goes away by itself. */
const masterPersistSeconds = 60;

/**
 * The system's `ssh` as transport: it knows certificates, FIDO keys, Kerberos and every word of ssh_config. It never asks
 * (BatchMode), and one master connection serves all commands to a host.
 *
 * As for anybody's `ssh -J`, what was chosen for the node does not hold for jump hosts: these need their own lines in
 * ssh_config and known_hosts.
 * @param controlPath path of the master's socket; undefined on Windows, whose ssh has no ControlMaster
 */
export function systemSshTransport(settings: SshSettings, controlPath: string | undefined, sshProgram = 'ssh'): SshTransport {
	const sharing = controlPath === undefined ? [] : ['-o', `ControlPath=${controlPath}`];
	const master = controlPath === undefined ? [] : ['-o', 'ControlMaster=auto', '-o', `ControlPersist=${masterPersistSeconds}`];
	const words = [...fixedArguments(settings), ...sharing, ...master, ...choiceArguments(settings.choices), '--', settings.alias];

	return {
		upload: undefined,

		execute: (command, options) =>
			withTimeLimit(`a command on ${settings.host}`, options, async signal => {
				const result = await runProgram(sshProgram, [...words, command], {...options, signal});
				if (result.exitCode === sshFailed) throw sshError(settings, result.stderr);
				return result;
			}),

		async close() {
			if (sharing.length === 0) return;
			const leave = [...sharing, '-O', 'exit', ...choiceArguments(settings.choices), '--', settings.alias];
			// Without a master there is nothing to leave, and ssh says so.
			await runProgram(sshProgram, leave, {stdin: '', signal: AbortSignal.timeout(5000)}).catch(() => {});
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

/** Starts a program with these very words, no shell between, and ends it when the signal fires. */
function runProgram(program: string, words: readonly string[], options: Omit<ExecuteOptions, 'timeoutMilliseconds'>): Promise<RunResult> {
	const {stdin, holdStdin = false, signal, maximumOutputBytes = defaultMaximumOutputBytes} = options;
	return new Promise((resolve, reject) => {
		signal.throwIfAborted();
		const stdout = boundedOutput(maximumOutputBytes);
		const stderr = boundedOutput(maximumOutputBytes);
		// Away from the terminal: the ssh of a jump host knows nothing of BatchMode and would ask there, across the screen.
		const detached = process.platform !== 'win32';
		const env = {...process.env, SSH_ASKPASS_REQUIRE: 'never'};
		const child = spawn(program, words, {stdio: 'pipe', windowsHide: true, detached, env});
		const onAbort = (): void => {
			end(child, detached);
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
		const ended = new Promise<number>(done => {
			child.on('exit', (code, name) => done(code ?? (name === null ? 1 : 128 + os.constants.signals[name])));
		});
		const finish = async (): Promise<void> => {
			const [exitCode] = await Promise.all([ended, closed(child.stdout)]);
			// Up to OpenSSH 8.4 the master that stays behind keeps stderr, which then does not end with the program.
			await Promise.race([closed(child.stderr), wait(stderrGraceMilliseconds, undefined, {ref: false})]);
			child.stderr.destroy();
			signal.removeEventListener('abort', onAbort);
			resolve({
				stdout: stdout.bytes().toString('utf8'),
				stderr: stderr.bytes().toString('utf8'),
				exitCode,
				truncated: stdout.isCut() || stderr.isCut(),
			});
		};
		void finish();
		if (holdStdin) child.stdin.write(stdin);
		else child.stdin.end(stdin);
	});
}

async function closed(stream: Readable): Promise<void> {
	if (!stream.closed) await new Promise(resolve => stream.once('close', resolve));
}

/** Ends the program with those it has started, such as the `ssh` to a jump host. */
function end(child: ChildProcess, isGroup: boolean): void {
	try {
		if (isGroup && child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
		else child.kill('SIGTERM');
	} catch {
		// It has ended by itself in the meantime.
	}
}

function sshError(settings: SshSettings, stderr: string): SshError {
	const said = printableLine(stderr, 300);
	const place = `${settings.user}@${settings.host}`;
	const own = `See the same with: ssh ${settings.alias} true`;
	if (/IDENTIFICATION HAS CHANGED|REVOKED HOST KEY/u.test(stderr)) {
		const [, where] = /^Offending .* key in (.+:\d+)/mu.exec(stderr) ?? [];
		return new SshError(
			'host-key',
			`the host key of ${settings.host} has changed or is revoked${where ? `: ${printableLine(where, 200)} has another` : ''}; nothing was sent`,
			'Check the fingerprint on the node’s console before you remove the old key: someone may intercept the connection.',
		);
	}

	if (/Host key verification failed/u.test(stderr))
		return new SshError(
			'host-key',
			`the host key of ${settings.host} is unknown; nothing was sent`,
			`Check and accept it once with: ssh ${settings.alias}`,
		);
	if (/Permission denied|Too many authentication failures/u.test(stderr))
		return new SshError('authentication', `${place} could not log in by SSH: ${said}`, own);
	if (/timed out/u.test(stderr)) return new SshError('timeout', `SSH to ${settings.host} gave no answer: ${said}`, own);
	if (settings.jumps.length > 0 && /closed by remote host|UNKNOWN port/u.test(stderr))
		return new SshError(
			'unreachable',
			`SSH to ${place} failed at jump host ${settings.jumps.map(({host}) => host).join(', ')}: ${said}`,
			own,
		);
	return new SshError('unreachable', `SSH to ${place} failed: ${said || 'ssh ended with 255'}`, own);
}
