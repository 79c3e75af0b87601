import {existsSync, globSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {expect, test} from 'vitest';

const root = path.join(import.meta.dirname, '..');
const page = readFileSync(path.join(root, 'docs', 'security.md'), 'utf8');

/** Files of the source that the page names, as they stand there: below `source/` or with their whole path; `*` is any name. */
const named = [...page.matchAll(/`(?<file>(?:[\w-]+\/)*[\w*-]+\.(?:tsx?|sh|md))`/gu)].map(({groups}) => groups?.['file'] ?? '');

test('the threat model names files that there are', () => {
	expect(named.length).toBeGreaterThan(20);
	const isThere = (file: string): boolean =>
		[file, `source/${file}`].some(each =>
			each.includes('*') ? globSync(each, {cwd: root}).length > 0 : existsSync(path.join(root, each)),
		);
	expect(named.filter(file => !isThere(file))).toEqual([]);
});

/** Ways in: other programs, connections, files. Types and functions that only judge a text are none. */
const waysIn = [
	/^import (?!type)[^;]*from '(?:node:child_process|node:https?|node:tls|node:dgram|ws|ssh2|undici|tar-stream)'/mu,
	/^import (?!type)\{(?!(?:(?:type \w+|isIP(?:v[46])?),? ?)+\})[^;]*\} from 'node:net'/mu,
	/\b(?:readFile|readNamedFile|readdir|readlink|createReadStream|readFileSync)\(/u,
];

test('the threat model names every file by which something from outside enters', () => {
	const files = globSync('source/**/*.{ts,tsx}', {cwd: root}).filter(file => !file.startsWith('source/demo/'));
	const entering = files.filter(file => waysIn.some(way => way.test(readFileSync(path.join(root, file), 'utf8'))));
	expect(entering.length).toBeGreaterThan(20);
	const isNamed = (file: string): boolean => named.some(each => path.matchesGlob(file, each) || path.matchesGlob(file, `source/${each}`));
	expect(entering.filter(file => !isNamed(file))).toEqual([]);
});
