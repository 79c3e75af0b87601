import {execFile} from 'node:child_process';
import {readdir} from 'node:fs/promises';
import path from 'node:path';
import {promisify} from 'node:util';
import {expect, it} from 'vitest';

const run = promisify(execFile);
const root = path.dirname(path.dirname(import.meta.dirname));
const workflows = path.join(root, '.github', 'workflows');

it('finds no fault in the workflows of the public forge', async () => {
	const files = [
		...(await readdir(workflows)).map(name => path.join(workflows, name)),
		path.join(root, 'examples', 'github-actions', 'hostports.yaml'),
	];
	expect(files.length).toBeGreaterThan(0);
	// Its other checkers are taken only where a machine has them: the answer must not depend on that.
	const words = ['run', 'github.com/rhysd/actionlint/cmd/actionlint', '-shellcheck=', '-pyflakes=', ...files];
	const said = await run('go', words, {cwd: path.join(import.meta.dirname, 'tools', 'actionlint')}).then(
		({stdout}) => stdout,
		(error: {stdout: string; stderr: string}) => error.stdout + error.stderr,
	);
	expect(said).toBe('');
});
