import {writeFileSync} from 'node:fs';
import path from 'node:path';
import {afterAll, afterEach, beforeAll, beforeEach, expect, test, vi} from 'vitest';
import type {WebSocket} from 'ws';
import type {ClusterClient, ExecOptions, ExecResult} from '../../source/cluster/cluster-client.ts';
import {realClock} from '../../source/clock.ts';
import {ClusterError} from '../../source/cluster/cluster-error.ts';
import {connectTo, kubeconfigText, startApiServer, status, temporaryFolder, type ApiServer} from './api-server.ts';

const folder = temporaryFolder();
let api: ApiServer;
let client: ClusterClient;

const target = {namespace: 'kube-system', pod: 'cilium-a', container: 'cilium-agent'};
const run = (command: string[] = ['true'], options: Partial<ExecOptions> = {}): Promise<ExecResult> =>
	client.exec(target, command, {timeoutMilliseconds: 10_000, ...options});
const failure = async (promise: Promise<unknown>): Promise<ClusterError> => {
	const error: unknown = await promise.then(
		() => new Error('it went well'),
		(error: unknown) => error,
	);
	expect(error).toBeInstanceOf(ClusterError);
	return error as ClusterError;
};

const frame = (channel: number, payload: string | Buffer = ''): Buffer => Buffer.concat([Buffer.of(channel), Buffer.from(payload)]);
const finish = (socket: WebSocket, content: object): void => {
	socket.send(frame(3, JSON.stringify(content)));
	socket.close();
};

const success = {kind: 'Status', metadata: {}, status: 'Success'};
const exited = (code: number): object => ({
	kind: 'Status',
	status: 'Failure',
	reason: 'NonZeroExitCode',
	message: `command terminated with non-zero exit code: exit status ${code}`,
	details: {causes: [{reason: 'ExitCode', message: String(code)}]},
});

beforeAll(async () => {
	api = await startApiServer();
	writeFileSync(path.join(folder.path, 'config'), kubeconfigText(api));
});
beforeEach(async () => {
	api.requests.length = 0;
	api.refuseUpgrade = () => undefined;
	api.subprotocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];
	api.exec = socket => finish(socket, success);
	client = await connectTo(path.join(folder.path, 'config'), {as: 'jane', asGroup: ['a', 'b']});
});
afterEach(() => client.close());
afterAll(async () => {
	await api.close();
	folder.remove();
});

test('each word of the command arrives as it is, and so do identity and container', async () => {
	const words = ['sh', '-c', 'echo "$1"; echo $HOME & +%', 'sh', 'a b\n"ü"', ''];
	await run(words);
	const request = api.requests[0];
	expect(request?.path).toBe('/api/v1/namespaces/kube-system/pods/cilium-a/exec');
	expect(request?.query.getAll('command')).toEqual(words);
	expect(Object.fromEntries(request?.query ?? [])).toMatchObject({
		container: 'cilium-agent',
		stdin: 'false',
		stdout: 'true',
		stderr: 'true',
		tty: 'false',
	});
	expect(request?.headers).toContainEqual(['authorization', 'Bearer secret-token']);
	expect(request?.headers.filter(([name]) => name === 'impersonate-group').map(([, value]) => value)).toEqual(['a', 'b']);
	expect(client.requestCount).toBe(1);
});

test('output is kept apart by stream, bytes as they are, in pieces', async () => {
	const bytes = Buffer.from([0, 255, 128, 10]);
	api.exec = socket => {
		for (const channel of [1, 2, 3]) socket.send(frame(channel));
		socket.send(frame(1, bytes));
		socket.send(frame(2, 'oh'));
		socket.send(frame(1, bytes));
		finish(socket, success);
	};
	const result = await run();
	expect(Buffer.from(result.stdout)).toEqual(Buffer.concat([bytes, bytes]));
	expect(Buffer.from(result.stderr).toString()).toBe('oh');
	expect(result).toMatchObject({exitCode: 0, truncated: false});
});

test.each([1, 3, 126, 137, 255])('exit code %d is a result, not an error', async code => {
	api.exec = socket => finish(socket, exited(code));
	await expect(run()).resolves.toMatchObject({exitCode: code});
});

test('a status that comes in two pieces is put together', async () => {
	api.exec = socket => {
		const text = JSON.stringify(exited(7));
		socket.send(frame(3, text.slice(0, 20)));
		socket.send(frame(3, text.slice(20)));
		socket.close();
	};
	await expect(run()).resolves.toMatchObject({exitCode: 7});
});

test('a server that leaves the connection open after the status is not waited for', async () => {
	api.exec = socket => socket.send(frame(3, JSON.stringify(success)));
	await expect(run()).resolves.toMatchObject({exitCode: 0});
});

