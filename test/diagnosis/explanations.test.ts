import {expect, test} from 'vitest';
import {explain, explanations} from '../../source/diagnosis/explanations.ts';

/** A code is never reused and never goes away (docs/contract.md). */
const known = ['HP01', 'HP01b', ...Array.from({length: 37}, (_, index) => `HP${String(index + 1).padStart(2, '0')}`)].filter(
	code => code !== 'HP35',
);

test('every code of the contract is explained, in order and once', () => {
	const codes = explanations.map(({code}) => code);
	expect(codes).toEqual([...new Set(codes)].toSorted());
	expect(codes).toEqual(expect.arrayContaining(known));
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
	expect(explain('hp2')?.code).toBe('HP02');
	expect(explain('hp1b')?.code).toBe('HP01b');
	expect(explain('hp20')?.code).toBe('HP20');
	expect(explain('HP00')).toBeUndefined();
	expect(explain('constructor')).toBeUndefined();
});

test.each(explanations)('$code: modprobe that is given several modules loads all of them', explanation => {
	// Without -a it takes the second for a parameter of the first (modprobe(8)).
	expect(JSON.stringify(explanation)).not.toMatch(/modprobe [a-z]\w* \w/u);
});
