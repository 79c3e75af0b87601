import {mkdirSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {afterAll, expect, test} from 'vitest';
import {inClusterKubeconfig} from '../../source/cluster/in-cluster.ts';
import {findKubeconfig, homesOf} from '../../source/cluster/kubeconfig-search.ts';
import {UsageError} from '../../source/errors.ts';
import {temporaryFolder} from './api-server.ts';

const find = async (named: string | undefined, environment: NodeJS.ProcessEnv) =>
	findKubeconfig(named, environment, new AbortController().signal);

const folder = temporaryFolder();
afterAll(folder.remove);
const file = (name: string, content: object): string => {
	const full = path.join(folder.path, name);
	mkdirSync(path.dirname(full), {recursive: true});
	writeFileSync(full, JSON.stringify(content));
	return full;
};

const cluster = (name: string, server: string): object => ({name, cluster: {server}});
const first = file('first', {clusters: [cluster('shared', 'https://first'), cluster('one', 'https://one')]});
const second = file('sub/second', {
	'current-context': 'second',
	clusters: [cluster('shared', 'https://second'), {name: 'two', cluster: {server: 'https://two', 'certificate-authority': 'ca.crt'}}],
	contexts: [{name: 'second', context: {cluster: 'two', namespace: 'ns'}}],
	users: [{name: 'u', user: {token: 'second'}}],
});
const third = file('third', {'current-context': 'third', users: [{name: 'u', user: {token: 'third', as: 'other'}}]});
const missing = path.join(folder.path, 'missing');
const list = (...files: string[]): NodeJS.ProcessEnv => ({KUBECONFIG: files.join(path.delimiter), HOME: folder.path});

test('of several files the first of a name wins, missing ones and empty names are skipped', async () => {
	const merged = await find(undefined, list(missing, first, '', second, third));
	expect(merged.clusters.get('shared')?.server).toBe('https://first');
	expect([...merged.clusters.keys()].sort()).toEqual(['one', 'shared', 'two']);
	expect(merged.files).toEqual([first, second, third]);
});

test('the first current-context that is set wins, not the last', async () => {
	await expect(find(undefined, list(first, second, third))).resolves.toMatchObject({currentContext: 'second'});
	await expect(find(undefined, list(third, second))).resolves.toMatchObject({currentContext: 'third'});
});

test('an entry wins as a whole: fields of a later one of the same name do not leak in', async () => {
	const merged = await find(undefined, list(second, third));
	expect(merged.users.get('u')).toEqual({token: 'second'});
});

test('a relative path belongs to the file it stands in', async () => {
	const merged = await find(undefined, list(first, second));
	expect(merged.clusters.get('two')?.['certificate-authority']).toBe(path.join(folder.path, 'sub', 'ca.crt'));
});

test('--kubeconfig is the only file then, and must exist', async () => {
	const one = await find(first, list(second));
	expect(one.clusters.has('two')).toBe(false);
	await expect(find(missing, list(first))).rejects.toBeInstanceOf(UsageError);
});

test('without KUBECONFIG it is ~/.kube/config, and nothing where that is missing', async () => {
	await expect(find(undefined, {HOME: path.join(folder.path, 'nobody')})).resolves.toMatchObject({files: []});
	file('home/.kube/config', {'current-context': 'home'});
	await expect(find(undefined, {HOME: path.join(folder.path, 'home'), KUBECONFIG: ''})).resolves.toMatchObject({
		currentContext: 'home',
	});
});

test('one broken file among several is an error, not skipped', async () => {
	const broken = path.join(folder.path, 'broken');
	writeFileSync(broken, '{');
	await expect(find(undefined, list(first, broken))).rejects.toThrow(/broken is not a valid kubeconfig/u);
});

test('inside a pod the service account is the way, with its namespace and an IPv6 address in brackets', async () => {
	const account = path.join(folder.path, 'account');
	file('account/token', {});
	writeFileSync(path.join(account, 'namespace'), 'monitoring\n');
	const found = await inClusterKubeconfig({KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443'}, account);
	expect(found?.clusters.get('in-cluster')).toEqual({
		server: 'https://[fd00::1]:443',
		'certificate-authority': path.join(account, 'ca.crt'),
	});
	expect(found?.contexts.get('in-cluster')?.namespace).toBe('monitoring');
	expect(found?.users.get('in-cluster')).toEqual({tokenFile: path.join(account, 'token')});
});

test('outside a pod, or without a token, there is no service account', async () => {
	await expect(inClusterKubeconfig({}, folder.path)).resolves.toBeUndefined();
	await expect(
		inClusterKubeconfig({KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443'}, missing),
	).resolves.toBeUndefined();
});

test('on Windows a home is looked for as kubectl does: %HOME%, %HOMEDRIVE%%HOMEPATH%, %USERPROFILE%', () => {
	const windows = {HOME: String.raw`H:\me`, HOMEDRIVE: 'D:', HOMEPATH: String.raw`\me`, USERPROFILE: String.raw`C:\Users\me`};
	expect(homesOf(windows, 'win32').slice(0, 3)).toEqual([windows.HOME, String.raw`D:\me`, windows.USERPROFILE]);
	expect(homesOf({USERPROFILE: windows.USERPROFILE, HOMEDRIVE: 'D:'}, 'win32')[0]).toBe(windows.USERPROFILE);
	expect(homesOf(windows, 'linux')).toEqual([windows.HOME]);
});
