import {afterAll, beforeAll, beforeEach, expect, test} from 'vitest';
import {oidcTokens, type OidcTokens} from '../../source/cluster/oidc-credential.ts';
import {tokenExpiry} from '../../source/cluster/token-expiry.ts';
import {startApiServer, type ApiServer} from './api-server.ts';

let provider: ApiServer;
let rotations: number;

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
/** An ID token that ends so many seconds from now; its signature is of no interest here. */
const idToken = (seconds: number, subject = 'jane'): string => {
	const now = Math.floor(Date.now() / 1000);
	return `${part({alg: 'RS256'})}.${part({iss: provider.url, aud: 'kubectl', sub: subject, iat: now, exp: now + seconds})}.c2ln`;
};

const tokens = (config: Record<string, string>): OidcTokens => {
	const common = {
		'idp-issuer-url': provider.url,
		'client-id': 'kubectl',
		'idp-certificate-authority-data': Buffer.from(provider.authority.certificate).toString('base64'),
	};
	return oidcTokens(
		{'auth-provider': {name: 'oidc', config: {...common, ...config}}},
		{environment: {}, signal: new AbortController().signal, onRotation: () => (rotations += 1)},
	);
};

beforeAll(async () => {
	provider = await startApiServer();
});
beforeEach(() => {
	rotations = 0;
	provider.requests.length = 0;
	provider.answer = ({path}) =>
		path === '/token'
			? {json: {id_token: idToken(3600, 'fresh'), access_token: 'a', token_type: 'bearer', expires_in: 3600, refresh_token: 'r1'}}
			: {json: {issuer: provider.url, token_endpoint: `${provider.url}/token`}};
});
afterAll(() => provider.close());

test('an ID token that is still good is used as it stands, and nobody is asked', async () => {
	const token = idToken(600);
	await expect(tokens({'id-token': token}).current()).resolves.toBe(token);
	expect(provider.requests).toHaveLength(0);
});

test('one that has run out is refreshed once, and kept', async () => {
	const source = tokens({'id-token': idToken(-10), 'refresh-token': 'r1'});
	const fresh = await source.current();
	expect(tokenExpiry(fresh)?.getTime()).toBeGreaterThan(Date.now());
	await expect(source.current()).resolves.toBe(fresh);
	const asked = provider.requests.filter(({path}) => path === '/token');
	expect(asked).toHaveLength(1);
	expect(asked[0]?.body).toContain('refresh_token=r1');
	expect(rotations).toBe(0);
});

test('without an ID token one is fetched with the refresh token', async () => {
	await expect(tokens({'refresh-token': 'r1'}).current()).resolves.toMatch(/^ey/u);
});

test('a refresh token that the provider replaced is reported: the kubeconfig holds the old one', async () => {
	await tokens({'id-token': idToken(-10), 'refresh-token': 'r0'}).current();
	expect(rotations).toBe(1);
});

test('without a refresh token a run-out token is an error that says to log in', async () => {
	await expect(tokens({'id-token': idToken(-10)}).current()).rejects.toThrow(/has expired and the kubeconfig has no refresh token/u);
});

test('a provider that refuses is an error without any token in it', async () => {
	provider.answer = ({path}) =>
		path === '/token'
			? {status: 400, json: {error: 'invalid_grant', error_description: 'r-secret is unknown'}}
			: {json: {issuer: provider.url, token_endpoint: `${provider.url}/token`}};
	const error: unknown = await tokens({'id-token': idToken(-10), 'refresh-token': 'r-secret'})
		.current()
		.catch((error: unknown) => error);
	expect(String(error)).toMatch(/gave no fresh OIDC token: 400 invalid_grant/u);
	expect(String(error)).not.toContain('r-secret');
});

test('a client secret is sent, the way the provider wants it', async () => {
	const config = {'refresh-token': 'r1', 'client-secret': 's/1'};
	await tokens(config).current();
	const basic = `Basic ${Buffer.from('kubectl:s%2F1').toString('base64')}`;
	expect(provider.requests.at(-1)?.headers).toContainEqual(['authorization', basic]);
	const {answer} = provider;
	provider.answer = request =>
		request.path === '/token'
			? answer(request)
			: {json: {token_endpoint: `${provider.url}/token`, token_endpoint_auth_methods_supported: ['client_secret_post']}};
	await tokens(config).current();
	expect(Object.fromEntries(new URLSearchParams(provider.requests.at(-1)?.body))).toMatchObject({
		client_id: 'kubectl',
		client_secret: 's/1',
	});
});

test.each([
	['no JSON', {text: 'hello'}, /gave no fresh OIDC token: 200/u],
	['an address that is not https', {json: {token_endpoint: 'http://127.0.0.1/token'}}, /its address is not https/u],
	['nothing of use', {json: {}}, /gave no fresh OIDC token: 200/u],
])('%s from the provider is an error', async (_, reply, message) => {
	provider.answer = () => reply;
	await expect(tokens({'refresh-token': 'r1'}).current()).rejects.toThrow(message);
});

test('a provider whose certificate is not trusted is an error', async () => {
	await expect(tokens({'refresh-token': 'r1', 'idp-certificate-authority-data': ''}).current()).rejects.toThrow(/not trusted/u);
});
