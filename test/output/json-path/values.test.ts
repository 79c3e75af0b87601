import {describe, expect, it} from 'vitest';
import {comparison} from '../../../source/output/json-path/comparison.ts';
import {jsonPath} from '../../../source/output/json-path/template.ts';
import {cellText, jsonText, valueText} from '../../../source/output/json-path/value-text.ts';

describe('a comparison', () => {
	it.each([
		['==', [false, true, false]],
		['!=', [true, false, true]],
		['<', [true, false, false]],
		['<=', [true, true, false]],
		['>', [false, false, true]],
		['>=', [false, true, true]],
	])('%s of less, equal and more', (operator, holds) => {
		const holding = comparison(operator);
		expect([holding(1, 2), holding(2, 2), holding(3, 2)]).toEqual(holds);
		expect([holding('a', 'b'), holding('b', 'b'), holding('c', 'b')]).toEqual(holds);
	});

	it('is only of values that can be compared', () => {
		expect(() => comparison('==')(1, '1')).toThrow('incompatible types');
		for (const value of [{}, [], null, undefined]) {
			expect(() => comparison('==')(value, value)).toThrow('invalid type');
			expect(() => comparison('<')(1, value)).toThrow('invalid type');
		}

		expect(comparison('==')(true, true)).toBe(true);
		expect(() => comparison('<')(true, true)).toThrow('invalid type');
		expect(() => comparison('=~')('a', 'a')).toThrow('unrecognized filter operator =~');
	});
});

describe('a value', () => {
	it.each([
		[null, 'null', '<nil>'],
		[undefined, '<nil>', '<nil>'],
		[{b: 1, a: ['x']}, '{"a":["x"],"b":1}', 'map[a:[x] b:1]'],
		[[1, null, {}], '[1,null,{}]', '[1 <nil> map[]]'],
		[true, 'true', 'true'],
		[12_345_678, '12345678', '12345678'],
		[1.5, '1.5', '1.5'],
		[0.0001, '0.0001', '0.0001'],
		[0.000_099, '9.9e-05', '9.9e-05'],
		[-0.000_000_000_015, '-1.5e-11', '-1.5e-11'],
		['two\nlines', 'two lines', 'two lines'],
	])('%j is printed as %s, in a column as %s', (value, text, cell) => {
		expect([valueText(value), cellText(value)]).toEqual([text, cell]);
	});

	it('as JSON has its keys in order on every level, and nothing that HTML knows', () => {
		expect(jsonText({c: {z: 1, y: 2}, a: '<b>&', b: ['\u2028']}, 1)).toBe(
			'{\n "a": "\\u003cb\\u003e\\u0026",\n "b": [\n  "\\u2028"\n ],\n "c": {\n  "y": 2,\n  "z": 1\n }\n}',
		);
	});
});

describe('a path', () => {
	const document = {list: ['a', 'b', 'c'], items: [{of: {x: 1}}, {of: null}], texts: ['node[1]']};
	it.each([
		['.list[0:2]', ['a', 'b']],
		['.list[2:2]', []],
		['.list[-2:]', ['b', 'c']],
		['.list[0:3:2]', ['a', 'c']],
		['list[1]', ['b']],
		['{.list[1]}', ['b']],
		['[0]', [document]],
	])('%s leads to %j', (path, values) => {
		expect(jsonPath(path)(path === '[0]' ? [document] : document)).toEqual(values);
	});

	it.each([
		['.list[3]', 'array index out of bounds: index 3, length 3'],
		['.list[-4]', 'array index out of bounds'],
		['.list[0:4]', 'array index out of bounds'],
		['.list[2:1]', 'starting index 2 is greater than ending index 1'],
		['.list[-5:]', 'array index out of bounds'],
	])('%s leads nowhere: %s', (path, says) => {
		expect(() => jsonPath(path)(document)).toThrow(says);
	});
});
