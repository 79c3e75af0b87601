import {mkdtempSync, rmSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {afterEach, beforeEach, expect, it} from 'vitest';
import {startDemoCluster, type DemoCluster} from '../../source/demo/demo-cluster.ts';
import {runHere, runUntil, type Ended} from '../support/program.ts';

let demo: DemoCluster;
let cluster: readonly string[];
let environment: Readonly<Record<string, string>>;
beforeEach(async () => {
	demo = await startDemoCluster({scene: 'nks', nodes: 1});
	cluster = ['--kubeconfig', demo.kubeconfig, '--no-connect'];
	environment = {XDG_STATE_HOME: mkdtempSync(path.join(os.tmpdir(), 'hostport-watch-'))};
});
afterEach(async () => {
	await demo.stop();
	rmSync(environment['XDG_STATE_HOME'] ?? '', {recursive: true});
});

const repair = async (): Promise<Ended> =>
	runHere(['fix', '--yes', '--kubeconfig', demo.kubeconfig, '--portmap', demo.portmap ?? ''], environment);

it.each([
	['a line a change', [], (output: string) => /^\d\d:\d\d:\d\d {2}node\/\S+ {2}ok$/mu.test(output)],
	['a document a line', ['-o', 'json'], (output: string) => output.trim().split('\n').length > 1 && /"path":"portmap"/u.test(output)],
] as const)('check --watch prints %s until it is ended', async (_, flags, isSeen) => {
	let repairing: Promise<Ended> | undefined;
	const {code, output, errors} = await runUntil(['check', '--watch', ...flags, ...cluster], environment, (printed, stop) => {
		repairing ??= repair();
		if (isSeen(printed)) stop();
	});
	expect((await repairing)?.code).toBe(0);
	expect(code).toBe(130);
	expect(errors.match(/watching for changes/gu)).toHaveLength(1);
	if (flags.length > 0) for (const line of output.trim().split('\n')) expect(JSON.parse(line)).toMatchObject({kind: 'Diagnosis'});
});

it('verify --wait ends when every hostPort answers', async () => {
	const waiting = runHere(['verify', '--wait=1h', '--skip-client', '--kubeconfig', demo.kubeconfig], environment);
	expect((await repair()).code).toBe(0);
	expect((await waiting).code).toBe(0);
});

it('verify --wait tells what does not answer when its time is over, and nothing is proved by no hostPort', async () => {
	const words = ['verify', '--wait=0', '--skip-client', '--kubeconfig', demo.kubeconfig];
	const {code, output} = await runHere(words, environment);
	expect(code).toBe(1);
	expect(output).toContain('Does not work:');
	expect((await runHere([...words, '-n', 'kube-public'], environment)).code).toBe(3);
});
