import os from 'node:os';
import {describe, expect, it} from 'vitest';
import {parseKeywords} from '../../../source/access/ssh/ssh-config.ts';
import {settingsFrom} from '../../../source/access/ssh/ssh-settings.ts';
import type {SshChoices} from '../../../source/access/ssh/ssh-flags.ts';

// What `ssh -G a` of OpenSSH 9.2 printed for a host with most of the settings that matter here.
const recorded = `host a
user admin
hostname 10.0.0.7
port 2222
gssapiauthentication yes
hashknownhosts yes
identitiesonly yes
stricthostkeychecking false
serveralivecountmax 5
serveraliveinterval 20
hostkeyalias zz
identityagent $MY_AGENT
identityfile ~/x/%h-%r
identityfile /tmp/sp ace/k
certificatefile ~/.ssh/c-cert.pub
globalknownhostsfile /etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2
userknownhostsfile /home/me/.kh /tmp/sp ace/kh /a/a
connecttimeout 7
proxyjump u@b:2200,c
`;
const from = (text: string, choices: SshChoices = {}, environment: NodeJS.ProcessEnv = {}) =>
	settingsFrom('a', parseKeywords(text), choices, environment);

describe('settings of a host', () => {
	it('takes over what ssh -G prints', () => {
		expect(from(recorded, {}, {MY_AGENT: '/run/agent'})).toMatchObject({
			alias: 'a',
			host: '10.0.0.7',
			port: 2222,
			user: 'admin',
			identityFiles: [`${os.homedir()}/x/10.0.0.7-admin`, '/tmp/sp ace/k'],
			identitiesOnly: true,
			agent: '/run/agent',
			certificateFiles: [`${os.homedir()}/.ssh/c-cert.pub`],
			jumps: [{host: 'b', user: 'u', port: 2200}, {host: 'c'}],
			hasProxyCommand: false,
			gssapi: true,
			userKnownHostsFiles: ['/home/me/.kh', '/tmp/sp ace/kh', '/a/a'],
			globalKnownHostsFiles: ['/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2'],
			hostKeyAlias: 'zz',
			hashKnownHosts: true,
			unknownHostKey: 'accept',
			connectTimeoutMilliseconds: 7000,
			keepaliveMilliseconds: 20_000,
			keepaliveCountMaximum: 5,
		});
	});

	it('has limits where ssh has none', () => {
		const settings = from('connecttimeout none\nserveraliveinterval 0\n');
		expect(settings.connectTimeoutMilliseconds).toBeGreaterThan(0);
		expect(settings.keepaliveMilliseconds).toBeGreaterThan(0);
		expect(settings).toMatchObject({host: 'a', port: 22, user: os.userInfo().username, jumps: []});
	});

	it('lets a key and a known_hosts file of the command line stand alone', () => {
		const settings = from(recorded, {key: '~/mine', knownHosts: '/my/known hosts'});
		expect(settings.identityFiles).toEqual([`${os.homedir()}/mine`]);
		expect(settings.identitiesOnly).toBe(true);
		expect(settings.userKnownHostsFiles).toEqual(['/my/known hosts']);
	});

	it('asks no agent where IdentityAgent is none, and that of the environment where it is not given', () => {
		expect(from('identityagent none', {}, {SSH_AUTH_SOCK: '/run/env'}).agent).toBeUndefined();
		expect(from('', {}, {SSH_AUTH_SOCK: '/run/env'}).agent).toBe('/run/env');
		expect(from('identityagent SSH_AUTH_SOCK', {}, {SSH_AUTH_SOCK: '/run/env'}).agent).toBe('/run/env');
	});

	it.each([
		['ask', 'ask'],
		['true', 'refuse'],
		['yes', 'refuse'],
		['accept-new', 'accept'],
		['off', 'accept'],
	])('reads StrictHostKeyChecking %s as: %s', (word, policy) => {
		expect(from(`stricthostkeychecking ${word}`).unknownHostKey).toBe(policy);
	});

	it('notices a ProxyCommand, and that none is none', () => {
		expect(from('proxycommand nc %h %p').hasProxyCommand).toBe(true);
		expect(from('proxycommand none').hasProxyCommand).toBe(false);
		expect(from('userknownhostsfile none').userKnownHostsFiles).toEqual([]);
		expect(from('proxyjump none').jumps).toEqual([]);
	});

	it.each([
		'hostname -oProxyCommand=touch',
		'hostname a;b',
		'hostname $(id)',
		'user -l',
		'user a b',
		'user x`id`',
		'port 99999',
		'port abc',
		'proxyjump -oA=b',
		'proxyjump a,,b',
	])('refuses “%s”', text => {
		expect(() => from(text)).toThrow(/SSH|jump host/u);
	});
});
