// Writes docs/causes/ from the program's own explanations: one page a code, and the list of all.
import {mkdirSync, rmSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {explanations} from '../source/diagnosis/explanations.ts';
import {explanationPage} from '../source/output/explanation.ts';

const folder = path.join(import.meta.dirname, '..', 'docs', 'causes');
rmSync(folder, {recursive: true, force: true});
mkdirSync(folder, {recursive: true});
for (const explanation of explanations) writeFileSync(path.join(folder, `${explanation.code}.md`), explanationPage(explanation));
writeFileSync(
	path.join(folder, 'README.md'),
	`# Causes\n\nMade by \`npm run docs\` from the same text as \`kubectl hostport explain CODE\`.\n\n${explanations.map(({code, title}) => `- [${code}](${code}.md): ${title}`).join('\n')}\n`,
);
