import {expect, test} from 'vitest';
import {readerPods} from '../../source/access/reader-pods.ts';
import type {ExecOptions, ExecResult} from '../../source/cluster/cluster-client.ts';
import {lookAgain, type AgentNow} from '../../source/evidence/look-again.ts';
import type {NodeLook} from '../../source/evidence/look-at-node.ts';
import {agentPodOf} from '../../source/evidence/objects/agent-pods.ts';
import {nodeByNameOnly} from '../../source/evidence/objects/nodes.ts';
import {fakeCluster, refusal} from './fake-cluster.ts';
import {agentPod} from './objects.ts';

// The state of a node may change between the list of pods and the question, and once more while it is asked.

const starting = '{"cilium": {"state": "Warning", "msg": "Not all probes executed at least once"}}';
const whole =
	'{"cilium": {"state": "Ok", "msg": "1.20.2"}, "kube-proxy-replacement": {"mode": "True", "features": {"hostPort": {"enabled": true}}}}';
const gone = (pod: string): Error => refusal(404, `pods "${pod}" not found`, 'create', 'pods/exec');

/** As agent `pod` answers the n-th time, counted from 1: the text of its status, or what the API server says. */
type Answer = (pod: string, time: number) => string | Error;

async function look(answer: Answer, names: {listed: string; now?: string | undefined}, signal = new AbortController().signal) {
	const asked: string[] = [];
	const exec = async ({pod}: {pod: string}, _: readonly string[], {stdin}: ExecOptions): Promise<ExecResult> => {
		asked.push(pod);
		const said = answer(pod, asked.length);
		await Promise.resolve();
		if (said instanceof Error) throw said;
		const marker = /marker=([0-9a-f]+)/u.exec(_.join(' '))?.[1] ?? '';
		const records = [`uname 6.1.0 x86_64`, `agent-status ${said}`, 'status 0', 'end'];
		expect(stdin).toBeDefined();
		return {
			stdout: Buffer.from(records.map(record => `\n${marker} ${record}`).join('')),
			stderr: new Uint8Array(),
			exitCode: 0,
			truncated: false,
		};
	};
	const client = fakeCluster({exec});
	const agentNamed = (name: string) => {
		const object = agentPod('node-1') as {metadata: object};
		return agentPodOf({...object, metadata: {...object.metadata, name}});
	};
	const agentNow: AgentNow = async () => {
		await Promise.resolve();
		return names.now === undefined ? undefined : agentNamed(names.now);
	};
	const nodeLook: NodeLook = {
		client,
		pods: readerPods(client, {signal, announce: undefined}),
		wishes: {via: 'agent', pods: {}, isSshSetUp: false, missingFor: () => []},
		ssh: undefined,
		targets: [],
		limit: signal,
		timeoutMilliseconds: 1000,
	};
	const node = await lookAgain({...nodeByNameOnly('node-1'), agent: null}, agentNamed(names.listed), nodeLook, agentNow, 1);
	return {node, asked, status: node.observation?.agentStatus};
}

test('an agent whose status is not whole yet is asked again until it is', async () => {
	const {asked, status} = await look((_, time) => (time === 1 ? starting : whole), {listed: 'cilium-1'});
	expect(asked).toEqual(['cilium-1', 'cilium-1']);
	expect(status).toMatchObject({version: '1.20.2', hostPortEnabled: true});
	expect(status?.starting).toBeUndefined();
});

test('an agent that stays so is told of as it is, after three times', async () => {
	const {asked, status} = await look(() => starting, {listed: 'cilium-1'});
	expect(asked).toHaveLength(3);
	expect(status).toMatchObject({starting: true, kubeProxyReplacement: ''});
});

test('a whole answer is asked for once', async () => {
	expect((await look(() => whole, {listed: 'cilium-1'})).asked).toEqual(['cilium-1']);
});

test('an agent’s pod that was replaced since the list is asked by its new name', async () => {
	const {node, asked} = await look(pod => (pod === 'cilium-2' ? whole : gone(pod)), {listed: 'cilium-1', now: 'cilium-2'});
	expect(asked).toEqual(['cilium-1', 'cilium-2']);
	expect(node.agent?.pod).toBe('cilium-2');
	expect(node.attempts).toEqual([expect.objectContaining({via: 'agent', ok: true})]);
});

test.each([
	['is still the same', 'cilium-1'],
	['is gone', undefined],
])('a pod that does not answer and %s is asked no more', async (_, now) => {
	const {node, asked} = await look(gone, {listed: 'cilium-1', now});
	expect(asked).toEqual(['cilium-1']);
	expect(node.attempts).toEqual([expect.objectContaining({via: 'agent', ok: false})]);
});

test('whoever interrupts is not kept waiting, and what was seen stays', async () => {
	const stop = new AbortController();
	const {asked, status} = await look(
		() => {
			stop.abort();
			return starting;
		},
		{listed: 'cilium-1'},
		stop.signal,
	);
	expect(asked).toHaveLength(1);
	expect(status?.starting).toBe(true);
});
