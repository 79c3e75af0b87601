import {copyFile, mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import pty from '@lydell/node-pty';
import {inject} from 'vitest';
import {startOf} from '../../support/built.ts';
import {run} from './processes.ts';
import {kubeconfig, runFolder} from './tested-cluster.ts';

export const passphrase = 'correct horse';

/** Keys and known_hosts files for the nodes' OpenSSH, in a folder of their own. */
export type SshFiles = {
	readonly folder: string;
	readonly key: string;
	/** The same key with a passphrase. */
	readonly encryptedKey: string;
	readonly knownHosts: string;
	/** The same file with hashed names. */
	readonly hashedKnownHosts: string;
	/** Other keys for the same nodes. */
	readonly changedKnownHosts: string;
	readonly emptyKnownHosts: string;
	/** A key that no node knows, with a certificate beside it by the authority that the nodes trust. */
	readonly certifiedKey: string;
	/** Knows the nodes by that authority alone. */
	readonly authorityKnownHosts: string;
	/** An ssh_config that says nothing: this machine's own must not decide a test. */
	readonly config: string;
	remove(): Promise<void>;
};

export async function makeSshFiles(): Promise<SshFiles> {
	const folder = await mkdtemp(path.join(os.tmpdir(), 'hostport-e2e-ssh-'));
	const at = (name: string): string => path.join(folder, name);
	const keygen = async (...words: readonly string[]): Promise<string> => run('ssh-keygen', words, {timeoutSeconds: 20});
	await copyFile(path.join(runFolder, 'ssh_key'), at('key'));
	await copyFile(path.join(runFolder, 'ssh_key'), at('encrypted'));
	await keygen('-p', '-q', '-P', '', '-N', passphrase, '-f', at('encrypted'));
	await copyFile(path.join(runFolder, 'known_hosts'), at('known_hosts'));
	await copyFile(path.join(runFolder, 'known_hosts'), at('hashed'));
	await keygen('-H', '-f', at('hashed'));
	await keygen('-q', '-t', 'ed25519', '-N', '', '-f', at('other'));
	const [type = '', other = ''] = (await readFile(at('other.pub'), 'utf8')).split(' ');
	const hosts = (await readFile(at('known_hosts'), 'utf8')).split('\n').flatMap(line => line.split(' ')[0] || []);
	await writeFile(at('changed'), hosts.map(host => `${host} ${type} ${other}\n`).join(''));
	await writeFile(at('empty'), '');
	await keygen('-q', '-t', 'ed25519', '-N', '', '-f', at('certified'));
	await keygen('-q', '-s', path.join(runFolder, 'ssh_ca'), '-I', 'hostport-e2e', '-n', 'root', '-V', '+1h', at('certified.pub'));
	await writeFile(at('authority'), `@cert-authority 10.88.* ${await readFile(path.join(runFolder, 'ssh_ca.pub'), 'utf8')}`);
	await writeFile(at('config'), 'IdentityAgent SSH_AUTH_SOCK\n');
	return {
		folder,
		key: at('key'),
		encryptedKey: at('encrypted'),
		knownHosts: at('known_hosts'),
		hashedKnownHosts: at('hashed'),
		changedKnownHosts: at('changed'),
		emptyKnownHosts: at('empty'),
		certifiedKey: at('certified'),
		authorityKnownHosts: at('authority'),
		config: at('config'),
		remove: async () => rm(folder, {recursive: true, force: true}),
	};
}

/** An ssh-agent that holds the key; `stop` ends it. */
export async function startAgent(key: string): Promise<{readonly socket: string; stop(): Promise<void>}> {
	const said = await run('ssh-agent', ['-s'], {timeoutSeconds: 10});
	const [, socket = ''] = /SSH_AUTH_SOCK=([^;]+)/u.exec(said) ?? [];
	const [, id = ''] = /SSH_AGENT_PID=(\d+)/u.exec(said) ?? [];
	await run('ssh-add', ['-q', key], {environment: {...process.env, SSH_AUTH_SOCK: socket}, timeoutSeconds: 10});
	return {
		socket,
		async stop() {
			process.kill(Number(id));
		},
	};
}

/** A user of this machine, and so of its nodes, who is root by `sudo -n` only; `remove` undoes it. */
export async function makeSudoUser(): Promise<{readonly name: string; remove(): Promise<void>}> {
	const name = 'hostport-e2e';
	const sudoers = `/etc/sudoers.d/${name}`;
	const remove = async (): Promise<void> => {
		await rm(sudoers, {force: true});
		await run('sh', ['-c', `! id -u ${name} >/dev/null 2>&1 || userdel --force ${name} 2>&1`], {timeoutSeconds: 20});
	};
	await remove();
	// A password that nobody has, and an account that is not locked for it: sshd refuses locked ones.
	await run('useradd', ['--no-create-home', '--home-dir', '/', '--shell', '/bin/sh', '--password', '*', name], {timeoutSeconds: 20});
	await writeFile(sudoers, `${name} ALL=(root) NOPASSWD: ALL\n`, {mode: 0o440});
	return {name, remove};
}

/** Runs the program in a terminal, answers the first question that fits, and gives what was on the screen and the exit code. */
export async function inTerminal(
	words: readonly string[],
	question: RegExp,
	answer: string,
): Promise<{readonly exitCode: number; readonly screen: string}> {
	const environment = {...process.env, KUBECONFIG: kubeconfig, NO_COLOR: '1', TERM: 'xterm'} as Record<string, string>;
	delete environment['CI'];
	const [file, first] = startOf(inject('program'));
	const child = pty.spawn(file, [...first, ...words], {cols: 300, rows: 50, env: environment});
	let screen = '';
	let isAnswered = false;
	return await new Promise(resolve => {
		const limit = setTimeout(() => child.kill('SIGKILL'), 90_000);
		child.onData(data => {
			screen += data;
			if (isAnswered || !question.test(screen)) return;
			isAnswered = true;
			child.write(`${answer}\r`);
		});
		child.onExit(({exitCode}) => {
			clearTimeout(limit);
			resolve({exitCode, screen});
		});
	});
}
