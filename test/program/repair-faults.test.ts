// The built program repairs and rolls back before an API server that fails. Whatever fails, and when: nothing is half changed without being
// said, lock and pods are gone, the journal tells how it ended, and the next rollback brings cilium-config back to the byte.
import {spawn} from 'node:child_process';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {readFile} from 'node:fs/promises';
import type {IncomingMessage} from 'node:http';
import os from 'node:os';
import path from 'node:path';
import {afterAll, afterEach, beforeAll, beforeEach, describe, expect, it} from 'vitest';
import {parse} from 'yaml';
import {openDemo, type Demo} from '../demo/demo-client.ts';
import {startFaultProxy, type FaultName, type FaultProxy} from '../support/fault-proxy.ts';
import {raw} from '../support/hostile-text.ts';

const built = path.join(import.meta.dirname, '..', '..', 'dist', 'kubectl-hostport.mjs');
type Kubeconfig = {clusters: [{cluster: {server: string; 'certificate-authority-data'?: string}}]};

let demo: Demo;
let proxy: FaultProxy;
let folder: string;
let original: unknown;

async function open(): Promise<void> {
	demo = await openDemo({scene: 'nks'});
	const config = parse(await readFile(demo.kubeconfig, 'utf8')) as Kubeconfig;
	const {server, 'certificate-authority-data': authority = ''} = config.clusters[0].cluster;
	proxy = await startFaultProxy({server, authority: Buffer.from(authority, 'base64').toString()});
	folder = mkdtempSync(path.join(os.tmpdir(), 'hostport-test-'));
	config.clusters[0].cluster = {server: proxy.url};
	writeFileSync(path.join(folder, 'kubeconfig'), JSON.stringify(config));
	original = (await state()).settings;
}

async function close(): Promise<void> {
	await proxy.close();
	await demo.stop();
	rmSync(folder, {recursive: true, force: true});
}

async function run(words: readonly string[]) {
	const child = spawn(process.execPath, ['--max-old-space-size=600', built, ...words, '--request-timeout', '10s'], {
		env: {...process.env, KUBECONFIG: path.join(folder, 'kubeconfig'), XDG_STATE_HOME: folder},
		stdio: ['ignore', 'pipe', 'pipe'],
	});
	let output = '';
	let errors = '';
	child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
	child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
	const code = await new Promise<number | null>(resolve => child.on('close', resolve));
	const crash = /fault of kubectl hostport itself|heap out of memory|TypeError|undefined/u.exec(errors);
	if (crash !== null || raw.test(errors.replaceAll('\n', ''))) throw new Error(`${words.join(' ')}: ${errors}`);
	return {code, output, errors};
}

const fix = (): string[] => ['fix', '--yes', '--portmap', demo.portmap ?? ''];

async function state() {
	const pods = await demo.get('/api/v1/pods?labelSelector=app.kubernetes.io/managed-by%3Dkubectl-hostport');
	const {items} = (await demo.get('/api/v1/namespaces/kube-system/configmaps')).body;
	const named = (start: string) => items.filter(({metadata}) => metadata.name.startsWith(start));
	return {
		pods: pods.body.items.filter(({metadata}) => metadata.deletionTimestamp === undefined).map(({metadata}) => metadata.name),
		locks: named('hostport-lock').length,
		outcomes: named('hostport-run').map(({data}) => data['outcome']),
		settings: named('cilium-config')[0]?.data,
	};
}

/** What nothing may be left of, and how the runs ended. */
async function expectLeft(...outcomes: readonly string[]): Promise<void> {
	const {settings: _, ...left} = await state();
	expect(left).toEqual({pods: [], locks: 0, outcomes});
}

async function expectBack(): Promise<void> {
	proxy.set(undefined);
	expect((await run(['rollback', '--yes'])).code).toBe(0);
	await expectLeft('rolled-back');
	expect((await state()).settings).toEqual(original);
}

const is =
	(method: string, pattern: RegExp) =>
	({method: own, url = ''}: IncomingMessage): boolean =>
		own === method && pattern.test(url);

