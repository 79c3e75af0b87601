import {spawn} from 'node:child_process';
import * as z from 'zod/mini';
import {ActionableError, whyUnusable} from '../errors.ts';
import {printableLine} from '../foreign-text.ts';
import {readNamedFile} from '../named-file.ts';
import type {ExecPlugin, KubeconfigCluster} from './kubeconfig.ts';
import {startOf, type Start} from './plugin-start.ts';

/** What a credential plug-in gave. Without a token there is a certificate with its key, or both. */
export type ExecCredential = {
	readonly token: string | undefined;
	readonly clientCertificate: string | undefined;
	readonly clientKey: string | undefined;
	/** From when on the plug-in must be asked anew; never where it did not say. */
	readonly expires: Date | undefined;
};

/** Gives the terminal to somebody for the time of `use`. */
export type LendTerminal = <Result>(use: () => Promise<Result>) => Promise<Result>;

/** What an exec credential plug-in is run with. */
export type ExecCredentialOptions = {
	readonly cluster: KubeconfigCluster & {readonly server: string};
	readonly environment: NodeJS.ProcessEnv;
	readonly signal: AbortSignal;
	/** Whether a person sits at standard input. */
	readonly isTerminal: boolean;
	/** Called around a plug-in that may talk to that person: a TUI hands over its terminal here. */
	readonly lendTerminal: LendTerminal;
	/** This machine's, unless given. */
	readonly platform?: NodeJS.Platform;
};

const apiVersions = ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1'];
/** kubectl knows no limit; a plug-in that opens a browser waits for a person. */
const timeLimit = {interactive: 300_000, alone: 60_000};
const maximumOutputCharacters = 1024 * 1024;
const longestAuthority = 8 * 1024 * 1024;

const answer = z.object({
	apiVersion: z.string(),
	kind: z.literal('ExecCredential'),
	status: z.object({
		token: z.optional(z.nullable(z.string())),
		clientCertificateData: z.optional(z.nullable(z.string())),
		clientKeyData: z.optional(z.nullable(z.string())),
		expirationTimestamp: z.optional(z.nullable(z.string())),
	}),
});

/**
 * Runs the `exec` credential plug-in of a user by kubectl's rules (Kubernetes docs, "client-go credential plugins";
 * client-go, plugin/pkg/client/auth/exec): `KUBERNETES_EXEC_INFO` in its environment, standard input only where it may ask.
 * @throws ActionableError with what the plug-in wrote to stderr; never with what it wrote to stdout
 */
export async function runExecPlugin(plugin: ExecPlugin, options: ExecCredentialOptions): Promise<ExecCredential> {
	const {apiVersion = '', command = ''} = plugin;
	if (command === '')
		throw new ActionableError('the kubeconfig user has an exec plug-in without a command', 'Set users[].user.exec.command.');
	if (!apiVersions.includes(apiVersion)) {
		throw new ActionableError(
			`the credential plug-in ${command} is configured with apiVersion "${printableLine(apiVersion, 100)}", which kubectl no longer knows`,
			`Set users[].user.exec.apiVersion to one of ${apiVersions.join(', ')}`,
		);
	}

	const interactive = isInteractive(plugin, options.isTerminal);
	const info = {
		apiVersion,
		kind: 'ExecCredential',
		spec: {interactive, ...(plugin.provideClusterInfo === true && {cluster: await clusterInfo(options)})},
	};
	const {environment, platform = process.platform} = options;
	const start = await startOf(command, plugin.args ?? [], {environment, platform});
	const run = (): Promise<string> => outputOf(plugin, {...start, command}, JSON.stringify(info), interactive, options);
	const stdout = await (interactive ? options.lendTerminal(run) : run());
	return credentialOf(stdout, command, apiVersion);
}

function isInteractive(
	{interactiveMode = 'IfAvailable', apiVersion, interactiveMode: given, command}: ExecPlugin,
	isTerminal: boolean,
): boolean {
	if (given === undefined && apiVersion === apiVersions[0]) {
		throw new ActionableError(
			`the credential plug-in ${command} has no interactiveMode`,
			'Set users[].user.exec.interactiveMode to Never, IfAvailable or Always.',
		);
	}

	if (interactiveMode === 'Always' && !isTerminal) {
		throw new ActionableError(
			`the credential plug-in ${command} asks for input, and standard input is not a terminal`,
			'Run it in a terminal once, or use a kubeconfig user that needs no input.',
		);
	}

	return interactiveMode !== 'Never' && isTerminal;
}

