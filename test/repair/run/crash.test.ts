import {expect, test} from 'vitest';
import {simulatedCluster, type SimulatedCluster} from '../simulation/cluster.ts';
import {fix, rollback} from '../simulation/run.ts';
import type {SimulationOptions} from '../simulation/world.ts';
import {isWhole} from '../../support/whole.ts';

/** `every`: each so-manieth moment is tried. */
type Scene = {readonly name: string; readonly options: SimulationOptions; readonly nodeConfigApi?: string; readonly every: number};

/** How much further apart moments are unless all are wanted; odd, for a process dies before even moments and after odd ones. */
const sparse = isWhole ? 1 : 3;

/** Long, because a busy machine is no fault. */
const patience = 600_000;

const scenes: readonly Scene[] = [
	{name: 'on two nodes', options: {nodes: 2}, every: 1},
	{name: 'with CiliumNodeConfig', options: {nodes: 2, hasNodeConfigs: true}, nodeConfigApi: 'cilium.io/v2alpha1', every: 1},
	{
		name: 'with a portmap that is too old',
		options: {nodes: 2, version: '1.20.2', portmaps: ['old', 'old'], hasNodeConfigs: true},
		nodeConfigApi: 'cilium.io/v2',
		every: 5,
	},
	{name: 'with OnDelete', options: {nodes: 2, updateStrategy: 'OnDelete'}, every: 5},
];

type KilledRun = {readonly cluster: SimulatedCluster; readonly wasKilled: boolean};

/** Runs a repair that is killed at a moment; says whether the moment came before its end. */
async function killedRun(scene: Scene, moment: number): Promise<KilledRun> {
	const {cluster, wasKilled} = await justKilledRun(scene, moment);
	cluster.settle();
	return {cluster, wasKilled};
}

/** The same in the moment of its death: agents and pods may be on their way. */
async function justKilledRun(scene: Scene, moment: number): Promise<KilledRun> {
	const cluster = simulatedCluster(scene.options);
	const death = cluster.killAt(moment);
	await Promise.race([death, fix(cluster, scene).catch(() => undefined)]);
	return {cluster, wasKilled: !cluster.survived()};
}

/** Every moment until a run comes to its end unharmed. */
async function atEveryMoment(scene: Scene, check: (cluster: SimulatedCluster, moment: number) => Promise<void>): Promise<number> {
	for (let moment = 2; ; moment += scene.every * sparse) {
		const {cluster, wasKilled} = await killedRun(scene, moment);
		if (!wasKilled) return moment;
		expect(cluster.violations, `moment ${moment}, ${cluster.log.at(-1)}`).toEqual([]);
		await check(cluster, moment);
		expect(cluster.violations, `moment ${moment}`).toEqual([]);
	}
}

