// What stands between a person and harm, from the words typed on: each of these fails where the rule is taken out of the program.
import {existsSync, mkdtempSync, readFileSync, rmSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {afterAll, beforeAll, expect, it, vi} from 'vitest';
import {startDemoCluster, type DemoCluster} from '../../source/demo/demo-cluster.ts';
import type {Plan} from '../../source/repair/plan/plan.ts';
import {runAtTerminal, runHere} from '../support/program.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'hostport-safety-'));
const environment = {XDG_STATE_HOME: folder};
let demo: DemoCluster;
let cluster: readonly string[];
let portmap: readonly string[];
beforeAll(async () => {
	demo = await startDemoCluster({scene: 'nks', nodes: 1});
	cluster = ['--kubeconfig', demo.kubeconfig];
	portmap = ['--portmap', demo.portmap ?? ''];
});
afterAll(async () => {
	await demo.stop();
	rmSync(folder, {recursive: true});
});

const journals = async (): Promise<ReadonlyArray<{readonly outcome: string}>> => {
	const {output} = await runHere(['runs', '-o', 'json', ...cluster], environment);
	return (JSON.parse(output) as {items: Array<{outcome: string}>}).items;
};

it('fix shows every warning before it asks, and changes nothing where another name is typed', async () => {
	const dry = await runHere(['fix', '--dry-run=client', '-o', 'json', ...cluster, ...portmap], environment);
	const {warnings} = JSON.parse(dry.output) as Plan;
	expect(warnings.length).toBeGreaterThan(0);
	let asked = '';
	const {code, errors} = await runAtTerminal(['fix', ...cluster, ...portmap], environment, screen => {
		asked = screen;
		if (screen.endsWith('Strategy (portmap): ')) return '';
		return screen.endsWith('[y/N] ') ? 'n' : 'another-cluster';
	});
	expect(code).toBe(130);
	expect(errors).toContain('Nothing was changed.');
	for (const {message, hint} of warnings) {
		expect(asked).toContain(message);
		expect(asked).toContain(hint);
	}

	expect(await journals()).toEqual([]);
});

it('rollback asks for the name too', async () => {
	expect((await runHere(['fix', '--yes', ...cluster, ...portmap], environment)).code).toBe(0);
	let asked = '';
	const {code} = await runAtTerminal(['rollback', ...cluster], environment, screen => {
		asked = screen;
		return 'another-cluster';
	});
	expect(asked).toMatch(/Type the name of the cluster/u);
	expect(code).toBe(130);
	expect((await journals()).map(({outcome}) => outcome)).toEqual(['done']);
});

it('cleanup asks for the name too', async () => {
	// A folder of a process that is gone, where this run alone looks for such.
	const ofNobody = mkdtempSync(path.join(folder, 'hostport-demo-4194305-'));
	vi.stubEnv('TMPDIR', folder);
	let asked = '';
	const {code} = await runAtTerminal(['cleanup', '--all', ...cluster], environment, screen => {
		asked = screen;
		return 'another-cluster';
	});
	vi.unstubAllEnvs();
	expect(asked).toMatch(/Type the name of the cluster/u);
	expect(code).toBe(130);
	expect(existsSync(ofNobody)).toBe(true);
});

it('--save replaces every address, and keeps them only with --no-redact', async () => {
	const [redacted, whole] = ['redacted.json', 'whole.json'].map(name => path.join(folder, name)) as [string, string];
	await runHere(['check', '--save', redacted, ...cluster], environment);
	await runHere(['check', '--save', whole, '--no-redact', ...cluster], environment);
	const addressesOf = (file: string): string[] =>
		(JSON.parse(readFileSync(file, 'utf8')) as {nodes: Array<{addresses: Array<{address: string; type: string}>}>}).nodes.flatMap(
			({addresses}) => addresses.filter(({type}) => type === 'InternalIP').map(({address}) => address),
		);
	const addresses = addressesOf(whole);
	expect(addresses.length).toBeGreaterThan(0);
	for (const address of addresses) expect(readFileSync(redacted, 'utf8')).not.toContain(address);
	expect(readFileSync(redacted, 'utf8')).not.toContain(new URL(demo.server).host);
});
