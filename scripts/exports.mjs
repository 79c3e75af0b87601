// Refuses an export of source/ without a doc comment right before it; an overload goes with the first of its name.
import {globSync, readFileSync} from 'node:fs';
import path from 'node:path';

const root = path.dirname(import.meta.dirname);
for (const file of globSync('source/**/*.{ts,tsx}', {cwd: root})) {
	const text = readFileSync(path.join(root, file), 'utf8');
	const documented = new Set();
	for (const {groups, index} of text.matchAll(/^export (?:async )?(?:function|const|type|class) (?<name>[\w$]+)/gmu)) {
		if (text.slice(0, index).endsWith('*/\n')) documented.add(groups.name);
		if (documented.has(groups.name)) continue;
		console.error(`${file}:${text.slice(0, index).split('\n').length}: ${groups.name} is exported without a doc comment`);
		process.exitCode = 1;
	}
}
