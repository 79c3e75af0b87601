import {expect, test} from 'vitest';
import {expectRealWeb} from './support/places.ts';
import {hostport} from './support/product.ts';
import {addNode, portmap, removeNode, startOver, stateOfNodes, chartValues} from './support/real-cluster.ts';
import {addressOf} from './support/tested-cluster.ts';
import {expectPodsStart, expectPodStarts} from './support/repair.ts';
import {nothingStaysBehind} from './support/suite.ts';
import {kubectl, until} from './support/kubectl.ts';
import {killAt, watchHostport} from './support/watched-run.ts';
import {leftovers} from './support/leftovers.ts';

nothingStaysBehind();

const rollback = ['rollback', '--yes'];
const fixBy = (strategy: 'portmap' | 'native'): readonly string[] => [
	'fix',
	'--yes',
	'--strategy',
	strategy,
	...(strategy === 'portmap' ? ['--portmap', portmap] : []),
];

type Kill = {
	readonly strategy: 'portmap' | 'native';
	/** The run is killed so many milliseconds after its journal has so many lines. */
	readonly lines: number;
	readonly milliseconds: number;
	/** Lines and milliseconds of a second kill, of the rollback. */
	readonly rollback: readonly [lines: number, milliseconds: number];
};

/** Moments before the ConfigMap, while the agents restart, while pods restart; `REAL_KILLS` takes the first so many. */
const kills: readonly Kill[] = [
	{strategy: 'portmap', lines: 7, milliseconds: 9000, rollback: [3, 2000]},
	{strategy: 'native', lines: 4, milliseconds: 6000, rollback: [2, 0]},
	{strategy: 'portmap', lines: 11, milliseconds: 500, rollback: [2, 0]},
	{strategy: 'portmap', lines: 3, milliseconds: 100, rollback: [2, 500]},
	{strategy: 'native', lines: 8, milliseconds: 1000, rollback: [4, 4000]},
	{strategy: 'portmap', lines: 15, milliseconds: 300, rollback: [5, 0]},
];

test.each(kills.slice(0, Number(process.env['REAL_KILLS'] ?? kills.length)))(
	'$strategy killed $milliseconds ms after write $lines: the next fix ends it, a killed rollback is ended too',
	async ({strategy, lines, milliseconds, rollback: [linesOfRollback, later]}) => {
		await startOver(chartValues.none);
		const before = await stateOfNodes();
		const fix = fixBy(strategy);

		expect(await killAt(await watchHostport(fix), lines, milliseconds), 'the run was killed').toBe(true);
		const ended = await hostport(fix, {timeoutSeconds: 300});
		expect(ended.exitCode, ended.stderr).toBe(0);
		await expectRealWeb('web');
		// Whatever the killed one left is swept by the next command.
		expect((await leftovers()).staying).toEqual([]);

		const undoing = await watchHostport(rollback);
		if (!(await killAt(undoing, linesOfRollback, later))) expect((await undoing.ended).exitCode, (await undoing.ended).stderr).toBe(0);
		await expectPodsStart();
		const undone = await hostport(rollback, {timeoutSeconds: 300});
		expect([0, 2], undone.stderr).toContain(undone.exitCode);
		expect(await stateOfNodes()).toEqual(before);
		await expectRealWeb('refused');
		await expectPodsStart();
	},
);

test('a node that joins while a run goes on is named, and the next fix makes it whole', async () => {
	await startOver(chartValues.none);
	const fix = fixBy('portmap');
	const running = await watchHostport(fix);
	try {
		await running.comesTo('configmap', 'done');
		// Held still, so that the node is there for certain before the run is through.
		running.signal('SIGSTOP');
		await addNode();
		running.signal('SIGCONT');
		const ended = await running.ended;
		expect(ended.exitCode, ended.stderr).toBe(3);
		expect(ended.stderr).toMatch(/node-3 joined meanwhile/u);
		await expectPodsStart();

		const mended = await hostport(fix, {timeoutSeconds: 300});
		expect(mended.exitCode, mended.stderr).toBe(0);
		await expectPodStarts('node-3');
		await expectRealWeb('web');
		const answer = await until('an answer of the new node', 60, async () => {
			const pods = await kubectl([
				'--namespace',
				'default',
				'get',
				'pods',
				'--selector',
				'app=client',
				'--field-selector',
				'spec.nodeName=node-1',
				'--output=name',
			]);
			const said = await kubectl([
				'--namespace',
				'default',
				'exec',
				pods.trim(),
				'--',
				'sh',
				'-c',
				`printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc -w 3 ${addressOf['node-3']} 8080 || true`,
			]);
			return said.includes('web-of-node-3') ? said : undefined;
		});
		expect(answer).toContain('200 OK');
	} finally {
		running.signal('SIGCONT');
		await removeNode();
	}
});
