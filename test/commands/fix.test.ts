import {mkdtempSync, rmSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {afterAll, beforeAll, expect, it} from 'vitest';
import {startDemoCluster, type DemoCluster} from '../../source/demo/demo-cluster.ts';
import type {Plan} from '../../source/repair/plan/plan.ts';
import {runHere, type Ended} from '../support/program.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'hostport-fix-'));
let demo: DemoCluster;
let fix: (...words: readonly string[]) => Promise<Ended>;
beforeAll(async () => {
	demo = await startDemoCluster({scene: 'nks', nodes: 1});
	fix = async (...words) => runHere(['fix', '--kubeconfig', demo.kubeconfig, ...words], {XDG_STATE_HOME: folder});
});
afterAll(async () => {
	await demo.stop();
	rmSync(folder, {recursive: true});
});

const choiceOf = ({output}: Ended): Plan['choice'] => (JSON.parse(output) as Plan).choice;
const dry = ['--dry-run=client', '-o', 'json'];

it('plans by what is chosen, and recommends the strategy where none is', async () => {
	expect(choiceOf(await fix(...dry))).toMatchObject({strategy: 'portmap', nodes: [], sources: [], allowBarePods: false});
	const chosen = await fix('nks-pool-a-0001', '--strategy=native', '--canary=node/nks-pool-a-0001', '--allow-bare-pods', ...dry);
	expect(choiceOf(chosen)).toMatchObject({
		strategy: 'native',
		nodes: ['nks-pool-a-0001'],
		canary: 'nks-pool-a-0001',
		allowBarePods: true,
	});
});

it('on the demo takes the portmap that the demo has, unless a source is named', async context => {
	context.skip(demo.portmap === undefined, 'this machine cannot run programs of the nodes’ kind');
	const own = ['demo', 'fix', '--nodes=1', ...dry];
	expect(choiceOf(await runHere(own)).sources).toEqual([expect.stringMatching(/\/portmap$/u)]);
	expect(choiceOf(await runHere([...own, '--portmap=release:1.9.1'])).sources).toEqual(['release:1.9.1']);
});

it('prints the plan as text, or as the object asked for', async () => {
	const {code, output, errors} = await fix('--dry-run=client');
	expect({code, errors}).toEqual({code: 0, errors: ''});
	expect(output).toContain('install portmap on nks-pool-a-0001');
});

it('reads the binary before anything is changed, and refuses one of another checksum', async context => {
	context.skip(demo.portmap === undefined, 'this machine cannot run programs of the nodes’ kind');
	const {code, output, errors} = await fix('--yes', '--portmap', demo.portmap ?? '', '--portmap-sha256', '0'.repeat(64));
	expect({code, output}).toEqual({code: 2, output: expect.stringContaining('install portmap') as string});
	expect(errors).toContain('--portmap-sha256 says 0000');
});

it('carries it out with --yes: the plan goes to stderr where the run is the object on stdout', async context => {
	context.skip(demo.portmap === undefined, 'this machine cannot run programs of the nodes’ kind');
	const {code, output, errors} = await fix('--yes', '--portmap', demo.portmap ?? '', '-o', 'json');
	expect(code, errors).toBe(0);
	expect(JSON.parse(output)).toMatchObject({kind: 'Run', outcome: 'done'});
	// Why this machine was not tried: not for what the demo is.
	expect(JSON.parse(output)).toMatchObject({
		proof: {skipped: [expect.stringMatching(/^pods: /u), expect.stringMatching(/^this machine: a repair is proved from the nodes/u)]},
	});
	expect(errors).toContain('install portmap on nks-pool-a-0001');
});
