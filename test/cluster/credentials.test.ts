import {chmodSync, readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {afterAll, afterEach, beforeAll, beforeEach, expect, test, vi} from 'vitest';
import type {ClusterClient} from '../../source/cluster/cluster-client.ts';
import type {ConnectionFlags} from '../../source/cluster/connection-flags.ts';
import {ActionableError} from '../../source/errors.ts';
import {connectTo, kubeconfigText, startApiServer, status, temporaryFolder, type ApiServer, type Recorded} from './api-server.ts';
import {refusedCredentials} from '../../source/cluster/refused-credentials.ts';
import {createAuthority, type Authority} from './certificates.ts';

const folder = temporaryFolder();
const file = (name: string): string => path.join(folder.path, name);
let clients: Authority;
let api: ApiServer;
const opened: ClusterClient[] = [];

const open = async (user: object, flags: ConnectionFlags = {}): Promise<ClusterClient> => {
	writeFileSync(file('config'), kubeconfigText(api, {user}));
	const client = await connectTo(file('config'), flags);
	opened.push(client);
	return client;
};

const authorization = (request: Recorded | undefined): string | undefined =>
	request?.headers.find(([name]) => name === 'authorization')?.[1];
/** A plug-in that counts its runs and prints what `status` says, with `$n` for the number of the run. */
function countingPlugin(statusText: string): object {
	writeFileSync(file('runs'), '');
	const script = `#!/bin/sh\necho x >> ${file('runs')}\nn=$(wc -l < ${file('runs')} | tr -d ' ')\n`;
	writeFileSync(
		file('plugin'),
		`${script}echo "{\\"apiVersion\\":\\"client.authentication.k8s.io/v1\\",\\"kind\\":\\"ExecCredential\\",\\"status\\":${statusText.replaceAll('"', '\\"')}}"\n`,
	);
	chmodSync(file('plugin'), 0o755);
	return {exec: {apiVersion: 'client.authentication.k8s.io/v1', interactiveMode: 'Never', command: './plugin'}};
}

const runs = (): number => readFileSync(file('runs'), 'utf8').split('\n').length - 1;

beforeAll(async () => {
	clients = await createAuthority('clients');
	api = await startApiServer({clientAuthority: clients.certificate});
});
beforeEach(() => {
	api.requests.length = 0;
	api.answer = () => ({json: {kind: 'List'}});
});
afterEach(async () => {
	vi.useRealTimers();
	await Promise.all(opened.splice(0).map(client => client.close()));
});
afterAll(async () => {
	await api.close();
	folder.remove();
});

test('a token file beside the kubeconfig is read, and read again within a minute', async () => {
	vi.useFakeTimers({toFake: ['Date']});
	writeFileSync(file('token'), 'first\n');
	const client = await open({tokenFile: 'token'});
	await client.request({path: '/x'});
	writeFileSync(file('token'), 'second\n');
	await client.request({path: '/x'});
	vi.setSystemTime(Date.now() + 60_000);
	await client.request({path: '/x'});
	expect(api.requests.map(authorization)).toEqual(['Bearer first', 'Bearer first', 'Bearer second']);
});

test('a token file goes before a token, which serves while the file cannot be read', async () => {
	writeFileSync(file('token'), 'from-file');
	await (await open({tokenFile: 'token', token: 'beside'})).request({path: '/x'});
	await (await open({tokenFile: 'gone', token: 'beside'})).request({path: '/x'});
	expect(api.requests.map(authorization)).toEqual(['Bearer from-file', 'Bearer beside']);
});

test('a token that the server refuses is read again from its file at once', async () => {
	writeFileSync(file('token'), 'old');
	const client = await open({tokenFile: 'token'});
	api.answer = request => (authorization(request) === 'Bearer new' ? {json: {ok: 1}} : status(401, 'Unauthorized', 'no'));
	writeFileSync(file('token'), 'new');
	await expect(client.request({path: '/x'})).resolves.toEqual({ok: 1});
});

test.each([
	['a token file that is not there', {tokenFile: 'gone'}, /the token file .*gone cannot be read: it does not exist/u],
	['a token of two words', {token: 'a b'}, /the token contains blanks/u],
	['gcp', {'auth-provider': {name: 'gcp'}}, /auth-provider "gcp", which kubectl removed in 1\.26/u],
	['azure', {'auth-provider': {name: 'azure', config: {}}}, /auth-provider "azure", which kubectl removed in 1\.26/u],
	['another auth-provider', {'auth-provider': {name: 'x'}}, /auth-provider "x", which is not supported/u],
	['two ways at once', {'auth-provider': {name: 'oidc'}, exec: {command: 'x'}}, /both an exec plug-in and an auth-provider/u],
])('%s is an error before the server is asked', async (_, user, message) => {
	await expect(open(user)).rejects.toThrow(message);
	await expect(open(user)).rejects.toBeInstanceOf(ActionableError);
	expect(api.requests).toHaveLength(0);
});

test('an exec plug-in runs once for many requests', async () => {
	const client = await open(countingPlugin('{"token":"run-$n"}'));
	await Promise.all(Array.from({length: 20}, () => client.request({path: '/x'})));
	expect(new Set(api.requests.map(authorization))).toEqual(new Set(['Bearer run-1']));
	expect(runs()).toBe(1);
});

test('when its token has run out the plug-in is asked anew, once for all who wait', async () => {
	const soon = new Date(Date.now() + 3_600_000).toISOString();
	const client = await open(countingPlugin(`{"token":"run-$n","expirationTimestamp":"${soon}"}`));
	await client.request({path: '/x'});
	vi.useFakeTimers({toFake: ['Date'], now: Date.now() + 3_700_000});
	await client.request({path: '/x'});
	expect(authorization(api.requests[0])).toBe('Bearer run-1');
	expect(authorization(api.requests[1])).toBe('Bearer run-2');
});

test('when the server refuses its token the plug-in is asked anew, once for all who were refused', async () => {
	const client = await open(countingPlugin('{"token":"run-$n"}'));
	api.answer = request => (authorization(request) === 'Bearer run-1' ? status(401, 'Unauthorized', 'no') : {json: {kind: 'List'}});
	await Promise.all(Array.from({length: 10}, () => client.request({path: '/x'})));
	expect(runs()).toBe(2);
});

test('a plug-in whose new token is refused as well ends in the refusal', async () => {
	const client = await open(countingPlugin('{"token":"run-$n"}'));
	api.answer = () => status(401, 'Unauthorized', 'no');
	await expect(client.request({path: '/x'})).rejects.toThrow(
		/does not accept the credentials of kubeconfig user "test" \(exec plug-in .*plugin\)/u,
	);
	expect(runs()).toBe(2);
});

test('--token goes before an exec plug-in, which is not run', async () => {
	const client = await open(countingPlugin('{"token":"run-$n"}'), {token: 'typed'});
	await client.request({path: '/x'});
	expect(authorization(api.requests[0])).toBe('Bearer typed');
	expect(runs()).toBe(0);
});

test('a client certificate that the server refuses is read again from its files at once', async () => {
	const put = async (commonName: string): Promise<void> => {
		const {certificate, key} = await clients.issue({commonName});
		writeFileSync(file('me.crt'), certificate);
		writeFileSync(file('me.key'), key);
	};
	await put('old');
	const client = await open({'client-certificate': 'me.crt', 'client-key': 'me.key'});
	await client.request({path: '/x'});
	await put('new');
	api.answer = ({clientName}) => (clientName === 'new' ? {json: {ok: 1}} : status(401, 'Unauthorized', 'no'));
	await expect(client.request({path: '/x'})).resolves.toEqual({ok: 1});
});

test.each([
	['exec plug-in aws', /^Log in again \(exec plug-in aws\)$/u],
	['client certificate', /kubeadm certs renew/u],
])('who has an expired certificate by %s is told where a new one comes from', async (kind, hint) => {
	const {certificate} = await clients.issue({commonName: 'jane', from: new Date(0), to: new Date(1000)});
	const refused = refusedCredentials('api:6443', 'jane', kind, {authorization: undefined, certificate, key: undefined, until: undefined});
	expect(refused.message).toBe('the client certificate of kubeconfig user "jane" expired on 1970-01-01T00:00:01.000Z');
	expect(refused.hint).toMatch(hint);
});

test('a plug-in may give a client certificate, and a new one is used when the old is refused', async () => {
	for (const number of [1, 2]) {
		const {certificate, key} = await clients.issue({commonName: `jane-${number}`});
		writeFileSync(file(`status-${number}`), JSON.stringify({clientCertificateData: certificate, clientKeyData: key}));
	}

	const user = countingPlugin('$(cat $(dirname "$0")/status-$n)');
	// The certificate holds quotes and \n of JSON, which echo would touch: the plug-in prints with printf instead.
	writeFileSync(
		file('plugin'),
		`#!/bin/sh\necho x >> ${file('runs')}\nn=$(wc -l < ${file('runs')} | tr -d ' ')\nprintf '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":%s}' "$(cat ${folder.path}/status-$n)"\n`,
	);
	const client = await open(user);
	api.answer = ({clientName}) => (clientName === 'jane-1' ? status(401, 'Unauthorized', 'no') : {json: {kind: 'List'}});
	await client.request({path: '/x'});
	expect(api.requests.map(({clientName}) => clientName)).toEqual(['jane-1', 'jane-2']);
});
