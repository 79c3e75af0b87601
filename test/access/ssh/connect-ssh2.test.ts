import {existsSync, readFileSync} from 'node:fs';
import net, {type AddressInfo} from 'node:net';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {fingerprint} from '../../../source/access/ssh/known-hosts.ts';
import type {HostKeyQuestion} from '../../../source/access/ssh/questions.ts';
import type {SshSession} from '../../../source/access/ssh/ssh-session.ts';
import {limits, open, testSession} from './support/session.ts';
import {knownHostsLine, makeKey, startAgent, startServer, testFolder, type ServerOptions, type TestServer} from './support/ssh-server.ts';

let folder: ReturnType<typeof testFolder>;
const cleanup: (() => unknown)[] = [];
beforeEach(() => {
	folder = testFolder();
});
afterEach(async () => {
	for (const step of cleanup.splice(0).toReversed()) await step();
	folder.remove();
});

const serve = async (options: ServerOptions = {}): Promise<TestServer> => {
	const server = await startServer(options);
	cleanup.push(() => server.close());
	return server;
};
const session = (...parameters: Parameters<typeof testSession>): SshSession => {
	const made = testSession(...parameters);
	cleanup.push(() => made.close());
	return made;
};
const secrets = (...answers: (string | undefined)[]) => {
	const prompts: string[] = [];
	return {
		prompts,
		askSecret: async (prompt: string) => {
			prompts.push(prompt);
			return answers.shift();
		},
	};
};

const withKey = async (options: ServerOptions = {}) => {
	const key = makeKey();
	const server = await serve({authorized: [key], ...options});
	return {server, key: folder.file('id', key.private)};
};

describe('logging in', () => {
	it.each(['ed25519', 'ecdsa', 'rsa'] as const)('works by a key file of type %s', async type => {
		const key = makeKey(type);
		const server = await serve({authorized: [key]});
		const access = await open(session(folder, [server], {key: folder.file('id', key.private)}));
		expect(access).toMatchObject({client: 'ssh2', label: `ssh root@127.0.0.1:${server.port}`, hasAgentCommand: false});
		expect(await access.run('echo "$1"', {...limits(), parameters: ['hello']})).toMatchObject({stdout: 'hello\n', exitCode: 0});
	});

	it('asks once for the passphrase of an encrypted key, for all connections of the run', async () => {
		const key = makeKey('ed25519', 'open sesame');
		const servers = [await serve({authorized: [key]}), await serve({authorized: [key]})];
		const asking = secrets('wrong', 'open sesame');
		const shared = session(folder, servers, {key: folder.file('id', key.private)}, {questions: asking});
		const [first, second] = servers as [TestServer, TestServer];
		const settings = await Promise.all(
			[first, second].map(({port}) => shared.settings('127.0.0.1', {...shared.flags, port}, AbortSignal.timeout(90_000))),
		);
		await Promise.all(settings.map(one => shared.pool.lease([one], AbortSignal.timeout(90_000))));
		expect(asking.prompts).toHaveLength(2);
		expect(asking.prompts[1]).toMatch(/^Wrong passphrase/u);
		expect([first.seen.logins, second.seen.logins]).toEqual([1, 1]);
	});

	it('does not ask for the passphrase of a key the server does not take', async () => {
		const mine = makeKey('ed25519', 'secret');
		const server = await serve({authorized: [makeKey()]});
		const asking = secrets();
		await expect(open(session(folder, [server], {key: folder.file('id', mine.private)}, {questions: asking}))).rejects.toMatchObject({
			kind: 'authentication',
		});
		expect(asking.prompts).toEqual([]);
	});

	it('names the encrypted key and ssh-add where nobody can be asked', async () => {
		const key = makeKey('ed25519', 'secret');
		const server = await serve({authorized: [key]});
		const file = folder.file('id', key.private);
		await expect(open(session(folder, [server], {key: file}))).rejects.toMatchObject({
			kind: 'authentication',
			exitCode: 3,
			hint: expect.stringContaining(`ssh-add ${file}`) as string,
		});
	});

	it('works by the agent, and offers it the keys that are named first', async () => {
		const [wanted, other] = [makeKey(), makeKey('ecdsa')];
		const agent = await startAgent(folder.path, [other, wanted]);
		cleanup.push(() => agent.close());
		const server = await serve({authorized: [wanted]});
		const config = `Host *\n  IdentityAgent ${agent.socket}\n  IdentityFile ${folder.file('id.pub', wanted.public)}\n`;
		await open(session(folder, [server], {}, {config}));
		expect(agent.signed).toEqual(['ssh-ed25519']);
		expect(server.seen.users.filter(user => user.startsWith('publickey'))).toHaveLength(2);
	});

	it('offers no other key of the agent where IdentitiesOnly says so', async () => {
		const [named, other] = [makeKey(), makeKey()];
		const agent = await startAgent(folder.path, [other]);
		cleanup.push(() => agent.close());
		const server = await serve({authorized: [other]});
		const config = `Host *\n  IdentityAgent ${agent.socket}\n  IdentitiesOnly yes\n  IdentityFile ${folder.file('id', named.private)}\n`;
		await expect(open(session(folder, [server], {}, {config}))).rejects.toMatchObject({kind: 'authentication'});
		expect(agent.signed).toEqual([]);
	});

	it('goes on to key files where the agent is not there', async () => {
		const key = makeKey();
		const server = await serve({authorized: [key]});
		const config = `Host *\n  IdentityAgent ${folder.path}/no-agent\n  IdentityFile ${folder.file('id', key.private)}\n`;
		expect((await open(session(folder, [server], {}, {config}))).client).toBe('ssh2');
	});

	it('answers keyboard-interactive and password only through somebody who can be asked', async () => {
		const byPrompt = await serve({interactive: {prompt: 'Code: ', answer: '42'}});
		const asking = secrets('41', '42');
		await open(session(folder, [byPrompt], {}, {questions: asking, config: 'IdentityFile none'}));
		expect(asking.prompts[0]).toContain('root@127.0.0.1: Code:');

		const byPassword = await serve({password: 'pw'});
		await open(session(folder, [byPassword], {}, {questions: secrets('pw'), config: 'IdentityFile none'}));
		await expect(open(session(folder, [byPassword], {}, {config: 'IdentityFile none'}))).rejects.toMatchObject({
			kind: 'authentication',
			message: expect.stringContaining('the server accepts password') as string,
		});
		expect(byPassword.seen.users.filter(user => user.startsWith('password'))).toHaveLength(1);
	});

	it('stops asking when the person gives up', async () => {
		const server = await serve({interactive: {prompt: 'Code: ', answer: '42'}, password: 'pw'});
		const asking = secrets(undefined);
		await expect(open(session(folder, [server], {}, {questions: asking, config: 'IdentityFile none'}))).rejects.toMatchObject({
			kind: 'authentication',
		});
		expect(asking.prompts).toHaveLength(1);
	});

	it('says so where the key that was named is not there', async () => {
		const server = await serve({authorized: [makeKey()]});
		await expect(open(session(folder, [server], {key: `${folder.path}/none`}))).rejects.toMatchObject({name: 'UsageError', exitCode: 2});
	});
});

