import {ActionableError, UsageError, whyUnusable} from '../errors.ts';
import {printableLine} from '../foreign-text.ts';
import {readNamedFile} from '../named-file.ts';
import type {ConnectionTarget} from './connection-target.ts';
import type {Credential, Credentials} from './credential.ts';
import {runExecPlugin, type LendTerminal} from './exec-credential.ts';
import type {KubeconfigUser} from './kubeconfig.ts';
import {oidcTokens} from './oidc-credential.ts';
import {readPem} from './pem.ts';

type CredentialOptions = {
	readonly environment: NodeJS.ProcessEnv;
	readonly signal: AbortSignal;
	readonly isTerminal: boolean;
	readonly lendTerminal: LendTerminal;
	readonly log: (level: number, line: string) => void;
};

/** Files change under us: service account tokens are replaced, certificates renewed. client-go looks each minute (transport/token_source.go). */
const fileLifeMilliseconds = 50_000;

type Source = {readonly kind: string; readonly renewable: boolean; fetch(): Promise<Credential>};

/**
 * How a kubeconfig user proves who they are. A token or a password goes before an exec plug-in, which then is not run (client-go,
 * plugin/pkg/client/auth/exec, UpdateTransportConfig).
 * @throws UsageError when the user's entry contradicts itself or names a way that kubectl no longer has
 */
export function credentialsOf(target: ConnectionTarget, options: CredentialOptions): Credentials {
	const source = sourceOf(target, options);
	let kept: Promise<Credential> | undefined;
	let until = Number.POSITIVE_INFINITY;
	let last: Credential | undefined;

	async function fetch(): Promise<Credential> {
		try {
			const credential = await source.fetch();
			until = credential.until ?? Number.POSITIVE_INFINITY;
			last = credential;
			return credential;
		} catch (error) {
			// The next one to ask tries again.
			kept = undefined;
			throw error;
		}
	}

	return {
		kind: source.kind,
		current() {
			if (kept !== undefined && Date.now() < until) return kept;
			until = Number.POSITIVE_INFINITY;
			const fetched = fetch();
			kept = fetched;
			return fetched;
		},
		renew(refused) {
			// Once only: others who were refused with it must not throw away what is being fetched now.
			if (source.renewable && refused === last) kept = last = undefined;
			return source.renewable;
		},
	};
}

function sourceOf(target: ConnectionTarget, options: CredentialOptions): Source {
	const {user, userName} = target;
	const {exec, 'auth-provider': provider} = user;
	const certificates = (): Promise<Credential> => certificateOf(user, options.signal);
	const hasCertificate = Boolean(user['client-certificate'] || user['client-certificate-data']);
	if (exec !== undefined && provider !== undefined) {
		throw new UsageError(`the kubeconfig user "${userName}" has both an exec plug-in and an auth-provider`, 'Keep one of them.');
	}

	const {tokenFile, token} = user;
	if (tokenFile)
		return {
			kind: `token file ${tokenFile}`,
			renewable: true,
			fetch: async () => ({...(await certificates()), ...(await tokenIn(tokenFile, token, options.signal))}),
		};
	if (token)
		return {kind: 'token', renewable: false, fetch: async () => ({...(await certificates()), authorization: bearer(token, 'the token')})};
	if (user.username) {
		const authorization = `Basic ${Buffer.from(`${user.username}:${user.password ?? ''}`).toString('base64')}`;
		return {kind: 'user name and password', renewable: false, fetch: async () => ({...(await certificates()), authorization})};
	}

	if (exec !== undefined && !hasCertificate) return execSource(target, exec, options);
	if (provider !== undefined) return providerSource(target, provider.name ?? '', options);
	// One in a file may have been renewed since it was read.
	const renewable = Boolean(user['client-certificate']);
	return {kind: hasCertificate ? 'client certificate' : 'no credentials', renewable, fetch: certificates};
}

