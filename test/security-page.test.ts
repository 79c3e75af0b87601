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
