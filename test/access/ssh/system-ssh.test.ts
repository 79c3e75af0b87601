import {createHash} from 'node:crypto';
import {existsSync, readFileSync} from 'node:fs';
import net from 'node:net';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import type {SshSession} from '../../../source/access/ssh/ssh-session.ts';
import {limits, open, testSession} from './support/session.ts';
import {makeKey, startServer, testFolder} from './support/ssh-server.ts';

let folder: ReturnType<typeof testFolder>;
const cleanup: (() => unknown)[] = [];
beforeEach(() => {
	folder = testFolder();
});
afterEach(async () => {
	for (const step of cleanup.splice(0).toReversed()) await step();
	folder.remove();
});

/**
 * A stand-in of the system's ssh: notes its words, answers -G with `keywords`, and else does `action`; the command is its last word.
 */
function fakeSsh(keywords: string, action = 'exec sh -c "$command"'): {readonly program: string; readonly calls: () => string[][]} {
	const log = `${folder.path}/calls`;
	const program = folder.file(
		'ssh',
		`#!/bin/sh
for word; do printf '%s\\n' "$word"; command=$word; done >> '${log}'
echo == >> '${log}'
for word; do command=$word; done
case " $* " in *" -G "*) printf '%s\\n' '${keywords}'; exit 0;; *" -O exit "*) exit 0;; esac
${action}
`,
		0o755,
	);
	const calls = (): string[][] =>
		readFileSync(log, 'utf8')
			.split('==\n')
			.filter(Boolean)
			.map(call => call.trimEnd().split('\n'));
	return {program, calls};
}

const session = (sshProgram: string, flags: Parameters<typeof testSession>[2] = {}): SshSession => {
	const made = testSession(folder, [], {knownHosts: '/dev/null', ...flags}, {sshProgram});
	cleanup.push(() => made.close());
	return made;
};
const part = (text: Buffer | string): Buffer => Buffer.concat([Buffer.from([0, 0, 0, text.length]), Buffer.from(text)]);
const keywords = 'user root\nport 22\nidentityagent none\nidentityfile /none/id';

describe('the system’s ssh', () => {
	it('runs scripts, and is given the choices as words of their own, never asking', async () => {
		const {program, calls} = fakeSsh(keywords);
		const way = await open(session(program, {client: 'system', port: 2200, knownHosts: '/tmp/known hosts'}));
		expect(way).toMatchObject({client: 'system', label: 'ssh root@127.0.0.1'});
		expect(await way.run('echo "$1"; exit 5', {...limits(), parameters: ["it's"]})).toMatchObject({stdout: "it's\n", exitCode: 5});
		const [asked, , ran] = calls();
		expect(asked).toContain('-G');
		expect(ran?.slice(-3)).toEqual(['--', '127.0.0.1', 'sh -s']);
		expect(ran).toEqual(
			expect.arrayContaining([
				'BatchMode=yes',
				'StrictHostKeyChecking=yes',
				'ControlMaster=auto',
				'-l',
				'root',
				'-p',
				'2200',
				'UserKnownHostsFile="/tmp/known hosts"',
			]),
		);
	});

	it('leaves its master and removes its socket folder when closed', async () => {
		const {program, calls} = fakeSsh(keywords);
		const shared = session(program, {client: 'system'});
		const way = await open(shared);
		const socket = calls()
			.at(-1)
			?.find(word => word.startsWith('ControlPath='));
		const socketFolder = socket?.replace('ControlPath=', '').replace(/\/[^/]*$/u, '') ?? '';
		expect(existsSync(socketFolder)).toBe(true);
		await way.close();
		expect(calls().at(-1)).toEqual(expect.arrayContaining(['-O', 'exit']));
		await shared.close();
		expect(existsSync(socketFolder)).toBe(false);
	});

	it('does not wait for a master that stays behind and keeps stderr, as those of older OpenSSH do', async () => {
		const {program} = fakeSsh(keywords, 'sleep 20 >/dev/null </dev/null & exec sh -c "$command"');
		const started = performance.now();
		const way = await open(session(program, {client: 'system'}));
		expect(await way.run('echo done; echo said >&2', limits())).toMatchObject({stdout: 'done\n', stderr: 'said\n', exitCode: 0});
		expect(performance.now() - started).toBeLessThan(10_000);
	});

	it('puts files through the shell', async () => {
		const {program} = fakeSsh(keywords);
		const way = await open(session(program, {client: 'system'}));
		const content = Buffer.from('a portmap\n');
		await way.put(
			{folder: folder.path, name: 'portmap', content, mode: 0o755, sha256: createHash('sha256').update(content).digest('hex')},
			limits(),
		);
		expect(readFileSync(`${folder.path}/portmap`, 'utf8')).toBe('a portmap\n');
	});

	it('ends at the time limit', async () => {
		const {program} = fakeSsh(keywords);
		const way = await open(session(program, {client: 'system'}));
		await expect(way.run('exec sleep 5', {...limits(), timeoutMilliseconds: 200})).rejects.toMatchObject({kind: 'timeout'});
	});

	it.each([
		[
			'@@@\nWARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!\nOffending ED25519 key in /home/me/kh:7\nHost key verification failed.',
			{kind: 'host-key', message: expect.stringContaining('/home/me/kh:7 has another') as string},
		],
		[
			'No ED25519 host key is known for x and you have requested strict checking.\nHost key verification failed.',
			{kind: 'host-key', message: expect.stringContaining('is unknown') as string},
		],
		['root@x: Permission denied (publickey).', {kind: 'authentication'}],
		['ssh: connect to host x port 22: Connection timed out', {kind: 'timeout'}],
		['ssh: connect to host x port 22: Connection refused', {kind: 'unreachable'}],
	])('says what is wrong in our words: %s', async (stderr, error) => {
		const {program} = fakeSsh(keywords, `cat >&2 <<'EOF'\n${stderr}\nEOF\nexit 255`);
		await expect(open(session(program, {client: 'system'}))).rejects.toMatchObject({...error, exitCode: 3});
	});

	it('says so where there is none', async () => {
		await expect(open(session(`${folder.path}/no-ssh`, {client: 'system'}))).rejects.toMatchObject({
			kind: 'unreachable',
			hint: expect.stringContaining('--ssh-client ssh2') as string,
		});
	});
});

