// Refuses an export of source/
// - without a doc comment right before it (an overload goes with the first of its name),
// - whose name has a word that docs/words.md retires as a name,
// - that only tests read and not its own file either: the program does without it,
// - of a function or a value that nobody reads outside of its own file. What its own file uses and a test reads is a seam, and stays; so does a
//   type of a signature.
// A reader is a file in which the name stands as a word: a name that two files export hides what nobody reads, never the other way round.
import {globSync, readFileSync} from 'node:fs';
import path from 'node:path';

const retired = /(?:^|[a-z\d])(?:[Ww]ays?|[Ll]eft|[Ww]ell)(?![a-z])/u;
const root = path.dirname(import.meta.dirname);
const read = patterns =>
	globSync(patterns, {cwd: root}).map(file => {
		const text = readFileSync(path.join(root, file), 'utf8');
		return {file, text, words: new Set(text.match(/[\w$]+/gu))};
	});
const sources = read('source/**/*.{ts,tsx}');
const scripts = read(['scripts/**/*.{ts,mjs}', 'bench/**/*.ts']);
const tests = read('test/**/*.{ts,tsx}');
const isReadIn = (files, name, own) => files.some(({file, words}) => file !== own && words.has(name));

for (const {file, text} of sources) {
	const documented = new Set();
	for (const {groups, index} of text.matchAll(/^export (?:async )?(?<kind>function|const|type|class) (?<name>[\w$]+)/gmu)) {
		const {kind, name} = groups;
		const refuse = why => {
			console.error(`${file}:${text.slice(0, index).split('\n').length}: ${name} ${why}`);
			process.exitCode = 1;
		};
		if (retired.test(name)) refuse('has a retired word in its name; docs/words.md says what to write instead');
		if (text.slice(0, index).endsWith('*/\n')) documented.add(name);
		if (!documented.has(name)) refuse('is exported without a doc comment');
		if (isReadIn(sources, name, file) || isReadIn(scripts, name)) continue;
		const isUsedHere =
			text
				.replace(/(?:\/\*[^]*?\*\/|\/\/.*)/gu, '')
				.split(new RegExp(String.raw`(?<![\w$])${name.replaceAll('$', String.raw`\$`)}(?![\w$])`, 'u')).length > 2;
		if (!isUsedHere) refuse('is read by nobody but tests; remove it');
		else if (kind !== 'type' && !isReadIn(tests, name)) refuse('is read by its own file alone; do not export it');
	}
}
