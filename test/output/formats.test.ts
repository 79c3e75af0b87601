import {readFileSync} from 'node:fs';
import path from 'node:path';
import {expect, it} from 'vitest';
import {wordsOf} from '../../source/command-line/option.ts';
import {diagnosisFormats} from '../../source/output/formats.ts';
import {objectForms} from '../../source/output/object-forms.ts';
import {yaml} from '../../source/output/yaml.ts';

const read = (file: string): string => readFileSync(path.join(import.meta.dirname, '..', '..', file), 'utf8');

it('the guide and the house name the forms of the diagnosis that there are', () => {
	const words = wordsOf(diagnosisFormats);
	expect(read('docs/guide.md')).toContain(
		`diagnosis: \`-o ${words[0]}\`, ${words
			.slice(1)
			.map(word => `\`${word}\``)
			.join(', ')};`,
	);
	const objects = Object.keys(objectForms);
	expect(read('docs/house.md')).toContain(`diagnose: -o ${[...words, ...objects].join('|')},`);
	expect(read('docs/guide.md')).toContain(objects.map(word => `\`${word}\``).join(', '));
});

it('YAML breaks no line, and writes in full what stands in two places', () => {
	const both = {says: 'word '.repeat(40).trim()};
	expect(yaml({first: both, second: both})).toBe(`first:\n  says: ${both.says}\nsecond:\n  says: ${both.says}\n`);
});
