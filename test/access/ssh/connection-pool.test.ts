import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {executeOn} from '../../../source/access/ssh/channel.ts';
import type {SshSession} from '../../../source/access/ssh/ssh-session.ts';
import {limits, open, testSession} from './support/session.ts';
import {knownHostsLine, makeKey, startServer, testFolder, type ServerOptions, type TestServer} from './support/ssh-server.ts';

let folder: ReturnType<typeof testFolder>;
const cleanup: (() => unknown)[] = [];
const key = makeKey();
beforeEach(() => {
	folder = testFolder();
});
afterEach(async () => {
	for (const step of cleanup.splice(0).toReversed()) await step();
	folder.remove();
});

const serve = async (options: ServerOptions = {}): Promise<TestServer> => {
	const server = await startServer({authorized: [key], ...options});
	cleanup.push(() => server.close());
	return server;
};
const session = (...parameters: Parameters<typeof testSession>): SshSession => {
	const made = testSession(...parameters);
	cleanup.push(() => made.close());
	return made;
};
const signal = () => AbortSignal.timeout(90_000);

const config = (hops: readonly TestServer[], target: TestServer): string =>
	[
		...hops.map(({port}, index) => `Host hop-${index}\n  HostName 127.0.0.1\n  Port ${port}\n  User jumper\n`),
		`Host 127.0.0.1\n  ProxyJump ${hops.map((_, index) => `hop-${index}`).join(',')}\n  Port ${target.port}\n`,
		`Host *\n  IdentityFile ${folder.file('id', key.private)}\n`,
	].join('');
const known = (...servers: TestServer[]): string =>
	folder.file('kh', servers.map(server => knownHostsLine(server, server.hostKey)).join(''));

