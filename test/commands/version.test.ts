import {afterAll, beforeAll, expect, it} from 'vitest';
import {newestKnown, oldestKnown} from '../../source/cilium/releases.ts';
import {startDemoCluster, type DemoCluster} from '../../source/demo/demo-cluster.ts';
import {runHere} from '../support/program.ts';

let demo: DemoCluster;
beforeAll(async () => {
	demo = await startDemoCluster({scene: 'healthy', nodes: 3});
});
afterAll(async () => demo.stop());

const ran = async (...flags: string[]) => runHere(['version', ...flags]);

it('tells the versions of the program, the cluster and its Cilium, and which Cilium it knows', async () => {
	const {code, output} = await ran('--kubeconfig', demo.kubeconfig, '-ojson');
	expect(code).toBe(0);
	expect(JSON.parse(output)).toMatchObject({
		kind: 'Version',
		knownCilium: {oldest: oldestKnown, newest: newestKnown},
		server: {address: demo.server, kubernetes: expect.stringMatching(/^v1\./u)},
		cilium: [{version: expect.stringMatching(/^1\.\d+\.\d+$/u), agents: 3}],
	});
	const plain = await ran('--kubeconfig', demo.kubeconfig);
	expect(plain.output).toMatch(
		/^Client .*\nKnown Cilium +1\.8 to 1\.\d+\nKubernetes +v1\..* at https:.*\nCilium +1\.\d+\.\d+ on 3 nodes\n$/u,
	);
});

it('asks no cluster with --client', async () => {
	const {code, output} = await ran('--kubeconfig=/nowhere', '--client', '-ojson');
	expect(code).toBe(0);
	expect(JSON.parse(output)).toMatchObject({server: null, cilium: null});
});

it.each([
	['no kubeconfig', ['--kubeconfig=/nowhere'], 2],
	['no server', ['--server=https://127.0.0.1:9', '--token=t', '--request-timeout=5s'], 3],
])('says its own version, and fails, where there is %s', async (_what, flags, ends) => {
	const {code, output, errors} = await ran(...flags, '-ojson');
	expect(code).toBe(ends);
	expect(errors).not.toContain('fault of kubectl hostport itself');
	expect(JSON.parse(output)).toMatchObject({kind: 'Version', server: null});
});
