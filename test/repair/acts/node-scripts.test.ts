import {spawn} from 'node:child_process';
import {chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile} from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {putByExec} from '../../../source/access/put-by-exec.ts';
import type {ClusterClient, ExecResult} from '../../../source/cluster/cluster-client.ts';
import {sha256Of} from '../../../source/repair/sources/inspect.ts';
import staleRules from '../../../source/repair/acts/stale-rules.sh';
import portmapBinary from '../../../source/repair/acts/portmap-binary.sh';

// The scripts that run on nodes, run by the real `sh` in a folder.
let folder = '';
beforeEach(async () => {
	folder = await mkdtemp(path.join(os.tmpdir(), 'hostport-node-'));
});
afterEach(async () => {
	await rm(folder, {recursive: true});
});

type Ran = {readonly exitCode: number; readonly stdout: string; readonly stderr: string};

/** Runs a command; its stdin is kept open after the content, as exec before Kubernetes 1.30 does. `ulimit`: blocks of 512 bytes. */
async function run(
	command: readonly string[],
	{stdin, environment = {}, ulimit}: {stdin?: Uint8Array; environment?: Record<string, string>; ulimit?: number} = {},
): Promise<Ran> {
	const [file = '', ...words] = limited(command, ulimit);
	return new Promise((resolve, reject) => {
		const child = spawn(file, words, {env: {...process.env, ...environment}});
		const out = {stdout: '', stderr: ''};
		child.stdout.on('data', (part: Buffer) => (out.stdout += part.toString()));
		child.stderr.on('data', (part: Buffer) => (out.stderr += part.toString()));
		child.stdin.on('error', () => undefined);
		child.on('error', reject);
		child.on('close', (code, signal) => resolve({exitCode: code ?? (signal === null ? 1 : 137), ...out}));
		if (stdin === undefined) child.stdin.end();
		else child.stdin.write(stdin);
		child.on('exit', () => child.stdin.destroy());
	});
}

const limited = (command: readonly string[], ulimit?: number): readonly string[] =>
	ulimit === undefined ? command : ['sh', '-c', `ulimit -f ${ulimit}; exec "$@"`, 'sh', ...command];

const sh = async (script: string, parameters: readonly string[], environment?: Record<string, string>): Promise<Ran> =>
	run(['sh', '-c', script, 'sh', ...parameters], {...(environment && {environment})});

/** A plugin that answers VERSION, or does not. */
const plugin = (answers = true): string =>
	answers
		? `#!/bin/sh\n[ "$CNI_COMMAND" = VERSION ] && echo '{"cniVersion":"1.0.0"}' || echo 'CNI portmap plugin v1.9.1' >&2\n`
		: '#!/bin/sh\nexit 1\n';

async function put(name: string, content: string, mode = 0o755): Promise<void> {
	await writeFile(path.join(folder, name), content);
	await chmod(path.join(folder, name), mode);
}

const files = async (): Promise<string[]> => (await readdir(folder)).sort();
const staged = '.portmap.kubectl-hostport-1';
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test('a probe tells a working binary from one that is missing, does not run, or may not', async () => {
	expect(await sh(portmapBinary, ['probe', folder])).toMatchObject({exitCode: 41});
	await put('portmap', plugin());
	const seen = await sh(portmapBinary, ['probe', folder]);
	expect(seen.exitCode).toBe(0);
	expect(seen.stdout).toContain(
		`sum ${sha256Of(bytes(plugin()))}\nmode 755\nanswer {"cniVersion":"1.0.0"}\nabout CNI portmap plugin v1.9.1`,
	);
	await put('portmap', plugin(false));
	expect(await sh(portmapBinary, ['probe', folder])).toMatchObject({exitCode: 43});
	await put('portmap', plugin(), 0o644);
	expect(await sh(portmapBinary, ['probe', folder])).toMatchObject({exitCode: 43});
	expect(await sh(portmapBinary, ['probe', `${folder}/none`])).toMatchObject({exitCode: 40});
});

