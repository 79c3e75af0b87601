import {readFileSync} from 'node:fs';
import path from 'node:path';
import {expect, it} from 'vitest';
import {newestKnown, oldestKnown} from '../../source/cilium/releases.ts';

it.each([
	['README.md', 'to'],
	['README.ko.md', '~'],
])('%s names the versions of Cilium that are known', (page, to) => {
	const text = readFileSync(path.join(import.meta.dirname, '..', '..', page), 'utf8');
	expect(text).toContain(`| Cilium | ${oldestKnown} ${to} ${newestKnown}. `);
});
