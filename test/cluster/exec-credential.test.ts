import {chmodSync, existsSync, readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import * as pty from '@lydell/node-pty';
import {afterAll, expect, test} from 'vitest';
import {runExecPlugin, type ExecCredential, type ExecCredentialOptions} from '../../source/cluster/exec-credential.ts';
import type {ExecPlugin} from '../../source/cluster/kubeconfig.ts';
import {ActionableError} from '../../source/errors.ts';
import {temporaryFolder} from './api-server.ts';

const folder = temporaryFolder();
afterAll(folder.remove);
const v1 = 'client.authentication.k8s.io/v1';
const v1beta1 = 'client.authentication.k8s.io/v1beta1';

/** A plug-in that is a shell script. */
function script(text: string): string {
	const file = path.join(folder.path, `plugin-${Math.random().toString(36).slice(2)}`);
	writeFileSync(file, `#!/bin/sh\n${text}\n`);
	chmodSync(file, 0o755);
	return file;
}

const answer = (status: object, apiVersion = v1): string => `echo '${JSON.stringify({apiVersion, kind: 'ExecCredential', status})}'`;
const run = (plugin: Partial<ExecPlugin>, options: Partial<ExecCredentialOptions> = {}): Promise<ExecCredential> =>
	runExecPlugin(
		{apiVersion: v1, interactiveMode: 'Never', ...plugin},
		{
			cluster: {server: 'https://api:6443'},
			environment: {PATH: process.env['PATH']},
			signal: new AbortController().signal,
			isTerminal: false,
			lendTerminal: use => use(),
			...options,
		},
	);
const failure = async (promise: Promise<unknown>): Promise<ActionableError> => {
	const error: unknown = await promise.then(
		() => new Error('it went well'),
		(error: unknown) => error,
	);
	expect(error).toBeInstanceOf(ActionableError);
	return error as ActionableError;
};

test('a token and its end are taken from what the plug-in prints', async () => {
	const credential = await run({command: script(answer({token: 'abc', expirationTimestamp: '2030-01-02T03:04:05Z'}))});
	expect(credential).toEqual({token: 'abc', clientCertificate: undefined, clientKey: undefined, expires: new Date('2030-01-02T03:04:05Z')});
});

test('a client certificate with its key is taken too', async () => {
	const credential = await run({command: script(answer({clientCertificateData: 'CERT', clientKeyData: 'KEY', token: null}))});
	expect(credential).toMatchObject({token: undefined, clientCertificate: 'CERT', clientKey: 'KEY'});
});

test('arguments and environment of the kubeconfig reach the plug-in, beside our own environment', async () => {
	const command = script(`printf '%s|' "$@" "$MORE" "$OURS" > ${folder.path}/seen; ${answer({token: 't'})}`);
	await run(
		{command, args: ['a b', '$HOME'], env: [{name: 'MORE', value: 'm n'}]},
		{environment: {PATH: process.env['PATH'], OURS: 'o', MORE: 'not this'}},
	);
	expect(readFileSync(path.join(folder.path, 'seen'), 'utf8')).toBe('a b|$HOME|m n|o|');
});

test.each([v1, v1beta1])('%s: KUBERNETES_EXEC_INFO tells version and that nobody can be asked', async apiVersion => {
	const command = script(`printf '%s' "$KUBERNETES_EXEC_INFO" > ${folder.path}/info; ${answer({token: 't'}, apiVersion)}`);
	await run({command, apiVersion});
	expect(JSON.parse(readFileSync(path.join(folder.path, 'info'), 'utf8'))).toEqual({
		apiVersion,
		kind: 'ExecCredential',
		spec: {interactive: false},
	});
});

test('with provideClusterInfo the cluster is described, its authority file included', async () => {
	const authority = path.join(folder.path, 'ca.crt');
	writeFileSync(authority, 'PEM');
	const command = script(`printf '%s' "$KUBERNETES_EXEC_INFO" > ${folder.path}/info; ${answer({token: 't'})}`);
	const cluster = {
		server: 'https://api:6443',
		'certificate-authority': authority,
		'tls-server-name': 'kubernetes',
		extensions: [{name: 'client.authentication.k8s.io/exec', extension: {audience: 'x'}}],
	};
	await run({command, provideClusterInfo: true}, {cluster});
	expect(JSON.parse(readFileSync(path.join(folder.path, 'info'), 'utf8'))).toMatchObject({
		spec: {
			cluster: {
				server: 'https://api:6443',
				'certificate-authority-data': Buffer.from('PEM').toString('base64'),
				'tls-server-name': 'kubernetes',
				config: {audience: 'x'},
			},
		},
	});
});

test('what the plug-in writes to stderr is shown when it fails, without what it writes to stdout', async () => {
	const error = await failure(run({command: script('echo secret; printf "\\033[31mno session:\\nlog in first\\n" >&2; exit 3')}));
	expect(error.message).toMatch(/failed with exit code 3: no session: log in first$/u);
	expect(error.message + error.hint).not.toContain('secret');
});

test('a plug-in that is not installed shows the installHint of the kubeconfig', async () => {
	const error = await failure(run({command: 'no-such-plugin', installHint: 'brew install\nno-such-plugin'}));
	expect(error.message).toBe('the credential plug-in no-such-plugin was not found');
	expect(error.hint).toBe('brew install no-such-plugin');
});

test.each([
	['text', 'echo hello', /printed no JSON/u],
	['nothing', 'true', /printed no JSON/u],
	['another object', `echo '{"kind":"Pod","apiVersion":"v1"}'`, /printed no ExecCredential/u],
	['no status', `echo '{"kind":"ExecCredential","apiVersion":"${v1}"}'`, /printed no ExecCredential/u],
	['another version', answer({token: 'a'}, v1beta1), /answered in version "client\.authentication\.k8s\.io\/v1beta1"/u],
	['an empty status', answer({}), /neither a token nor a client certificate/u],
	['a certificate without a key', answer({clientCertificateData: 'a'}), /without its key/u],
	['a time that is none', answer({token: 'a', expirationTimestamp: 'soon'}), /not a time/u],
])('%s instead of a credential is an error', async (_, text, message) => {
	expect((await failure(run({command: script(text)}))).message).toMatch(message);
});

test('an apiVersion that kubectl dropped is refused', async () => {
	const error = await failure(run({command: 'x', apiVersion: 'client.authentication.k8s.io/v1alpha1'}));
	expect(error.message).toMatch(/which kubectl no longer knows/u);
});

test('interactiveMode Always needs a terminal; v1 needs an interactiveMode, v1beta1 does not', async () => {
	expect((await failure(run({command: script(answer({token: 'a'})), interactiveMode: 'Always'}))).message).toMatch(
		/standard input is not a terminal/u,
	);
	expect((await failure(run({command: 'x', interactiveMode: undefined}))).message).toMatch(/has no interactiveMode/u);
	await expect(
		run({command: script(answer({token: 'a'}, v1beta1)), apiVersion: v1beta1, interactiveMode: undefined}),
	).resolves.toMatchObject({token: 'a'});
});

test('a plug-in that may not ask finds its standard input empty', async () => {
	await expect(run({command: script(`read line && exit 9; ${answer({token: 'a'})}`)})).resolves.toMatchObject({token: 'a'});
});

test('an AbortSignal ends the plug-in, with the signal’s own reason', async () => {
	const started = path.join(folder.path, 'started');
	const reason = new Error('the user left');
	const controller = new AbortController();
	const running = run({command: script(`touch ${started}; exec sleep 60`)}, {signal: controller.signal});
	const watch = setInterval(() => {
		if (existsSync(started)) controller.abort(reason);
	}, 10);
	await expect(running).rejects.toBe(reason);
	clearInterval(watch);
});

test('a plug-in that floods its output is stopped', async () => {
	expect((await failure(run({command: script('yes secret')}))).message).toMatch(/printed more than 1 MiB/u);
});

test('in a terminal the plug-in may ask: it gets standard input, its questions are seen, and the terminal is lent', async () => {
	const question = script(
		`printf 'code? ' >&2; read code; echo '{"apiVersion":"${v1}","kind":"ExecCredential","status":{"token":"'"$code"'"}}'`,
	);
	const program = path.join(folder.path, 'program.mts');
	writeFileSync(
		program,
		`import {runExecPlugin} from '${path.resolve('source/cluster/exec-credential.ts')}';
const credential = await runExecPlugin({apiVersion: '${v1}', interactiveMode: 'IfAvailable', command: '${question}'}, {
	cluster: {server: 'x'}, environment: process.env, signal: new AbortController().signal, isTerminal: process.stdin.isTTY,
	lendTerminal: async use => { console.log('<lent>'); const result = await use(); console.log('<back>'); return result; },
});
console.log('token is ' + credential.token);
`,
	);
	const terminal = pty.spawn(process.execPath, [program], {cwd: process.cwd(), env: {PATH: process.env['PATH'], NODE_NO_WARNINGS: '1'}});
	let screen = '';
	let isAnswered = false;
	const exited = new Promise<number>(resolve => terminal.onExit(({exitCode}) => resolve(exitCode)));
	terminal.onData(data => {
		screen += data;
		if (!isAnswered && screen.includes('code? ')) {
			isAnswered = true;
			terminal.write('4711\r');
		}
	});
	await expect(exited).resolves.toBe(0);
	expect(screen).toMatch(/<lent>[^]*code\? [^]*<back>[^]*token is 4711/u);
});
