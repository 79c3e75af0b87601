// How a credential plug-in is started on Windows, told without Windows: which file is found, and what cmd.exe is given. The last test runs one there.
import {writeFileSync} from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import {afterAll, expect, it} from 'vitest';
import {runExecPlugin} from '../../source/cluster/exec-credential.ts';
import {startOf} from '../../source/cluster/plugin-start.ts';
import {temporaryFolder} from './api-server.ts';

const folder = temporaryFolder();
afterAll(folder.remove);

const environment = {
	PATH: String.raw`C:\Windows;;tools;C:\Program Files\Cloud SDK\bin;D:\bin`,
	ComSpec: String.raw`C:\Windows\System32\cmd.exe`,
};
const onWindows = async (command: string, words: readonly string[], files: readonly string[], more: NodeJS.ProcessEnv = {}) =>
	startOf(command, words, {
		platform: 'win32',
		environment: {...environment, ...more},
		// Names of files are the same in any case there.
		isFile: async file => files.some(each => each.toLowerCase() === file.toLowerCase()),
	});

it.each([
	['an .exe by its bare name', 'aws', [String.raw`D:\bin\aws.exe`], String.raw`D:\bin\aws.exe`],
	['an .exe by its whole name', 'aws.exe', [String.raw`D:\bin\aws.exe`], String.raw`D:\bin\aws.exe`],
	['the first folder of PATH', 'aws', [String.raw`C:\Windows\aws.exe`, String.raw`D:\bin\aws.exe`], String.raw`C:\Windows\aws.exe`],
	['.exe before .cmd in one folder', 'aws', [String.raw`D:\bin\aws.cmd`, String.raw`D:\bin\aws.exe`], String.raw`D:\bin\aws.exe`],
	['a name with a dot that is no ending', 'kubelogin.v1', [String.raw`D:\bin\kubelogin.v1.exe`], String.raw`D:\bin\kubelogin.v1.exe`],
	['a path without its ending', String.raw`C:\kube\login`, [String.raw`C:\kube\login.exe`], String.raw`C:\kube\login.exe`],
	['nothing, which the system then says', 'aws', [], 'aws'],
	['nothing in the current folder', 'aws', ['aws.exe', String.raw`tools\aws.exe`], 'aws'],
] as const)('finds %s', async (_what, command, files, found) => {
	expect(await onWindows(command, ['get-token'], files)).toEqual({file: found, words: ['get-token']});
});

it('finds what PATHEXT names, and only that', async () => {
	const files = [String.raw`D:\bin\aws.exe`, String.raw`D:\bin\aws.py`];
	expect(await onWindows('aws', [], files, {PATHEXT: '.PY'})).toEqual({file: String.raw`D:\bin\aws.py`, words: []});
});

it.each(['.cmd', '.bat', '.CMD'])('gives a %s to cmd.exe, each word quoted', async ending => {
	const file = String.raw`C:\Program Files\Cloud SDK\bin\gke-gcloud-auth-plugin` + ending.toLowerCase();
	const found = await onWindows('gke-gcloud-auth-plugin', ['--name', 'a b&c|d^e<f>g', 'C:\\dir\\', ''], [file], {PATHEXT: ending});
	expect(found).toEqual({
		file: environment.ComSpec,
		words: ['/d', '/s', '/c', String.raw`""${file}" "--name" "a b&c|d^e<f>g" "C:\dir\\" """`],
		isVerbatim: true,
	});
});

it.each(['say "x"', '%PATH%', 'a\nb', 'a\rb'])('refuses to give %j to cmd.exe, which would change it', async word => {
	await expect(onWindows('aws', [word], [String.raw`D:\bin\aws.cmd`])).rejects.toThrow(
		/cmd\.exe would change the word .* of the credential plug-in D:\\bin\\aws\.cmd/u,
	);
	expect(await onWindows('aws', [word], [String.raw`D:\bin\aws.exe`])).toEqual({file: String.raw`D:\bin\aws.exe`, words: [word]});
});

it('leaves it to the system elsewhere', async () => {
	expect(await startOf('aws.cmd', ['"'], {platform: 'linux', environment})).toEqual({file: 'aws.cmd', words: ['"']});
});

const info = {apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status: {token: 'abc'}};
it.runIf(process.platform === 'win32')('runs a .cmd by its bare name', async () => {
	writeFileSync(path.join(folder.path, 'plug-in.cmd'), `@echo off\r\nif "%~2"=="a & b" type "%~dp0answer.json"\r\n`);
	writeFileSync(path.join(folder.path, 'answer.json'), JSON.stringify(info));
	const credential = await runExecPlugin(
		{apiVersion: info.apiVersion, interactiveMode: 'Never', command: 'plug-in', args: ['--of', 'a & b']},
		{
			cluster: {server: 'https://api:6443'},
			environment: {...process.env, PATH: `${folder.path};${process.env['PATH']}`},
			signal: AbortSignal.timeout(60_000),
			isTerminal: false,
			lendTerminal: async use => use(),
		},
	);
	expect(credential).toMatchObject({token: 'abc'});
});
