import {mkdirSync, writeFileSync} from 'node:fs';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {readKeywords, systemConfig} from '../../../source/access/ssh/config-file.ts';
import {settingsFrom} from '../../../source/access/ssh/ssh-settings.ts';
import {testFolder} from './support/ssh-server.ts';

let folder: ReturnType<typeof testFolder>;
beforeEach(() => {
	folder = testFolder();
});
afterEach(() => folder.remove());

const settings = async (text: string, alias: string, choices = {}) => {
	const config = folder.file('config', text);
	return settingsFrom(alias, await readKeywords(alias, {config, ...choices}), {config, ...choices}, {});
};

describe('ssh_config without an ssh to ask', () => {
	it('gives the first value that fits, by host pattern', async () => {
		const text =
			'Host node-1\n  HostName 10.0.0.1\n  user admin\nHost node-* !node-9\n  User core\n  Port=2222\n  identityfile /k/a\nHost *\n  User nobody\n  IdentityFile "/k/b c"\n';
		expect(await settings(text, 'node-1')).toMatchObject({host: '10.0.0.1', user: 'admin', port: 2222, identityFiles: ['/k/a', '/k/b c']});
		expect(await settings(text, 'node-9')).toMatchObject({host: 'node-9', user: 'nobody', port: 22, identityFiles: ['/k/b c']});
	});

	it('reads what else matters: jump hosts, several known_hosts files, limits, %h', async () => {
		const text =
			'Host node-1\n  HostName %h.example.com\n  ProxyJump a,b\n  UserKnownHostsFile /kh/%h /kh/2\n  StrictHostKeyChecking yes\n  ConnectTimeout 3\n  IdentitiesOnly yes\n';
		expect(await settings(text, 'node-1')).toMatchObject({
			host: 'node-1.example.com',
			jumps: [{host: 'a'}, {host: 'b'}],
			userKnownHostsFiles: ['/kh/node-1.example.com', '/kh/2'],
			unknownHostKey: 'refuse',
			connectTimeoutMilliseconds: 3000,
			identitiesOnly: true,
		});
	});

	it('gives way to the command line, and puts a jump host in the place of a ProxyCommand', async () => {
		const text = 'Host *\n  User a\n  Port 1\n  ProxyCommand nc %h %p\n';
		expect(await settings(text, 'x', {user: 'b', port: 2, jump: 'bastion'})).toMatchObject({
			user: 'b',
			port: 2,
			jumps: [{host: 'bastion'}],
			hasProxyCommand: false,
		});
		expect(await settings(text, 'x')).toMatchObject({hasProxyCommand: true});
	});

	it('follows Include, in order and with wildcards, without letting an open block take in the next file', async () => {
		mkdirSync(`${folder.path}/d`);
		writeFileSync(`${folder.path}/d/1.conf`, 'Host other\n  User wrong\n');
		writeFileSync(`${folder.path}/d/2.conf`, 'User right\n');
		expect(await settings('Include d/*.conf\nPort 2200\n', 'node-1')).toMatchObject({user: 'right', port: 2200});
	});

	it('has the usual files where none are named', async () => {
		const found = await settings('', 'node-1');
		expect(found.identityFiles.some(file => file.endsWith('/.ssh/id_ed25519'))).toBe(true);
		expect(found.userKnownHostsFiles[0]).toMatch(/\/\.ssh\/known_hosts$/u);
	});

	it('goes by Match where it knows the criteria', async () => {
		const text = 'Match originalhost "node-*" localuser *\n  ProxyJump bastion\nMatch all\n  User core\n';
		expect(await settings(text, 'node-1')).toMatchObject({user: 'core', jumps: [{host: 'bastion'}]});
	});

	it.each([
		'Match exec "touch /tmp/x"\n  User a\n',
		'Match !host other\n  ProxyJump bastion\n',
		'Match user root\n  ProxyJump bastion\n',
		'Match host node-1 localnetwork 10.0.0.0/8\n  ProxyJump bastion\n',
		'Match canonical all\n  ProxyJump bastion\n',
		'Match tagged prod\n  ProxyJump bastion\n',
		'Host a\n  Include b\n',
		'Include config\n',
	])('refuses what it cannot follow: %s', async text => {
		await expect(settings(text, 'node-1')).rejects.toMatchObject({name: 'UsageError'});
	});

	it('says so where the file that was named is not there', async () => {
		await expect(readKeywords('x', {config: `${folder.path}/none`})).rejects.toMatchObject({name: 'UsageError'});
	});
});

it('the file for every user is where that system’s OpenSSH has it', () => {
	expect(systemConfig('linux', {})).toBe('/etc/ssh/ssh_config');
	expect(systemConfig('win32', {PROGRAMDATA: String.raw`D:\Data`})).toBe(String.raw`D:\Data\ssh\ssh_config`);
	expect(systemConfig('win32', {})).toBe(String.raw`C:\ProgramData\ssh\ssh_config`);
});
