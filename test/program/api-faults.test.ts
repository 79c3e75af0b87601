// The built program before an API server that fails in every way of the table: it ends, says what failed, and never that all is well.
import {spawn} from 'node:child_process';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {readFile} from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {parse} from 'yaml';
import {openDemo, type Demo} from '../demo/demo-client.ts';
import {faults, startFaultProxy, type FaultName, type FaultProxy} from '../support/fault-proxy.ts';
import {raw} from '../support/hostile-text.ts';

const built = path.join(import.meta.dirname, '..', '..', 'dist', 'kubectl-hostport.mjs');
type Kubeconfig = {clusters: [{cluster: {server: string; 'certificate-authority-data'?: string}}]};

let demo: Demo;
let proxy: FaultProxy;
let folder: string;
let kubeconfig: string;
beforeAll(async () => {
	demo = await openDemo({scene: 'healthy'});
	const config = parse(await readFile(demo.kubeconfig, 'utf8')) as Kubeconfig;
	const {server, 'certificate-authority-data': authority = ''} = config.clusters[0].cluster;
	proxy = await startFaultProxy({server, authority: Buffer.from(authority, 'base64').toString()});
	folder = mkdtempSync(path.join(os.tmpdir(), 'hostport-test-'));
	kubeconfig = path.join(folder, 'kubeconfig');
	config.clusters[0].cluster = {server: proxy.url};
	writeFileSync(kubeconfig, JSON.stringify(config));
});
afterAll(async () => {
	await proxy.close();
	await demo.stop();
	rmSync(folder, {recursive: true, force: true});
});

async function run(words: readonly string[]) {
	const environment = {...process.env, KUBECONFIG: kubeconfig, XDG_STATE_HOME: folder};
	// A heap so small that an answer without bounds ends the program.
	const child = spawn(process.execPath, ['--max-old-space-size=600', built, ...words, '--request-timeout', '2s'], {
		env: environment,
		stdio: ['ignore', 'pipe', 'pipe'],
	});
	let output = '';
	let errors = '';
	child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
	child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
	const code = await new Promise<number | null>(resolve => child.on('close', resolve));
	return {code, output, errors};
}

const names = Object.keys(faults) as FaultName[];
/** What a Kubernetes API says no with: each list is a gap then, and the rest is shown. */
const refusals: ReadonlySet<string> = new Set([
	'forbidden',
	'not found',
	'gone',
	'a conflict',
	'too many requests',
	'too many requests, come back in an hour',
	'internal error',
	'unavailable',
]);
/** What a server of another kind answers to everything. */
const foreign: readonly FaultName[] = [
	'a log-in page',
	'an empty object',
	'an empty list',
	'a list of nothing known',
	'items that are no list',
	'a JSON array',
	'null',
	'a number',
	'a string',
	'a key named __proto__',
];

describe('a healthy cluster behind a proxy', () => {
	it('is found well without a fault', async () => {
		proxy.set(undefined);
		expect(await run(['check'])).toMatchObject({code: 0, errors: ''});
	});
});

describe('with a fault in every answer', () => {
	it.each(names)('%s, each command ends with a clear error', async name => {
		proxy.set(name);
		const ends = await Promise.all([['check'], ['diff'], ['runs'], ['fix', '--yes']].map(run));
		if (name === 'an exec that is cut off') return;
		for (const [index, {code, output, errors}] of ends.entries()) {
			const command = ['check', 'diff', 'runs', 'fix'][index] ?? '';
			// What fix makes of gaps is told where its plan is tested.
			if (command === 'fix') expect.soft(code, command).not.toBe(0);
			else expect.soft(code, command).toBe(3);
			if (!refusals.has(name)) expect.soft(output, command).toBe('');
			if (command !== 'fix') expect.soft(errors, command).not.toBe('');
			expect.soft(errors, command).not.toMatch(/fault of kubectl hostport itself|heap out of memory|TypeError/u);
			expect.soft(errors.replaceAll('\n', ''), command).not.toMatch(raw);
		}
	});
});

describe('check', () => {
	it.each(foreign)('takes no server that answers %s for a cluster', async name => {
		proxy.set(name);
		const {code, errors} = await run(['check']);
		expect(code).toBe(3);
		expect(errors).toContain('does not answer like a Kubernetes API');
	});

	it.each(names)('does not praise what it could not see, with %s to lists of pods and nodes', async name => {
		proxy.set(name, ({url = '', method}) => method === 'GET' && /\/(?:pods|nodes)\?/u.test(url));
		const {code, output} = await run(['check']);
		if (name === 'an exec that is cut off') return;
		expect(code, output).not.toBe(0);
	});

	it('names each node that could not be asked', async () => {
		proxy.set('an exec that is cut off');
		const {code, output} = await run(['check']);
		expect(code).toBe(3);
		expect(output).toMatch(/unknown/u);
	});

	it('has a limit of its own', async () => {
		proxy.set('stall');
		const {code, errors} = await run(['check', '--timeout', '1s']);
		expect(code).toBe(3);
		expect(errors).toContain('not done within 1 s');
	});
});
