import {execFileSync, spawn} from 'node:child_process';
import {existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import net, {type AddressInfo} from 'node:net';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import {setTimeout as sleep} from 'node:timers/promises';
import {run, sideBySide} from './measure.ts';

const sshdFile = '/usr/sbin/sshd';
/** Addresses of loopback stand for nodes: each is a host of its own to SSH. Only Linux answers to all of them. */
const addressesOf = (count: number): string[] => Array.from({length: count}, (_, index) => `127.0.1.${index + 1}`);

type Sshd = {readonly config: string; readonly port: number; stop(): void};
type Add = (what: string, beside: string, result: {a: number; b: number; ratio: number}) => void;

/** A script on 2 and on 50 hosts beside the system's ssh in a loop; nothing where there is no OpenSSH or no Linux. */
export async function besideSystemSsh(add: Add): Promise<void> {
	if (!existsSync(sshdFile) || process.platform !== 'linux') return;
	const sshd = await startSshd(addressesOf(50));
	try {
		for (const count of [2, 50]) {
			const hosts = addressesOf(count);
			const words = [path.join(import.meta.dirname, 'ssh-sessions.ts'), sshd.config, String(sshd.port), ...hosts];
			const ours = async (): Promise<number> => finished(await run(process.execPath, words));
			const theirs = async (): Promise<number> => {
				let sum = 0;
				for (const host of hosts) sum += finished(await run('ssh', ['-F', sshd.config, '-p', String(sshd.port), host, 'sh -s'], {}));
				return sum;
			};
			add(`a script on ${count} hosts by SSH`, "the system's `ssh`, one host after the other", await sideBySide(3, ours, theirs));
		}
	} finally {
		sshd.stop();
	}
}

function finished({milliseconds, exitCode, stderr}: Awaited<ReturnType<typeof run>>): number {
	if (exitCode !== 0) throw new Error(`ended with ${exitCode}: ${stderr}`);
	return milliseconds;
}

/** An OpenSSH server on loopback with keys of its own, for whoever runs the bench. */
async function startSshd(addresses: readonly string[]): Promise<Sshd> {
	const folder = mkdtempSync(path.join(os.tmpdir(), 'hostport-bench-ssh-'));
	const at = (name: string): string => path.join(folder, name);
	for (const name of ['host', 'user']) execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', at(name)]);
	const port = await freePort();
	const [type = '', key = ''] = readFileSync(at('host.pub'), 'utf8').split(' ');
	writeFileSync(at('known_hosts'), addresses.map(address => `[${address}]:${port} ${type} ${key}\n`).join(''));
	writeFileSync(
		at('sshd_config'),
		[
			`Port ${port}`,
			'ListenAddress 127.0.0.1',
			`HostKey ${at('host')}`,
			`AuthorizedKeysFile ${at('user.pub')}`,
			'StrictModes no',
			'PermitRootLogin yes',
			'PasswordAuthentication no',
			// By default sshd drops connections above 10 that have not logged in: one sshd plays 50 here.
			'MaxStartups 200',
			'UsePAM no',
			'PidFile none',
			'',
		].join('\n'),
	);
	writeFileSync(
		at('ssh_config'),
		`IdentityFile ${at('user')}\nIdentitiesOnly yes\nIdentityAgent none\nUserKnownHostsFile ${at('known_hosts')}\nStrictHostKeyChecking yes\n`,
	);
	// Where OpenSSH separates privileges it wants this folder; it is there wherever the server's package is set up.
	if (process.getuid?.() === 0) mkdirSync('/run/sshd', {recursive: true});
	const child = spawn(sshdFile, ['-D', '-e', '-f', at('sshd_config')], {stdio: ['ignore', 'ignore', 'pipe']});
	let said = '';
	child.stderr.on('data', (part: Buffer) => (said += part.toString()));
	for (let waited = 0; !said.includes('listening on 127.0.0.1'); waited += 50) {
		if (waited > 10_000 || child.exitCode !== null) throw new Error(`sshd did not start: ${said}`);
		await sleep(50);
	}

	const forwarders = await Promise.all(addresses.map(async address => forwardTo(port, address)));
	return {
		config: at('ssh_config'),
		port,
		stop() {
			for (const forwarder of forwarders) forwarder.close();
			child.kill('SIGTERM');
			rmSync(folder, {recursive: true, force: true});
		},
	};
}

/** sshd listens on 16 addresses at most; each of the others is led to it. */
async function forwardTo(port: number, address: string): Promise<net.Server> {
	const server = net.createServer(socket => {
		const onward = net.connect(port, '127.0.0.1');
		for (const end of [socket, onward]) end.setNoDelay(true).on('error', () => end.destroy());
		socket.pipe(onward).pipe(socket);
	});
	await new Promise<void>(resolve => server.listen(port, address, resolve));
	return server;
}

async function freePort(): Promise<number> {
	const server = net.createServer();
	await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
	const {port} = server.address() as AddressInfo;
	await new Promise(resolve => server.close(resolve));
	return port;
}
