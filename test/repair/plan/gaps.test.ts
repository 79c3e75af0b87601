import {expect, test} from 'vitest';
import {diagnose} from '../../../source/diagnosis/diagnose.ts';
import {makePlan} from '../../../source/repair/plan/make-plan.ts';
import {entryOf, type Journal} from '../../../source/repair/journal.ts';
import {assertCiliumSeen, planGaps} from '../../../source/repair/plan/gaps.ts';
import {runResult} from '../../../source/repair/run/runner.ts';
import {simulatedCluster} from '../simulation/cluster.ts';
import {fix} from '../simulation/run.ts';

const gap = (what: string) => ({what, reason: 'forbidden', hint: `list ${what}`});

test.each([
	['nodes', true],
	['services', true],
	['events (FailedCreatePodSandBox)', true],
	['kinds of cilium.io/v2alpha1', true],
	['pods in all namespaces', true],
	['pods in namespace web', true],
	['CiliumNodeConfigs', true],
	['Cilium agent pods (k8s-app=cilium) in kube-system', true],
	['DaemonSets', true],
	['ConfigMap kube-system/cilium-config', true],
	['networkpolicies', false],
	['server version', false],
	['ReplicaSet default/web-abc', false],
])('a plan without %s has a hole: %s', (what, isNeeded) => {
	const evidence = {...simulatedCluster().look(), gaps: [gap(what)]};
	expect(planGaps(evidence)).toHaveLength(isNeeded ? 1 : 0);
	const {warnings} = makePlan(evidence, diagnose(evidence), {strategy: 'portmap', sources: ['portmap']});
	expect(warnings.some(({message}) => message.startsWith(`${what} could not be read (forbidden)`))).toBe(isNeeded);
});

const proofOf = (verdicts: readonly string[], unasked: readonly string[] = []) => ({
	results: verdicts.map(verdict => ({verdict})),
	unasked,
});
test.each([
	['every hostPort works', proofOf(['works']), 'done'],
	['there is none', proofOf([]), 'done'],
	['nothing could be asked', proofOf([], ['the nodes']), 'incomplete'],
	['nothing was proved', proofOf(['not proven']), 'incomplete'],
	['nothing here can be connected to', undefined, 'incomplete'],
])('a run after which %s ends as %3$s', async (_, proof, outcome) => {
	const journal = (await fix(simulatedCluster()))!.journal;
	expect(runResult(withProof(journal, proof), {outcome: 'done', proof}).outcome).toBe(outcome);
});

/** Simulated nodes cannot be connected to: the last step was skipped. */
const withProof = (journal: Journal, proof: unknown): Journal => ({
	...journal,
	entries: {...journal.entries, proof: {...entryOf(journal, {id: 'proof'}), state: proof === undefined ? 'skipped' : 'done'}},
});

test('a run that leaves a pod dead is incomplete', async () => {
	const journal = withProof((await fix(simulatedCluster()))!.journal, {});
	const left = [{pod: 'default/bare', reason: 'it has no owner'}];
	expect(runResult({...journal, plan: {...journal.plan, left}}, {outcome: 'done', proof: proofOf(['works'])}).outcome).toBe('incomplete');
	expect(runResult(journal, {outcome: 'failed'}).outcome).toBe('failed');
});

test.each([
	['agents that could not be listed', 'Cilium agent pods (k8s-app=cilium)', false, true, true],
	['agents that were found in their namespace', 'Cilium agent pods (k8s-app=cilium)', true, true, false],
	['DaemonSets that could not be listed', 'DaemonSets', true, false, true],
	['DaemonSets that were found in their namespace', 'DaemonSets', true, true, false],
	['pods that could not be listed', 'pods in all namespaces', true, true, false],
	['Services that could not be listed', 'services', true, true, false],
])('a rollback with %s', (_, what, hasAgents, hasDaemonSet, isRefused) => {
	const seen = simulatedCluster().look();
	const evidence = {
		nodes: seen.nodes.map(node => (hasAgents ? node : {...node, agent: null})),
		cilium: seen.cilium && {...seen.cilium, ...(!hasDaemonSet && {daemonSet: null})},
		gaps: [gap(what)],
	};
	const act = (): void => assertCiliumSeen(evidence);
	if (isRefused) expect(act).toThrow(`${what} could not be read: forbidden`);
	else expect(act).not.toThrow();
});
