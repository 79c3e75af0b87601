import {expect, test} from 'vitest';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import {makePlan} from '../../source/repair/make-plan.ts';
import {planGaps} from '../../source/repair/plan-gaps.ts';
import {runResult} from '../../source/repair/runner.ts';
import {simulatedCluster} from './simulation/cluster.ts';
import {fix} from './simulation/run.ts';

const gap = (what: string) => ({what, reason: 'forbidden', hint: `list ${what}`});

test.each([
	['nodes', true],
	['services', true],
	['events (FailedCreatePodSandBox)', true],
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
	['nothing here can be connected to', undefined, 'done'],
])('a run after which %s ends as %s', async (_, proof, outcome) => {
	const ended = await fix(simulatedCluster());
	expect(runResult(ended!.journal, {outcome: 'done', proof}).outcome).toBe(outcome);
});

test('a run that leaves a pod dead is incomplete', async () => {
	const {journal} = (await fix(simulatedCluster()))!;
	const left = [{pod: 'default/bare', reason: 'it has no owner'}];
	expect(runResult({...journal, plan: {...journal.plan, left}}, {outcome: 'done', proof: proofOf(['works'])}).outcome).toBe('incomplete');
	expect(runResult(journal, {outcome: 'failed'}).outcome).toBe('failed');
});
