import {beforeAll, describe, expect, test} from 'vitest';
import {expectRealWeb} from './support/places.ts';
import {hostport} from './support/product.ts';
import {chartKeys, ciliumKeys, ciliumVersion, isBefore, portmap, startOver, stateOfNodes, chartValues} from './support/real-cluster.ts';
import {expectPodsStart} from './support/repair.ts';
import {expectSavedToAgree} from './support/saved-evidence.ts';
import {nothingStaysBehind} from './support/suite.ts';

nothingStaysBehind();

/** CI (`E2E=short`) repairs the older Cilium by one strategy alone. */
const strategies = process.env['E2E'] === 'short' && isBefore('1.18') ? (['portmap'] as const) : (['portmap', 'native'] as const);

// Both strategies, from ports that are refused everywhere to ports that answer everywhere, and back to the byte.
describe.each(strategies)('the repair by %s', strategy => {
	const fix = ['fix', '--yes', '--strategy', strategy, ...(strategy === 'portmap' ? ['--portmap', portmap] : [])];
	let before: unknown;

	beforeAll(async () => {
		await startOver(chartValues.none);
		before = await stateOfNodes();
		await expectRealWeb('refused');
	});

	test('a dry run by the server prints the plan and changes nothing', async () => {
		const {exitCode, stdout, stderr} = await hostport([...fix.filter(word => word !== '--yes'), '--dry-run=server']);
		expect(exitCode, stderr).toBe(0);
		expect(stdout).toContain(strategy === 'portmap' ? 'cni-chaining-mode: portmap' : 'kube-proxy-replacement: "true"');
		expect(await stateOfNodes()).toEqual(before);
	});

	test('one command leads to ports that answer from every place', async () => {
		const {exitCode, stdout, stderr, seconds} = await hostport([...fix, '--output', 'json'], {timeoutSeconds: 300});
		expect(exitCode, stderr + stdout).toBe(0);
		const result = JSON.parse(stdout) as {outcome: string; steps: Array<{state: string; seconds: number; title: string}>};
		expect(result.outcome).toBe('done');
		console.error(`e2e: fix by ${strategy} on Cilium ${ciliumVersion}: ${seconds.toFixed(1)} s`);
		await expectRealWeb('web');
		await expectPodsStart();
		const {codes, exitCode: checked, result: judged} = await expectSavedToAgree();
		expect([codes[0], checked], JSON.stringify(judged.findings)).toEqual(['HP22', 0]);
		expect(judged.findings.filter(({severity}) => severity !== 'info')).toEqual([]);
		expect(judged.cluster.cilium.path).toBe(strategy);
	});

	// Beside kube-proxy native takes switches that the chart has no values for.
	test.runIf(strategy === 'portmap')('cilium-config is what the chart writes with chaining, to the letter', async () => {
		expect(await ciliumKeys()).toEqual(await chartKeys(chartValues.portmap));
	});

	test('a second one has nothing to do', async () => {
		const {exitCode, stdout} = await hostport(['fix', '--yes', '--output', 'json']);
		expect([exitCode, (JSON.parse(stdout) as {outcome: string}).outcome]).toEqual([0, 'nothing-to-do']);
	});

	test('rollback brings cilium-config, the CNI files with their modes and the refusals back', async () => {
		const {exitCode, stderr, seconds} = await hostport(['rollback', '--yes'], {timeoutSeconds: 300});
		expect(exitCode, stderr).toBe(0);
		console.error(`e2e: rollback of ${strategy} on Cilium ${ciliumVersion}: ${seconds.toFixed(1)} s`);
		expect(await stateOfNodes()).toEqual(before);
		await expectRealWeb('refused');
		await expectPodsStart();
	});
});