test('a command that cannot be run is an error with the end of what the runtime says', async () => {
	const message = `${'failed to exec in container: '.repeat(20)}exec: "nope": executable file not found in $PATH`;
	api.exec = socket => finish(socket, {kind: 'Status', status: 'Failure', reason: 'InternalError', code: 500, message});
	const error = await failure(run(['nope']));
	expect(error.message).toContain('cannot run a command in pod kube-system/cilium-a');
	expect(error.message).toContain('executable file not found in $PATH');
	expect(error.message.length).toBeLessThan(300);
});

test('what the server says of a command that it could not start is heard while input is still being sent', async () => {
	const message = 'exec: "sh": executable file not found in $PATH';
	api.exec = socket => finish(socket, {kind: 'Status', status: 'Failure', reason: 'InternalError', code: 500, message});
	for (let tries = 1; tries <= 5; tries++) {
		const error = await failure(run(['sh'], {stdin: new Uint8Array(4 * 1024 * 1024)}));
		expect(error.message).toContain(message);
	}
});

test.each([
	['closed', (socket: WebSocket) => socket.close()],
	['cut', (socket: WebSocket) => socket.terminate()],
])('a connection that is %s before the status is lost, and says so', async (_, drop) => {
	api.exec = socket => {
		socket.send(frame(1, 'half of it'), () => drop(socket));
	};
	const error = await failure(run());
	expect(error.reason).toBe('ConnectionLost');
	expect(error.message).toContain('connection lost');
	expect(client.requestCount).toBe(1);
});

test('a status that is no status is an error', async () => {
	api.exec = socket => {
		socket.send(frame(3, 'command terminated strangely'));
		socket.close();
	};
	expect((await failure(run())).message).toContain('command terminated strangely');
});

test.each([
	[
		403,
		'Forbidden',
		'User "v" cannot create resource "pods/exec" in API group ""',
		'missing permission: run a command in pod kube-system/cilium-a (user v)',
	],
	[404, 'NotFound', 'pods "cilium-a" not found', 'cannot run a command in pod kube-system/cilium-a: pods "cilium-a" not found'],
	[500, 'InternalError', 'error dialing backend: no route to host', 'error dialing backend: no route to host'],
	[400, 'BadRequest', 'container x is not valid', 'cannot run a command in pod kube-system/cilium-a: container x is not valid'],
])('a refusal with %d tells what the server says in its body', async (code, reason, message, expected) => {
	api.refuseUpgrade = () => status(code, reason, message);
	const error = await failure(run());
	expect(error).toMatchObject({status: code, reason, verb: 'get', resource: 'pods/exec'});
	expect(error.message).toContain(expected);
	expect(api.requests).toHaveLength(1);
});

test.each([
	['without the right to create, from Kubernetes 1.35', 'pods "cilium-a" is forbidden: ', 'Grant create on pods/exec'],
	[
		'with a role binding that names no role',
		'pods "cilium-a" is forbidden: RBAC: clusterrole.rbac.authorization.k8s.io "x" not found',
		'Grant create on pods/exec',
	],
	[
		'by an admission webhook',
		'pods "cilium-a" is forbidden: admission webhook "no.exec" denied the request: not here',
		'Check Pod Security, quotas and admission webhooks',
	],
])('a refusal %s says what is missing', async (_, message, hint) => {
	api.refuseUpgrade = () => status(403, 'Forbidden', message);
	expect((await failure(run())).hint).toContain(hint);
});

test('a kubelet that cannot be reached is told in the plain words of the server', async () => {
	api.refuseUpgrade = () => ({status: 502, text: 'error dialing backend: dial tcp 10.0.0.1:10250: connect: connection refused\n'});
	expect((await failure(run())).message).toMatch(/error dialing backend: dial tcp 10\.0\.0\.1:10250: connect: connection refused$/u);
});

test('a server that knows no WebSocket is said to be one', async () => {
	api.refuseUpgrade = () => ({status: 200, text: '<html>', headers: {'content-type': 'text/html'}});
	expect((await failure(run())).reason).toBe('NotKubernetes');
});

test('a server that is too busy for the upgrade is asked again', async () => {
	api.refuseUpgrade = () => (api.requests.length === 1 ? status(429, 'TooManyRequests', 'later') : undefined);
	await expect(run()).resolves.toMatchObject({exitCode: 0});
	expect(api.requests).toHaveLength(2);
});

test('a server that turns execs away is asked as long as there is time, and says how it does', async () => {
	const clock = {...realClock, sleep: async () => undefined};
	const hasty = await connectTo(path.join(folder.path, 'config'), {}, {clock});
	api.refuseUpgrade = () =>
		api.requests.length <= 25 ? {...status(429, 'TooManyRequests', 'later'), headers: {'retry-after': '1'}} : undefined;
	await expect(hasty.exec(target, ['true'], {timeoutMilliseconds: 60_000})).resolves.toMatchObject({exitCode: 0});
	expect(hasty.pressure).toMatchObject({turnedAway: 25, failed: 0, heldBack: 0});
	await hasty.close();
});

