import {expect, test} from 'vitest';
import {undoRun} from '../../source/repair/repair.ts';
import {simulatedCluster} from './simulation/cluster.ts';
import {fix, planFor, settingFor} from './simulation/run.ts';

for (const hasNodeConfigs of [false, true]) {
	const nodeConfigApi = hasNodeConfigs ? 'cilium.io/v2alpha1' : undefined;
	const options = {...(nodeConfigApi !== undefined && {nodeConfigApi})};

	test(`a repair ${hasNodeConfigs ? 'with' : 'without'} CiliumNodeConfig wires every pod and never chains without a binary`, async () => {
		const cluster = simulatedCluster({nodes: 3, hasNodeConfigs});
		const ended = await fix(cluster, options);
		expect(ended?.end).toMatchObject({outcome: 'done'});
		expect(cluster.violations).toEqual([]);
		expect(cluster.unwired()).toEqual([]);
		expect(cluster.configMaps.get('cilium-config')?.data).toEqual({...cluster.originalData, 'cni-chaining-mode': 'portmap'});
		expect(cluster.nodeConfigs.size).toBe(0);
		expect(cluster.helperPods.size).toBe(0);
		expect(cluster.configMaps.has('hostport-lock')).toBe(false);
		expect(planFor(cluster, undefined, nodeConfigApi).steps).toEqual([]);
	});

	test(`a rollback ${hasNodeConfigs ? 'with' : 'without'} CiliumNodeConfig puts everything back but the binary`, async () => {
		const cluster = simulatedCluster({nodes: 3, hasNodeConfigs});
		const ended = await fix(cluster, options);
		if (ended === undefined) throw new Error('nothing was done');
		const back = await undoRun(ended.journal, settingFor(cluster));
		cluster.settle();
		expect(back.end).toEqual({outcome: 'rolled-back'});
		expect(cluster.configMaps.get('cilium-config')?.data).toEqual(cluster.originalData);
		expect(cluster.nodes.map(({chained}) => chained)).toEqual([false, false, false]);
		expect(cluster.unwired()).toHaveLength(3);
		expect(cluster.ruledAddresses()).toEqual([]);
		expect(cluster.nodes.every(({files}) => files.get('portmap') === 'good')).toBe(true);
		expect(cluster.violations).toEqual([]);
	});
}

test('agents under OnDelete are re-created one after another', async () => {
	const cluster = simulatedCluster({nodes: 3, updateStrategy: 'OnDelete'});
	expect((await fix(cluster))?.end).toMatchObject({outcome: 'done'});
	expect(cluster.nodes.every(({chained}) => chained)).toBe(true);
	expect(cluster.unwired()).toEqual([]);
});