describe('a rollback that cannot be begun', () => {
	beforeAll(async () => {
		await open();
		await run(fix());
		await expectLeft('done');
	});
	afterAll(close);

	it.each<[FaultName, string, RegExp]>([
		['forbidden', 'everything', /./u],
		['unavailable', 'everything', /./u],
		['reset', 'everything', /./u],
		['a log-in page', 'everything', /./u],
		['an empty object', 'everything', /./u],
		['forbidden', 'the agents', /k8s-app/u],
		['internal error', 'the agents', /k8s-app/u],
		['forbidden', 'the DaemonSets', /\/daemonsets/u],
		['forbidden', 'the agents and DaemonSets', /k8s-app|\/daemonsets/u],
		['an empty object', 'cilium-config', /\/configmaps\/cilium-config/u],
		['forbidden', 'the journals', /hostport\.dev/u],
		['an empty object', 'the journals', /hostport\.dev/u],
		['a gzip bomb', 'the journals', /hostport\.dev/u],
		['deep JSON', 'the journals', /hostport\.dev/u],
		['the same page for ever', 'the journals', /hostport\.dev/u],
	])('by %s to %s, ends with 3 and has changed nothing', async (fault, _, pattern) => {
		const before = await state();
		proxy.set(fault, ({url = ''}) => pattern.test(url));
		const {code, output, errors} = await run(['rollback', '--yes']);
		expect(code, errors).toBe(3);
		expect(output).toBe('');
		expect(errors).not.toContain('no run');
		expect(await state()).toEqual(before);
	});

	it.each<[FaultName, RegExp]>([
		['forbidden', /hostport-lock/u],
		['unavailable', /managed-by%3Dkubectl-hostport/u],
	])('cleanup behind %s to %s does not say that nothing is left', async (fault, pattern) => {
		proxy.set(fault, ({url = ''}) => pattern.test(url));
		const {code, errors} = await run(['cleanup', '--dry-run=client']);
		expect(code).toBe(3);
		expect(errors).toContain('could not look everywhere');
	});
});

describe('a repair and its rollback', () => {
	beforeEach(open);
	afterEach(close);

	it.each<FaultName>(['a lost answer', 'unavailable', 'reset', 'too many requests'])(
		'outlast %s to each request that is made for the first time',
		async fault => {
			const firstTimes = (): void => {
				const seen = new Set<string>();
				proxy.set(fault, ({method = '', url = ''}) => {
					const request = `${method} ${url.split('?')[0]}`;
					return !seen.has(request) && seen.add(request).has(request);
				});
			};
			firstTimes();
			const repair = await run(fix());
			expect(repair.code, repair.errors).toBe(0);
			await expectLeft('done');
			firstTimes();
			const back = await run(['rollback', '--yes']);
			expect(back.code, back.errors).toBe(0);
			await expectLeft('rolled-back');
			expect((await state()).settings).toEqual(original);
		},
	);

	it.each<[FaultName, string, RegExp]>([
		['forbidden', 'PATCH', /\/configmaps\/cilium-config/u],
		['a conflict', 'PATCH', /\/configmaps\/cilium-config/u],
		['forbidden', 'POST', /\/eviction/u],
		['forbidden', 'PATCH', /\/daemonsets\/cilium/u],
		['forbidden', 'GET', /\/namespaces\/(?:default|observability)\/pods/u],
		['the same page for ever', 'GET', /\/namespaces\/(?:default|observability)\/pods/u],
		['a gzip bomb', 'GET', /\/daemonsets\/cilium/u],
	])('behind %s to %s %s: the rollback ends in part, says it, and the next one ends it', async (fault, method, pattern) => {
		expect((await run(fix())).code).toBe(0);
		proxy.set(fault, is(method, pattern));
		const {code, errors} = await run(['rollback', '--yes']);
		expect(code, errors).toBe(5);
		expect(errors).toContain('is not undone in full');
		await expectLeft('rollback-failed');
		await expectBack();
	});
});
