import {assert, jsonValue, property} from 'fast-check';
import {describe, expect, test} from 'vitest';
import {jsonPatch, mergePatch, strategicMergePatch} from '../../source/demo/api/patches.ts';

/** The examples of RFC 7396, appendix A: target, patch, result. */
const examples = [
	[{a: 'b'}, {a: 'c'}, {a: 'c'}],
	[{a: 'b'}, {b: 'c'}, {a: 'b', b: 'c'}],
	[{a: 'b'}, {a: null}, {}],
	[{a: 'b', b: 'c'}, {a: null}, {b: 'c'}],
	[{a: ['b']}, {a: 'c'}, {a: 'c'}],
	[{a: 'c'}, {a: ['b']}, {a: ['b']}],
	[{a: {b: 'c'}}, {a: {b: 'd', c: null}}, {a: {b: 'd'}}],
	[{a: [{b: 'c'}]}, {a: [1]}, {a: [1]}],
	[
		['a', 'b'],
		['c', 'd'],
		['c', 'd'],
	],
	[{a: 'b'}, ['c'], ['c']],
	[{a: 'foo'}, null, null],
	[{a: 'foo'}, 'bar', 'bar'],
	[{e: null}, {a: 1}, {e: null, a: 1}],
	[[1, 2], {a: 'b', c: null}, {a: 'b'}],
	[{}, {a: {bb: {ccc: null}}}, {a: {bb: {}}}],
] as const;

describe('merge patch', () => {
	test.each(examples)('%j with %j is %j', (target, patch, result) => {
		expect(mergePatch(target, patch)).toEqual(result);
	});

	test('leaves what it is given as it was, and a second time changes nothing', () => {
		assert(
			property(jsonValue(), jsonValue(), (target, patch) => {
				const before = JSON.stringify([target, patch]);
				const once = mergePatch(target, patch);
				expect(JSON.stringify([target, patch])).toBe(before);
				expect(mergePatch(once, patch)).toEqual(once);
			}),
		);
	});

	test('a key __proto__ stays data', () => {
		const result = mergePatch({}, JSON.parse('{"__proto__": {"polluted": true}}')) as object;
		expect(Object.getPrototypeOf(result)).toBe(Object.prototype);
		expect(Object.keys(result)).toEqual(['__proto__']);
	});
});

describe('strategic merge patch', () => {
	test('merges lists of named things by name and replaces all others', () => {
		const target = {containers: [{name: 'a', image: '1', args: ['x']}, {name: 'b'}], finalizers: ['one']};
		const patch = {containers: [{name: 'a', image: '2'}, {name: 'c'}, {name: 'b', $patch: 'delete'}], finalizers: ['two']};
		expect(strategicMergePatch(target, patch)).toEqual({
			containers: [{name: 'a', image: '2', args: ['x']}, {name: 'c'}],
			finalizers: ['two'],
		});
	});
});

describe('JSON patch', () => {
	test.each([
		['adds to a list', {a: [1, 3]}, [{op: 'add', path: '/a/1', value: 2}], {a: [1, 2, 3]}],
		['appends', {a: [1]}, [{op: 'add', path: '/a/-', value: 2}], {a: [1, 2]}],
		['reads escapes', {'a/b': {'c~d': 1}}, [{op: 'replace', path: '/a~1b/c~0d', value: 2}], {'a/b': {'c~d': 2}}],
		['moves', {a: {b: 1}, c: {}}, [{op: 'move', from: '/a/b', path: '/c/d'}], {a: {}, c: {d: 1}}],
		['copies', {a: {b: 1}}, [{op: 'copy', from: '/a', path: '/c'}], {a: {b: 1}, c: {b: 1}}],
		['replaces the whole', {a: 1}, [{op: 'replace', path: '', value: {b: 2}}], {b: 2}],
		['tests without regard to the order of keys', {a: {b: 1, c: 2}}, [{op: 'test', path: '/a', value: {c: 2, b: 1}}], {a: {b: 1, c: 2}}],
	])('%s', (_, target, patch, result) => {
		expect(jsonPatch(target, patch)).toEqual(result);
	});

	test.each([
		['a path that is not there', [{op: 'remove', path: '/x'}], 422],
		['a parent that is not there', [{op: 'add', path: '/x/y', value: 1}], 422],
		['a test that fails', [{op: 'test', path: '/a', value: 2}], 422],
		['an index outside', [{op: 'add', path: '/l/7', value: 2}], 422],
		['an unknown operation', [{op: 'increase', path: '/a'}], 400],
		['no list', {op: 'add'}, 400],
	])('refuses %s', (_, patch, code) => {
		expect(() => jsonPatch({a: 1, l: []}, patch)).toThrow(expect.objectContaining({code}) as Error);
	});
});