for (const scene of scenes) {
	test(
		`${scene.name}, a repair killed at any moment is finished by fix`,
		async () => {
			const moments = await atEveryMoment(scene, async (cluster, moment) => {
				const ended = await fix(cluster, scene);
				cluster.settle();
				expect([undefined, 'done'], `moment ${moment}`).toContain(ended?.end.outcome);
				expect(
					cluster.nodes.every(({chained, files}) => chained && files.get('portmap') === 'good'),
					`moment ${moment}`,
				).toBe(true);
				expect(cluster.unwired(), `moment ${moment}`).toEqual([]);
				expect([...cluster.nodeConfigs.keys(), ...cluster.helperPods.keys()], `moment ${moment}`).toEqual([]);
				const hidden = cluster.nodes.flatMap(({files}) => [...files.keys()]).filter(name => name.startsWith('.'));
				const kept = hidden.filter(name => name.startsWith('.portmap-before.kubectl-hostport-'));
				expect(hidden, `moment ${moment}`).toEqual(kept);
				expect(kept, `moment ${moment}`).toHaveLength(scene.options.portmaps?.length ?? 0);
			});
			expect(moments).toBeGreaterThan(40);
		},
		patience,
	);

	test(
		`${scene.name}, a repair killed at any moment is finished by a fix that comes at once, while agents start`,
		async () => {
			let starting = 0;
			for (let moment = 2; ; moment += scene.every) {
				const {cluster, wasKilled} = await justKilledRun(scene, moment);
				if (!wasKilled) break;
				starting += cluster.look().nodes.some(({agent}) => agent?.ready === false) ? 1 : 0;
				const ended = await fix(cluster, scene);
				cluster.settle();
				expect([undefined, 'done'], `moment ${moment}: ${String(ended?.end.error)}`).toContain(ended?.end.outcome);
				expect(cluster.unwired(), `moment ${moment}`).toEqual([]);
				expect(cluster.violations, `moment ${moment}`).toEqual([]);
			}

			expect(starting, 'moments with an agent on its way').toBeGreaterThan(0);
		},
		patience,
	);

	test(
		`${scene.name}, a repair killed at any moment is undone by rollback`,
		async () => {
			await atEveryMoment(scene, async (cluster, moment) => {
				const ended = await rollback(cluster);
				cluster.settle();
				expect([undefined, 'rolled-back'], `moment ${moment}: ${String(ended?.end.error)}`).toContain(ended?.end.outcome);
				expect(cluster.configMaps.get('cilium-config')?.data, `moment ${moment}`).toEqual(cluster.originalData);
				expect(
					cluster.nodes.some(({chained}) => chained),
					`moment ${moment}`,
				).toBe(false);
				expect([...cluster.nodeConfigs.keys(), ...cluster.helperPods.keys()], `moment ${moment}`).toEqual([]);
				expect(cluster.ruledAddresses(), `moment ${moment}`).toEqual([]);
			});
		},
		patience,
	);

	test(
		`${scene.name}, a repair that was killed and finished is undone to its very beginning`,
		async () => {
			await atEveryMoment({...scene, every: 3}, async (cluster, moment) => {
				await fix(cluster, scene);
				const ended = await rollback(cluster);
				cluster.settle();
				expect(ended?.end.outcome, `moment ${moment}: ${String(ended?.end.error)}`).toBe('rolled-back');
				expect(cluster.configMaps.get('cilium-config')?.data, `moment ${moment}`).toEqual(cluster.originalData);
				expect(
					cluster.nodes.some(({chained}) => chained),
					`moment ${moment}`,
				).toBe(false);
				expect(cluster.restartedAt(), `moment ${moment}`).toBeUndefined();
				expect(cluster.ruledAddresses(), `moment ${moment}`).toEqual([]);
				const portmaps = cluster.nodes.map(({files}) => files.get('portmap'));
				expect(portmaps, `moment ${moment}`).toEqual(scene.options.portmaps ?? ['good', 'good']);
			});
		},
		patience,
	);

	test(
		`${scene.name}, a rollback that is killed too is finished by the next one`,
		async () => {
			for (let moment = 2; ; moment += 3 * sparse) {
				// In turn a run that was cut off and one that came to its end, whose pods have rules.
				const {cluster} = await killedRun(scene, moment % 2 === 0 ? 50 : 10_000);
				const death = cluster.killAt(moment);
				await Promise.race([death, rollback(cluster).catch(() => undefined)]);
				const wasKilled = !cluster.survived();
				cluster.settle();
				if (!wasKilled) break;
				const ended = await rollback(cluster);
				cluster.settle();
				expect([undefined, 'rolled-back'], `moment ${moment}`).toContain(ended?.end.outcome);
				expect(cluster.configMaps.get('cilium-config')?.data, `moment ${moment}`).toEqual(cluster.originalData);
				expect(
					cluster.nodes.some(({chained}) => chained),
					`moment ${moment}`,
				).toBe(false);
				expect(cluster.ruledAddresses(), `moment ${moment}`).toEqual([]);
				expect(cluster.violations, `moment ${moment}`).toEqual([]);
			}
		},
		patience,
	);
}

for (const scene of scenes) {
	test(
		`${scene.name}, a rollback that is killed can be turned into a repair again, and no rule leads into the void`,
		async () => {
			for (let moment = 2; ; moment += sparse) {
				const cluster = simulatedCluster(scene.options);
				await fix(cluster, scene);
				const death = cluster.killAt(moment);
				await Promise.race([death, rollback(cluster).catch(() => undefined)]);
				const wasKilled = !cluster.survived();
				cluster.settle();
				if (!wasKilled) break;
				const ended = await fix(cluster, scene);
				cluster.settle();
				expect([undefined, 'done'], `moment ${moment}: ${String(ended?.end.error)}`).toContain(ended?.end.outcome);
				expect(cluster.unwired(), `moment ${moment}`).toEqual([]);
				expect(cluster.ruledAddresses().sort(), `moment ${moment}`).toEqual(cluster.podAddresses().sort());
				expect(cluster.violations, `moment ${moment}`).toEqual([]);
			}
		},
		patience,
	);
}

test(
	'one node goes first, and is tried with a pod, also where the run was killed just before',
	async () => {
		const [scene] = scenes;
		if (scene === undefined) throw new Error('no scene');
		await atEveryMoment(scene, async (cluster, moment) => {
			await fix(cluster, scene);
			const first = cluster.log.findIndex(act => act.startsWith('delete the agent of'));
			const tried = cluster.log.findIndex(act => act.startsWith('create pod hostport-test'));
			const all = cluster.log.indexOf('restart the agents');
			expect([first < tried, tried < all, first >= 0], `moment ${moment}: ${first} ${tried} ${all}`).toEqual([true, true, true]);
		});
	},
	patience,
);
