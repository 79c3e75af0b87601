import * as fc from 'fast-check';
import {expect, test} from 'vitest';
import {parseJson} from '../source/bounded-json.ts';

test('gives what JSON.parse gives, brackets and quotes in texts included', () => {
	fc.assert(
		fc.property(fc.jsonValue(), value => {
			const text = JSON.stringify({value, brackets: '[[[{{{\\"]'.repeat(1000)});
			expect(parseJson(Buffer.from(text))).toEqual(JSON.parse(text));
		}),
	);
});

test.each([
	['lists', '[', ']'],
	['objects', '{"a":', '}'],
])('refuses %s two million deep before they are parsed', (_, open, close) => {
	expect(() => parseJson(Buffer.from(open.repeat(2_000_000) + close.repeat(2_000_000)))).toThrow(/nested deeper/u);
	expect(() => parseJson(Buffer.from(`${open.repeat(900)}1${close.repeat(900)}`))).not.toThrow();
});

test.each(['{}', '[]', '0', '{"a":0}'])('refuses millions of %s before they are parsed', value => {
	const list = (length: number): Buffer => Buffer.from(`[${Array(length).fill(value).join(',')}]`);
	expect(() => parseJson(list(4_100_000))).toThrow(/more than 4000000 values/u);
	expect(parseJson(list(100_000))).toHaveLength(100_000);
});

test('throws for what is no JSON', () => {
	for (const text of ['', '{', '"', '\\', '[1,]']) expect(() => parseJson(Buffer.from(text))).toThrow(SyntaxError);
});
