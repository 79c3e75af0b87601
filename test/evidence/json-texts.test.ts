import fc from 'fast-check';
import {expect, test} from 'vitest';
import {jsonTexts} from '../../source/evidence/json-texts.ts';

test('the texts together are what JSON.stringify writes', () => {
	fc.assert(
		fc.property(fc.dictionary(fc.string(), fc.anything()), value => {
			// What JSON has no word for is gone, or null in a list, before it comes here.
			const plain = JSON.parse(JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? String(part) : part))) as object;
			expect([...jsonTexts(plain)].join('')).toBe(`${JSON.stringify(plain, undefined, '\t')}\n`);
		}),
	);
	const holes = {none: undefined, list: [undefined, 1], empty: [], nothing: {}};
	expect([...jsonTexts(holes)].join('')).toBe(`${JSON.stringify(holes, undefined, '\t')}\n`);
});

test('what is shown instead is asked for item by item, as they are written', () => {
	const asked: unknown[] = [];
	const shown = <T>(part: T): T => {
		asked.push(part);
		return part;
	};
	const texts = jsonTexts({first: [1, [2]], second: 3}, shown);
	for (let text = texts.next(); text.value?.includes('1') !== true; text = texts.next());
	expect(asked).toEqual([1]);
	expect([...texts].join('')).toContain('"second": 3');
	expect(asked).toEqual([1, [2], {second: 3}]);
});
