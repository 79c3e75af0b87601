// Writes docs/paths.md from what was measured.
import {writeFileSync} from 'node:fs';
import path from 'node:path';
import {measuredSetups, pathsPage} from './paths-page.ts';

const root = path.join(import.meta.dirname, '..');
writeFileSync(path.join(root, 'docs', 'paths.md'), pathsPage(measuredSetups(path.join(root, 'test', 'cilium', 'paths'))));
