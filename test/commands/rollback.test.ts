import {afterAll, beforeAll, expect, it} from 'vitest';
import {startDemoCluster, type DemoCluster} from '../../source/demo/demo-cluster.ts';
import {runHere} from '../support/program.ts';

let demo: DemoCluster;
beforeAll(async () => {
	demo = await startDemoCluster({scene: 'healthy', nodes: 1});
});
afterAll(async () => demo.stop());

it.each([
	[['some-run'], 'there is no run some-run'],
	[[], 'no run'],
] as const)('rollback %j: %s', async (words, says) => {
	const {code, output, errors} = await runHere(['rollback', ...words, '--yes', '--kubeconfig', demo.kubeconfig], {
		XDG_STATE_HOME: '/nowhere',
	});
	expect({code, output}).toEqual({code: 2, output: ''});
	expect(errors).toContain(says);
});
