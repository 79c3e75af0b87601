import {describe, expect, test} from 'vitest';
import {diagnose} from '../../../source/diagnosis/diagnose.ts';
import {makePlan} from '../../../source/repair/plan/make-plan.ts';
import type {Choice} from '../../../source/repair/plan/plan.ts';
import {beginOrContinue, repair, rollBackRun} from '../../../source/repair/run/repair.ts';
import {simulatedCluster} from '../simulation/cluster.ts';
import {fix, planFor, settingFor} from '../simulation/run.ts';

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
		const back = await rollBackRun(ended.journal, settingFor(cluster));
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

test('a portmap that is too old for the list of this Cilium is replaced before any runtime calls it, and put back by the rollback', async () => {
	const cluster = simulatedCluster({nodes: 3, version: '1.20.2', portmaps: ['old', 'good', undefined]});
	expect(planFor(cluster).steps.flatMap(({id, kind}) => (kind === 'put-binary' ? [id] : []))).toEqual(['binary/node-1', 'binary/node-3']);
	const ended = await fix(cluster);
	expect(ended?.end).toMatchObject({outcome: 'done'});
	expect(cluster.nodes.map(({files}) => files.get('portmap'))).toEqual(['good', 'good', 'good']);
	await rollBackRun(ended!.journal, settingFor(cluster));
	cluster.settle();
	expect(cluster.nodes.map(({files}) => files.get('portmap'))).toEqual(['old', 'good', 'good']);
	expect(cluster.nodes.flatMap(({files}) => [...files.keys()]).filter(name => name.startsWith('.'))).toEqual([]);
	expect(cluster.violations).toEqual([]);
});

test('the same portmap is new enough for the list of an older Cilium', async () => {
	const cluster = simulatedCluster({nodes: 2, version: '1.19.6', portmaps: ['old', 'old']});
	const ended = await fix(cluster);
	expect(ended?.end).toMatchObject({outcome: 'done'});
	expect(cluster.nodes.map(({files}) => files.get('portmap'))).toEqual(['old', 'old']);
	expect(cluster.violations).toEqual([]);
});

test('the newer portmap stays where the list calls it with a version that the old one refuses', async () => {
	const cluster = simulatedCluster({nodes: 1, version: '1.20.2', portmaps: ['old']});
	const ended = await fix(cluster);
	const [node] = cluster.nodes;
	// Somebody chains portmap by other means while the run is undone.
	Object.defineProperty(node, 'chained', {value: true, writable: false});
	await rollBackRun(ended!.journal, settingFor(cluster)).catch(() => undefined);
	expect(node?.files.get('portmap')).toBe('good');
	expect(cluster.violations).toEqual([]);
});

test('a portmap that somebody has put there since is not replaced by the old one', async () => {
	const cluster = simulatedCluster({nodes: 1, version: '1.20.2', portmaps: ['old']});
	const ended = await fix(cluster);
	cluster.nodes[0]?.files.set('portmap', 'of a package');
	await rollBackRun(ended!.journal, settingFor(cluster));
	expect(cluster.nodes[0]?.files.get('portmap')).toBe('of a package');
});

const guarded = {strategy: 'portmap', sources: ['portmap'], daemonSet: true} as const;
const keeper = 'kubectl-hostport-portmap';
const own = (cluster: ReturnType<typeof simulatedCluster>): string[] =>
	[...cluster.configMaps.keys(), ...cluster.daemonSets.keys()].filter(name => name.startsWith(keeper));

test('the DaemonSet for nodes that join is the last thing that is installed, and goes with the rollback', async () => {
	const cluster = simulatedCluster();
	const ended = await fix(cluster, {choice: guarded});
	expect(ended?.end).toMatchObject({outcome: 'done'});
	expect(ended?.journal.plan.steps.map(({kind}) => kind).slice(-2)).toEqual(['guard-new-nodes', 'final-proof']);
	expect(own(cluster)).toEqual([keeper, expect.stringMatching(/^kubectl-hostport-portmap-amd64-0-[\da-f]{8}$/u), keeper]);
	expect(planFor(cluster, guarded).steps).toEqual([]);
	await rollBackRun(ended!.journal, settingFor(cluster));
	expect(own(cluster)).toEqual([]);
	expect(cluster.nodes.every(({files}) => files.get('portmap') === 'good')).toBe(true);
	expect(cluster.violations).toEqual([]);
});

