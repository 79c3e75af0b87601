import {readFileSync} from 'node:fs';
import path from 'node:path';
import {describe, expect, it} from 'vitest';
import {explanations} from '../../source/diagnosis/explanations.ts';
import {explanationPage, explanationText} from '../../source/output/explanation.ts';

describe('explanations', () => {
	it.each(explanations.map(explanation => [explanation.code, explanation] as const))(
		'%s fits a terminal and is the page in docs/causes',
		(code, explanation) => {
			const text = explanationText(explanation);
			expect(text.startsWith(`${code}  ${explanation.title}\n`)).toBe(true);
			expect(Math.max(...text.split('\n').map(line => line.length))).toBeLessThanOrEqual(120);
			// After a change of the texts: npm run docs.
			expect(readFileSync(path.join(import.meta.dirname, '..', '..', 'docs', 'causes', `${code}.md`), 'utf8')).toBe(
				explanationPage(explanation),
			);
		},
	);
});

it('for a terminal it has its parts one below the other, lines of at most 100 characters, further ones below the first', () => {
	const word = 'four';
	const line = (words: number): string => Array.from({length: words}, () => word).join(' ');
	const [first] = explanations;
	if (first === undefined) throw new Error('nothing is explained');
	const explanation = {
		...first,
		code: 'HP99',
		title: 'a title',
		// Twenty words of five characters are 99 and no blank behind them.
		meaning: line(21),
		proof: [line(20), 'short'],
		toldApart: [],
		cure: ['a cure'],
		falseLeads: [],
		sources: [],
	};
	expect(explanationText(explanation)).toBe(
		`HP99  a title\n\n${line(20)}\n${word}\n\nProof\n  - ${line(19)}\n    ${word}\n  - short\n\nFix\n  - a cure\n`,
	);
});