test('a staged file is put in place only after it has run, and nothing staged is left', async () => {
	await put(staged, plugin());
	await put('..portmap.kubectl-hostport-0.kubectl-hostport-abc', 'half a file of an interrupted run');
	expect(await sh(portmapBinary, ['install', folder, staged, sha256Of(bytes(plugin()))])).toMatchObject({exitCode: 0});
	expect(await files()).toEqual(['portmap']);
	expect((await stat(path.join(folder, 'portmap'))).mode & 0o777).toBe(0o755);
});

test('a file that does not run, or is not what was sent, leaves what was there', async () => {
	await put('portmap', 'the old one');
	await put(staged, plugin(false));
	expect(await sh(portmapBinary, ['install', folder, staged, sha256Of(bytes(plugin(false)))])).toMatchObject({exitCode: 43});
	await put(staged, plugin());
	expect(await sh(portmapBinary, ['install', folder, staged, '0'.repeat(64)])).toMatchObject({exitCode: 42});
	expect(await files()).toEqual(['portmap']);
	expect(await readFile(path.join(folder, 'portmap'), 'utf8')).toBe('the old one');
});

test('a program for another machine is refused by the kernel and so by us', async () => {
	await put(staged, '\u007fELF not for this machine');
	const {exitCode} = await sh(portmapBinary, ['install', folder, staged, sha256Of(bytes('\u007fELF not for this machine'))]);
	expect(exitCode).toBe(43);
	expect(await files()).toEqual([]);
});

/** A client whose exec runs here; `stop` ends the stream after so many bytes, as a lost connection does. */
function localClient({stop, ulimit}: {stop?: number; ulimit?: number} = {}): ClusterClient {
	const exec = async (_target: unknown, command: readonly string[], {stdin}: {stdin?: Uint8Array}): Promise<ExecResult> => {
		const cut = stop === undefined ? undefined : ['sh', '-c', `head -c ${stop} | "$@"`, 'sh', ...command];
		const {exitCode, stdout, stderr} = await run(cut ?? command, {...(stdin && {stdin}), ...(ulimit !== undefined && {ulimit})});
		return {stdout: bytes(stdout), stderr: bytes(stderr), exitCode, truncated: false};
	};
	return {exec} as unknown as ClusterClient;
}

const target = {namespace: 'kube-system', pod: 'writer', container: 'reader'};
const options = {signal: new AbortController().signal, timeoutMilliseconds: 10_000};
const content = new Uint8Array(300_000).map((_, index) => index % 251);
const file = {folder: '/opt/cni/bin', name: staged, content, mode: 0o755, sha256: sha256Of(content)};
const putHere = async (client: ClusterClient): Promise<void> =>
	putByExec(client, target, {host: '/opt/cni/bin', seen: folder}, file, options);

test('a file sent over exec arrives whole, with its mode, though stdin is never closed', async () => {
	await putHere(localClient());
	expect(await files()).toEqual([staged]);
	expect(new Uint8Array(await readFile(path.join(folder, staged)))).toEqual(content);
	expect((await stat(path.join(folder, staged))).mode & 0o777).toBe(0o755);
});

test('a truncated upload leaves nothing behind', async () => {
	await expect(putHere(localClient({stop: 100_000}))).rejects.toThrow(/another size/);
	expect(await files()).toEqual([]);
});

test('a full disk leaves nothing behind and is named', async () => {
	await expect(putHere(localClient({ulimit: 100}))).rejects.toThrow(/was not written/);
	expect(await files()).toEqual([]);
});

test('what cannot be kept is taken all the same: nothing of it is left that would block its sender', async () => {
	// The second reader gets what the script has not taken.
	const rest = async (seen: string, ulimit?: number): Promise<string> => {
		const client = {
			exec: async (_target: unknown, command: readonly string[], {stdin}: {stdin?: Uint8Array}): Promise<ExecResult> => {
				const {stdout} = await run(['sh', '-c', '"$@" >/dev/null 2>&1; head -c 4', 'sh', ...limited(command, ulimit)], {
					stdin: Buffer.concat([stdin ?? Buffer.alloc(0), bytes('next')]),
				});
				return {stdout: bytes(stdout), stderr: bytes(''), exitCode: 47, truncated: false};
			},
		} as unknown as ClusterClient;
		let left = '';
		const spy = {
			...client,
			exec: async (...words: Parameters<typeof client.exec>) => {
				const answer = await client.exec(...words);
				left = new TextDecoder().decode(answer.stdout);
				return answer;
			},
		};
		await putByExec(spy, target, {host: '/opt/cni/bin', seen}, file, options).catch(() => undefined);
		return left;
	};

	expect(await rest(`${folder}/none`)).toBe('next');
	expect(await rest(folder, 100)).toBe('next');
	expect(await rest(folder)).toBe('next');
});

