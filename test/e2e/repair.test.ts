import path from 'node:path';
import {beforeAll, describe, expect, test} from 'vitest';
import {resetCluster} from './support/cilium.ts';
import {rollOut} from './support/kubectl.ts';
import {check, hostport} from './support/product.ts';
import {binariesOf, expectPodsStart, expectWeb, forgetRuns, stateOfRepair} from './support/repair.ts';
import {needsOwnCluster, nothingStaysBehind} from './support/suite.ts';
import {isOwnCluster, root, viewerKubeconfig} from './support/tested-cluster.ts';
import {testedVersions} from './support/versions.ts';

const web = path.join(root, 'test/e2e/workloads/web.yaml');
const otelCollector = path.join(root, 'test/e2e/workloads/otel-collector.yaml');
const portmap = '/usr/lib/cni/portmap';

nothingStaysBehind();

describe.each(testedVersions)('the repair on Cilium %s', version => {
	let before: unknown;

	beforeAll(async () => {
		if (!isOwnCluster) return;
		await resetCluster(version);
		await forgetRuns();
		await rollOut(web, 'deployment/web');
		await rollOut(otelCollector, 'daemonset/otel-collector');
		before = await stateOfRepair();
	});

	test('a user without the rights is told which before anything is written', async context => {
		needsOwnCluster(context, 'it has such a user ready');
		const {exitCode, stderr} = await hostport(['fix', '--yes', '--portmap', portmap], {kubeconfig: viewerKubeconfig});
		expect(exitCode).not.toBe(0);
		expect(stderr).toMatch(/missing permission/iu);
		expect(await stateOfRepair()).toEqual(before);
	});

	test('a dry run prints the plan and changes nothing', async context => {
		needsOwnCluster(context, 'it has hands on the nodes');
		const {exitCode, stdout} = await hostport(['fix', '--dry-run=server', '--portmap', portmap]);
		expect(exitCode).toBe(0);
		expect(stdout).toContain('cni-chaining-mode: portmap');
		expect(await stateOfRepair()).toEqual(before);
		expect(await binariesOf('node-1')).not.toContain('portmap');
	});

	test('one command leads from the case to a port that answers', async context => {
		needsOwnCluster(context, 'it changes Cilium');
		await expectWeb('refused');
		const {exitCode, stdout, stderr, seconds} = await hostport(['fix', '--yes', '--portmap', portmap, '--output', 'json'], {
			timeoutSeconds: 240,
		});
		const result = JSON.parse(stdout) as {kind: string; outcome: string; steps: Array<{state: string; seconds: number; title: string}>};
		expect(stderr).toContain('is done');
		expect([exitCode, result.kind, result.outcome]).toEqual([0, 'Run', 'done']);
		expect(new Set(result.steps.map(({state}) => state))).toEqual(new Set(['done']));
		console.error(
			`e2e: fix on Cilium ${version}: ${seconds.toFixed(1)} s; ${result.steps.map(step => `${step.title} ${step.seconds}`).join('; ')}`,
		);
		await expectWeb('web');
		await expectPodsStart();
		expect((await check()).exitCode).toBe(0);
	});

	test('a second fix has nothing to do', async context => {
		needsOwnCluster(context, 'it changes Cilium');
		const {exitCode, stdout} = await hostport(['fix', '--yes', '--output', 'json']);
		expect([exitCode, (JSON.parse(stdout) as {outcome: string}).outcome]).toEqual([0, 'nothing-to-do']);
	});

	test('rollback brings cilium-config, CNI files and rules back exactly, and leaves the binary', async context => {
		needsOwnCluster(context, 'it changes Cilium');
		const {exitCode, stderr, seconds} = await hostport(['rollback', '--yes'], {timeoutSeconds: 240});
		expect(stderr).toContain('is rolled back');
		expect(exitCode).toBe(0);
		console.error(`e2e: rollback on Cilium ${version}: ${seconds.toFixed(1)} s`);
		expect(await stateOfRepair()).toEqual(before);
		await expectWeb('refused');
		await expectPodsStart();
		expect(await binariesOf('node-1')).toEqual(['cilium-cni', 'loopback', 'portmap']);
		expect((await hostport(['runs'])).stdout).toContain('rolled-back');
	});
});
