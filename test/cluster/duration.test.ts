import * as fc from 'fast-check';
import {expect, test} from 'vitest';
import {parseDuration} from '../../source/cluster/duration.ts';
import {UsageError} from '../../source/errors.ts';

test.each([
	['0', 0],
	['30', 30_000],
	['90s', 90_000],
	['2m30s', 150_000],
	['1.5h', 5_400_000],
	['1h2m3.5s', 3_723_500],
	['250ms', 250],
	['.5s', 500],
	['10us', 1],
	['0s', 0],
])('%s is %d milliseconds', (text, milliseconds) => {
	expect(parseDuration(text, '--request-timeout')).toBe(milliseconds);
});

test.each(['', 'soon', '5 s', '-1s', '1d', '1s2', '1.2', 's', '1e3s'])('"%s" is refused and the flag is named', text => {
	expect(() => parseDuration(text, '--request-timeout')).toThrow(UsageError);
	expect(() => parseDuration(text, '--request-timeout')).toThrow(/--request-timeout/u);
});

test('whole seconds and the form with a unit mean the same', () => {
	fc.assert(
		fc.property(fc.nat(1_000_000), seconds => {
			expect(parseDuration(`${seconds}`, 'x')).toBe(parseDuration(`${seconds}s`, 'x'));
		}),
	);
});
