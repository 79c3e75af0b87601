// A repair that is killed between deleting a pod that nobody owns and creating it again: the next command brings it back, or asks.
import {spawn} from 'node:child_process';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {readFile} from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import {afterEach, beforeEach, describe, expect, it, vi} from 'vitest';
import {parse} from 'yaml';
import {openDemo, type Demo} from '../demo/demo-client.ts';
import {startFaultProxy} from '../support/fault-proxy.ts';
import {openTerminal} from '../support/terminal.ts';

const built = path.join(import.meta.dirname, '..', '..', 'dist', 'kubectl-hostport.mjs');
const pods = '/api/v1/namespaces/default/pods';
const secrets = '/api/v1/namespaces/kube-system/secrets';
/** Long, because a busy machine is no fault. */
const patience = {timeout: 180_000, interval: 50};
type Kubeconfig = {clusters: [{cluster: {server: string; 'certificate-authority-data'?: string}}]};

let demo: Demo;
let folder: string;
beforeEach(async () => {
	demo = await openDemo({scene: 'nks'});
	folder = mkdtempSync(path.join(os.tmpdir(), 'hostport-test-'));
	await lose();
}, patience.timeout);
afterEach(async () => {
	await demo.stop();
	rmSync(folder, {recursive: true, force: true});
});

/** Journals and what the machine remembers are in a folder of its own: another one is another machine. */
const machine = (name: string, kubeconfig = demo.kubeconfig) => ({KUBECONFIG: kubeconfig, XDG_STATE_HOME: path.join(folder, name)});
const repair = (): string[] => ['fix', '--allow-bare-pods', '--portmap', demo.portmap ?? ''];

async function run(words: readonly string[], on = machine('own')): Promise<{code: number | null; output: string}> {
	const child = spawn(process.execPath, [built, ...words], {env: {...process.env, ...on}, stdio: ['ignore', 'pipe', 'pipe']});
	let output = '';
	for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output += text));
	return {code: await new Promise(resolve => child.on('close', resolve)), output};
}

/** Kills a repair while the API server does not answer to the pod's creation. */
async function lose(): Promise<void> {
	const spec = {
		nodeName: 'nks-pool-a-0001',
		containers: [{name: 'web', image: 'nginx', env: [{name: 'GREETING', value: 'hello'}], ports: [{containerPort: 80, hostPort: 9393}]}],
	};
	const made = await demo.send('POST', pods, {apiVersion: 'v1', kind: 'Pod', metadata: {name: 'bare', namespace: 'default'}, spec});
	expect(made.status).toBe(201);
	await vi.waitUntil(async () => (await demo.get(`${pods}/bare`)).body.status.podIP !== undefined, patience);
	const config = parse(await readFile(demo.kubeconfig, 'utf8')) as Kubeconfig;
	const {server, 'certificate-authority-data': authority = ''} = config.clusters[0].cluster;
	const proxy = await startFaultProxy({server, authority: Buffer.from(authority, 'base64').toString()});
	proxy.set('stall', ({method, url}) => method === 'POST' && url?.startsWith(pods) === true && !url.includes('/eviction'));
	const file = path.join(folder, 'kubeconfig');
	config.clusters[0].cluster = {server: proxy.url};
	writeFileSync(file, JSON.stringify(config));
	const child = spawn(process.execPath, [built, ...repair(), '--yes'], {env: {...process.env, ...machine('own', file)}, stdio: 'ignore'});
	const ended = new Promise(resolve => child.on('close', resolve));
	await vi.waitUntil(async () => (await demo.get(`${pods}/bare`)).status === 404, patience);
	child.kill('SIGKILL');
	await ended;
	await proxy.close();
	expect(await kept()).toHaveLength(1);
	// Another would wait until the holder of the lock has given no sign of life for a while.
	await demo.send('DELETE', '/api/v1/namespaces/kube-system/configmaps/hostport-lock');
}

const kept = async (): Promise<readonly string[]> => (await demo.get(secrets)).body.items.map(({metadata}) => metadata.name);
const isBack = async (): Promise<boolean> => (await demo.get(`${pods}/bare`)).status === 200;

