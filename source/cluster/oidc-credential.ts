import type {Context, Cluster, User} from '@kubernetes/client-node';
import {ActionableError} from '../errors.ts';
import type {KubeconfigUser} from './kubeconfig.ts';
import {tokenExpiry} from './token-expiry.ts';

export type OidcTokens = {
	/** The ID token: as it stands in the kubeconfig while it is valid, else a fresh one from the identity provider. */
	current(): Promise<string>;
};

/**
 * The token of a kubeconfig user with `auth-provider: oidc`, by the Kubernetes client library, which is loaded here and only here.
 * Unlike kubectl it does not write a fresh token back to the kubeconfig: `onRotation` is called when the file holds an outdated refresh token.
 */
export function oidcTokens(user: KubeconfigUser, onRotation: () => void): OidcTokens {
	const config: Record<string, string> = {...user['auth-provider']?.config};
	let token = config['id-token'];
	return {
		async current() {
			if (token !== undefined && (tokenExpiry(token)?.getTime() ?? 0) > Date.now()) return token;
			const refreshToken = config['refresh-token'];
			token = await refreshed(config);
			if (config['refresh-token'] !== refreshToken) onRotation();
			return token;
		},
	};
}

/** Lets the library refresh; it leaves the new tokens in `config`. */
async function refreshed(config: Record<string, string>): Promise<string> {
	const issuer = config['idp-issuer-url'] ?? 'the identity provider';
	const hint = config['client-secret']
		? 'Log in again; if it goes on: client-secret is not sent here (a limit of the client library), an exec plug-in such as kubelogin does'
		: 'Log in again with the program that wrote this kubeconfig';
	// Without any token the library does not even try to refresh.
	config['id-token'] ||= 'none';
	const {KubeConfig} = await import('./client-library.ts');
	const kubeConfig = new KubeConfig();
	// Only the token is wanted: cluster and context are names that go nowhere.
	const cluster: Cluster = {name: 'oidc', server: 'https://localhost', skipTLSVerify: false};
	const context: Context = {name: 'oidc', cluster: 'oidc', user: 'oidc'};
	const oidcUser: User = {name: 'oidc', authProvider: {name: 'oidc', config}};
	kubeConfig.loadFromOptions({clusters: [cluster], contexts: [context], users: [oidcUser], currentContext: 'oidc'});
	const options: {headers?: Record<string, string>} = {};
	try {
		await kubeConfig.applyToHTTPSOptions(options);
	} catch (error) {
		// The library's message may quote tokens; its code does not.
		const code = (error as {code?: unknown}).code;
		throw new ActionableError(`${issuer} gave no fresh token${typeof code === 'string' ? ` (${code})` : ''}`, hint, {cause: error});
	}

	const token = /^Bearer (?<token>.+)$/u.exec(options.headers?.['Authorization'] ?? '')?.groups?.['token'];
	if (token === undefined)
		throw new ActionableError(`the OIDC token of ${issuer} has expired and the kubeconfig holds no way to refresh it`, hint);
	return token;
}
