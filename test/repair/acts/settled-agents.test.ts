import {describe, expect, test} from 'vitest';
import {diagnose} from '../../../source/diagnosis/diagnose.ts';
import {makePlan} from '../../../source/repair/plan/make-plan.ts';
import {awaitSettledAgents} from '../../../source/repair/acts/settled-agents.ts';
import {ClusterError} from '../../../source/cluster/cluster-error.ts';
import type {ClusterClient} from '../../../source/cluster/cluster-client.ts';
import {nksEvidence, pathlessEvidence, withNode} from '../../diagnosis/scenes.ts';

type Agent = {readonly node: string; readonly ready: boolean; readonly waiting?: string};
type Moment = {
	readonly updated: number;
	readonly desired?: number;
	readonly observed?: boolean;
	readonly strategy?: string;
	readonly agents: readonly Agent[];
};

const all = (ready: readonly boolean[]): Agent[] => ready.map((each, index) => ({node: `node-${index + 1}`, ready: each}));

/** Waits before a cluster whose state follows from the seconds gone by. */
async function wait(at: (second: number) => Moment, evidence = nksEvidence()) {
	let time = 0;
	const said: string[] = [];
	const client = {
		request: async () => {
			const {updated, desired = 3, observed = true, strategy = 'RollingUpdate', agents} = at(time / 1000);
			const numberAvailable = agents.filter(({ready}) => ready).length;
			return Promise.resolve({
				metadata: {generation: 2},
				spec: {selector: {matchLabels: {'k8s-app': 'cilium'}}, updateStrategy: {type: strategy}},
				status: {observedGeneration: observed ? 2 : 1, desiredNumberScheduled: desired, updatedNumberScheduled: updated, numberAvailable},
			});
		},
		list: async () =>
			Promise.resolve(
				at(time / 1000).agents.map(({node, ready, waiting}) => ({
					metadata: {name: `cilium-${node}`, uid: node},
					spec: {nodeName: node},
					status: {
						conditions: [{type: 'Ready', status: ready ? 'True' : 'False'}],
						containerStatuses: waiting === undefined ? [] : [{state: {waiting: {reason: waiting}}}],
					},
				})),
			),
	} as unknown as ClusterClient;
	const clock = {
		now: () => time,
		sleep: async (milliseconds: number) => {
			time += milliseconds;
			return Promise.resolve();
		},
	};
	const signal = new AbortController().signal;
	const settled = await awaitSettledAgents(evidence, {client, clock, signal, say: text => void said.push(text)});
	return {...settled, seconds: Math.round(time / 1000), said};
}

const ready = all([true, true, true]);

test('nothing is waited for where every agent is new and ready', async () => {
	expect(await wait(() => ({updated: 3, agents: ready}))).toEqual({waited: false, trouble: '', seconds: 0, said: []});
});

test.each([
	['one that is starting', (): Moment => ({updated: 3, agents: all([true, false, true])}), 'not ready: node-2'],
	[
		'one that is not there yet',
		(): Moment => ({updated: 2, agents: all([true, true])}),
		'1 of 3 do not exist yet; 1 of 3 not restarted yet',
	],
	['a restart that has not come to the last one', (): Moment => ({updated: 2, agents: ready}), '1 of 3 not restarted yet'],
	['a change that no controller has seen', (): Moment => ({updated: 3, observed: false, agents: ready}), 'the DaemonSet controller'],
])('%s is waited for, and said', async (_, before, words) => {
	const {waited, trouble, seconds, said} = await wait(second => (second < 30 ? before() : {updated: 3, agents: ready}));
	expect([waited, trouble]).toEqual([true, '']);
	expect(seconds).toBeGreaterThanOrEqual(30);
	expect(said.join('\n')).toContain(words);
});

test('a slow restart is waited for as long as one after another comes', async () => {
	const {trouble, seconds} = await wait(second => {
		const updated = Math.min(3, Math.floor(second / 100));
		return {updated, agents: updated === 3 ? ready : all([true, true, false])};
	});
	expect(trouble).toBe('');
	expect(seconds).toBeGreaterThanOrEqual(300);
});

test('agents that do not become ready are given up and named; those that cannot run much sooner', async () => {
	const slow = await wait(() => ({updated: 3, agents: all([true, false, true])}));
	expect(slow).toMatchObject({waited: true, trouble: 'not ready: node-2'});
	expect(slow.seconds).toBeLessThan(130);
	const ill = await wait(() => ({updated: 3, agents: [...all([true, true]), {node: 'node-3', ready: false, waiting: 'CrashLoopBackOff'}]}));
	expect(ill.trouble).toBe('not ready: node-3 (CrashLoopBackOff)');
	expect(ill.seconds).toBeLessThan(30);
});

test('agents that only a person restarts, and those of nodes that are down, are not waited for', async () => {
	expect(await wait(() => ({updated: 0, strategy: 'OnDelete', agents: ready}))).toMatchObject({waited: false, trouble: ''});
	const down = withNode(nksEvidence(), 'node-2', node => ({...node, ready: false}));
	expect(await wait(() => ({updated: 2, agents: all([true, false, true])}), down)).toMatchObject({waited: false, trouble: ''});
});

test('a person who may not read the DaemonSet is told, and not kept', async () => {
	const refuse = (): Moment => {
		throw new ClusterError('forbidden', 'a hint', {verb: 'get', resource: 'daemonsets'}, {status: 403, reason: 'Forbidden'});
	};
	expect(await wait(refuse)).toMatchObject({waited: false, trouble: '', said: [expect.stringContaining('cannot tell')]});
});

describe('a plan', () => {
	const starting = (trouble = '') =>
		withNode(pathlessEvidence('1.17.4'), 'node-2', node => ({
			...node,
			observation: null,
			agent: node.agent && {...node.agent, ready: false, trouble},
		}));

	test('counts no pods where an agent cannot be asked: it is refused with what to do', () => {
		const evidence = starting('CrashLoopBackOff');
		const {refusals, steps} = makePlan(evidence, diagnose(evidence), {strategy: 'portmap', sources: ['portmap']});
		expect(steps).toEqual([]);
		expect(refusals).toMatchObject([{message: expect.stringContaining('node-2: the agent is not ready (CrashLoopBackOff)') as string}]);
	});

	test('of the native way needs no pod, so an agent that its keys may cure hinders nothing', () => {
		const evidence = starting();
		expect(makePlan(evidence, diagnose(evidence), {strategy: 'native'}).refusals).toEqual([]);
	});

	test('is made where the agent is not ready and was read all the same', () => {
		const evidence = withNode(pathlessEvidence('1.17.4'), 'node-2', node => ({
			...node,
			agent: node.agent && {...node.agent, ready: false},
		}));
		expect(makePlan(evidence, diagnose(evidence), {strategy: 'portmap', sources: ['portmap']}).refusals).toEqual([]);
	});
});
