import {readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {expect, test} from 'vitest';

const source = path.join(import.meta.dirname, '..', 'source');

test('of a package that is loaded late only the default export is taken: for CommonJS the split bundle has no other', () => {
	const files = readdirSync(source, {recursive: true, encoding: 'utf8'}).filter(file => /\.tsx?$/u.test(file));
	const taken = files.flatMap(file =>
		[...readFileSync(path.join(source, file), 'utf8').matchAll(/const (\{[^}]*\}|\w+) = await import\('([^'.][^']*)'\)/gu)]
			.filter(([, , name = '']) => !name.startsWith('node:'))
			.map(([, names = '', name = '']) => `${name}: ${names}`),
	);
	expect(taken.length).toBeGreaterThan(0);
	for (const each of taken) expect(each).toMatch(/^[\w@/-]+: \{default: \w+\}$/u);
});
