import * as fc from 'fast-check';
import {expect, test} from 'vitest';
import {impersonationHeaders} from '../../source/cluster/impersonation.ts';
import {UsageError} from '../../source/errors.ts';

test('nobody is impersonated unless asked', () => {
	expect(impersonationHeaders({})).toEqual({});
	expect(impersonationHeaders({groups: [], extra: {}})).toEqual({});
});

test('user, uid, each group and each extra value have their header', () => {
	expect(impersonationHeaders({user: 'jane', uid: '7', groups: ['dev', 'ops'], extra: {'acme.com/project': ['a', 'b']}})).toEqual({
		'Impersonate-User': 'jane',
		'Impersonate-Uid': '7',
		'Impersonate-Group': ['dev', 'ops'],
		'Impersonate-Extra-acme.com%2Fproject': ['a', 'b'],
	});
});

test.each([{groups: ['a']}, {uid: '1'}, {extra: {a: ['b']}}])('%o without a user is wrong usage', impersonation => {
	expect(() => impersonationHeaders(impersonation)).toThrow(UsageError);
});

test('a name cannot smuggle a header in', () => {
	expect(() => impersonationHeaders({user: 'a\r\nImpersonate-Group: system:masters'})).toThrow(UsageError);
});

test('whatever the names, the headers are ones that Node sends', () => {
	const name = fc.string({unit: 'grapheme', minLength: 1}).filter(text => !/[\u0000-\u001F\u007F]/u.test(text));
	fc.assert(
		fc.property(name, name, (key, value) => {
			const headers = Object.entries(impersonationHeaders({user: value, groups: [value], extra: {[key]: [value]}}));
			const lines = headers.flatMap(([name, values]) => [values].flat().map(value => [name, value] as [string, string]));
			expect(() => new Headers(lines)).not.toThrow();
			expect(lines).toHaveLength(3);
		}),
	);
});