function execSource({cluster, server}: ConnectionTarget, exec: NonNullable<KubeconfigUser['exec']>, options: CredentialOptions): Source {
	return {
		kind: `exec plug-in ${printableLine(exec.command ?? '', 100)}`,
		renewable: true,
		async fetch() {
			const {token, clientCertificate, clientKey, expires} = await runExecPlugin(exec, {
				...options,
				// As kubectl writes it: plug-ins keep what they have fetched under this address.
				cluster: {...cluster, server: server.href.replace(/\/+$/u, '')},
			});
			const authorization = token === undefined ? undefined : bearer(token, `the token of ${exec.command}`);
			return {authorization, certificate: clientCertificate, key: clientKey, until: expires?.getTime()};
		},
	};
}

function providerSource({user, userName}: ConnectionTarget, name: string, {environment, signal, log}: CredentialOptions): Source {
	if (name === 'oidc') {
		const outdated =
			'warning: the identity provider replaced the refresh token; the kubeconfig still has the old one, so you may have to log in again';
		const tokens = oidcTokens(user, {environment, signal, onRotation: () => log(0, outdated)});
		return {
			kind: 'OIDC token',
			renewable: true,
			fetch: async () => ({
				...(await certificateOf(user, signal)),
				authorization: bearer(await tokens.current(), 'the OIDC token'),
				until: Date.now() + fileLifeMilliseconds,
			}),
		};
	}

	const plugins: Readonly<Record<string, string>> = {gcp: 'gke-gcloud-auth-plugin', azure: 'kubelogin'};
	const plugin = plugins[name];
	throw new UsageError(
		plugin === undefined
			? `the kubeconfig user "${userName}" has the auth-provider "${printableLine(name, 100)}", which is not supported`
			: `the kubeconfig user "${userName}" has the auth-provider "${name}", which kubectl removed in 1.26 and which is not supported`,
		`Use an exec credential plug-in instead${plugin === undefined ? '' : `: ${plugin}`}`,
	);
}

async function certificateOf(user: KubeconfigUser, signal: AbortSignal): Promise<Credential> {
	const certificate = await readPem(user['client-certificate-data'], user['client-certificate'], 'client certificate', signal);
	const key = await readPem(user['client-key-data'], user['client-key'], 'client key', signal);
	if ((certificate === undefined) !== (key === undefined)) {
		throw new UsageError(
			certificate === undefined ? 'a client key is given without its certificate' : 'a client certificate is given without its key',
			'Set both --client-certificate and --client-key, or both in the kubeconfig user',
		);
	}

	const fromFile = Boolean(user['client-certificate'] || user['client-key']);
	return {certificate, key, ...(fromFile && {until: Date.now() + fileLifeMilliseconds})};
}

/** A header takes no more than some 16 KiB. */
const longestToken = 1024 * 1024;

async function tokenIn(file: string, token: string | undefined, signal: AbortSignal): Promise<Credential> {
	try {
		const text = (await readNamedFile(file, {maximumBytes: longestToken, signal})).toString('utf8').trim();
		if (text === '') throw new UsageError(`the token file ${file} is empty`, 'Check tokenFile of the kubeconfig user.');
		return {authorization: bearer(text, `the token in ${file}`), until: Date.now() + fileLifeMilliseconds};
	} catch (error) {
		signal.throwIfAborted();
		// The file goes before the token beside it, which serves until the file can be read.
		if (token) return {authorization: bearer(token, 'the token'), until: Date.now() + fileLifeMilliseconds};
		if (error instanceof ActionableError) throw error;
		throw new UsageError(`the token file ${file} cannot be read: ${whyUnusable(error)}`, 'Check tokenFile of the kubeconfig user.', error);
	}
}

function bearer(token: string, what: string): string {
	if (!/^[\u0021-\u007E]+$/u.test(token))
		throw new ActionableError(
			`${what} contains blanks or characters that a token cannot have`,
			'Check that it was copied completely and nothing else.',
		);
	return `Bearer ${token}`;
}
