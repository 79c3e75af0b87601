import {writeFileSync} from 'node:fs';
import path from 'node:path';
import * as fc from 'fast-check';
import {afterAll, expect, test} from 'vitest';
import {stringify} from 'yaml';
import {parseKubeconfig, readKubeconfigFile} from '../../source/cluster/kubeconfig-file.ts';
import {ActionableError} from '../../source/errors.ts';
import {temporaryFolder} from './api-server.ts';

const folder = temporaryFolder();
afterAll(folder.remove);

const {signal} = new AbortController();

test('relative paths are resolved against the folder of the file, a bare command is not', () => {
	const {clusters, users} = parseKubeconfig(
		stringify({
			clusters: [{name: 'c', cluster: {'certificate-authority': 'pki/ca.crt'}}],
			users: [
				{name: 'files', user: {'client-certificate': 'me.crt', 'client-key': '/abs/me.key', tokenFile: '../token'}},
				{name: 'own-plugin', user: {exec: {command: './bin/login'}}},
				{name: 'path-plugin', user: {exec: {command: 'aws'}}},
				{name: 'oidc', user: {'auth-provider': {name: 'oidc', config: {'idp-certificate-authority': 'idp.crt'}}}},
			],
		}),
		'/home/me/kube/config',
	);
	expect(clusters.get('c')?.['certificate-authority']).toBe('/home/me/kube/pki/ca.crt');
	expect(users.get('files')).toMatchObject({
		'client-certificate': '/home/me/kube/me.crt',
		'client-key': '/abs/me.key',
		tokenFile: '/home/me/token',
	});
	expect(users.get('own-plugin')?.exec?.command).toBe('/home/me/kube/bin/login');
	expect(users.get('path-plugin')?.exec?.command).toBe('aws');
	expect(users.get('oidc')?.['auth-provider']?.config?.['idp-certificate-authority']).toBe('/home/me/kube/idp.crt');
});

test('nulls and missing parts are nothing, as for Go', () => {
	const kubeconfig = parseKubeconfig(
		'users: null\ncontexts: []\npreferences: {}\nclusters:\n- name: c\n  cluster: null\ncurrent-context: ""',
		'/k',
	);
	expect(kubeconfig.users.size).toBe(0);
	expect(kubeconfig.clusters.get('c')).toEqual({});
	expect(kubeconfig.currentContext).toBeUndefined();
	expect(parseKubeconfig('', '/k').contexts.size).toBe(0);
});

test('JSON is read too', () => {
	expect(parseKubeconfig('{"current-context": "a"}', '/k').currentContext).toBe('a');
});

test('a name that stands twice in one file is an error, as in kubectl', () => {
	expect(() => parseKubeconfig('users: [{name: a}, {name: a}]', '/k')).toThrow(/user "a" twice/u);
});

test.each([
	['broken YAML says where', 'a: 1\nb: [1, 2', /\/k is not a valid kubeconfig: broken YAML in line 2/u],
	['a wrong type says which field', 'users: [{name: a, user: {token: 5}}]', /users\[0\]\.user\.token: expected a string/u],
	['another kind of object is named', 'kind: Pod', /of kind Pod, not Config/u],
	['a list is no kubeconfig', '[1]', /the whole file/u],
	['text is no kubeconfig', 'hello', /the whole file/u],
	['an alias that eats itself is no kubeconfig', 'users: &a [*a, *a]', /not a valid kubeconfig/u],
])('%s', (_, text, message) => {
	expect(() => parseKubeconfig(text, '/k')).toThrow(message);
	expect(() => parseKubeconfig(text, '/k')).toThrow(ActionableError);
});

/** What `parseKubeconfig` throws; undefined if it reads the text. */
function errorOf(text: string): unknown {
	try {
		parseKubeconfig(text, '/k');
		return undefined;
	} catch (error) {
		return error;
	}
}

test.each(['token: ${s}: x', '*${s}', 'a: "${s}', '- ${s}\nb: [', '&x ${s}\n*${s}', '{${s}', '%${s}\n---\n:\n- [', '!${s} {'])(
	'no text of the file gets into the error of %s: it may be a secret',
	template => {
		const error = errorOf(template.replaceAll('${s}', 'eyJhbGciOiJSUzI1NiJ9'));
		expect(error).toBeInstanceOf(ActionableError);
		expect(JSON.stringify([error, (error as ActionableError).message])).not.toContain('eyJ');
	},
);

test('garbage is refused with an error for people, or read, and never anything else', () => {
	const fragment = fc.constantFrom(
		'users',
		'clusters',
		'contexts',
		'name',
		':',
		'- ',
		'\n',
		'  ',
		'{',
		'}',
		'[',
		']',
		'&a',
		'*a',
		'!!binary',
		'|',
		'"',
		'\u0000',
		'\t',
		'null',
		'1',
		'---',
		'...',
	);
	const text = fc.oneof(
		fc.string(),
		fc.array(fragment).map(parts => parts.join('')),
		fc.jsonValue().map(value => stringify(value)),
	);
	fc.assert(
		fc.property(text, text => {
			const error = errorOf(text);
			expect(error === undefined || error instanceof ActionableError).toBe(true);
			expect((error as ActionableError | undefined)?.message ?? '').not.toMatch(/\n/u);
		}),
		{numRuns: 500},
	);
});

test('a deeply nested file is refused without a crash', () => {
	expect(() => parseKubeconfig('['.repeat(50_000), '/k')).toThrow(ActionableError);
});

test.each([
	['lines', 'a:\n'],
	['list entries in one line', '- '],
	['keys in one line', '? '],
	['mappings in one line', ': '],
	['small objects', '{b: c}, '],
	['anchors', '&a '],
	['quotes', '"" '],
])('a million %s are refused before they are parsed', (_, part) => {
	// The parser would take a gigabyte, or end the process.
	expect(() => parseKubeconfig(part.repeat(1_000_000), '/k')).toThrow('more than 100,000 lines and values');
});

test('a file of 4 MB with the certificates of a thousand clusters is read', () => {
	const data = Buffer.alloc(1000, 'certificate').toString('base64');
	const names = Array.from({length: 1000}, (_, index) => `c${index}`);
	const text = stringify({
		clusters: names.map(name => ({name, cluster: {server: 'https://10.0.0.1:6443', 'certificate-authority-data': data}})),
		contexts: names.map(name => ({name, context: {cluster: name, user: name}})),
		users: names.map(name => ({name, user: {'client-certificate-data': data, 'client-key-data': data}})),
	});
	expect(text.length).toBeGreaterThan(4_000_000);
	expect(parseKubeconfig(text, '/k').clusters.size).toBe(1000);
});

test('a file that does not exist is nothing; one that cannot be read is an error', async () => {
	await expect(readKubeconfigFile(path.join(folder.path, 'none'), signal)).resolves.toBeUndefined();
	await expect(readKubeconfigFile(folder.path, signal)).rejects.toThrow(/the kubeconfig .* cannot be read: it is a folder/u);
	const file = path.join(folder.path, 'config');
	writeFileSync(file, 'current-context: here');
	await expect(readKubeconfigFile(file, signal)).resolves.toMatchObject({currentContext: 'here', files: [file]});
});
