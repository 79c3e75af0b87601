import {writeFileSync} from 'node:fs';
import net from 'node:net';
import {once} from 'node:events';
import path from 'node:path';
import {afterAll, afterEach, beforeAll, expect, test} from 'vitest';
import {ClusterError} from '../../source/cluster/cluster-error.ts';
import type {ConnectionFlags} from '../../source/cluster/connection-flags.ts';
import {ActionableError} from '../../source/errors.ts';
import {
	connectTo,
	kubeconfigText,
	startApiServer,
	temporaryFolder,
	type ApiServer,
	type ApiServerOptions,
	type KubeconfigParts,
} from './api-server.ts';
import {createAuthority, type Authority, type Issued} from './certificates.ts';

const folder = temporaryFolder();
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const yesterday = new Date(Date.now() - 86_400_000);
const lastWeek = new Date(Date.now() - 7 * 86_400_000);
const open: ApiServer[] = [];
let authority: Authority;
let other: Authority;

const server = async (options: ApiServerOptions): Promise<ApiServer> => {
	const api = await startApiServer({authority, ...options});
	open.push(api);
	return api;
};

/** Asks once and gives the answer. */
const ask = async (
	api: Pick<ApiServer, 'url' | 'authority'>,
	parts: KubeconfigParts = {},
	flags: ConnectionFlags = {},
): Promise<unknown> => {
	const file = path.join(folder.path, 'config');
	writeFileSync(file, kubeconfigText(api, parts));
	const client = await connectTo(file, flags);
	try {
		return await client.request({path: '/api/v1/nodes'});
	} finally {
		await client.close();
	}
};

const failure = async (promise: Promise<unknown>): Promise<ActionableError> => {
	const error: unknown = await promise.then(
		() => new Error('it went well'),
		(error: unknown) => error,
	);
	expect(error).toBeInstanceOf(ActionableError);
	return error as ActionableError;
};

const certified = ({certificate, key}: Issued): object => ({
	'client-certificate-data': base64(certificate),
	'client-key-data': base64(key),
});

beforeAll(async () => {
	[authority, other] = await Promise.all([createAuthority(), createAuthority('another authority')]);
});
afterEach(async () => {
	await Promise.all(open.splice(0).map(api => api.close()));
});
afterAll(folder.remove);

test('a certificate of the cluster authority is accepted, from the data and from a file', async () => {
	const api = await server({});
	await expect(ask(api)).resolves.toEqual({kind: 'List'});
	writeFileSync(path.join(folder.path, 'ca.crt'), authority.certificate);
	await expect(ask(api, {cluster: {'certificate-authority-data': undefined, 'certificate-authority': 'ca.crt'}})).resolves.toEqual({
		kind: 'List',
	});
	await expect(ask(api, {}, {certificateAuthority: path.join(folder.path, 'ca.crt')})).resolves.toEqual({kind: 'List'});
});

test('the inline data of an authority goes before its file', async () => {
	const api = await server({});
	await expect(ask(api, {cluster: {'certificate-authority': 'not-there.crt'}})).resolves.toEqual({kind: 'List'});
});

test('a certificate of an unknown authority is refused, with a hint where the right one belongs', async () => {
	const api = await server({});
	const error = await failure(ask({url: api.url, authority: other}));
	expect(error).toMatchObject({reason: 'TlsFailure'});
	expect(error.message).toMatch(/signed by an authority that is not trusted/u);
	expect(error.hint).toMatch(/--certificate-authority/u);
	expect(api.requests).toHaveLength(0);
});

test('without any authority the public ones are trusted, and ours is none of them', async () => {
	const api = await server({});
	expect((await failure(ask(api, {cluster: {'certificate-authority-data': undefined}}))).message).toMatch(/not trusted/u);
});

test('--insecure-skip-tls-verify accepts any certificate', async () => {
	const api = await server({certificate: await other.issue({commonName: 'x', names: ['elsewhere'], from: lastWeek, to: yesterday})});
	await expect(ask(api, {}, {insecureSkipTlsVerify: true})).resolves.toEqual({kind: 'List'});
});

test('an authority together with insecure-skip-tls-verify is a contradiction', async () => {
	const api = await server({});
	expect((await failure(ask(api, {cluster: {'insecure-skip-tls-verify': true}}))).message).toMatch(
		/together with insecure-skip-tls-verify/u,
	);
});

test('an expired server certificate is called expired', async () => {
	const api = await server({certificate: await authority.issue({commonName: 'api', names: ['127.0.0.1'], from: lastWeek, to: yesterday})});
	const error = await failure(ask(api));
	expect(error.message).toMatch(/has expired/u);
	expect(error.hint).toMatch(/clock/u);
});

test('a server certificate of the future points at the clock', async () => {
	const from = new Date(Date.now() + 86_400_000);
	const api = await server({
		certificate: await authority.issue({commonName: 'api', names: ['127.0.0.1'], from, to: new Date(from.getTime() + 1000)}),
	});
	expect((await failure(ask(api))).message).toMatch(/not valid yet/u);
});

test('a certificate for another name says for which, and --tls-server-name makes it good', async () => {
	const api = await server({certificate: await authority.issue({commonName: 'api', names: ['kubernetes.default']})});
	const error = await failure(ask(api));
	expect(error.message).toMatch(/is for another name: .*127\.0\.0\.1/u);
	expect(error.hint).toMatch(/--tls-server-name/u);
	await expect(ask(api, {}, {tlsServerName: 'kubernetes.default'})).resolves.toEqual({kind: 'List'});
	await expect(ask(api, {cluster: {'tls-server-name': 'kubernetes.default'}})).resolves.toEqual({kind: 'List'});
});

