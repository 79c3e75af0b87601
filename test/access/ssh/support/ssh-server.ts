import {spawn} from 'node:child_process';
import {closeSync, mkdtempSync, openSync, rmSync, unlinkSync, writeFileSync, writeSync} from 'node:fs';
import net, {type AddressInfo, type Socket} from 'node:net';
import os from 'node:os';
import path from 'node:path';
import ssh2, {type AuthContext, type Connection, type ParsedKey, type ServerChannel, type Session, type SFTPWrapper} from 'ssh2';

const {STATUS_CODE} = ssh2.utils.sftp;

export type KeyPair = {readonly private: string; readonly public: string; readonly blob: Buffer};

export function makeKey(type: 'ed25519' | 'ecdsa' | 'rsa' = 'ed25519', passphrase?: string): KeyPair {
	const options = {
		...(type === 'ecdsa' ? {bits: 256} : {}),
		...(type === 'rsa' ? {bits: 2048} : {}),
		...(passphrase === undefined ? {} : {passphrase, cipher: 'aes256-ctr', rounds: 4}),
	};
	const pair = ssh2.utils.generateKeyPairSync(type as 'ed25519', options as never);
	// One key in 256 comes out malformed: ssh2 1.17.0 drops a leading zero byte of ed25519 keys it generates.
	if (ssh2.utils.parseKey(pair.private, passphrase) instanceof Error) return makeKey(type, passphrase);
	const blob = Buffer.from(pair.public.split(' ')[1] ?? '', 'base64');
	return {...pair, blob};
}

export type ServerOptions = {
	readonly hostKeys?: readonly KeyPair[];
	/** Whose public key gets in. */
	readonly authorized?: readonly KeyPair[];
	readonly password?: string;
	/** Answers keyboard-interactive: what it asks, and the answer it wants. */
	readonly interactive?: {readonly prompt: string; readonly answer: string};
	/** Drops so many new connections before a word is said, as sshd does above MaxStartups. */
	readonly dropFirst?: number;
	/** Folder that comes first in the PATH of commands: for a stand-in of sudo. */
	readonly commandFolder?: string;
	/** Refuses more sessions than this in one connection, as sshd does above MaxSessions. */
	readonly maximumSessions?: number;
	/** Cuts the connection instead of running the first command that fits. */
	readonly cutAtCommand?: RegExp;
	/** Exchanges keys anew before each command, as sshd does by RekeyLimit. */
	readonly rekeys?: boolean;
	/** SFTP: `none`, or a server that cuts the connection after so many bytes, or one that loses the end of each file. */
	readonly sftp?: 'none' | {readonly cutAfterBytes: number} | {readonly loseBytes: number};
};

export type TestServer = {
	readonly port: number;
	readonly hostKey: KeyPair;
	/** Connections that were opened, logged in, and how many handshakes ran side by side at most. */
	readonly seen: {connections: number; logins: number; busiest: number; commands: string[]; users: string[]; forwards: number};
	/** Cuts every open connection. */
	cut(): void;
	close(): Promise<void>;
};

/** An SSH server in this process: runs commands by the local `sh`, forwards to loopback, writes files by SFTP. */
export async function startServer(options: ServerOptions = {}): Promise<TestServer> {
	const hostKeys = options.hostKeys ?? [makeKey()];
	const seen = {connections: 0, logins: 0, busiest: 0, commands: [] as string[], users: [] as string[], forwards: 0};
	const sockets = new Set<Socket>();
	let handshakes = 0;
	let dropped = 0;

	const ssh = new ssh2.Server({hostKeys: hostKeys.map(({private: key}) => key)}, client => {
		client.on('error', () => {});
		client.on('authentication', context => authenticate(context, options, seen.users));
		client.on('ready', () => {
			handshakes -= 1;
			seen.logins += 1;
			serve(client, options, seen);
		});
	});
	const server = net.createServer(socket => {
		seen.connections += 1;
		sockets.add(socket);
		socket.setNoDelay(true);
		socket.on('error', () => {});
		socket.on('close', () => sockets.delete(socket));
		if (dropped < (options.dropFirst ?? 0)) {
			dropped += 1;
			socket.destroy();
			return;
		}

		handshakes += 1;
		seen.busiest = Math.max(seen.busiest, handshakes);
		ssh.injectSocket(socket);
	});
	await new Promise<void>(resolve => {
		server.listen(0, '127.0.0.1', resolve);
	});
	return {
		port: (server.address() as AddressInfo).port,
		hostKey: hostKeys[0] as KeyPair,
		seen,
		cut() {
			for (const socket of sockets) socket.destroy();
		},
		close: () =>
			new Promise(resolve => {
				for (const socket of sockets) socket.destroy();
				server.close(() => resolve());
			}),
	};
}

