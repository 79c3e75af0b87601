// Refuses the retired terms of docs/words.md wherever a person reads: source, tests, scripts, docs. Recordings keep their words.
import {globSync, readFileSync} from 'node:fs';
import path from 'node:path';

const root = path.dirname(import.meta.dirname);
const page = 'docs/words.md';
const read = [
	'*.md',
	'*.yaml',
	'docs/**/*.md',
	'{source,test,scripts,bench}/**/*.{ts,tsx,mjs,md,sh}',
	'test/contract/**/*.txt',
	'test/tui/screens/*.txt',
];

/** What stands in `code` in the third column of the table of terms, each as a pattern that also matches across a line break. */
const retired = readFileSync(path.join(root, page), 'utf8')
	.split('\n')
	.map(line => /^\|[^|]+\|[^|]+\|(?<not>[^|]+)\|$/u.exec(line)?.groups?.not ?? '')
	.flatMap(cell => [...cell.matchAll(/`([^`]+)`/gu)].map(([, term]) => term));
const pattern = new RegExp(
	String.raw`\b(?:${retired.map(term => term.replaceAll(' ', String.raw`\s+(?:(?:\*|//|#)\s+)?`)).join('|')})\b`,
	'giu',
);

for (const file of globSync(read, {cwd: root}).filter(name => name !== page)) {
	const text = readFileSync(path.join(root, file), 'utf8');
	for (const {0: term, index} of text.matchAll(pattern)) {
		console.error(
			`${file}:${text.slice(0, index).split('\n').length}: “${term.replaceAll(/\s+/gu, ' ')}” is a retired term; docs/words.md says what to write instead`,
		);
		process.exitCode = 1;
	}
}

/** Words with several meanings, refused where they stand alone: as head of a column, in the help of a command or flag, as an exported name. */
const ambiguous = [
	/'(?:WAYS?|LEFT|LIST|WELL|UNDO)'/gu,
	/\b(?:help|summary): ['"`][^\n]*\b(?:ways?|left|well|undo)\b/gu,
	/\bexport (?:async )?(?:const|function|type|class) (?:ways?|left|list|path|well|undo|\w*(?:Way|Left|Well)s?(?![a-z])\w*)\b/gu,
];
for (const file of globSync('source/**/*.{ts,tsx}', {cwd: root})) {
	const text = readFileSync(path.join(root, file), 'utf8');
	for (const {0: found, index} of ambiguous.flatMap(each => [...text.matchAll(each)])) {
		console.error(`${file}:${text.slice(0, index).split('\n').length}: ${found}: a word of docs/words.md with several meanings`);
		process.exitCode = 1;
	}
}
