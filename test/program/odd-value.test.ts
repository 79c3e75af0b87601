// A journal that somebody has edited: a value that this Cilium does not take is put back by nobody who has not seen it.
import {mkdtempSync, rmSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {gunzipSync, gzipSync} from 'node:zlib';
import {afterAll, beforeAll, describe, expect, it, vi} from 'vitest';
import {openDemo, type Demo} from '../demo/demo-client.ts';
import {runHere} from '../support/program.ts';
import {openTerminal} from '../support/terminal.ts';

const configMaps = '/api/v1/namespaces/kube-system/configmaps';
type Entries = Record<string, {before: Record<string, unknown>}>;

// A repair needs a program that runs both here and on the nodes of the demo.
describe.runIf(process.platform === 'linux' && process.arch === 'x64')('a value that this Cilium does not take', () => {
	let demo: Demo;
	let folder: string;
	/** Journals are in a folder of its own: another one is another machine. */
	const machine = (name: string) => ({KUBECONFIG: demo.kubeconfig, XDG_STATE_HOME: path.join(folder, name)});

	async function run(words: readonly string[], on: Readonly<Record<string, string>>): Promise<{code: number | null; said: string}> {
		const {code, output, errors} = await runHere(words, on);
		return {code, said: output + errors};
	}

	beforeAll(async () => {
		demo = await openDemo({scene: 'nks'});
		folder = mkdtempSync(path.join(os.tmpdir(), 'hostport-test-'));
		const {code, said} = await run(['fix', '--yes', '--portmap', demo.portmap ?? ''], machine('own'));
		if (code !== 0) throw new Error(said);
		const journal = (await demo.get(configMaps)).body.items.find(({metadata}) => metadata.name.startsWith('hostport-run-'));
		const state = JSON.parse(gunzipSync(Buffer.from(journal?.data['state'] ?? '', 'base64')).toString()) as Entries;
		state['configmap']!.before['cni-chaining-mode'] = 'evil';
		const data = {state: gzipSync(JSON.stringify(state)).toString('base64')};
		await demo.send('PATCH', `${configMaps}/${journal?.metadata.name}`, {data}, 'application/merge-patch+json');
	});
	afterAll(async () => {
		await demo.stop();
		rmSync(folder, {recursive: true, force: true});
	});

	const mode = async (): Promise<string | undefined> => (await demo.get(`${configMaps}/cilium-config`)).body.data['cni-chaining-mode'];

	it('is refused by the machine that knows what was there', async () => {
		const {code, said} = await run(['rollback', '--yes'], machine('own'));
		expect(said).toContain('contradicts the copy on this machine: configmap (cni-chaining-mode was null)');
		expect(code).toBe(5);
		expect(await mode()).toBe('portmap');
	});

	it('is shown and left with --yes, exit 5', async () => {
		const {code, said} = await run(['rollback', '--yes'], machine('other'));
		expect(said).toMatch(/! the journal says that cni-chaining-mode had a value in cilium-config which Cilium 1\.10\.16 does not take/u);
		expect(said).toContain('cni-chaining-mode: evil, which Cilium 1.10.16 does not take; nothing was restored');
		expect(code, said).toBe(5);
		expect(await mode()).toBe('portmap');
	});

	it('is shown whole in a terminal and asked for; no means no', async () => {
		const terminal = openTerminal(['rollback'], {columns: 160, rows: 60, environment: machine('other')});
		expect(await terminal.waitFor('Restore this value of cni-chaining-mode? [y/N]')).toContain('\ncni-chaining-mode: evil\n');
		terminal.type('n\r');
		await terminal.waitFor('Type the name of the cluster');
		terminal.type('demo-nks\r');
		const {exitCode, screen} = await terminal.ended();
		expect(exitCode, screen).toBe(5);
		expect(await mode()).toBe('portmap');
	});

	it('is put back after a yes', async () => {
		const terminal = openTerminal(['rollback'], {columns: 160, rows: 60, environment: machine('other')});
		await terminal.waitFor('Restore this value of cni-chaining-mode? [y/N]');
		terminal.type('y\r');
		await terminal.waitFor('Type the name of the cluster');
		terminal.type('demo-nks\r');
		await vi.waitUntil(async () => (await mode()) === 'evil', {timeout: 600_000, interval: 50});
		terminal.signal('SIGTERM');
		await terminal.ended();
	});
});
