import {expect, it} from 'vitest';
import {connectionFlagsOf} from '../../source/commands/flag-values.ts';

const extraOf = (...fields: string[]) => connectionFlagsOf({'as-user-extra': fields}).asUserExtra;

it('extra fields to impersonate are kept by key, each value of a key that is repeated', () => {
	expect(extraOf('scopes=a', 'team=x', 'scopes=b=c')).toEqual({scopes: ['a', 'b=c'], team: ['x']});
	expect(extraOf()).toBeUndefined();
});

it.each(['scopes', 'scopes=', '=a', '='])('«%s» is no extra field', field => {
	expect(() => extraOf(field)).toThrow(`--as-user-extra cannot be "${field}"`);
});
