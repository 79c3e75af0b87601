import {spawnSync} from 'node:child_process';
import {mkdirSync, rmdirSync, statSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {expect, test} from 'vitest';
import {abandonedFolders, makeTemporaryFolder} from '../source/temporary-folder.ts';

/** Of a process that has ended. */
const goneId = spawnSync(process.execPath, ['-e', '0']).pid;

test('a folder is its maker’s alone, and abandoned only once that is gone', async () => {
	const kept = await makeTemporaryFolder('ssh');
	const left = path.join(os.tmpdir(), `hostport-ssh-${goneId}-abcdef`);
	const foreign = path.join(os.tmpdir(), `hostport-other-${goneId}-abcdef`);
	for (const folder of [left, foreign]) mkdirSync(folder);
	try {
		expect(statSync(kept).mode & 0o777).toBe(0o700);
		const found = await abandonedFolders();
		expect(found).toContain(left);
		expect(found).not.toContain(kept);
		expect(found).not.toContain(foreign);
	} finally {
		for (const folder of [kept, left, foreign]) rmdirSync(folder);
	}
});