test('a folder that is not there is named', async () => {
	if (process.platform === 'linux')
		await expect(putByExec(localClient(), target, {host: '/opt/cni/bin', seen: '/proc'}, file, options)).rejects.toThrow(
			/it cannot be written/u,
		);
	await expect(putByExec(localClient(), target, {host: '/opt/cni/bin', seen: `${folder}/none`}, file, options)).rejects.toThrow(
		/folder does not exist/,
	);
});

/** Stand-ins for the two iptables commands: the table is a file, what is to be restored is written beside it. */
async function iptables(table: string): Promise<Record<string, string>> {
	const commands = path.join(folder, 'sbin');
	await mkdir(commands);
	await writeFile(path.join(folder, 'table'), table);
	await writeFile(path.join(commands, 'iptables-nft-save'), `#!/bin/sh\ncat "${folder}/table"\n`, {mode: 0o755});
	await writeFile(path.join(commands, 'iptables-nft-restore'), `#!/bin/sh\n[ "$*" = --noflush ] && cat >"${folder}/restored"\n`, {
		mode: 0o755,
	});
	return {PATH: `${commands}:/usr/bin:/bin`};
}

const table = `*filter
-A CNI-DN-0000 -p tcp -j DNAT --to-destination 10.0.0.5:80
COMMIT
*nat
:CNI-DN-aaaa - [0:0]
:CNI-DN-bbbb - [0:0]
-A CNI-HOSTPORT-DNAT -p tcp -m comment --comment "dnat name: \\"portmap\\" id: \\"x y\\"" -m multiport --dports 8080 -j CNI-DN-aaaa
-A CNI-HOSTPORT-DNAT -p tcp -m multiport --dports 8081 -j CNI-DN-bbbb
-A CNI-DN-aaaa -s 127.0.0.1/32 -p tcp -m tcp --dport 8080 -j CNI-HOSTPORT-SETMARK
-A CNI-DN-aaaa -p tcp -m tcp --dport 8080 -j DNAT --to-destination 10.0.0.5:80
-A CNI-DN-bbbb -p tcp -m tcp --dport 8081 -j DNAT --to-destination 10.0.0.55:80
COMMIT
`;

test('the chains of pods that are gone are removed with the rules that lead to them, and no others', async () => {
	const {stdout, exitCode} = await sh(staleRules, ['10.0.0.5', '10.0.0.7'], await iptables(table));
	expect({stdout, exitCode}).toEqual({stdout: 'removed 1\n', exitCode: 0});
	expect(await readFile(path.join(folder, 'restored'), 'utf8')).toBe(`*nat
-D CNI-HOSTPORT-DNAT -p tcp -m comment --comment "dnat name: \\"portmap\\" id: \\"x y\\"" -m multiport --dports 8080 -j CNI-DN-aaaa
-F CNI-DN-aaaa
-X CNI-DN-aaaa
COMMIT
`);
});

test('without such chains nothing is written', async () => {
	expect((await sh(staleRules, ['10.0.0.9'], await iptables(table))).stdout).toBe('removed 0\n');
	expect(await files()).toEqual(['sbin', 'table']);
});

test('no table is written by a restore command that does not lie beside the save command', async () => {
	const environment = await iptables(table);
	await rm(path.join(folder, 'sbin', 'iptables-nft-restore'));
	expect((await sh(staleRules, ['10.0.0.5'], environment)).exitCode).toBe(45);
});

/** A portmap that knows these versions of the CNI specification. */
const knowing = (...versions: readonly string[]): string =>
	`#!/bin/sh\n[ "$CNI_COMMAND" = VERSION ] && echo '${JSON.stringify({cniVersion: versions.at(-1), supportedVersions: versions})}' || echo 'CNI portmap plugin' >&2\n`;
