import * as fc from 'fast-check';
import {expect, test} from 'vitest';
import {proxyFor} from '../../source/cluster/proxy.ts';
import {ActionableError} from '../../source/errors.ts';

const proxied = (server: string, noProxy = '', more: NodeJS.ProcessEnv = {}): boolean =>
	proxyFor(new URL(server), undefined, {HTTPS_PROXY: 'http://proxy:3128', NO_PROXY: noProxy, ...more}) !== undefined;

test('HTTPS_PROXY serves https servers, HTTP_PROXY http servers, in either case of letters', () => {
	expect(proxyFor(new URL('https://api'), undefined, {https_proxy: 'proxy:3128'})?.href).toBe('http://proxy:3128/');
	expect(proxyFor(new URL('https://api'), undefined, {HTTP_PROXY: 'http://proxy'})).toBeUndefined();
	expect(proxyFor(new URL('http://api'), undefined, {HTTP_PROXY: 'http://proxy'})?.host).toBe('proxy');
});

test('the proxy-url of the kubeconfig goes before the environment and knows no exceptions', () => {
	const url = proxyFor(new URL('https://127.0.0.1'), 'socks5://bastion:1080', {HTTPS_PROXY: 'http://proxy', NO_PROXY: '*'});
	expect(url?.href).toBe('socks5://bastion:1080');
});

test.each(['https://localhost:6443', 'https://127.0.0.1', 'https://127.9.9.9', 'https://[::1]:6443'])(
	'%s is never proxied by the environment',
	server => {
		expect(proxied(server)).toBe(false);
	},
);

test.each([
	['*', 'https://api.example.com', false],
	['example.com', 'https://api.example.com', false],
	['example.com', 'https://example.com', false],
	['.example.com', 'https://example.com', true],
	['.example.com', 'https://api.example.com', false],
	['*.example.com', 'https://api.example.com', false],
	['example.com', 'https://badexample.com', true],
	['EXAMPLE.com', 'https://Api.Example.Com', false],
	['10.0.0.0/8', 'https://10.1.2.3:6443', false],
	['10.0.0.0/8', 'https://11.1.2.3:6443', true],
	['10.1.2.3', 'https://10.1.2.3:6443', false],
	['10.1.2.3:443', 'https://10.1.2.3:6443', true],
	['10.1.2.3:6443', 'https://10.1.2.3:6443', false],
	['fd00::/8', 'https://[fd00::1]:6443', false],
	['[fd00::1]:6443', 'https://[fd00::1]:6443', false],
	['fd00::1', 'https://[fd00::1]:6443', false],
	['foo, 10.0.0.0/8 ,bar', 'https://10.1.2.3', false],
	['10.0.0.0/99, 10.0.0.0/x,/,', 'https://10.1.2.3', true],
])('NO_PROXY=%s and %s: proxied is %s', (noProxy, server, expected) => {
	expect(proxied(server, noProxy)).toBe(expected);
});

test('a proxy address of no use is refused, and its password is not shown', () => {
	for (const address of ['ftp://me:secret@proxy', 'http://', 'socks4://me:secret@x', '::secret']) {
		expect(() => proxyFor(new URL('https://api'), address, {})).toThrow(ActionableError);
		expect(() => proxyFor(new URL('https://api'), address, {})).not.toThrow(/secret/u);
	}
});

test('any NO_PROXY is read without a crash', () => {
	fc.assert(
		fc.property(fc.string(), noProxy => {
			expect(proxied('https://10.0.0.1', noProxy)).toBeTypeOf('boolean');
		}),
	);
});
