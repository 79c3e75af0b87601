import {expect, test} from 'vitest';
import type {ConnectionFlags} from '../../source/cluster/connection-flags.ts';
import {chooseTarget, type ConnectionTarget} from '../../source/cluster/connection-target.ts';
import {parseKubeconfig} from '../../source/cluster/kubeconfig-file.ts';
import {exitCode, type ActionableError} from '../../source/errors.ts';

const kubeconfig = {
	'current-context': 'prod',
	contexts: [
		{name: 'prod', context: {cluster: 'prod', user: 'admin', namespace: 'shop'}},
		{name: 'stage', context: {cluster: 'stage', user: 'admin'}},
		{name: 'nobody', context: {cluster: 'prod'}},
		{name: 'stale', context: {cluster: 'prod', user: 'gone'}},
		{name: 'adrift', context: {cluster: 'gone', user: 'admin'}},
	],
	clusters: [
		{name: 'prod', cluster: {server: 'https://prod:6443', 'certificate-authority-data': 'QUJD', 'tls-server-name': 'kubernetes'}},
		{name: 'stage', cluster: {server: 'https://rancher/k8s/clusters/c-1'}},
	],
	users: [
		{
			name: 'admin',
			user: {
				token: 'old',
				tokenFile: '/token',
				username: 'u',
				password: 'p',
				as: 'root',
				'as-groups': ['g'],
				'as-user-extra': {scopes: ['a', 'b']},
			},
		},
		{name: 'certificate', user: {'client-certificate-data': 'QQ==', 'client-key-data': 'Qg=='}},
	],
};

const choose = (flags: ConnectionFlags = {}, content: object = kubeconfig): ConnectionTarget =>
	chooseTarget(parseKubeconfig(JSON.stringify(content), '/k'), flags);
const failure = (flags: ConnectionFlags, content: object = kubeconfig): ActionableError => {
	try {
		choose(flags, content);
	} catch (error) {
		return error as ActionableError;
	}

	throw new Error('no error');
};

test('the current context is taken, with its namespace', () => {
	const target = choose();
	expect(target).toMatchObject({context: 'prod', namespace: 'shop', userName: 'admin'});
	expect(target.server.href).toBe('https://prod:6443/');
	expect(target.impersonation).toEqual({user: 'root', uid: undefined, groups: ['g'], extra: {scopes: ['a', 'b']}});
});

test('--context, --cluster, --user and --namespace each override their part', () => {
	expect(choose({context: 'stage'})).toMatchObject({context: 'stage', namespace: 'default'});
	expect(choose({cluster: 'stage'}).server.pathname).toBe('/k8s/clusters/c-1');
	expect(choose({user: 'certificate'}).user).toEqual({'client-certificate-data': 'QQ==', 'client-key-data': 'Qg=='});
	expect(choose({namespace: 'other'}).namespace).toBe('other');
});

test('--token takes the place of every token and password of the user', () => {
	const {user} = choose({token: 'new'});
	expect(user).toMatchObject({token: 'new'});
	expect([user.tokenFile, user.username, user.password]).toEqual([undefined, undefined, undefined]);
});

test('--username and --password take the place of every token of the user, and --token theirs', () => {
	const {user} = choose({username: 'jane', password: 'p'});
	expect(user).toMatchObject({username: 'jane', password: 'p'});
	expect([user.token, user.tokenFile]).toEqual([undefined, undefined]);
	expect(choose({username: 'jane', token: 'new'}).user).toMatchObject({token: 'new', username: undefined});
});

test('--server drops the tls-server-name that belongs to another server', () => {
	expect(choose({server: 'https://other'}).cluster['tls-server-name']).toBeUndefined();
	expect(choose({server: 'https://other', tlsServerName: 'x'}).cluster['tls-server-name']).toBe('x');
	expect(choose({}).cluster['tls-server-name']).toBe('kubernetes');
});

