import {expect, test} from 'vitest';
import {diagnose} from '../../../source/diagnosis/diagnose.ts';
import {makePlan} from '../../../source/repair/plan/make-plan.ts';
import type {Gap} from '../../../source/evidence/evidence.ts';
import {entryOf, type Journal} from '../../../source/repair/journal.ts';
import {assertCiliumSeen, planGaps} from '../../../source/repair/plan/gaps.ts';
import {runResult} from '../../../source/repair/run/runner.ts';
import {simulatedCluster} from '../simulation/cluster.ts';
import {fix} from '../simulation/run.ts';

const gap = (what: string, of?: NonNullable<Gap['of']>): Gap => ({
	what,
	reason: 'forbidden',
	hint: `list ${what}`,
	...(of !== undefined && {of}),
});

test.each<[what: string, of?: NonNullable<Gap['of']>]>([
	['nodes', 'nodes'],
	['services', 'services'],
	['events (FailedCreatePodSandBox)', 'events'],
	['kinds of cilium.io/v2alpha1', 'node-configs'],
	['pods in all namespaces', 'pods'],
	['Cilium agent pods (k8s-app=cilium) in kube-system', 'agents'],
	['DaemonSets', 'daemonsets'],
	['ConfigMap kube-system/cilium-config', 'cilium-config'],
	['networkpolicies'],
	['server version'],
])('a plan without %s has a hole where that is told', (what, of) => {
	const evidence = {...simulatedCluster().look(), gaps: [gap(what, of)]};
	const isNeeded = of !== undefined;
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
	['no hostPort can be reached from here', undefined, 'incomplete'],
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
	['agents that could not be listed', 'agents', false, true, true],
	['agents that were found in their namespace', 'agents', true, true, false],
	['DaemonSets that could not be listed', 'daemonsets', true, false, true],
	['DaemonSets that were found in their namespace', 'daemonsets', true, true, false],
	['pods that could not be listed', 'pods', true, true, false],
	['Services that could not be listed', 'services', true, true, false],
] as const)('a rollback with %s', (_, of, hasAgents, hasDaemonSet, isRefused) => {
	const seen = simulatedCluster().look();
	const evidence = {
		nodes: seen.nodes.map(node => (hasAgents ? node : {...node, agent: null})),
		cilium: seen.cilium && {...seen.cilium, ...(!hasDaemonSet && {daemonSet: null})},
		gaps: [gap(`what is of ${of}`, of)],
	};
	const act = (): void => assertCiliumSeen(evidence);
	if (isRefused) expect(act).toThrow(`what is of ${of} could not be read: forbidden`);
	else expect(act).not.toThrow();
});
