import {existsSync, mkdtempSync, rmSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {afterAll, beforeAll, beforeEach, expect, it, vi} from 'vitest';
import {startDemoCluster, type DemoCluster} from '../../source/demo/demo-cluster.ts';
import {runHere, type Ended} from '../support/program.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'hostport-cleanup-'));
let demo: DemoCluster;
let leftover: string;
let cleanup: (...words: readonly string[]) => Promise<Ended>;
beforeAll(async () => {
	demo = await startDemoCluster({scene: 'healthy', nodes: 1});
	// Where this run alone looks for folders that processes have left.
	vi.stubEnv('TMPDIR', folder);
	cleanup = async (...words) => runHere(['cleanup', '--kubeconfig', demo.kubeconfig, ...words], {XDG_STATE_HOME: folder});
});
beforeEach(() => {
	leftover = mkdtempSync(path.join(folder, 'hostport-demo-4194305-'));
});
afterAll(async () => {
	vi.unstubAllEnvs();
	await demo.stop();
	rmSync(folder, {recursive: true});
});

it('shows what is left and removes nothing with --dry-run=client', async () => {
	const {code, output, errors} = await cleanup('--dry-run=client');
	expect({code, errors}).toEqual({code: 1, errors: ''});
	expect(output).toContain(leftover);
	expect(existsSync(leftover)).toBe(true);
});

it('removes it with --yes, and says so', async () => {
	const {code, errors} = await cleanup('--yes');
	expect({code, errors}).toEqual({code: 0, errors: expect.stringMatching(/^(\d+) of \1 removed\n$/u)});
	expect(existsSync(leftover)).toBe(false);
});
