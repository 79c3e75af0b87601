import {describe, expect, test} from 'vitest';
import {continueRun} from '../../../source/repair/run/continue-run.ts';
import {doubtsAbout, leaveDoubted} from '../../../source/repair/run/doubts.ts';
import type {Journal} from '../../../source/repair/journal.ts';
import {listJournals} from '../../../source/repair/run/journal-config-map.ts';
import {repair, rollBackRun} from '../../../source/repair/run/repair.ts';
import {stepsToUndo} from '../../../source/repair/run/rollback.ts';
import {runResult} from '../../../source/repair/run/runner.ts';
import {simulatedCluster, type SimulatedCluster} from '../simulation/cluster.ts';
import {fix, planFor, rollback, settingFor} from '../simulation/run.ts';
import {isWhole} from '../../support/whole.ts';

// A pod that nobody owns is nowhere but in its Secret between its deletion and its creation: whoever is killed there must not lose it.

const patience = 600_000;
const choice = {strategy: 'portmap', sources: ['portmap'], allowBarePods: true} as const;
const open = (): SimulatedCluster => simulatedCluster({nodes: 1, hasBarePod: true});
const another = {vouched: []};

/** Kills a run at each moment of it (or each third: before an act, then after one), until one comes to its end. */
async function atEveryMoment(
	prepare: (cluster: SimulatedCluster) => Promise<unknown>,
	run: (cluster: SimulatedCluster) => Promise<unknown>,
	check: (cluster: SimulatedCluster, moment: string) => Promise<void>,
): Promise<{readonly lost: number}> {
	let lost = 0;
	for (let moment = 2; ; moment += isWhole ? 1 : 3) {
		const cluster = open();
		await prepare(cluster);
		const death = cluster.killAt(moment);
		await Promise.race([death, run(cluster).catch(() => undefined)]);
		const wasKilled = !cluster.survived();
		cluster.settle();
		if (!wasKilled) return {lost};
		if (cluster.barePod() === undefined) lost += 1;
		await check(cluster, `moment ${moment}: ${cluster.log.at(-1)}`);
		expect(cluster.violations, String(moment)).toEqual([]);
	}
}

const nothing = async (): Promise<void> => undefined;
const repaired = async (cluster: SimulatedCluster) => fix(cluster, {choice});

describe.each([
	['a repair', nothing, repaired],
	['a rollback', repaired, rollback],
] as const)('%s that is killed at any moment', (_, prepare, run) => {
	test(
		'is finished by fix: the pod is there, has its rules, and no Secret is left',
		async () => {
			const {lost} = await atEveryMoment(prepare, run, async (cluster, moment) => {
				const ended = await repaired(cluster);
				cluster.settle();
				expect([undefined, 'done'], `${moment}: ${String(ended?.end.error)}`).toContain(ended?.end.outcome);
				expect(cluster.barePod()?.isWired, moment).toBe(true);
				expect([...cluster.secrets.keys()], moment).toEqual([]);
			});
			expect(lost).toBeGreaterThan(0);
		},
		patience,
	);

	test(
		'is undone by rollback: the pod is there, and no Secret is left',
		async () => {
			const {lost} = await atEveryMoment(prepare, run, async (cluster, moment) => {
				const ended = await rollback(cluster);
				cluster.settle();
				expect([undefined, 'rolled-back'], `${moment}: ${String(ended?.end.error)}`).toContain(ended?.end.outcome);
				expect(cluster.barePod(), moment).toBeDefined();
				expect([...cluster.secrets.keys()], moment).toEqual([]);
				expect(cluster.ruledAddresses(), moment).toEqual([]);
			});
			expect(lost).toBeGreaterThan(0);
		},
		patience,
	);
});

/** It is the same each time, and searched for once. */
let momentOfLoss = 2;

/** A repair that was killed just after it has deleted the pod. */
async function lostPod(): Promise<{readonly cluster: SimulatedCluster; readonly journal: Journal}> {
	for (let moment = momentOfLoss; moment < 1000; moment += 1) {
		const cluster = open();
		const death = cluster.killAt(moment);
		await Promise.race([death, repaired(cluster).catch(() => undefined)]);
		cluster.survived();
		cluster.settle();
		if (cluster.barePod() !== undefined) continue;
		momentOfLoss = moment;
		const {client, signal} = settingFor(cluster);
		const [journal] = (await listJournals(client, 'kube-system', signal)).journals;
		if (journal !== undefined) return {cluster, journal};
	}

	throw new Error('no moment without the pod');
}

const weighed = async (cluster: SimulatedCluster, journal: Journal, way: 'resume' | 'undo', vouched: Iterable<string> = []) => {
	const {client, clock, signal} = settingFor(cluster);
	const steps = way === 'undo' ? stepsToUndo(journal) : journal.plan.steps;
	return doubtsAbout(journal, steps, way, {client, clock, signal, vouched: new Set(vouched)});
};