describe('the host key', () => {
	it('is refused when it has changed, with file and line, before anything is sent', async () => {
		const {server, key} = await withKey();
		const knownHosts = folder.file('kh', `# mine\n${knownHostsLine(server, makeKey())}`);
		const asked: HostKeyQuestion[] = [];
		const questions = {askHostKey: async (question: HostKeyQuestion) => asked.push(question) > 0};
		await expect(open(session(folder, [server], {key, knownHosts}, {questions, config: 'StrictHostKeyChecking no'}))).rejects.toMatchObject(
			{
				kind: 'host-key',
				verdict: 'changed',
				exitCode: 3,
				message: expect.stringContaining(`${knownHosts}:2`) as string,
			},
		);
		expect(asked).toEqual([]);
		expect(server.seen.users).toEqual([]);
	});

	it('is refused when it is revoked or only vouched for by an authority', async () => {
		const {server, key} = await withKey();
		for (const [marker, verdict] of [
			['@revoked', 'revoked'],
			['@cert-authority', 'authority-only'],
		] as const) {
			const knownHosts = folder.file(verdict, `${marker} ${knownHostsLine(server, server.hostKey)}`);
			await expect(open(session(folder, [server], {key, knownHosts, client: 'ssh2'}))).rejects.toMatchObject({kind: 'host-key', verdict});
		}

		expect(server.seen.users).toEqual([]);
	});

	it('is refused when it is not known and nobody can be asked, with the way to check it', async () => {
		const {server, key} = await withKey();
		const knownHosts = folder.file('kh', '');
		const refused = open(session(folder, [server], {key, knownHosts}));
		await expect(refused).rejects.toMatchObject({
			verdict: 'unknown',
			message: expect.stringContaining(fingerprint(server.hostKey.blob)) as string,
			hint: expect.stringContaining(`ssh-keyscan -p ${server.port} 127.0.0.1 >> ${knownHosts}`) as string,
		});
		expect(server.seen.users).toEqual([]);
	});

	it('is asked about when it is not known, and written down after a yes', async () => {
		const {server, key} = await withKey();
		const knownHosts = `${folder.path}/new/known_hosts`;
		const asked: HostKeyQuestion[] = [];
		const questions = {askHostKey: async (question: HostKeyQuestion) => asked.push(question) > 0};
		await open(session(folder, [server], {key, knownHosts}, {questions}));
		expect(asked).toEqual([
			{host: `[127.0.0.1]:${server.port}`, keyType: 'ED25519', fingerprint: fingerprint(server.hostKey.blob), file: knownHosts},
		]);
		expect(readFileSync(knownHosts, 'utf8')).toBe(knownHostsLine(server, server.hostKey).trim().split(' ').slice(0, 3).join(' ') + '\n');
		await open(session(folder, [server], {key, knownHosts}));
		expect(server.seen.logins).toBe(2);
	});

	it('is asked about once, also where the server exchanges keys anew later', async () => {
		const {server, key} = await withKey({rekeys: true});
		const knownHosts = folder.file('kh', '');
		let asked = 0;
		const questions = {askHostKey: async () => (asked += 1) > 0};
		const access = await open(session(folder, [server], {key, knownHosts}, {questions}));
		for (const word of ['one', 'two'])
			expect(await access.run('echo "$1"', {...limits(), parameters: [word]})).toMatchObject({stdout: `${word}\n`});
		expect(asked).toBe(1);
		expect(readFileSync(knownHosts, 'utf8').trim().split('\n')).toHaveLength(1);
	});

	it('is written in a line of its own, and hashed where HashKnownHosts says so', async () => {
		const {server, key} = await withKey();
		const knownHosts = folder.file('kh', '# no newline at the end');
		await open(session(folder, [server], {key, knownHosts}, {config: 'HashKnownHosts yes\nStrictHostKeyChecking accept-new'}));
		expect(readFileSync(knownHosts, 'utf8')).toMatch(/^# no newline at the end\n\|1\|\S+ ssh-ed25519 \S+\n$/u);
		await open(session(folder, [server], {key, knownHosts}));
		expect(server.seen.logins).toBe(2);
	});

	it('is not written down after a no', async () => {
		const {server, key} = await withKey();
		const knownHosts = `${folder.path}/kh`;
		await expect(open(session(folder, [server], {key, knownHosts}, {questions: {askHostKey: async () => false}}))).rejects.toMatchObject({
			verdict: 'unknown',
		});
		expect(existsSync(knownHosts)).toBe(false);
	});

	it('is asked for in the type that is known, where the host has several', async () => {
		const [ed, ecdsa] = [makeKey(), makeKey('ecdsa')];
		const {server, key} = await withKey({hostKeys: [ed, ecdsa]});
		const knownHosts = folder.file('kh', knownHostsLine(server, ecdsa));
		expect((await open(session(folder, [server], {key, knownHosts}))).client).toBe('ssh2');
	});

	it('may stand under the name without the port, as for ssh', async () => {
		const {server, key} = await withKey();
		const knownHosts = folder.file('kh', `127.0.0.1 ${server.hostKey.public}\n`);
		expect((await open(session(folder, [server], {key, knownHosts}))).client).toBe('ssh2');
	});
});

describe('what goes wrong on the way', () => {
	it('is named: connection refused', async () => {
		const server = await serve();
		await server.close();
		await expect(open(session(folder, [server], {}))).rejects.toMatchObject({
			kind: 'unreachable',
			message: expect.stringContaining('refuses SSH') as string,
		});
	});

	it('is named: a server that says nothing', async () => {
		const silent = net.createServer(() => {});
		await new Promise<void>(resolve => {
			silent.listen(0, '127.0.0.1', resolve);
		});
		cleanup.push(() => silent.close());
		const {port} = silent.address() as AddressInfo;
		await expect(open(session(folder, [], {port, knownHosts: '/dev/null'}, {config: 'ConnectTimeout 1'}))).rejects.toMatchObject({
			kind: 'timeout',
			exitCode: 3,
		});
	});

	it('does not count the time a person takes to answer', async () => {
		const key = makeKey('ed25519', 'slow');
		const server = await serve({authorized: [key]});
		const questions = {
			askSecret: async () => {
				await new Promise(resolve => {
					setTimeout(resolve, 2500);
				});
				return 'slow';
			},
		};
		const access = await open(session(folder, [server], {key: folder.file('id', key.private)}, {questions, config: 'ConnectTimeout 2'}));
		expect(access.client).toBe('ssh2');
	});

	it('is heard at once when it is an abort', async () => {
		const silent = net.createServer(() => {});
		await new Promise<void>(resolve => {
			silent.listen(0, '127.0.0.1', resolve);
		});
		cleanup.push(() => silent.close());
		const {port} = silent.address() as AddressInfo;
		const reason = new Error('Ctrl-C');
		const controller = new AbortController();
		setTimeout(() => controller.abort(reason), 50);
		await expect(open(session(folder, [], {port, knownHosts: '/dev/null'}), {signal: controller.signal})).rejects.toBe(reason);
	});

	it('is tried again when the server drops new connections, as sshd does above MaxStartups', async () => {
		const key = makeKey();
		const server = await serve({authorized: [key], dropFirst: 2});
		await open(session(folder, [server], {key: folder.file('id', key.private)}));
		expect(server.seen).toMatchObject({connections: 3, logins: 1});
	});
});
