import {expect, it} from 'vitest';
import {readOptions} from '../../source/command-line/option.ts';
import {sharedOptions} from '../../source/command-line/shared-options.ts';
import {sessionOf} from '../../source/commands/session-of.ts';

const extraOf = (...fields: string[]) =>
	sessionOf(readOptions(sharedOptions, {asUserExtra: fields}), {words: [], stdin: {}} as unknown as Parameters<typeof sessionOf>[1])
		.connection.asUserExtra;

it('extra fields to impersonate are kept by key, each value of a key that is repeated', () => {
	expect(extraOf('scopes=a', 'team=x', 'scopes=b=c')).toEqual({scopes: ['a', 'b=c'], team: ['x']});
	expect(extraOf()).toBeUndefined();
});

it.each(['scopes', 'scopes=', '=a', '='])('«%s» is no extra field', field => {
	expect(() => extraOf(field)).toThrow(`--as-user-extra cannot be "${field}"`);
});
