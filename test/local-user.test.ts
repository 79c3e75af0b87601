import {readdirSync, readFileSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {afterEach, expect, test, vi} from 'vitest';
import {expandTokens} from '../source/access/ssh/expand-tokens.ts';
import {settingsFrom} from '../source/access/ssh/ssh-settings.ts';
import {UsageError} from '../source/errors.ts';
import {actingUser, homeFolder, localUserName} from '../source/local-user.ts';

/** As Node answers where neither the system nor HOME knows this process's user (Node 24, uid 12345 without an entry in passwd). */
function withoutName(): void {
	const unknown = (): never => {
		throw new Error('A system error occurred: uv_os_get_passwd returned ENOENT (no such file or directory)');
	};
	vi.spyOn(os, 'userInfo').mockImplementation(unknown);
	vi.spyOn(os, 'homedir').mockImplementation(unknown);
}

afterEach(() => {
	vi.restoreAllMocks();
});

test('a user without a name acts by his number', () => {
	expect(actingUser()).toBe(`${os.userInfo().username}@${os.hostname()}`);
	withoutName();
	expect(localUserName()).toBeUndefined();
	expect(actingUser()).toBe(`user ${process.getuid?.() ?? ''}@${os.hostname()}`);
	expect(homeFolder()).toBe('/');
});

test('by SSH he is asked for the name to use, and files of the host still expand', () => {
	withoutName();
	expect(() => settingsFrom('a', new Map(), {})).toThrow(UsageError);
	expect(settingsFrom('a', new Map([['user', ['core']]]), {}).user).toBe('core');
	const tokens = {alias: 'a', host: 'a', port: 22, user: 'core', hostKeyAlias: undefined, environment: {}};
	expect(expandTokens('~/keys/%r-%u', tokens)).toBe('/keys/core-');
});

test('nothing else asks the system for name and home: both may be missing', () => {
	const source = path.join(import.meta.dirname, '..', 'source');
	const asking = readdirSync(source, {recursive: true, encoding: 'utf8'}).filter(
		file => /\.tsx?$/u.test(file) && /\b(?:userInfo|homedir)\(/u.test(readFileSync(path.join(source, file), 'utf8')),
	);
	expect(asking).toEqual(['local-user.ts']);
});
