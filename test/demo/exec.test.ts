import {once} from 'node:events';
import {existsSync} from 'node:fs';
import {readFile, rm} from 'node:fs/promises';
import {createServer, type AddressInfo} from 'node:net';
import path from 'node:path';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {nameOf, openDemo, podsByNode, type Demo} from './demo-client.ts';

const v4 = 'v4.channel.k8s.io';
const v5 = 'v5.channel.k8s.io';

/** Kubernetes 1.26 speaks v4 only, 1.31 prefers v5. */
let old: Demo;
let recent: Demo;
let oldAgent: string;
let recentAgent: string;
beforeAll(async () => {
	[old, recent] = await Promise.all([openDemo({scene: 'nks'}), openDemo({scene: 'mixed'})]);
	oldAgent = nameOf((await podsByNode(old, 'k8s-app=cilium')).get('nks-pool-a-0001'));
	recentAgent = nameOf((await podsByNode(recent, 'k8s-app=cilium')).get('pool-a-0001'));
});
afterAll(async () => Promise.all([old.stop(), recent.stop()]));

describe('a command that ends', () => {
	test.each([
		['v4', v4, () => old, () => oldAgent],
		['v5', v5, () => recent, () => recentAgent],
	] as const)('tells output, errors and exit code over %s', async (_, protocol, demo, agent) => {
		const failed = await demo().exec(agent(), {command: ['sh', '-c', 'echo out; echo err >&2; exit 7']});
		expect(failed).toMatchObject({protocol, stdout: 'out\n', stderr: 'err\n', closeCode: 1000});
		expect(failed.status).toMatchObject({
			status: 'Failure',
			reason: 'NonZeroExitCode',
			details: {causes: [{reason: 'ExitCode', message: '7'}]},
		});
		const done = await demo().exec(agent(), {command: ['true']});
		expect(done).toMatchObject({protocol, stdout: '', closeCode: 1000, status: {status: 'Success'}});
	});

	test('by a signal has the code that a shell gives it', async () => {
		const {status} = await old.exec(oldAgent, {command: ['sh', '-c', 'kill -KILL $$']});
		expect(status?.details.causes[0]?.message).toBe('137');
	});

	test('that does not exist is an internal error and no exit code', async () => {
		const {status} = await old.exec(oldAgent, {command: ['no-such-program']});
		expect(status).toMatchObject({status: 'Failure', reason: 'InternalError', code: 500});
		expect(status?.message).toContain('executable file not found');
	});

	test('sends a large output whole', async () => {
		const {stdout, status} = await old.exec(oldAgent, {command: ['sh', '-c', 'head -c 3000000 /dev/zero | tr "\\0" x']});
		expect(status?.status).toBe('Success');
		expect(stdout.length).toBe(3_000_000);
	});

	test('gets its words as they are: no shell looks at them', async () => {
		const words = ['a b', '$HOME', '`id`', "it's", '*', 'x;y', ''];
		const {stdout} = await old.exec(oldAgent, {command: ['printf', '[%s]', ...words]});
		expect(stdout).toBe(words.map(word => `[${word}]`).join(''));
	});

	test('twenty at a time all answer', async () => {
		const answers = await Promise.all(
			Array.from({length: 20}, (_, number) => old.exec(oldAgent, {command: ['sh', '-c', `sleep 0.02; echo ${number}`]})),
		);
		expect(answers.map(({stdout}) => Number(stdout))).toEqual(Array.from({length: 20}, (_, number) => number));
	});
});

describe('stdin', () => {
	test('reaches the command, and over v5 can be ended', async () => {
		const {stdout, status} = await recent.exec(recentAgent, {command: ['cat'], stdin: 'hello', endStdin: true});
		expect([stdout, status?.status]).toEqual(['hello', 'Success']);
	});

	test('over v4 stays open, so a command must know how much to read', async () => {
		const {stdout, protocol} = await old.exec(oldAgent, {command: ['head', '-c', '5'], stdin: 'hello and more', endStdin: true});
		expect([protocol, stdout]).toEqual([v4, 'hello']);
	});
});

describe('a client that goes away', () => {
	test('takes the command and its children with it', async () => {
		const socket = old.openExec(oldAgent, {
			command: ['sh', '-c', '(while :; do echo >>"$1"; sleep 0.02; done) & echo started; wait', 'sh', '/host/opt/cni/bin/.beats'],
		});
		await new Promise<void>(resolve => {
			socket.on('message', (frame: Buffer) => {
				if (frame.toString().includes('started')) resolve();
			});
		});
		const beats = path.join(old.folder, 'nodes/nks-pool-a-0001/opt/cni/bin/.beats');
		const size = async () => (await readFile(beats).catch(() => Buffer.alloc(0))).length;
		await old.until(async () => ((await size()) > 1 ? true : undefined));
		socket.terminate();
		const stopped = await old.until(async () => {
			const before = await size();
			await new Promise(resolve => setTimeout(resolve, 300));
			return (await size()) === before ? true : undefined;
		});
		expect(stopped).toBe(true);
		await rm(beats);
	});
});