describe('the system’s ssh chosen by itself', () => {
	it('where a ProxyCommand leads to the host', async () => {
		const {program} = fakeSsh(`${keywords}\nproxycommand nc %h %p`);
		expect(await open(session(program))).toMatchObject({
			client: 'system',
			remark: 'by the system’s ssh: ssh_config uses ProxyCommand for it',
		});
		await expect(open(session(program, {client: 'ssh2'}))).rejects.toMatchObject({
			message: expect.stringContaining('which ssh2 cannot run') as string,
		});
	});

	it('where a certificate is named or lies beside the key', async () => {
		const key = folder.file('id', makeKey().private);
		folder.file('id-cert.pub', 'ssh-ed25519-cert-v01@openssh.com AAAA');
		const beside = fakeSsh(`user root\nidentityagent none\nidentityfile ${key}`);
		expect(await open(session(beside.program))).toMatchObject({
			client: 'system',
			remark: `by the system’s ssh: ${key}-cert.pub is an OpenSSH certificate`,
		});
		const named = fakeSsh(`${keywords}\ncertificatefile /certs/me-cert.pub`);
		expect(await open(session(named.program))).toMatchObject({
			client: 'system',
			remark: 'by the system’s ssh: /certs/me-cert.pub is an OpenSSH certificate',
		});
	});

	it('where the only key is a FIDO key, and after a refusal where one is there', async () => {
		const server = await startServer({authorized: [makeKey()]});
		cleanup.push(() => server.close());
		folder.file('sk.pub', 'sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIA== me');
		folder.file('sk', '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n');
		const plain = folder.file('plain', makeKey().private);
		const known = folder.file('kh', `[127.0.0.1]:${server.port} ${server.hostKey.public}\n`);
		const only = fakeSsh(`user root\nport ${server.port}\nidentityagent none\nidentitiesonly yes\nidentityfile ${folder.path}/sk`);
		expect(await open(session(only.program, {knownHosts: known}))).toMatchObject({
			client: 'system',
			remark: `by the system’s ssh: ${folder.path}/sk is a FIDO key`,
		});
		expect(server.seen.connections).toBe(0);
		const both = fakeSsh(`user root\nport ${server.port}\nidentityagent none\nidentityfile ${folder.path}/sk\nidentityfile ${plain}`);
		expect(await open(session(both.program, {knownHosts: known}))).toMatchObject({
			client: 'system',
			remark: 'by the system’s ssh: a FIDO key is configured, which ssh2 cannot use',
		});
		expect(server.seen.connections).toBe(1);
	});

	it('where the agent holds a certificate, once ssh2 was not let in', async () => {
		const server = await startServer({authorized: [makeKey()]});
		cleanup.push(() => server.close());
		const socket = `${folder.path}/agent`;
		const held = Buffer.concat([Buffer.from([12, 0, 0, 0, 1]), part(part('ssh-ed25519-cert-v01@openssh.com')), part('me')]);
		const agent = net.createServer(stream => stream.on('data', () => stream.write(part(held))));
		await new Promise<void>(resolve => {
			agent.listen(socket, resolve);
		});
		cleanup.push(() => agent.close());
		const known = folder.file('kh', `[127.0.0.1]:${server.port} ${server.hostKey.public}\n`);
		const {program} = fakeSsh(`user root\nport ${server.port}\nidentityagent ${socket}`);
		const remark = 'by the system’s ssh: the agent holds a certificate or a FIDO key, which ssh2 cannot use';
		expect(await open(session(program, {knownHosts: known}))).toMatchObject({client: 'system', remark});
		expect(server.seen.connections).toBe(1);
	});

	it('where the host is known by a certificate authority only', async () => {
		const server = await startServer();
		cleanup.push(() => server.close());
		const known = folder.file('kh', `@cert-authority [127.0.0.1]:* ${makeKey().public}\n`);
		const {program} = fakeSsh(`user root\nport ${server.port}\nidentityagent none`);
		expect(await open(session(program, {knownHosts: known}))).toMatchObject({
			client: 'system',
			remark: 'by the system’s ssh: the host is known by a certificate authority',
		});
	});

	it('but not where it would fail as well: then the first failure is told', async () => {
		const server = await startServer();
		cleanup.push(() => server.close());
		const known = folder.file('kh', `@cert-authority [127.0.0.1]:* ${makeKey().public}\n`);
		const {program} = fakeSsh(`user root\nport ${server.port}\nidentityagent none`, 'echo "Permission denied" >&2; exit 255');
		await expect(open(session(program, {knownHosts: known}))).rejects.toMatchObject({kind: 'host-key', verdict: 'authority-only'});
	});

	it('never where a key has changed', async () => {
		const server = await startServer();
		cleanup.push(() => server.close());
		const known = folder.file('kh', `[127.0.0.1]:${server.port} ${makeKey().public}\n`);
		const {program, calls} = fakeSsh(
			`user root\nport ${server.port}\nidentityagent none\nstricthostkeychecking no\ngssapiauthentication yes`,
		);
		await expect(open(session(program, {knownHosts: known}))).rejects.toMatchObject({kind: 'host-key', verdict: 'changed'});
		expect(calls().every(words => words.includes('-G'))).toBe(true);
	});
});
