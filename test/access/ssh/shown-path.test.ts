import os from 'node:os';
import path from 'node:path';
import {expect, test} from 'vitest';
import {shownPath} from '../../../source/access/ssh/shown-path.ts';

test.each([
	[path.join(os.homedir(), '.ssh/known_hosts'), '~/.ssh/known_hosts'],
	[`${os.homedir()}-other/.ssh/id`, `${os.homedir()}-other/.ssh/id`],
	['/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts'],
	['~/.ssh/id', '~/.ssh/id'],
])('%s is shown as %s', (file, shown) => {
	expect(shownPath(file)).toBe(shown);
});