test('the client certificate of the kubeconfig is shown to the server, from data and from files', async () => {
	const api = await server({clientAuthority: authority.certificate});
	const me = await authority.issue({commonName: 'jane'});
	await ask(api, {user: certified(me)});
	writeFileSync(path.join(folder.path, 'me.crt'), me.certificate);
	writeFileSync(path.join(folder.path, 'me.key'), me.key);
	await ask(api, {user: {'client-certificate': 'me.crt', 'client-key': 'me.key'}});
	await ask(api, {user: {}}, {clientCertificate: path.join(folder.path, 'me.crt'), clientKey: path.join(folder.path, 'me.key')});
	expect(api.requests.map(({clientName}) => clientName)).toEqual(['jane', 'jane', 'jane']);
});

test('a client certificate that has run out by its own date is named with that date', async () => {
	const api = await server({clientAuthority: authority.certificate});
	api.answer = () => ({status: 401, json: {kind: 'Status', message: 'Unauthorized'}});
	const error = await failure(ask(api, {user: certified(await authority.issue({commonName: 'jane', from: lastWeek, to: yesterday}))}));
	expect(error.message).toContain(`the client certificate of kubeconfig user "test" expired on ${yesterday.toISOString().slice(0, 10)}`);
	expect(error.hint).toMatch(/renew/u);
	const tomorrow = new Date(Date.now() + 86_400_000);
	const early = certified(await authority.issue({commonName: 'jane', from: tomorrow, to: new Date(tomorrow.getTime() + 1000)}));
	expect((await failure(ask(api, {user: early}))).hint).toMatch(/clock/u);
});

test('a server that insists on a client certificate says so to one who has none', async () => {
	const strict = await server({clientAuthority: authority.certificate, rejectUnauthorized: true});
	const error = await failure(ask(strict, {user: {}}));
	expect(error).toMatchObject({reason: 'TlsFailure'});
	expect(error.message).toMatch(/requires credentials/u);
});

test.each([
	['a certificate without its key', {'client-certificate-data': base64('-----BEGIN CERTIFICATE-----')}, /without its key/u],
	['a key without its certificate', {'client-key-data': base64('-----BEGIN PRIVATE KEY-----')}, /without its certificate/u],
	['a certificate that is none', {'client-certificate-data': base64('hello'), 'client-key-data': base64('hello')}, /is not in PEM form/u],
	[
		'a certificate file that is not there',
		{'client-certificate': 'gone.crt', 'client-key': 'gone.key'},
		/the client certificate .*gone\.crt cannot be read: it does not exist/u,
	],
])('%s is found before the server is asked', async (_, user, message) => {
	const api = await server({});
	const error = await failure(ask(api, {user}));
	expect(error.message).toMatch(message);
	expect(error.exitCode).toBe(2);
	expect(error).not.toBeInstanceOf(ClusterError);
});

test('broken PEM and a key of another certificate are errors for people', async () => {
	const api = await server({});
	const [me, you] = await Promise.all([authority.issue({commonName: 'me'}), authority.issue({commonName: 'you'})]);
	const mixed = certified({certificate: me.certificate, key: you.key});
	expect((await failure(ask(api, {user: mixed}))).message).toMatch(/certificates of this kubeconfig cannot be used/u);
	const broken = {
		'client-certificate-data': base64('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'),
		'client-key-data': base64(me.key),
	};
	expect((await failure(ask(api, {user: broken}))).message).toMatch(/certificates of this kubeconfig cannot be used/u);
});

test('a plain http server works, as with kubectl proxy', async () => {
	const api = await server({plain: true});
	await expect(ask(api)).resolves.toEqual({kind: 'List'});
});

test('https to a server that speaks plain HTTP says that it speaks no TLS', async () => {
	const api = await server({plain: true});
	const error = await failure(ask({url: api.url.replace('http:', 'https:'), authority}));
	expect(error.message).toMatch(/does not speak TLS/u);
	expect(error.hint).toMatch(/http:\/\//u);
});

test('another service on the port is no Kubernetes API', async () => {
	const service = net.createServer(socket => socket.on('error', () => undefined).end('SSH-2.0-OpenSSH_9.2\r\n'));
	service.listen(0, '127.0.0.1');
	await once(service, 'listening');
	const {port} = service.address() as net.AddressInfo;
	const error = await failure(ask({url: `http://127.0.0.1:${port}`, authority}));
	expect(error).toMatchObject({reason: 'NotKubernetes'});
	service.close();
});

test('an exec connection is encrypted and identified like a request', async () => {
	const api = await server({clientAuthority: authority.certificate});
	api.exec = socket => {
		socket.send(Buffer.concat([Buffer.of(3), Buffer.from('{"status":"Success"}')]));
		socket.close();
	};
	const file = path.join(folder.path, 'config');
	writeFileSync(file, kubeconfigText(api, {user: certified(await authority.issue({commonName: 'jane'}))}));
	const client = await connectTo(file);
	const target = {namespace: 'a', pod: 'b', container: 'c'};
	for (let run = 0; run < 3; run += 1) {
		await expect(client.exec(target, ['true'], {timeoutMilliseconds: 5000})).resolves.toMatchObject({exitCode: 0});
	}

	expect(api.requests.map(({clientName}) => clientName)).toEqual(['jane', 'jane', 'jane']);
	await client.close();
	writeFileSync(file, kubeconfigText({url: api.url, authority: other}));
	const distrustful = await connectTo(file);
	expect((await failure(distrustful.exec(target, ['true'], {timeoutMilliseconds: 5000}))).message).toMatch(/not trusted/u);
	await distrustful.close();
});