const old = knowing('0.3.0', '0.3.1', '0.4.0');
const today = knowing('0.3.0', '0.3.1', '0.4.0', '1.0.0', '1.1.0');
const keptName = '.portmap-before.kubectl-hostport-run';

test.each([
	['what it knows', today, ['1.0.0'], 0],
	['several', today, ['0.3.1', '1.0.0'], 0],
	['newer than it knows', old, ['0.3.1', '1.0.0'], 45],
	['older than it knows', today, ['0.1.0'], 45],
	['a part of a version that it knows', knowing('11.0.0', '1.0.01'), ['1.0.0'], 45],
	[
		'its own version, which it does not name among those it knows',
		`#!/bin/sh\necho '{"cniVersion":"1.0.0","supportedVersions":["0.4.0"]}'\n`,
		['1.0.0'],
		45,
	],
	['anything, while it names none', plugin(), ['1.0.0'], 0],
	['nothing', old, [], 0],
])('a portmap that is asked for %s', async (_what, content, versions, code) => {
	await put('portmap', content);
	expect((await sh(portmapBinary, ['probe', folder, ...versions])).exitCode).toBe(code);
	await rm(path.join(folder, 'portmap'));
	await put(staged, content);
	const installed = await sh(portmapBinary, ['install', folder, staged, sha256Of(bytes(content)), '', ...versions]);
	expect(installed.exitCode).toBe(code);
	expect(await files()).toEqual(code === 0 ? ['portmap'] : []);
});

test('a portmap that is too old leaves the one that is there, and says what it lacks', async () => {
	await put('portmap', today);
	await put(staged, old);
	const refused = await sh(portmapBinary, ['install', folder, staged, sha256Of(bytes(old)), keptName, '0.3.1', '1.0.0']);
	expect(refused).toMatchObject({exitCode: 45, stdout: expect.stringContaining('lacks 1.0.0')});
	expect(await files()).toEqual(['portmap']);
	expect(await readFile(path.join(folder, 'portmap'), 'utf8')).toBe(today);
});

async function replaceOld(): Promise<void> {
	await put('portmap', old, 0o555);
	await put(staged, today);
	expect(await sh(portmapBinary, ['install', folder, staged, sha256Of(bytes(today)), keptName, '1.0.0'])).toMatchObject({exitCode: 0});
}

const restore = async (): Promise<Ran> => sh(portmapBinary, ['restore', folder, keptName, sha256Of(bytes(old)), sha256Of(bytes(today))]);

test('the old portmap is kept, also when the new one is put there twice, and comes back with its mode', async () => {
	await replaceOld();
	expect(await files()).toEqual([keptName, 'portmap']);
	await put(staged, today);
	await sh(portmapBinary, ['install', folder, staged, sha256Of(bytes(today)), keptName, '1.0.0']);
	await sh(portmapBinary, ['remove', folder]);
	expect(await readFile(path.join(folder, keptName), 'utf8')).toBe(old);
	expect(await restore()).toMatchObject({exitCode: 0});
	expect(await files()).toEqual(['portmap']);
	expect(await readFile(path.join(folder, 'portmap'), 'utf8')).toBe(old);
	expect((await stat(path.join(folder, 'portmap'))).mode & 0o777).toBe(0o555);
	expect(await restore()).toMatchObject({exitCode: 41});
});

test('the old portmap does not replace another than the run has put there, and is not believed once it was changed', async () => {
	await replaceOld();
	await put('portmap', plugin());
	expect(await restore()).toMatchObject({exitCode: 46});
	await put('portmap', today);
	await put(keptName, plugin());
	expect(await restore()).toMatchObject({exitCode: 42});
	expect(await readFile(path.join(folder, 'portmap'), 'utf8')).toBe(today);
});

test('where the old portmap cannot be kept nothing is replaced and nothing is left', async () => {
	const large = `${old}# ${'x'.repeat(200_000)}\n`;
	await put('portmap', large);
	await put(staged, today);
	const words = ['sh', '-c', portmapBinary, 'sh', 'install', folder, staged, sha256Of(bytes(today)), keptName, '1.0.0'];
	expect(await run(words, {ulimit: 100})).toMatchObject({exitCode: 46});
	expect(await files()).toEqual(['portmap']);
	expect(await readFile(path.join(folder, 'portmap'), 'utf8')).toBe(large);
});
