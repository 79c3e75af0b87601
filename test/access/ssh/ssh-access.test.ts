import {createHash, randomBytes} from 'node:crypto';
import {existsSync, chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import * as fc from 'fast-check';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import type {FileToPut} from '../../../source/access/access.ts';
import type {SshAccess} from '../../../source/access/ssh/ssh-access.ts';
import {limits, open, testSession} from './support/session.ts';
import {makeKey, startServer, testFolder, type ServerOptions, type TestServer} from './support/ssh-server.ts';

let folder: ReturnType<typeof testFolder>;
let target: string;
const cleanup: (() => unknown)[] = [];
beforeEach(() => {
	folder = testFolder();
	target = path.join(folder.path, 'target');
	mkdirSync(target);
});
afterEach(async () => {
	for (const step of cleanup.splice(0).toReversed()) await step();
	folder.remove();
});

const key = makeKey();

async function access(options: ServerOptions = {}, user = 'root'): Promise<{access: SshAccess; server: TestServer}> {
	const server = await startServer({authorized: [key], ...options});
	cleanup.push(() => server.close());
	const session = testSession(folder, [server], {key: folder.file('id', key.private), user});
	cleanup.push(() => session.close());
	return {access: await open(session), server};
}

/** A stand-in of sudo: does what is asked as the same user, or says what sudo says. */
function sudo(script: string): string {
	const commands = path.join(folder.path, 'bin');
	mkdirSync(commands);
	writeFileSync(path.join(commands, 'sudo'), `#!/bin/sh\n${script}\n`);
	chmodSync(path.join(commands, 'sudo'), 0o755);
	return commands;
}

const fileOf = (content: Buffer, more: Partial<FileToPut> = {}): FileToPut => ({
	folder: target,
	name: 'portmap',
	content,
	mode: 0o755,
	sha256: createHash('sha256').update(content).digest('hex'),
	...more,
});

describe('running a script by SSH', () => {
	it('gives stdout, stderr and the exit code as they are', async () => {
		const {access: way} = await access();
		expect(await way.run('echo out; echo err >&2; exit 3', limits())).toEqual({
			stdout: 'out\n',
			stderr: 'err\n',
			exitCode: 3,
			truncated: false,
		});
	});

	it('tells each command and file where that is asked for, and nothing of what is in them', async () => {
		const lines: string[] = [];
		const server = await startServer({authorized: [key]});
		cleanup.push(() => server.close());
		const session = testSession(folder, [server], {key: folder.file('id', key.private)}, {log: line => lines.push(line)});
		cleanup.push(() => session.close());
		const way = await open(session);
		await way.run('echo verysecret; exit 3', {...limits(), parameters: ['secret too']});
		await way.put(fileOf(Buffer.from('content')), limits());
		const place = `SSH root@127.0.0.1:${server.port}`;
		expect(lines.map(line => line.replace(/\d+ ms$/u, 'MS'))).toEqual([
			`${place} logged in by ssh2 MS`,
			`${place} sh -s 3 MS`,
			expect.stringMatching(/put \S+\.portmap\.kubectl-hostport-\w+ 7 bytes MS$/u),
			expect.stringMatching(/sh -c '.* 0 MS$/u),
		]);
		expect(lines.join('\n')).not.toMatch(/secret|content/u);
	});

	it('hands any parameter over unread by a shell', async () => {
		const {access: way} = await access();
		await fc.assert(
			fc.asyncProperty(
				fc.array(fc.string({unit: fc.constantFrom('a', "'", '"', '$', '`', '\\', '!', ' ', '\n', '*', '-', ';', 'é')}), {maxLength: 4}),
				async parameters => {
					const {stdout} = await way.run('printf "%s\\0" "$@"', {...limits(), parameters});
					expect(stdout).toBe(parameters.length === 0 ? '\0' : parameters.map(parameter => `${parameter}\0`).join(''));
				},
			),
			{numRuns: 15},
		);
	});

	it('keeps the script away from commands that read stdin', async () => {
		const {access: way} = await access();
		expect(await way.run('cat\necho still here', limits())).toMatchObject({stdout: 'still here\n', exitCode: 0});
	});

	it('drops output beyond the limit and says so', async () => {
		const {access: way} = await access();
		const result = await way.run('head -c 100000 /dev/zero | tr "\\0" x; echo end >&2', {...limits(), maximumOutputBytes: 1000});
		expect(result).toMatchObject({stdout: 'x'.repeat(1000), stderr: 'end\n', truncated: true, exitCode: 0});
	});

	it('ends at its time limit, and the connection can be used again', async () => {
		const {access: way, server} = await access();
		await expect(way.run('exec sleep 5', {...limits(), timeoutMilliseconds: 100})).rejects.toMatchObject({kind: 'timeout'});
		expect((await way.run('echo again', limits())).stdout).toBe('again\n');
		expect(server.seen.connections).toBe(1);
	});

	it.each([
		['the time is up', () => {}, 2000],
		['it is aborted', (controller: AbortController) => controller.abort(new Error('Ctrl-C')), 60_000],
		['the connection breaks', (_: AbortController, server: TestServer) => server.cut(), 60_000],
	])('leaves nothing running on the node when %s', async (_when, happen, timeoutMilliseconds) => {
		const {access: way, server} = await access();
		const controller = new AbortController();
		const started = path.join(target, 'started');
		const running = way.run('sleep 600 & echo $! > "$1"; wait', {parameters: [started], signal: controller.signal, timeoutMilliseconds});
		const failure = running.catch((error: unknown) => error);
		await until(() => existsSync(started) && readFileSync(started, 'utf8').endsWith('\n'));
		happen(controller, server);
		expect(await failure).toBeInstanceOf(Error);
		const pid = Number(readFileSync(started, 'utf8'));
		await until(() => !isAlive(pid));
		expect(pid).toBeGreaterThan(1);
	});

	it('ends with the reason of an abort', async () => {
		const {access: way} = await access();
		const controller = new AbortController();
		const reason = new Error('Ctrl-C');
		const running = way.run('exec sleep 5', {...limits(), signal: controller.signal});
		setTimeout(() => controller.abort(reason), 50);
		await expect(running).rejects.toBe(reason);
	});

	it('says that the connection was lost, and connects anew for the next', async () => {
		const {access: way, server} = await access();
		const running = way.run('exec sleep 5', limits());
		setTimeout(() => server.cut(), 200);
		await expect(running).rejects.toMatchObject({kind: 'lost', exitCode: 3});
		expect((await way.run('echo again', limits())).stdout).toBe('again\n');
		expect(server.seen.connections).toBe(2);
	});
});

describe('sudo', () => {
	it('is left away for root and used without a question for others', async () => {
		const root = await access();
		await root.access.run('true', limits());
		expect(root.server.seen.commands).toEqual(['sh -s']);
		const commandFolder = sudo('[ "$1" = -n ] && shift && exec "$@"');
		const other = await access({commandFolder}, 'core');
		expect(await other.access.run('echo "$1"; exit 4', {...limits(), parameters: ["it's"]})).toMatchObject({stdout: "it's\n", exitCode: 4});
		expect(other.server.seen.commands).toEqual(['env LC_ALL=C sudo -n sh -s']);
	});

	it.each([
		['echo "sudo: a password is required" >&2; exit 1', 'sudo needs a password for core on 127.0.0.1'],
		['echo "sudo: a terminal is required to read the password" >&2; exit 1', 'sudo needs a password for core on 127.0.0.1'],
		['echo "sudo: sorry, you must have a tty to run sudo" >&2; exit 1', 'sudo needs a password for core on 127.0.0.1'],
		['echo "core is not in the sudoers file." >&2; exit 1', 'core may not use sudo on 127.0.0.1'],
		['echo "env: sudo: command not found" >&2; exit 127', '127.0.0.1 has no sudo for core'],
	])('says what to do where it refuses: %s', async (script, message) => {
		const {access: way} = await access({commandFolder: sudo(script)}, 'core');
		await expect(way.run('echo hello', limits())).rejects.toMatchObject({
			kind: 'sudo',
			message,
			hint: 'Allow NOPASSWD for core in sudoers, or use --ssh-user root.',
		});
	});

	it('is not blamed for a script that fails by itself', async () => {
		const {access: way} = await access({commandFolder: sudo('shift; exec "$@"')}, 'core');
		expect(await way.run('echo no such thing >&2; exit 1', limits())).toMatchObject({exitCode: 1});
	});
});

describe('putting a file by SSH', () => {
	const content = randomBytes(300_000);

	it.each([
		['by SFTP', {}, 'root'],
		['by the shell where the server has no SFTP', {sftp: 'none'}, 'root'],
		['by the shell where sudo is needed', {}, 'core'],
	] as const)('replaces it in one step, with its mode: %s', async (_way, options, user) => {
		writeFileSync(path.join(target, 'portmap'), 'old');
		const {access: way} = await access(user === 'root' ? options : {commandFolder: sudo('shift; exec "$@"')}, user);
		await way.put(fileOf(content), limits());
		expect(readFileSync(path.join(target, 'portmap')).equals(content)).toBe(true);
		expect(statSync(path.join(target, 'portmap')).mode & 0o777).toBe(0o755);
		expect(readdirSync(target)).toEqual(['portmap']);
	});

	it('takes an empty file, and names and folders with blanks and quotes', async () => {
		const odd = path.join(target, "it's  $HOME \\ here");
		mkdirSync(odd);
		for (const options of [{}, {sftp: 'none'} as const]) {
			const {access: way} = await access(options);
			await way.put(fileOf(Buffer.alloc(0), {folder: odd, name: ' "a" b', mode: 0o600}), limits());
			expect(readdirSync(odd)).toEqual([' "a" b']);
		}
	});

	it('leaves nothing behind and the old file in place when the upload is cut', async () => {
		writeFileSync(path.join(target, 'portmap'), 'old');
		for (const sftp of [{cutAfterBytes: 100_000}, {loseBytes: 1}]) {
			const {access: way} = await access({sftp});
			await expect(way.put(fileOf(content), limits())).rejects.toMatchObject({kind: 'file', exitCode: 3});
			expect(readdirSync(target)).toEqual(['portmap']);
			expect(readFileSync(path.join(target, 'portmap'), 'utf8')).toBe('old');
		}
	});

	it('leaves nothing behind when the connection breaks while the shell receives it', async () => {
		const {access: way, server} = await access({sftp: 'none', commandFolder: slowCat()});
		const putting = way.put(fileOf(randomBytes(8_000_000)), limits());
		setTimeout(() => server.cut(), 300);
		await expect(putting).rejects.toMatchObject({kind: 'lost'});
		await until(() => readdirSync(target).length === 0);
	});

	it('leaves nothing behind when the connection breaks between upload and rename', async () => {
		const {access: way, server} = await access({cutAtCommand: /sha256sum/u});
		await expect(way.put(fileOf(content), limits())).rejects.toMatchObject({exitCode: 3});
		expect(readdirSync(target)).toEqual([]);
		expect(server.seen.connections).toBe(2);
	});

	it('leaves nothing behind when it is aborted', async () => {
		const controller = new AbortController();
		const {access: way} = await access();
		const putting = way.put(fileOf(randomBytes(8_000_000)), {...limits(), signal: controller.signal});
		setTimeout(() => controller.abort(new Error('Ctrl-C')), 40);
		await expect(putting).rejects.toThrow('Ctrl-C');
		await until(() => readdirSync(target).length === 0);
	});

	it.each([
		['a folder that is not there', {folder: '/no/such/folder'}],
		['a name that is a folder', {name: 'sub'}],
	])('says what is wrong: %s', async (_what, more) => {
		mkdirSync(path.join(target, 'sub'));
		for (const options of [{}, {sftp: 'none'} as const]) {
			const {access: way} = await access(options);
			await expect(way.put(fileOf(content, more), limits())).rejects.toMatchObject({kind: 'file'});
			expect(readdirSync(target)).toEqual(['sub']);
			expect(readdirSync(path.join(target, 'sub'))).toEqual([]);
		}
	});

	it.runIf(process.platform === 'linux')('says so where the folder takes no file', async () => {
		const {access: way} = await access({sftp: 'none'});
		await expect(way.put(fileOf(content, {folder: '/proc'}), limits())).rejects.toThrow(/it cannot be written/u);
	});

	it('refuses to begin with content that is not what its sum says, or a name that leads elsewhere', async () => {
		const {access: way, server} = await access();
		for (const more of [
			{sha256: '0'.repeat(64)},
			{name: '../x'},
			{name: '..'},
			{name: ''},
			{folder: 'relative'},
			{folder: '/a\nb'},
			{mode: 0o4755},
		])
			await expect(way.put(fileOf(content, more), limits())).rejects.toBeInstanceOf(TypeError);
		expect(server.seen.commands).toEqual([]);
	});
});

/** A `cat` that takes its time, so that a connection can break in the middle. */
function slowCat(): string {
	const commands = path.join(folder.path, 'bin');
	mkdirSync(commands, {recursive: true});
	writeFileSync(path.join(commands, 'cat'), '#!/bin/sh\n/bin/dd bs=1000 count=10 2>/dev/null; sleep 1; exec /bin/cat\n');
	chmodSync(path.join(commands, 'cat'), 0o755);
	return commands;
}

function isAlive(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch {
		return false;
	}
}

async function until(condition: () => boolean): Promise<void> {
	while (!condition()) {
		await new Promise(resolve => {
			setTimeout(resolve, 20);
		});
	}
}