function authenticate(context: AuthContext, {authorized = [], password, interactive}: ServerOptions, users: string[]): void {
	users.push(`${context.method} ${context.username}`);
	const methods = [
		...(authorized.length > 0 ? ['publickey'] : []),
		...(interactive ? ['keyboard-interactive'] : []),
		...(password === undefined ? [] : ['password']),
	];
	if (context.method === 'publickey') {
		const key = authorized.find(({blob}) => blob.equals(context.key.data));
		const parsed = key && (ssh2.utils.parseKey(key.public) as ParsedKey);
		const proved = !context.signature || (context.blob && parsed?.verify(context.blob, context.signature, context.hashAlgo));
		if (parsed && proved) {
			context.accept();
			return;
		}
	} else if (context.method === 'password' && password !== undefined && context.password === password) {
		context.accept();
		return;
	} else if (context.method === 'keyboard-interactive' && interactive) {
		context.prompt([{prompt: interactive.prompt, echo: false}], answers => {
			if (answers[0] === interactive.answer) context.accept();
			else context.reject(methods as never);
		});
		return;
	}

	context.reject(methods as never);
}

function serve(client: Connection, options: ServerOptions, seen: TestServer['seen']): void {
	let sessions = 0;
	client.on('session', (accept, reject) => {
		if (sessions >= (options.maximumSessions ?? Infinity)) {
			reject();
			return;
		}

		sessions += 1;
		const session = accept();
		session.on('close', () => {
			sessions -= 1;
		});
		session.on('exec', (acceptExec, _reject, {command}) => {
			const isFirst = !seen.commands.some(earlier => options.cutAtCommand?.test(earlier));
			seen.commands.push(command);
			if (isFirst && options.cutAtCommand?.test(command)) {
				client.end();
				return;
			}

			if (options.rekeys === true) client.rekey(() => run(acceptExec(), session, command, options));
			else run(acceptExec(), session, command, options);
		});
		session.on('sftp', (acceptSftp, rejectSftp) => {
			if (options.sftp === 'none') rejectSftp();
			else serveFiles(acceptSftp(), client, options.sftp);
		});
	});
	client.on('tcpip', (accept, reject, {destIP, destPort}) => {
		const socket = net.connect(destPort, destIP);
		socket.once('error', () => reject());
		socket.once('connect', () => {
			seen.forwards += 1;
			const channel = accept();
			socket.on('error', () => channel.destroy());
			channel.on('error', () => socket.destroy());
			channel.on('close', () => socket.destroy());
			socket.pipe(channel).pipe(socket);
		});
	});
}

function run(channel: ServerChannel, session: Session, command: string, {commandFolder}: ServerOptions): void {
	const searchPath = [commandFolder, process.env['PATH']].filter(Boolean).join(':');
	// A process group of its own, as sshd gives to each command.
	const child = spawn('/bin/sh', ['-c', command], {env: {PATH: searchPath}, detached: true});
	child.stdin.on('error', () => {});
	channel.on('error', () => {});
	channel.pipe(child.stdin);
	child.stdout.on('data', (chunk: Buffer) => channel.write(chunk));
	child.stderr.on('data', (chunk: Buffer) => channel.stderr.write(chunk));
	// As sshd does: a program whose client is gone loses its pipes and nothing else.
	channel.on('close', () => {
		child.stdin.end();
		child.stdout.destroy();
		child.stderr.destroy();
	});
	session.on('signal', (accept, _reject, {name}) => {
		accept?.();
		child.kill(`SIG${name}` as NodeJS.Signals);
	});
	child.on('close', code => {
		channel.exit(code ?? 1);
		channel.end();
	});
}

