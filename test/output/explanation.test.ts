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
