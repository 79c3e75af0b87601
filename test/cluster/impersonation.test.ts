import fc from 'fast-check';
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
	fc.assert(
		fc.property(fc.string({unit: 'grapheme', minLength: 1}), fc.string({unit: 'grapheme', minLength: 1}), (key, value) => {
			let headers: Record<string, string | string[]>;
			try {
				headers = impersonationHeaders({user: value, extra: {[key]: [value]}});
			} catch (error) {
				expect(error).toBeInstanceOf(UsageError);
				return;
			}

			expect(
				() =>
					new Headers(Object.entries(headers).flatMap(([name, values]) => [values].flat().map(value => [name, value] as [string, string]))),
			).not.toThrow();
		}),
	);
});
