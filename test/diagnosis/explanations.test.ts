import {expect, test} from 'vitest';
import {explain, explanations} from '../../source/diagnosis/explanations.ts';

const codes = [
	'HP01',
	'HP01b',
	...Array.from({length: 24}, (_, index) => `HP${String(index + 2).padStart(2, '0')}`),
	'HP26',
	'HP27',
	'HP28',
	'HP29',
	'HP30',
	'HP31',
	'HP32',
	'HP33',
	'HP34',
	'HP36',
	'HP37',
];

test('every code of the contract is explained, in order and once', () => {
	expect(explanations.map(({code}) => code)).toEqual(codes);
});

test.each(explanations)('$code says what it is, how it is proved and what to do', ({title, meaning, proof, cure, sources}) => {
	expect(title).toMatch(/[^.]$/);
	expect(meaning).toMatch(/\.$/);
	for (const list of [proof, cure, sources]) {
		expect(list.length).toBeGreaterThan(0);
	}
});

test('a code is found in either case, and what is no code is not', () => {
	expect(explain('hp01B')?.code).toBe('HP01b');
	expect(explain(' HP02 ')?.code).toBe('HP02');
	expect(explain('HP99')).toBeUndefined();
	expect(explain('constructor')).toBeUndefined();
});