test('output beyond the limit is dropped and the result says so', async () => {
	api.exec = socket => {
		for (let piece = 0; piece < 10; piece += 1) socket.send(frame(1, 'x'.repeat(300)));
		socket.send(frame(2, 'short'));
		finish(socket, success);
	};
	const result = await run(['yes'], {maximumOutputBytes: 1000});
	expect(result.stdout).toHaveLength(1000);
	expect(result).toMatchObject({truncated: true, exitCode: 0});
	expect(Buffer.from(result.stderr).toString()).toBe('short');
	await expect(run(['yes'], {maximumOutputBytes: 3000})).resolves.toMatchObject({truncated: false});
});

test('stdin arrives whole, and its end where the protocol has a word for it', async () => {
	const received: Buffer[] = [];
	api.exec = socket => {
		socket.on('message', (data: Buffer) => {
			received.push(data);
			if (data[0] === 255) finish(socket, success);
		});
	};
	const stdin = Buffer.alloc(200_000, 'abcdefg');
	await run(['cat'], {stdin});
	expect([...(received.pop() ?? [])]).toEqual([255, 0]);
	expect(Buffer.concat(received.map(data => data.subarray(1)))).toEqual(stdin);
	expect(new Set(received.map(data => data[0]))).toEqual(new Set([0]));
	expect(api.requests[0]?.query.get('stdin')).toBe('true');
});

test('with protocol v4 stdin is left open', async () => {
	api.subprotocols = ['v4.channel.k8s.io'];
	const channels: number[] = [];
	api.exec = socket => {
		socket.on('message', (data: Buffer) => {
			channels.push(data[0] ?? -1);
			finish(socket, success);
		});
	};
	await run(['head', '-c', '3'], {stdin: Buffer.from('abc')});
	expect(channels).toEqual([0]);
});

test('an AbortSignal ends a run with its own reason and closes the connection', async () => {
	const reason = new Error('the user left');
	const closed = new Promise(resolve => {
		api.exec = socket => socket.on('close', resolve);
	});
	const controller = new AbortController();
	const running = run(['sleep'], {signal: controller.signal});
	setTimeout(() => controller.abort(reason), 50);
	await expect(running).rejects.toBe(reason);
	await closed;
	await expect(run(['sleep'], {signal: AbortSignal.abort(reason)})).rejects.toBe(reason);
});

test('a command that does not end is given up after its time', async () => {
	api.exec = () => undefined;
	const error = await failure(run(['sleep'], {timeoutMilliseconds: 60}));
	expect(error).toMatchObject({reason: 'RequestTimeout'});
	expect(error.message).toContain('did not end within 0.06 s');
});

test('an upgrade that is never answered is given up after its time', async () => {
	api.refuseUpgrade = () => 'hang';
	await expect(failure(run(['true'], {timeoutMilliseconds: 60}))).resolves.toMatchObject({reason: 'RequestTimeout'});
});

/** Lets a quarter of a minute pass for the client again and again until something happens. */
async function quartersUntil(event: Promise<unknown>): Promise<void> {
	const quarter = setTimeout(function next() {
		vi.advanceTimersByTime(15_000);
		quarter.refresh();
	}, 10);
	await event;
	clearTimeout(quarter);
}

test('while a command runs the connection is pinged', async () => {
	vi.useFakeTimers({toFake: ['setInterval', 'clearInterval', 'performance']});
	try {
		const pinged = new Promise<void>(resolve => {
			api.exec = socket =>
				socket.on('ping', () => {
					resolve();
					finish(socket, success);
				});
		});
		const running = run(['sleep']);
		await quartersUntil(pinged);
		await expect(running).resolves.toMatchObject({exitCode: 0});
	} finally {
		vi.useRealTimers();
	}
});

test('a connection on which nothing comes back for more than a minute is lost', async () => {
	const mute = await startApiServer({authority: api.authority, pongs: false});
	mute.exec = () => undefined;
	writeFileSync(path.join(folder.path, 'mute'), kubeconfigText(mute));
	const toMute = await connectTo(path.join(folder.path, 'mute'));
	vi.useFakeTimers({toFake: ['setInterval', 'clearInterval', 'performance']});
	try {
		const lost = failure(toMute.exec(target, ['sleep'], {timeoutMilliseconds: 10_000}));
		await quartersUntil(lost);
		await expect(lost).resolves.toMatchObject({reason: 'ConnectionLost'});
	} finally {
		vi.useRealTimers();
		await toMute.close();
		await mute.close();
	}
});
