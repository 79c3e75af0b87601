import {expect, test} from 'vitest';
import {planAhead} from '../../../source/repair/run/continue-run.ts';
import {isTouched, type Journal} from '../../../source/repair/journal.ts';
import {listJournals} from '../../../source/repair/run/journal-config-map.ts';
import {beginOrContinue} from '../../../source/repair/run/repair.ts';
import {stepsToUndo} from '../../../source/repair/run/rollback.ts';
import {simulatedCluster, type SimulatedCluster} from '../simulation/cluster.ts';
import {fix, planFor, settingFor} from '../simulation/run.ts';

/** A repair that is killed as soon as its journal holds that a step of this kind has come so far. */
async function killedRun(kind: string, wanted: 'started' | 'done'): Promise<{cluster: SimulatedCluster; journal: Journal}> {
	for (let moment = 2; moment < 200; moment += 1) {
		const cluster = simulatedCluster({nodes: 2});
		const death = cluster.killAt(moment);
		await Promise.race([death, fix(cluster).catch(() => undefined)]);
		cluster.settle();
		const {client, signal} = settingFor(cluster);
		const [journal] = (await listJournals(client, 'kube-system', signal)).journals;
		const step = journal?.plan.steps.find(each => each.kind === kind);
		if (journal !== undefined && step !== undefined && journal.entries[step.id]?.state === wanted) return {cluster, journal};
	}

	throw new Error(`no moment at which ${kind} was ${wanted}`);
}

const goneOn = (cluster: SimulatedCluster, journal: Journal) =>
	beginOrContinue(planFor(cluster), journal, {id: journal.id, by: 'tester@host', now: cluster.now()});

test('what is said of undoing re-created pods is what undoing them does, also when the run has gone on', async () => {
	const {cluster} = await killedRun('await-conflist', 'done');
	// To a fresh plan the list was always like this.
	const fresh = planFor(cluster).steps.filter(({kind}) => kind === 'recreate-pods');
	expect(fresh.length).toBeGreaterThan(0);
	expect(new Set(fresh.map(({undo}) => undo))).toEqual(new Set(['nothing to undo']));
	await fix(cluster);
	const {client, signal} = settingFor(cluster);
	const [ended] = (await listJournals(client, 'kube-system', signal)).journals;
	const undone = stepsToUndo(ended!).filter(({kind}) => kind === 'recreate-pods');
	expect(undone).toHaveLength(fresh.length);
	expect(new Set(undone.map(({undo}) => undo))).toEqual(new Set(['restarts them once more when the CNI config is as before']));
});

test('what is shown before a run goes on is what it does then, not more and not less', async () => {
	const {cluster, journal} = await killedRun('patch-configmap', 'done');
	const continued = goneOn(cluster, journal);
	const ahead = planAhead(continued);
	// That one node goes first is in no fresh plan any more, for the settings are as they should be.
	expect(planFor(cluster).steps.map(({kind}) => kind)).not.toContain('test-pod');
	expect(ahead.steps.map(({kind}) => kind)).toEqual(expect.arrayContaining(['canary-agent', 'test-pod', 'roll-agents', 'final-proof']));
	expect(new Set(ahead.steps.map(({id}) => id))).toEqual(continued.todo);
	expect(ahead.steps.some(step => step.kind === 'patch-configmap' && isTouched(journal.entries[step.id]!))).toBe(false);
});