describe('on another machine', () => {
	test('the manifest is shown whole and asked for; without a yes the pod is left, and the rollback is one in part', async () => {
		const {cluster, journal} = await lostPod();
		const [doubt, ...more] = await weighed(cluster, journal, 'undo');
		expect(more).toEqual([]);
		expect(doubt).toMatchObject({about: 'default/bare', question: expect.stringContaining('default/bare')});
		expect(doubt?.shown).toMatch(/kind: Pod[\s\S]*hostPort: 4318/u);
		const ended = await rollback(cluster, another);
		expect(ended?.end.outcome).toBe('rollback-failed');
		expect(String(ended?.end.error)).toMatch(
			/default\/bare is gone and was not created again: its manifest in secret kube-system\/hostport-pod-/u,
		);
		expect(cluster.barePod()).toBeUndefined();
		expect(cluster.secrets.size).toBe(1);
	});

	test('with a yes it is created again and the Secret goes', async () => {
		const {cluster, journal} = await lostPod();
		const doubts = await weighed(cluster, journal, 'undo');
		const ended = await rollback(cluster, {vouched: doubts.map(({id}) => id)});
		expect(ended?.end.outcome).toBe('rolled-back');
		expect(
			Object.values(ended?.journal.entries ?? {})
				.map(({says}) => says)
				.join('\n'),
		).toMatch(/bare was gone; it was created again from its kept manifest/u);
		expect(cluster.barePod()).toBeDefined();
		expect(cluster.secrets.size).toBe(0);
	});

	test('a yes is to that manifest alone: one that is changed since is left', async () => {
		const {cluster, journal} = await lostPod();
		const doubts = await weighed(cluster, journal, 'undo');
		const [[name, secret] = []] = [...cluster.secrets];
		const manifest = JSON.parse(Buffer.from(secret?.data?.['manifest'] ?? '', 'base64').toString('utf8')) as {spec: object};
		const changed = JSON.stringify({...manifest, spec: {...manifest.spec, hostPID: true}});
		cluster.secrets.set(name!, {...secret!, data: {manifest: Buffer.from(changed).toString('base64')}});
		const ended = await rollback(cluster, {vouched: doubts.map(({id}) => id)});
		expect(ended?.end.outcome).toBe('rollback-failed');
		expect(cluster.barePod()).toBeUndefined();
		// Nor does the machine that has made the Secret take it.
		expect((await rollback(cluster))?.end.outcome).toBe('rollback-failed');
		expect(cluster.barePod()).toBeUndefined();
	});

	test('fix goes on without it, and its result is incomplete', async () => {
		const {cluster, journal} = await lostPod();
		const continued = continueRun(journal, planFor(cluster, choice));
		const doubts = await weighed(cluster, continued.journal, 'resume');
		expect(doubts.map(({about}) => about)).toEqual(['default/bare']);
		const {journal: after, end} = await repair(leaveDoubted(continued, doubts), settingFor(cluster, another), {autoRollback: false});
		expect(end.outcome).toBe('done');
		expect(runResult(after, end).outcome).toBe('incomplete');
		expect(after.plan.remaining.join('\n')).toMatch(/default\/bare was skipped: .*cleanup shows it and asks/u);
		expect(cluster.barePod()).toBeUndefined();
		expect(cluster.secrets.size).toBe(1);
	});

	test('a Secret of another pod, or of none, is not used', async () => {
		for (const manifest of ['{"metadata":{"name":"evil","namespace":"default"},"spec":{}}', 'no json', '[]', '']) {
			const {cluster, journal} = await lostPod();
			const [[name, secret] = []] = [...cluster.secrets];
			cluster.secrets.set(name!, {...secret!, data: {manifest: Buffer.from(manifest).toString('base64')}});
			expect(await weighed(cluster, journal, 'undo')).toEqual([]);
			const ended = await rollback(cluster, another);
			expect(
				Object.values(ended?.journal.entries ?? {})
					.map(({says}) => says)
					.join('\n'),
				manifest,
			).toMatch(/it is gone, and no manifest of it is kept any more/u);
			expect([...cluster.helperPods.keys()], manifest).toEqual([]);
			expect(cluster.barePod()).toBeUndefined();
		}
	});
});

test('on the machine that has kept it nothing is asked', async () => {
	const {cluster, journal} = await lostPod();
	const {vouched = []} = settingFor(cluster);
	expect(await weighed(cluster, journal, 'undo', vouched)).toEqual([]);
	expect(await weighed(cluster, journal, 'resume', vouched)).toEqual([]);
});

test('a run that nothing has cut off keeps nothing, and goes back to a pod that is there', async () => {
	const cluster = open();
	const first = cluster.barePod()?.uid;
	const ended = await repaired(cluster);
	expect(ended?.end.outcome).toBe('done');
	expect(cluster.barePod()?.uid).not.toBe(first);
	expect(cluster.secrets.size).toBe(0);
	expect(await weighed(cluster, ended!.journal, 'undo')).toEqual([]);
	expect((await rollBackRun(ended!.journal, settingFor(cluster))).end.outcome).toBe('rolled-back');
	expect(cluster.barePod()?.isWired).toBe(false);
	expect(cluster.secrets.size).toBe(0);
});