test('the DaemonSet alone can be had later, and one that was there before is not taken away', async () => {
	const cluster = simulatedCluster();
	await fix(cluster);
	expect(planFor(cluster).steps).toEqual([]);
	const plan = planFor(cluster, guarded);
	expect(plan.steps.map(({kind}) => kind)).toEqual(['guard-new-nodes', 'final-proof']);
	const setting = settingFor(cluster);
	const first = beginOrContinue(plan, undefined, {id: 'first', by: 'me', now: cluster.now()});
	expect((await repair(first, setting, {autoRollback: false})).end.outcome).toBe('done');
	const again = beginOrContinue(plan, undefined, {id: 'again', by: 'me', now: cluster.now()});
	const {journal} = await repair(again, setting, {autoRollback: false});
	expect((await rollBackRun(journal, setting)).journal.entries['guard']).toMatchObject({state: 'left'});
	expect(own(cluster)).toHaveLength(3);
});

describe('a DaemonSet that keeps a portmap on the nodes which is too old', () => {
	const kept = (name: string, ready: number, portmaps: ReadonlyArray<'old' | 'good'> = ['old', 'old']) => {
		const evidence = simulatedCluster({nodes: 2, version: '1.20.2', portmaps}).look();
		return {...evidence, otherDaemonSets: [name], portmapKeepers: [{name, desired: 2, ready}]};
	};
	const plan = (evidence: ReturnType<typeof kept>, choice: Choice) => makePlan(evidence, diagnose(evidence), choice);
	const unguarded = {strategy: 'portmap', sources: ['portmap']} as const;
	const ours = `kube-system/${keeper}`;

	test.each([
		['of Cilium’s namespace', ours, unguarded, 'Use --daemonset'],
		['of another namespace', `tools/${keeper}`, guarded, `Delete it: kubectl -n tools delete daemonset ${keeper}`],
	])('%s would put it back, so the repair is refused', (_, name, choice, hint) => {
		const {refusals, steps} = plan(kept(name, 2), choice);
		expect(refusals.map(({message}) => message)).toEqual([expect.stringContaining(`the DaemonSet ${name} keeps a portmap`)]);
		expect(refusals[0]?.hint).toContain(hint);
		expect(steps).toEqual([]);
	});

	test('is given the new one before any node is', () => {
		const {refusals, steps} = plan(kept(ours, 2), guarded);
		expect(refusals).toEqual([]);
		expect(steps.map(({kind}) => kind).slice(0, 3)).toEqual(['guard-new-nodes', 'put-binary', 'put-binary']);
		expect(steps[0]?.preview.text).toMatch(/^Replaces what is kept by the DaemonSet kube-system/u);
		expect(steps[0]?.parameters).toMatchObject({cniVersions: ['1.0.0']});
	});

	test.each([
		['which is ready nowhere', kept(ours, 0)],
		['of which the nodes have no such portmap', kept(ours, 2, ['good', 'good'])],
	])('%s is in nobody’s way', (_, evidence) => {
		expect(plan(evidence, unguarded).refusals).toEqual([]);
	});
});

test('the DaemonSet is of no use where Cilium serves hostPort itself', () => {
	const {refusals} = planFor(simulatedCluster(), {strategy: 'native', daemonSet: true});
	expect(refusals.map(({message}) => message).join()).toContain('which the strategy native does not use');
});

test('agents under OnDelete are re-created one after another', async () => {
	const cluster = simulatedCluster({nodes: 3, updateStrategy: 'OnDelete'});
	expect((await fix(cluster))?.end).toMatchObject({outcome: 'done'});
	expect(cluster.nodes.every(({chained}) => chained)).toBe(true);
	expect(cluster.unwired()).toEqual([]);
});