test('trust given by a flag replaces the trust of the kubeconfig as a whole', () => {
	expect(choose({insecureSkipTlsVerify: true}).cluster).toMatchObject({
		'insecure-skip-tls-verify': true,
		'certificate-authority-data': undefined,
	});
	expect(choose({certificateAuthority: '/ca'}).cluster).toMatchObject({
		'insecure-skip-tls-verify': false,
		'certificate-authority': '/ca',
		'certificate-authority-data': undefined,
	});
	expect(choose({insecureSkipTlsVerify: false}).cluster['certificate-authority-data']).toBe('QUJD');
});

test('a certificate given as a file wins over the data in the kubeconfig', () => {
	const {user} = choose({user: 'certificate', clientCertificate: '/me.crt', clientKey: '/me.key'});
	expect(user).toMatchObject({'client-certificate': '/me.crt', 'client-key': '/me.key'});
	expect(user['client-certificate-data'] ?? user['client-key-data']).toBeUndefined();
});

test('a context without a user works: the server decides what nobody may do', () => {
	expect(choose({context: 'nobody'})).toMatchObject({user: {}, userName: undefined});
});

test('--as goes before the kubeconfig, field by field', () => {
	expect(choose({as: 'me', asGroup: ['a', 'b'], asUid: '7'}).impersonation).toMatchObject({user: 'me', groups: ['a', 'b'], uid: '7'});
});

test.each([
	['another key', {team: ['x']}, {scopes: ['a', 'b'], team: ['x']}],
	['the same key', {scopes: ['c']}, {scopes: ['c']}],
	['nothing', undefined, {scopes: ['a', 'b']}],
] as const)('--as-user-extra of %s goes before the kubeconfig, key by key', (_what, given, extra) => {
	expect(choose(given === undefined ? {} : {asUserExtra: given}).impersonation.extra).toEqual(extra);
});

test.each([
	['--context', {context: 'nope'}, /there is no context "nope"/u],
	['--cluster', {cluster: 'nope'}, /no cluster "nope"/u],
	['--user', {user: 'nope'}, /no user "nope"/u],
	['--server', {server: 'ftp://x'}, /not a URL of the form/u],
	['--server with a password', {server: 'https://me:pass@x'}, /not a URL of the form/u],
])('a wrong %s is wrong usage, and the names that exist are listed', (_, flags, message) => {
	const error = failure(flags);
	expect(error.message).toMatch(message);
	expect(error.exitCode).toBe(exitCode.usage);
	expect(error.message + error.hint).not.toContain('pass@');
});

test('a wrong context lists the contexts that exist', () => {
	expect(failure({context: 'nope'}).hint).toContain('prod, stage, nobody');
});

test.each([
	['a context that names a missing user', {context: 'stale'}, /context "stale" names the user "gone"/u],
	['a context that names a missing cluster', {context: 'adrift'}, /context "adrift" names the cluster "gone"/u],
])('%s is a fault of the file', (_, flags, message) => {
	expect(failure(flags).message).toMatch(message);
	expect(failure(flags).exitCode).toBe(exitCode.usage);
});

test('a current-context that does not exist is a fault of the file', () => {
	const error = failure({}, {...kubeconfig, 'current-context': 'gone'});
	expect(error.message).toMatch(/current-context "gone" of \/k does not exist/u);
	expect(error.exitCode).toBe(exitCode.usage);
});

test('without a current-context one must be chosen', () => {
	const error = failure({}, {...kubeconfig, 'current-context': ''});
	expect(error.exitCode).toBe(exitCode.usage);
	expect(error.hint).toContain('--context: prod, stage');
});

test('a server without a scheme is https where TLS is spoken of, else http, as in kubectl', () => {
	expect(choose({server: 'host:8080'}, {}).server.href).toBe('http://host:8080/');
	expect(choose({server: '10.0.0.1:6443', insecureSkipTlsVerify: true}, {}).server.href).toBe('https://10.0.0.1:6443/');
});

test('no kubeconfig at all says how to name one', () => {
	const nothing = {files: [], currentContext: undefined, contexts: new Map(), clusters: new Map(), users: new Map()};
	expect(() => chooseTarget(nothing, {})).toThrow(/no kubeconfig was found/u);
	expect(() => chooseTarget(nothing, {context: 'a'})).toThrow(/there is no context "a"/u);
});