async function clusterInfo({cluster, signal}: ExecCredentialOptions): Promise<object> {
	const authorityFile = cluster['certificate-authority'];
	return {
		server: cluster.server,
		'tls-server-name': cluster['tls-server-name'],
		'insecure-skip-tls-verify': cluster['insecure-skip-tls-verify'],
		'certificate-authority-data':
			cluster['certificate-authority-data'] ||
			(authorityFile ? (await readNamedFile(authorityFile, {maximumBytes: longestAuthority, signal})).toString('base64') : undefined),
		'proxy-url': cluster['proxy-url'],
		'disable-compression': cluster['disable-compression'],
		config: cluster.extensions?.find(({name}) => name === 'client.authentication.k8s.io/exec')?.extension,
	};
}

function outputOf(
	plugin: ExecPlugin,
	{command, file, words, isVerbatim = false}: Start & {readonly command: string},
	info: string,
	interactive: boolean,
	{environment, signal}: ExecCredentialOptions,
): Promise<string> {
	return new Promise((resolve, reject) => {
		const limit = AbortSignal.timeout(interactive ? timeLimit.interactive : timeLimit.alone);
		const child = spawn(file, words, {
			windowsVerbatimArguments: isVerbatim,
			env: {...environment, ...Object.fromEntries((plugin.env ?? []).map(({name, value}) => [name, value])), KUBERNETES_EXEC_INFO: info},
			stdio: [interactive ? 'inherit' : 'ignore', 'pipe', 'pipe'],
			signal: AbortSignal.any([signal, limit]),
		});
		let stdout = '';
		let stderr = '';
		const stop = (error: Error): void => {
			// Killing the plug-in leaves what it started; without these pipes that cannot go on writing, nor keep us waiting.
			child.kill();
			child.stdout?.destroy();
			child.stderr?.destroy();
			reject(error);
		};
		const fail = (why: string, cause?: unknown): void => {
			const said = printableLine(stderr, 300);
			const hint = plugin.installHint ? printableLine(plugin.installHint, 300) : `Run it by hand to see what is wrong: ${command}`;
			stop(new ActionableError(`the credential plug-in ${command} ${why}${said === '' ? '' : `: ${said}`}`, hint, {cause}));
		};
		child.stdout?.setEncoding('utf8').on('data', (text: string) => {
			stdout += text;
			if (stdout.length > maximumOutputCharacters) fail('printed more than 1 MiB');
		});
		child.stderr?.setEncoding('utf8').on('data', (text: string) => {
			stderr = (stderr + text).slice(-1000);
			// A device code or a question: the person must see it while the plug-in waits.
			if (interactive) process.stderr.write(text);
		});
		child.on('error', (error: NodeJS.ErrnoException) => {
			if (signal.aborted) stop(signal.reason as Error);
			else if (limit.aborted) fail('did not end in time');
			else if (error.code === 'ENOENT') fail('was not found', error);
			else fail(`could not be started: ${whyUnusable(error)}`, error);
		});
		child.on('close', (code, killedBy) => {
			if (code === 0) resolve(stdout);
			else fail(code === null ? `was ended by ${killedBy}` : `failed with exit code ${code}`);
		});
	});
}

function credentialOf(stdout: string, command: string, apiVersion: string): ExecCredential {
	const unusable = (why: string): ActionableError =>
		new ActionableError(`the credential plug-in ${command} ${why}`, `Run it by hand to see what it prints: ${command}`);
	let parsed: unknown;
	try {
		parsed = JSON.parse(stdout);
	} catch {
		throw unusable('printed no JSON');
	}

	const {success, data} = answer.safeParse(parsed);
	if (!success) throw unusable('printed no ExecCredential with a status');
	if (data.apiVersion !== apiVersion) throw unusable(`answered in version "${printableLine(data.apiVersion, 100)}", not "${apiVersion}"`);
	const {token, clientCertificateData: clientCertificate, clientKeyData: clientKey, expirationTimestamp} = data.status;
	if (Boolean(clientCertificate) !== Boolean(clientKey))
		throw unusable('gave a client certificate without its key, or a key without its certificate');
	if (!token && !clientCertificate) throw unusable('gave neither a token nor a client certificate');
	const expires = expirationTimestamp ? new Date(expirationTimestamp) : undefined;
	if (expires !== undefined && Number.isNaN(expires.getTime())) throw unusable('gave an expirationTimestamp that is not a time');
	return {token: token || undefined, clientCertificate: clientCertificate || undefined, clientKey: clientKey || undefined, expires};
}
