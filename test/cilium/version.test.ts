import * as fc from 'fast-check';
import {expect, test} from 'vitest';
import {isVersion, plainVersion} from '../../source/cilium/version.ts';

test.each([
	['1.10.16', '1.10.16'],
	['v1.19.6', '1.19.6'],
	['1.17.4-eksbuild.1', '1.17.4'],
	['v1.10.16@sha256:0000', '1.10.16'],
	['1.14', '1.14.0'],
	['latest', undefined],
	['', undefined],
	['sha256:1.2.3', undefined],
])('%j is version %j', (text, version) => {
	expect(plainVersion(text)).toBe(version);
});

test('a vendor suffix does not put a version below its own number', () => {
	expect(isVersion('1.19.0-eksbuild.1', '>=1.19.0')).toBe(true);
});

test('no text throws, and what is no version is in no range', () => {
	fc.assert(
		fc.property(fc.string(), text => {
			expect(isVersion(text, '>=0.0.0')).toBe(plainVersion(text) !== undefined);
		}),
	);
});
