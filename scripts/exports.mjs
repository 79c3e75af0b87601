// Refuses an export of source/ without a doc comment right before it (an overload goes with the first of its name), and one whose name has a
// word that docs/words.md retires as a name.
import {globSync, readFileSync} from 'node:fs';
import path from 'node:path';

const retired = /(?:^|[a-z\d])(?:[Ww]ays?|[Ll]eft|[Ww]ell)(?![a-z])/u;
const root = path.dirname(import.meta.dirname);
for (const file of globSync('source/**/*.{ts,tsx}', {cwd: root})) {
	const text = readFileSync(path.join(root, file), 'utf8');
	const documented = new Set();
	for (const {groups, index} of text.matchAll(/^export (?:async )?(?:function|const|type|class) (?<name>[\w$]+)/gmu)) {
		const refuse = why => {
			console.error(`${file}:${text.slice(0, index).split('\n').length}: ${groups.name} ${why}`);
			process.exitCode = 1;
		};
		if (retired.test(groups.name)) refuse('has a retired word in its name; docs/words.md says what to write instead');
		if (text.slice(0, index).endsWith('*/\n')) documented.add(groups.name);
		if (!documented.has(groups.name)) refuse('is exported without a doc comment');
	}
}
