import {PassThrough} from 'node:stream';
import {text} from 'node:stream/consumers';
import {afterAll, beforeAll, expect, it} from 'vitest';
import {newestKnown, oldestKnown} from '../../source/cilium/releases.ts';
import type {CommandContext} from '../../source/commands/command.ts';
import {run} from '../../source/commands/versions.ts';
import {startDemoCluster, type DemoCluster} from '../../source/demo/demo-cluster.ts';
import {ActionableError} from '../../source/errors.ts';

let demo: DemoCluster;
beforeAll(async () => {
	demo = await startDemoCluster({scene: 'healthy', nodes: 3});
});
afterAll(async () => demo.stop());

async function ran(flags: CommandContext['flags']) {
	const [stdout, stderr] = [new PassThrough(), new PassThrough().resume()];
	const context = {words: [], flags, signal: AbortSignal.timeout(90_000), environment: {}, stdout, stderr, stdin: process.stdin};
	const [code, out] = await Promise.all([
		run(context as unknown as CommandContext)
			.catch((error: unknown) => error)
			.finally(() => stdout.end()),
		text(stdout),
	]);
	return {code, out};
}

it('tells the versions of the program, the cluster and its Cilium, and which Cilium it knows', async () => {
	const {code, out} = await ran({kubeconfig: demo.kubeconfig, output: 'json'});
	expect(code).toBe(0);
	expect(JSON.parse(out)).toMatchObject({
		kind: 'Version',
		knownCilium: {oldest: oldestKnown, newest: newestKnown},
		server: {address: demo.server, kubernetes: expect.stringMatching(/^v1\./u)},
		cilium: [{version: expect.stringMatching(/^1\.\d+\.\d+$/u), agents: 3}],
	});
	const plain = await ran({kubeconfig: demo.kubeconfig});
	expect(plain.out).toMatch(/^Client .*\nKnown Cilium +1\.8 to 1\.\d+\nKubernetes +v1\..* at https:.*\nCilium +1\.\d+\.\d+ on 3 nodes\n$/u);
});

it('asks no cluster with --client', async () => {
	const {code, out} = await ran({kubeconfig: '/nowhere', client: true, output: 'json'});
	expect(code).toBe(0);
	expect(JSON.parse(out)).toMatchObject({server: null, cilium: null});
});

it.each([
	['no kubeconfig', {kubeconfig: '/nowhere'}],
	['no server', {server: 'https://127.0.0.1:9', token: 't', 'request-timeout': '5s'}],
])('says its own version, and fails, where there is %s', async (_what, flags) => {
	const {code, out} = await ran({...flags, output: 'json'});
	expect(code).toBeInstanceOf(ActionableError);
	expect(JSON.parse(out)).toMatchObject({kind: 'Version', server: null});
});