describe('the node that the command sees', () => {
	test('is the folder behind the mounts, also inside key=/path words', async () => {
		const {stdout} = await old.exec(oldAgent, {
			command: ['sh', '-c', 'ls "${1#conf=}" "$2"', 'sh', 'conf=/host/etc/cni/net.d', '/host/opt/cni/bin'],
		});
		expect(stdout).toContain('05-cilium.conf\n');
		expect(stdout).toContain('cilium-cni\nloopback\n');
	});

	test('does not reach the binary folder where the agent does not mount it', async () => {
		const {stdout} = await recent.exec(recentAgent, {
			command: ['sh', '-c', '[ -d "$1" ] && echo seen || echo hidden', 'sh', 'bin=/host/opt/cni/bin'],
		});
		expect(stdout).toBe('hidden\n');
	});

	test('is never this machine: neither paths without a mount nor .. lead out', async () => {
		const secret = path.join(old.folder, 'kubeconfig');
		expect(existsSync(secret)).toBe(true);
		for (const place of [
			secret,
			`/host/etc/cni/net.d/../../../../../../../../${secret}`,
			'/etc/passwd',
			'/host/etc/cni/net.d/../../../../../etc/passwd',
		]) {
			const {status} = await old.exec(oldAgent, {command: ['cat', place]});
			expect([place, status?.status]).toEqual([place, 'Failure']);
		}
	});

	test('gives neither variables nor home of the user who started the demo', async () => {
		process.env['HOSTPORT_DEMO_TEST_SECRET'] = 'secret';
		const {stdout} = await old.exec(oldAgent, {command: ['env']}).finally(() => delete process.env['HOSTPORT_DEMO_TEST_SECRET']);
		expect(stdout).not.toContain('secret');
		expect(stdout).toContain('HOME=/root\n');
	});

	test('has its own kernel, its own sockets and its own programs', async () => {
		expect((await old.exec(oldAgent, {command: ['uname', '-rm']})).stdout).toBe('5.4.0-163-generic x86_64\n');
		expect((await old.exec(oldAgent, {command: ['uname']})).stdout).toBe('Linux\n');
		expect((await old.exec(oldAgent, {command: ['cat', '/proc/net/tcp6']})).stdout).toContain(':280A ');
		expect((await old.exec(oldAgent, {command: ['cilium-dbg', 'version']})).status?.reason).toBe('InternalError');
		expect((await recent.exec(recentAgent, {command: ['cilium-dbg', 'version']})).stdout).toContain('1.17.4');
	});

	test('connects over the demo’s own network alone: bash reaches its pods and what is wired, nobody of this machine, and is itself otherwise', async () => {
		const reached: string[] = [];
		const listener = createServer(socket => {
			reached.push('somebody');
			socket.destroy();
		}).listen(0, '127.0.0.1');
		await once(listener, 'listening');
		const {port} = listener.address() as AddressInfo;
		const {status} = await old.exec(oldAgent, {command: ['bash', '-c', 'exec 3<>"/dev/tcp/127.0.0.1/$1"', 'connect', String(port)]});
		expect(status?.details.causes[0]?.message).toBe('1');
		expect(reached).toEqual([]);
		listener.close();
		const web = (await podsByNode(old, 'app=web')).get('nks-pool-a-0001');
		const open = await old.exec(oldAgent, {command: ['bash', '-c', 'exec 3<>"/dev/tcp/$1/$2"', 'connect', web?.status.podIP ?? '', '80']});
		expect(open.status?.status).toBe('Success');
		const unwired = await old.exec(oldAgent, {
			command: ['bash', '-c', 'exec 3<>"/dev/tcp/$1/$2"', 'connect', web?.status.hostIP ?? '', '8080'],
		});
		expect(unwired.stderr).toContain('Connection refused');
		expect((await old.exec(oldAgent, {command: ['bash', '-c', 'echo "${1^^}" 2>/dev/null || echo "$1"', 'x', 'word']})).stdout).toMatch(
			/^word$/imu,
		);
	});

	test('a file written over exec lies in the folder of that node and of no other', async () => {
		const {status} = await old.exec(oldAgent, {
			command: ['sh', '-c', 'head -c 5 >"$1"', 'sh', '/host/opt/cni/bin/.written'],
			stdin: 'bytes',
		});
		expect(status?.status).toBe('Success');
		expect(await readFile(path.join(old.folder, 'nodes/nks-pool-a-0001/opt/cni/bin/.written'), 'utf8')).toBe('bytes');
		expect(existsSync(path.join(old.folder, 'nodes/nks-pool-a-0002'))).toBe(false);
	});
});

describe('a refused exec says why before the upgrade', () => {
	test.each([
		['a pod that is not there', 'kube-system/none', {command: ['true']}, 404, 'pods "none" not found'],
		['a container that is not there', '', {command: ['true'], container: 'none'}, 400, 'container none is not valid for pod'],
		['no command', '', {command: []}, 400, 'at least 1 command'],
		[
			'a protocol that the server does not speak',
			'',
			{command: ['true'], protocols: ['v3.channel.k8s.io']},
			403,
			'unable to negotiate protocol',
		],
	] as const)('%s', async (_, pod, question, status, message) => {
		const answer = await old.refusedExec(pod === '' ? oldAgent : pod, question);
		expect(answer.status).toBe(status);
		expect(answer.body.message).toContain(message);
	});

	test('a node that is down', async () => {
		const lost = nameOf((await podsByNode(recent, 'k8s-app=cilium')).get('pool-b-0007'));
		const {status, body} = await recent.refusedExec(lost, {command: ['true']});
		expect([status, body.reason]).toEqual([500, 'InternalError']);
		expect(body.message).toContain('error dialing backend');
	});
});
