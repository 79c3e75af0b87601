import {expect, test} from 'vitest';
import {simulatedCluster, type SimulatedCluster} from '../simulation/cluster.ts';
import {fix, rollback} from '../simulation/run.ts';
import type {SimulationOptions} from '../simulation/world.ts';
import {isWhole} from '../../support/whole.ts';

/** `every`: where all moments are wanted, each so-manieth is tried; odd, for a process dies before even moments and after odd ones. */
type Scene = {readonly name: string; readonly options: SimulationOptions; readonly nodeConfigApi?: string; readonly every: number};

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

/** What an act is, whatever node, pod or run it is for. */
const kindOf = (act: string): string => act.replaceAll(/\S*\d\S*/gu, '#');

/**
 * Moments to die at, of a run that comes to its end with these acts: before (even) and after (odd) each. Those that stand for all are, of
 * each kind of act, with none of it done, with the last one to do, and with all done; in a scene that is much like another, of the kinds that
 * only it has.
 */
function moments(
	acts: readonly string[],
	{every, like = []}: {readonly every: number; readonly like?: readonly string[]},
): readonly number[] {
	const kinds = acts.map(kindOf);
	if (isWhole) return Array.from({length: Math.ceil((2 * acts.length) / every)}, (_, index) => 2 + index * every);
	const usual = new Set(like.map(kindOf));
	return kinds
		.flatMap((kind, index) => {
			const [isFirst, isLast] = [kinds.indexOf(kind) === index, kinds.lastIndexOf(kind) === index];
			const before = 2 * (index + 1);
			return [...(isFirst || isLast ? [before] : []), ...(isLast ? [before + 1] : [])].map(moment => ({kind, moment}));
		})
		.filter(({kind}) => !usual.has(kind))
		.map(({moment}) => moment);
}

type Begin = () => Promise<SimulatedCluster>;
type Act = (cluster: SimulatedCluster) => Promise<unknown>;

/** What is done to a cluster by an act that comes to its end unharmed. */
async function actsOf(begin: Begin, act: Act): Promise<readonly string[]> {
	const cluster = await begin();
	const before = cluster.log.length;
	await act(cluster);
	return cluster.log.slice(before);
}

/** Clusters as `begin` makes them, on each of which the act was killed at another moment. */
async function* deaths(begin: Begin, act: Act, every: number, like?: {readonly begin: Begin; readonly act: Act}) {
	const usual = like === undefined || isWhole ? [] : await actsOf(like.begin, like.act);
	let missed = 0;
	for (const moment of moments(await actsOf(begin, act), {every, like: usual})) {
		const cluster = await begin();
		const death = cluster.killAt(moment);
		await Promise.race([death, act(cluster).catch(() => undefined)]);
		if (cluster.survived()) missed += 1;
		else yield {cluster, moment};
	}

	// What the server refuses has no moment after it.
	expect(missed).toBeLessThan(3);
}

const untouched =
	({options}: Scene) =>
	async (): Promise<SimulatedCluster> =>
		simulatedCluster(options);
const fixing =
	(scene: Scene): Act =>
	async cluster =>
		fix(cluster, scene);
const repaired = (scene: Scene) => async (): Promise<SimulatedCluster> => {
	const cluster = simulatedCluster(scene.options);
	await fix(cluster, scene);
	return cluster;
};

/** The first scene's acts are the usual ones. */
const isUsual = (scene: Scene): boolean => scene === scenes[0];
const usual = (scene: Scene): {readonly begin: Begin; readonly act: Act} | undefined =>
	isUsual(scene) || scenes[0] === undefined ? undefined : {begin: untouched(scenes[0]), act: fixing(scenes[0])};
const usualUndoing = (scene: Scene): {readonly begin: Begin; readonly act: Act} | undefined =>
	isUsual(scene) || scenes[0] === undefined ? undefined : {begin: repaired(scenes[0]), act: rollback};

/** Every moment of a repair, or those that stand for them; the cluster has settled since its death. */
async function atEveryMoment(
	scene: Scene,
	check: (cluster: SimulatedCluster, moment: number) => Promise<void>,
	every = scene.every,
): Promise<void> {
	for await (const {cluster, moment} of deaths(untouched(scene), fixing(scene), every, usual(scene))) {
		cluster.settle();
		expect(cluster.violations, `moment ${moment}, ${cluster.log.at(-1)}`).toEqual([]);
		await check(cluster, moment);
		expect(cluster.violations, `moment ${moment}`).toEqual([]);
	}
}

for (const scene of scenes) {
	test(
		`${scene.name}, a repair killed at any moment is finished by fix`,
		async () => {
			await atEveryMoment(scene, async (cluster, moment) => {
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
		},
		patience,
	);

	test(
		`${scene.name}, a repair killed at any moment is finished by a fix that comes at once, while agents start`,
		async () => {
			let starting = 0;
			for await (const {cluster, moment} of deaths(untouched(scene), fixing(scene), scene.every, usual(scene))) {
				starting += cluster.look().nodes.some(({agent}) => agent?.ready === false) ? 1 : 0;
				const ended = await fix(cluster, scene);
				cluster.settle();
				expect([undefined, 'done'], `moment ${moment}: ${String(ended?.end.error)}`).toContain(ended?.end.outcome);
				expect(cluster.unwired(), `moment ${moment}`).toEqual([]);
				expect(cluster.violations, `moment ${moment}`).toEqual([]);
			}

			if (isUsual(scene) || isWhole) expect(starting, 'moments with an agent on its way').toBeGreaterThan(0);
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
			const check = async (cluster: SimulatedCluster, moment: number): Promise<void> => {
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
			};
			await atEveryMoment(scene, check, 3);
		},
		patience,
	);

	test.each([
		['was cut off', 24],
		['came to its end', undefined],
	])(
		`${scene.name}, a rollback that is killed too is finished by the next one, of a repair that %s`,
		async (_, cutAt) => {
			const begun = async (): Promise<SimulatedCluster> => {
				if (cutAt === undefined) return repaired(scene)();
				const cluster = simulatedCluster(scene.options);
				await Promise.race([cluster.killAt(2 * cutAt), fix(cluster, scene).catch(() => undefined)]);
				cluster.survived();
				cluster.settle();
				return cluster;
			};
			for await (const {cluster, moment} of deaths(begun, rollback, 3, usualUndoing(scene))) {
				cluster.settle();
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
			for await (const {cluster, moment} of deaths(repaired(scene), rollback, 1, usualUndoing(scene))) {
				cluster.settle();
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
