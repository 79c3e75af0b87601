// Checks types, and the dependency rules of the house (docs/house.md) with dependency-cruiser on what the compiler emits: types
// are gone there, so a pure room may name another room's types but not call it.
import {execFileSync} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const bin = name => path.join(root, 'node_modules', '.bin', name);
const emitted = mkdtempSync(path.join(os.tmpdir(), 'hostport-house-'));
try {
	execFileSync(bin('tsc'), ['--noEmit', 'false', '--outDir', emitted, '--rootDir', root], {cwd: root, stdio: 'inherit'});
	execFileSync(bin('depcruise'), ['--config', path.join(root, '.dependency-cruiser.cjs'), 'source'], {cwd: emitted, stdio: 'inherit'});
} catch {
	process.exitCode = 1;
} finally {
	rmSync(emitted, {recursive: true, force: true});
}