describe('the connections of a run', () => {
	it('are shared: one host, one connection, many commands at once', async () => {
		const server = await serve();
		const shared = session(folder, [server], {key: folder.file('id', key.private)});
		const ways = await Promise.all([open(shared), open(shared), open(shared)]);
		const results = await Promise.all(ways.flatMap(way => Array.from({length: 7}, (_, index) => way.run(`echo ${index}`, limits()))));
		expect(results.map(({stdout}) => Number(stdout))).toEqual([0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6]);
		expect(server.seen.connections).toBe(1);
	});

	it('are closed when the last who uses them is done', async () => {
		const server = await serve();
		const shared = session(folder, [server], {key: folder.file('id', key.private)});
		const [first, second] = [await open(shared), await open(shared)];
		await first.close();
		await first.close();
		expect((await second.run('echo still', limits())).stdout).toBe('still\n');
		await second.close();
		await open(shared);
		expect(server.seen.connections).toBe(2);
	});

	it('run 8 commands at a time at most in one connection', async () => {
		const server = await serve();
		const shared = session(folder, [server], {key: folder.file('id', key.private)});
		const settings = await shared.settings('127.0.0.1', shared.flags, signal());
		const lease = await shared.pool.lease([settings], signal());
		let running = 0;
		let most = 0;
		const command = async (): Promise<unknown> =>
			lease.use(async client => {
				running += 1;
				most = Math.max(most, running);
				const result = await executeOn(client, 'here', 'true', {stdin: '', signal: signal()});
				running -= 1;
				return result;
			}, signal());
		await Promise.all(Array.from({length: 20}, command));
		expect(most).toBe(8);
	});

	it('make do with fewer sessions where the server allows no more', async () => {
		const server = await serve({maximumSessions: 3});
		const way = await open(session(folder, [server], {key: folder.file('id', key.private)}));
		const results = await Promise.all(Array.from({length: 12}, (_, index) => way.run(`echo ${index}`, limits())));
		expect(results.map(({stdout}) => Number(stdout))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
	});

	it('wait for their turn where the server allows one session, however long that takes', async () => {
		const server = await serve({maximumSessions: 1});
		const way = await open(session(folder, [server], {key: folder.file('id', key.private)}));
		const results = await Promise.all(Array.from({length: 8}, (_, index) => way.run(`sleep 0.5; echo ${index}`, limits())));
		expect(results.map(({stdout}) => Number(stdout))).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
	});

	it('open 8 at a time at most to one address', async () => {
		const server = await serve();
		const shared = session(folder, [server], {key: folder.file('id', key.private)});
		const settings = await shared.settings('127.0.0.1', shared.flags, signal());
		// Another user, another connection: the address is the same.
		const leases = Array.from({length: 30}, (_, index) => shared.pool.lease([{...settings, user: `user-${index}`}], signal()));
		await Promise.all(leases);
		expect(server.seen.logins).toBe(30);
		expect(server.seen.busiest).toBeLessThanOrEqual(8);
	});

	it('are tried anew after a failure that may pass', async () => {
		const server = await serve({dropFirst: 4});
		const shared = session(folder, [server], {key: folder.file('id', key.private)});
		await expect(open(shared)).rejects.toMatchObject({kind: 'lost'});
		expect((await open(shared)).client).toBe('ssh2');
	});

	it('are gone when the session is closed, also those that are still waiting', async () => {
		const server = await serve({dropFirst: 100});
		const shared = session(folder, [server], {key: folder.file('id', key.private)});
		const opening = open(shared);
		setTimeout(() => void shared.close(), 100);
		await expect(opening).rejects.toBeDefined();
	});
});

describe('jump hosts', () => {
	it('are passed one after the other, each by its own settings', async () => {
		const [one, two, target] = [await serve(), await serve(), await serve()];
		const way = await open(
			session(folder, [target], {port: undefined, knownHosts: known(one, two, target)}, {config: config([one, two], target)}),
		);
		expect((await way.run('echo there', limits())).stdout).toBe('there\n');
		expect([one.seen.forwards, two.seen.forwards, target.seen.forwards]).toEqual([1, 1, 0]);
		expect(one.seen.users.at(-1)).toBe('publickey jumper');
		expect(target.seen.users.at(-1)).toBe('publickey root');
	});

	it('of the command line are offered the key of the command line', async () => {
		const [bastion, target] = [await serve(), await serve()];
		const flags = {key: folder.file('id', key.private), jump: `jumper@127.0.0.1:${bastion.port}`, knownHosts: known(bastion, target)};
		expect((await open(session(folder, [target], flags))).client).toBe('ssh2');
		expect(bastion.seen).toMatchObject({logins: 1, forwards: 1});
	});

	it('are connected to once for all nodes behind them', async () => {
		const bastion = await serve();
		const targets = [await serve(), await serve(), await serve()];
		const shared = session(
			folder,
			targets,
			{knownHosts: known(bastion, ...targets)},
			{config: config([bastion], targets[0] as TestServer)},
		);
		await Promise.all(
			targets.map(async ({port}) =>
				shared.pool.lease(await shared.route(await shared.settings('127.0.0.1', {...shared.flags, port}, signal()), signal()), signal()),
			),
		);
		expect(bastion.seen).toMatchObject({logins: 1, forwards: 3});
	});

	it('are refused when their key has changed, and the node behind hears nothing', async () => {
		const [bastion, target] = [await serve(), await serve()];
		const knownHosts = folder.file('kh', knownHostsLine(bastion, makeKey()) + knownHostsLine(target, target.hostKey));
		const opening = open(session(folder, [target], {port: undefined, knownHosts}, {config: config([bastion], target)}));
		await expect(opening).rejects.toMatchObject({
			kind: 'host-key',
			verdict: 'changed',
			message: expect.stringContaining(`:${bastion.port}`) as string,
		});
		expect(bastion.seen.users).toEqual([]);
		expect(target.seen.connections).toBe(0);
	});

	it('do not vouch for the node behind them: its own key is checked', async () => {
		const [bastion, target] = [await serve(), await serve()];
		const knownHosts = folder.file('kh', knownHostsLine(bastion, bastion.hostKey) + knownHostsLine(target, makeKey()));
		await expect(open(session(folder, [target], {port: undefined, knownHosts}, {config: config([bastion], target)}))).rejects.toMatchObject(
			{verdict: 'changed'},
		);
		expect(target.seen.users).toEqual([]);
	});

	it('that refuse are not knocked at again for each node behind them', async () => {
		const [bastion, target] = [await serve({authorized: [makeKey()]}), await serve()];
		const shared = session(folder, [target], {port: undefined, knownHosts: known(bastion, target)}, {config: config([bastion], target)});
		await Promise.all([1, 2, 3].map(async () => expect(open(shared)).rejects.toMatchObject({kind: 'authentication'})));
		await expect(open(shared)).rejects.toMatchObject({kind: 'authentication'});
		expect(bastion.seen.connections).toBe(1);
	});

	it('are named when they cannot reach the node', async () => {
		const [bastion, target] = [await serve(), await serve()];
		const settings = config([bastion], target);
		await target.close();
		await expect(
			open(session(folder, [target], {port: undefined, knownHosts: known(bastion, target)}, {config: settings})),
		).rejects.toMatchObject({
			kind: 'unreachable',
			message: expect.stringContaining('jump host 127.0.0.1 cannot reach') as string,
		});
	});
});