// A repair needs a program that runs both here and on the nodes of the demo.
describe.runIf(process.platform === 'linux' && process.arch === 'x64')(
	'a pod that is nowhere but in its Secret',
	{timeout: 240_000},
	() => {
		it('is created again by fix, which says so', async () => {
			const {code, output} = await run([...repair(), '--yes']);
			expect(output).toMatch(/done +restart the pod default\/bare .*bare is there again/u);
			expect(code, output).toBe(0);
			expect(await isBack()).toBe(true);
			expect(await kept()).toEqual([]);
		});

		it('is created again by rollback, which says so', async () => {
			const {code, output} = await run(['rollback', '--yes']);
			expect(output).toMatch(/undone +restart the pod default\/bare .*bare was gone and was created again from its kept manifest/u);
			expect(code, output).toBe(0);
			expect(await isBack()).toBe(true);
			expect(await kept()).toEqual([]);
		});

		it('is created again by cleanup, which shows it first', async () => {
			const dry = await run(['cleanup', '--dry-run=client']);
			expect(dry.output).toMatch(
				/secret kube-system\/hostport-pod-\S+ .*the manifest of the pod default\/bare, which was being restarted and is gone/u,
			);
			expect(await isBack()).toBe(false);
			const {output} = await run(['cleanup', '--yes']);
			expect(output).toContain('The pod default/bare was gone and was created again from its kept manifest.');
			expect(await isBack()).toBe(true);
			expect(await kept()).toEqual([]);
		});

		it('is left by another machine with --yes, exit 5, whatever the command', async () => {
			const other = machine('other');
			// The last but one forgets the run, and not the only manifest of a pod.
			for (const words of [
				['rollback', '--yes'],
				[...repair(), '--yes'],
				['cleanup', '--yes', '--all'],
				['fix', '--yes'],
			]) {
				const {code, output} = await run(words, other);
				expect(output, words[0]).toContain('the pod default/bare was deleted to be restarted and is gone');
				expect(code, output).toBe(5);
				expect(await isBack(), words[0]).toBe(false);
				expect(await kept(), words[0]).toHaveLength(1);
			}
		});

		it('comes back by fix on its own machine, though another has brought the run to its end without it', async () => {
			expect((await run([...repair(), '--yes'], machine('other'))).code).toBe(5);
			const dry = await run(['fix', '--dry-run=client']);
			expect(dry.output).toContain('the pod default/bare was deleted to be restarted and is gone');
			expect(await isBack()).toBe(false);
			const {code, output} = await run(['fix', '--yes']);
			expect(output).toContain('The pod default/bare was gone and was created again from its kept manifest.');
			expect(code, output).toBe(0);
			expect(await isBack()).toBe(true);
			expect(await kept()).toEqual([]);
		});

		it('is shown whole in another machine’s terminal, and created again after a yes', async () => {
			const terminal = openTerminal(['rollback'], {columns: 160, rows: 120, environment: machine('other')});
			const shown = await terminal.waitFor('Create the pod default/bare again from this manifest? [y/N]');
			for (const part of ['kind: Pod', 'name: GREETING', 'value: hello', 'hostPort: 9393', 'image: nginx']) expect(shown).toContain(part);
			terminal.type('y\r');
			await terminal.waitFor('Type the name of the cluster');
			terminal.type('demo-nks\r');
			const {exitCode, screen} = await terminal.ended();
			expect(exitCode, screen).toBe(0);
			expect(await isBack()).toBe(true);
			expect(await kept()).toEqual([]);
		});

		it('is left where the answer is no', async () => {
			const terminal = openTerminal(['cleanup'], {columns: 160, rows: 120, environment: machine('other')});
			await terminal.waitFor('Create the pod default/bare again from this manifest? [y/N]');
			terminal.type('n\r');
			const {exitCode} = await terminal.ended();
			expect(exitCode).toBe(1);
			expect(await isBack()).toBe(false);
			expect(await kept()).toHaveLength(1);
		});

		it('is shown whole in another machine’s terminal UI, and created again after a yes', async () => {
			const terminal = openTerminal([], {columns: 140, rows: 120, environment: machine('other')});
			await terminal.waitFor(/as of \d/u);
			terminal.type('u');
			await terminal.waitFor(/portmap +running/u);
			terminal.type('b');
			const shown = await terminal.waitFor('Asked for once you go on');
			for (const part of ['kind: Pod', 'name: GREETING', 'value: hello', 'hostPort: 9393', 'image: nginx']) expect(shown).toContain(part);
			terminal.type('\r');
			await terminal.waitFor('Type the name of the cluster');
			terminal.type('demo-nks\r');
			await terminal.waitFor('Create the pod default/bare again from this manifest?');
			terminal.type('yes\r');
			await terminal.waitFor(/✓ Run \S+ was rolled back/u);
			expect(await isBack()).toBe(true);
			expect(await kept()).toEqual([]);
			terminal.type('q');
			await terminal.ended();
		});
	},
);
