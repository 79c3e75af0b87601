import * as fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {parseJumpHosts, type JumpHost} from '../../../source/access/ssh/jump-hosts.ts';
import {SshError} from '../../../source/access/ssh/ssh-error.ts';

const safe = /^[^-\s$/,][^\s$/,]*$/u;

function parsed(text: string): JumpHost[] | Error {
	try {
		return parseJumpHosts(text);
	} catch (error) {
		return error as Error;
	}
}

describe('jump hosts', () => {
	it.each([
		['', []],
		['none', []],
		['bastion', [{host: 'bastion'}]],
		['me@bastion:2222', [{host: 'bastion', user: 'me', port: 2222}]],
		['ssh://me@bastion:2222/', [{host: 'bastion', user: 'me', port: 2222}]],
		['a,b@c', [{host: 'a'}, {host: 'c', user: 'b'}]],
		['[::1]:22', [{host: '::1', port: 22}]],
		['fe80::1', [{host: 'fe80::1'}]],
		['me@example.com@bastion', [{host: 'bastion', user: 'me@example.com'}]],
	])('reads “%s”', (text, hops) => {
		expect(parseJumpHosts(text)).toEqual(hops);
	});

	it('gives safe names or an error of its own, whatever it is fed', () => {
		fc.assert(
			fc.property(fc.string({unit: fc.constantFrom('a', '-', '@', ':', '[', ']', '1', ',', ' ', '$', '/', '.')}), text => {
				const outcome = parsed(text);
				const isFine = Array.isArray(outcome)
					? outcome.every(({host, user = 'x', port = 22}) => safe.test(host) && safe.test(user) && port > 0)
					: outcome instanceof SshError;
				expect(isFine).toBe(true);
			}),
		);
	});
});