function serveFiles(sftp: SFTPWrapper, client: Connection, fault: ServerOptions['sftp']): void {
	const files = new Map<number, {file: number; written: number}>();
	let next = 0;
	sftp.on('error', () => {});
	sftp.on('OPEN', (id, name, flags, attributes) => {
		try {
			const text = ssh2.utils.sftp.flagsToString(flags) ?? 'r';
			const file = openSync(name, text === 'xw' ? 'wx' : text, attributes.mode);
			files.set(next, {file, written: 0});
			const handle = Buffer.alloc(4);
			handle.writeUInt32BE(next);
			next += 1;
			sftp.handle(id, handle);
		} catch {
			sftp.status(id, STATUS_CODE.FAILURE);
		}
	});
	sftp.on('WRITE', (id, handle, offset, data) => {
		const held = files.get(handle.readUInt32BE(0));
		if (!held) return;
		held.written += data.length;
		if (typeof fault === 'object' && 'cutAfterBytes' in fault && held.written > fault.cutAfterBytes) {
			client.end();
			return;
		}

		const kept = typeof fault === 'object' && 'loseBytes' in fault ? data.subarray(0, Math.max(data.length - fault.loseBytes, 0)) : data;
		writeSync(held.file, kept, 0, kept.length, offset);
		sftp.status(id, STATUS_CODE.OK);
	});
	sftp.on('FSETSTAT', id => sftp.status(id, STATUS_CODE.OK));
	sftp.on('CLOSE', (id, handle) => {
		const held = files.get(handle.readUInt32BE(0));
		if (held) closeSync(held.file);
		files.delete(handle.readUInt32BE(0));
		sftp.status(id, STATUS_CODE.OK);
	});
	sftp.on('REMOVE', (id, name) => {
		try {
			unlinkSync(name);
			sftp.status(id, STATUS_CODE.OK);
		} catch {
			sftp.status(id, STATUS_CODE.NO_SUCH_FILE);
		}
	});
}

/** An agent in this process that holds these keys; gives the path of its socket. */
export async function startAgent(
	folder: string,
	keys: readonly KeyPair[],
): Promise<{readonly socket: string; readonly signed: string[]; close(): Promise<void>}> {
	const socket = path.join(folder, 'agent.sock');
	const signed: string[] = [];
	const parsed = keys.map(({private: key}) => ssh2.utils.parseKey(key) as ParsedKey);
	const server = net.createServer(stream => {
		const protocol = new ssh2.AgentProtocol(false);
		stream.on('error', () => {});
		protocol.on('error', () => {});
		protocol.on('identities', request => protocol.getIdentitiesReply(request, parsed));
		protocol.on('sign', (request, publicKey, data, signing) => {
			const key = parsed.find(candidate => candidate.getPublicSSH().equals(publicKey.getPublicSSH()));
			signed.push(publicKey.type);
			if (key) protocol.signReply(request, key.sign(data, signing.hash));
			else protocol.failureReply(request);
		});
		stream.pipe(protocol).pipe(stream);
	});
	await new Promise<void>(resolve => {
		server.listen(socket, resolve);
	});
	return {socket, signed, close: () => new Promise(resolve => server.close(() => resolve()))};
}

/** A folder of its own for one test; `file` writes a file into it and gives its path. */
export function testFolder(): {readonly path: string; file(name: string, text: string, mode?: number): string; remove(): void} {
	const folder = mkdtempSync(path.join(os.tmpdir(), 'hps-test-'));
	return {
		path: folder,
		file(name, text, mode = 0o600) {
			writeFileSync(path.join(folder, name), text, {mode});
			return path.join(folder, name);
		},
		remove: () => rmSync(folder, {recursive: true, force: true}),
	};
}

/** A line of known_hosts for a server of this process. */
export const knownHostsLine = (server: Pick<TestServer, 'port'>, key: KeyPair): string => `[127.0.0.1]:${server.port} ${key.public}\n`;
