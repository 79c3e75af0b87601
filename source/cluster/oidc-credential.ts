import * as z from 'zod/mini';
import {parseJson} from '../bounded-json.ts';
import {ActionableError} from '../errors.ts';
import {printableLine} from '../foreign-text.ts';
import {connectionFailure} from './connection-failure.ts';
import type {Credentials} from './credential.ts';
import {dialer} from './dial.ts';
import {connectionPool, exchange} from './http-exchange.ts';
import type {KubeconfigUser} from './kubeconfig.ts';
import {proxyFor} from './proxy.ts';
import {subjectOf} from './request-subject.ts';
import {tokenExpiry} from './token-expiry.ts';

/** The tokens of a kubeconfig user of the auth-provider `oidc`. */
export type OidcTokens = {
	/** The ID token: as it stands in the kubeconfig while it is valid, else a fresh one from the identity provider. */
	current(): Promise<string>;
};

type OidcOptions = {
	readonly environment: NodeJS.ProcessEnv;
	readonly signal: AbortSignal;
	/** The provider replaced the refresh token: the kubeconfig, which is not written back to as kubectl does, holds a stale one. */
	readonly onRotation: () => void;
};

type Configuration = Readonly<Record<string, string>>;

const timeLimitMilliseconds = 30_000;
const maximumErrorLength = 60;
const nobody: Credentials = {kind: 'no credentials', current: async () => ({}), renew: () => false};

const discovery = z.object({token_endpoint: z.url(), token_endpoint_auth_methods_supported: z.optional(z.array(z.string()))});
const grant = z.object({id_token: z.string(), refresh_token: z.optional(z.string())});
const refusal = z.object({error: z.string()});

/**
 * The tokens of a kubeconfig user with `auth-provider: oidc`, by kubectl's rules (client-go, plugin/pkg/client/auth/oidc).
 * Written out here because @kubernetes/client-node 2.0.1 cannot refresh: it hands openid-client the issuer as text and, with an own
 * authority, an answer that is no `Response`, both of which that refuses; nor does it send `client-secret`.
 */
export function oidcTokens(user: KubeconfigUser, options: OidcOptions): OidcTokens {
	const config: Record<string, string> = {...user['auth-provider']?.config};
	return {
		async current() {
			const {'id-token': token = '', 'refresh-token': refreshToken = '', 'idp-issuer-url': issuer = ''} = config;
			if ((tokenExpiry(token)?.getTime() ?? 0) > Date.now()) return token;
			if (refreshToken === '' || !issuer.startsWith('https://') || !URL.canParse(issuer)) {
				throw new ActionableError(
					`the OIDC token of ${printableLine(issuer, 200) || 'this kubeconfig'} has expired and the kubeconfig has no refresh token`,
					'Log in again with the program that wrote this kubeconfig.',
				);
			}

			const fresh = await refreshed(new URL(issuer), refreshToken, config, options);
			config['id-token'] = fresh.id_token;
			if (fresh.refresh_token !== undefined && fresh.refresh_token !== refreshToken) {
				config['refresh-token'] = fresh.refresh_token;
				options.onRotation();
			}

			return fresh.id_token;
		},
	};
}

/** Discovery (OpenID Connect Discovery 1.0) and refresh (RFC 6749, section 6). */
async function refreshed(issuer: URL, refreshToken: string, config: Configuration, options: OidcOptions): Promise<z.infer<typeof grant>> {
	const wellKnown = new URL(`${issuer.href.replace(/\/+$/u, '')}/.well-known/openid-configuration`);
	const {token_endpoint: endpoint, token_endpoint_auth_methods_supported: methods = ['client_secret_basic']} = await ask(
		discovery,
		wellKnown,
		config,
		options,
	);
	const {'client-id': id = '', 'client-secret': secret = ''} = config;
	const inHeader = secret !== '' && methods.includes('client_secret_basic');
	const form = new URLSearchParams({grant_type: 'refresh_token', refresh_token: refreshToken});
	if (!inHeader) form.set('client_id', id);
	if (!inHeader && secret !== '') form.set('client_secret', secret);
	const basic = Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64');
	return ask(grant, new URL(endpoint), config, options, {form, headers: inHeader ? {authorization: `Basic ${basic}`} : {}});
}

async function ask<Shape extends z.ZodMiniType>(
	shape: Shape,
	url: URL,
	config: Configuration,
	{environment, signal}: OidcOptions,
	post?: {form: URLSearchParams; headers: Readonly<Record<string, string>>},
): Promise<z.infer<Shape>> {
	const noToken = (why: string, cause?: unknown): ActionableError =>
		new ActionableError(
			`${printableLine(url.host, 200)} gave no fresh OIDC token: ${why}`,
			'Log in again with the program that wrote this kubeconfig.',
			{cause},
		);
	if (url.protocol !== 'https:') throw noToken('its address is not https');
	const cluster = {
		'certificate-authority': config['idp-certificate-authority'],
		'certificate-authority-data': config['idp-certificate-authority-data'],
	};
	const limited = AbortSignal.any([signal, AbortSignal.timeout(timeLimitMilliseconds)]);
	const pool = connectionPool(dialer({server: url, cluster}, nobody, proxyFor(url, undefined, environment)), limited);
	const body = post === undefined ? undefined : Buffer.from(post.form.toString());
	const headers = {
		accept: 'application/json',
		...post?.headers,
		...(body !== undefined && {'content-type': 'application/x-www-form-urlencoded', 'content-length': body.length}),
	};
	try {
		const isGet = body === undefined;
		const answer = await exchange(pool, {method: isGet ? 'GET' : 'POST', url, headers, body, repeatable: isGet, signal: limited});
		const json = jsonOf(answer.body);
		const result = shape.safeParse(json);
		if (answer.status < 300 && result.success) return result.data;
		// The provider's code, never its description: that may quote what was sent.
		const {data} = refusal.safeParse(json);
		throw noToken(`${answer.status}${data === undefined ? '' : ` ${printableLine(data.error, maximumErrorLength)}`}`);
	} catch (error) {
		signal.throwIfAborted();
		if (error instanceof ActionableError) throw error;
		if (limited.aborted) throw noToken(`no answer within ${timeLimitMilliseconds / 1000} s`);
		const {message} = connectionFailure(error, subjectOf('GET', url.pathname), url.host, () => ({
			message: 'it wants a client certificate',
			hint: '',
		}));
		throw noToken(message, error);
	} finally {
		pool.destroy();
	}
}

function jsonOf(body: Buffer): unknown {
	try {
		return parseJson(body);
	} catch {
		// No JSON fits no shape: the caller says what came instead.
		return undefined;
	}
}
