import * as fc from 'fast-check';
import stringWidth from 'string-width';
import {describe, expect, it} from 'vitest';
import {cutLine, lineText, lineWidth, span, spread} from '../../source/tui/line.ts';
import {cut, cutMiddle, cutStart, pad, widthOf, wrap} from '../../source/tui/text-width.ts';

const text = fc.string({unit: fc.constantFrom('a', ' ', '-', '한', '日', 'é', '…', 'z'), maxLength: 60});
const width = fc.integer({min: 1, max: 40});

describe('cutting', () => {
	it('never gives more than the width, in any script, and marks what is missing', () => {
		fc.assert(
			fc.property(text, width, (whole, columns) => {
				for (const part of [
					cut(whole, columns, '…'),
					cutMiddle(whole, columns, '…'),
					cutStart(whole, columns, '…'),
					cut(whole, columns, '...'),
				]) {
					expect(stringWidth(part)).toBeLessThanOrEqual(columns);
				}

				const fits = stringWidth(whole) <= columns;
				expect(cut(whole, columns, '…') === whole).toBe(fits);
				expect(fits || cut(whole, columns, '…').endsWith('…')).toBe(true);
			}),
		);
	});

	it('keeps both ends of a name', () => {
		expect(cutMiddle('nks-pool-1234-w-abcd', 11, '…')).toBe('nks-p…-abcd');
	});

	it('keeps what fits of a line of several tones', () => {
		const line = [span('✗ broken', 'bad'), span(' node-1'), span(' 한국', 'muted')];
		fc.assert(
			fc.property(fc.integer({min: 1, max: 30}), columns => {
				const part = cutLine(line, columns, '…');
				expect(lineWidth(part)).toBeLessThanOrEqual(columns);
				expect(lineText(part) === lineText(line)).toBe(columns >= lineWidth(line));
				expect(lineText(part) === lineText(line) || lineText(part).endsWith('…')).toBe(true);
			}),
		);
	});

	it('lets the left side give way to the right side', () => {
		expect(lineText(spread([span('a long beginning')], [span('end')], 12, '…'))).toBe('a long…  end');
		expect(lineText(spread([span('a')], [span('end')], 12, '…'))).toBe('a        end');
	});
});

describe('wrapping', () => {
	it('fits the width and loses nothing but blanks', () => {
		fc.assert(
			fc.property(text, fc.integer({min: 2, max: 40}), (whole, columns) => {
				const lines = wrap(whole, columns);
				for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(columns);
				expect(lines.join('').replaceAll(' ', '')).toBe(whole.replaceAll(' ', ''));
			}),
		);
	});

	it('breaks at blanks where it can and inside a word where it must', () => {
		expect(wrap('one two three', 8)).toEqual(['one two', 'three']);
		expect(wrap('abcdefgh ij', 5)).toEqual(['abcde', 'fgh', 'ij']);
		expect(wrap('a\n\nb', 5)).toEqual(['a', '', 'b']);
	});

	it('keeps the indentation of a first line', () => {
		expect(wrap('    "name": "x"', 12)).toEqual(['    "name":', '"x"']);
	});
});

it('pads to columns and not to characters', () => {
	expect(widthOf(pad('한국', 6))).toBe(6);
	expect(pad('7', 3, 'right')).toBe('  7');
});
