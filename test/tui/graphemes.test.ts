import * as fc from 'fast-check';
import stringWidth from 'string-width';
import {expect, it} from 'vitest';
import {isPlain, segmenter} from '../../source/tui/graphemes.ts';

it('calls plain only what takes one cell each', () => {
	const wrong = Array.from({length: 0x1_00_00}, (_, code) => String.fromCharCode(code)).filter(
		character => isPlain(character) && stringWidth(character) !== 1,
	);
	expect(wrong).toEqual([]);
	expect(isPlain('✓ node-1 · 3 → …')).toBe(true);
	for (const text of ['한', 'e\u0301', '▶\uFE0F', '\u001B[1m', '\n', '👍']) expect(isPlain(text)).toBe(false);
});

it('divides every text as Intl.Segmenter does, and finds the same part at every place', () => {
	const unit = fc.constantFrom(
		'a',
		'·',
		'→',
		'\r',
		'\n',
		'\u001B',
		'한',
		'\u1112',
		'\u1161',
		'e',
		'\u0301',
		'👍',
		'🏽',
		'\u200D',
		'\u0600',
		'🇰',
		'\uFE0F',
		'▶',
		'©',
	);
	const real = new Intl.Segmenter();
	fc.assert(
		fc.property(fc.string({unit, maxLength: 12}), text => {
			const ours = segmenter.segment(text);
			const theirs = real.segment(text);
			expect([...ours]).toEqual([...theirs]);
			for (let at = 0; at <= text.length; at += 1) expect(ours.containing(at)).toEqual(theirs.containing(at));
		}),
		{numRuns: 2000},
	);
});
