import {expect, test} from 'vitest';
import {chooseAccess, type AccessChoice, type AccessWishes, type SeenAgent} from '../../source/access/choose-access.ts';

const both = {configurationHost: '/etc/cni/net.d', binaryHost: '/opt/cni/bin'};
const configurationFolder = {host: '/etc/cni/net.d', seen: '/host/etc/cni/net.d'};
const binaryFolder = {host: '/opt/cni/bin', seen: '/host/opt/cni/bin'};

function agent(parts: Partial<SeenAgent> = {}): SeenAgent {
	return {
		namespace: 'kube-system',
		pod: 'cilium-x',
		node: 'node-1',
		container: 'cilium-agent',
		isRunning: true,
		folders: {...both, configurationFolder, binaryFolder},
		evidence: {image: 'registry.test/cilium:v1', imageID: '', trouble: '', phase: 'Running'},
		...parts,
	};
}

function choose(seen: SeenAgent | undefined, wishes: Partial<AccessWishes> = {}): AccessChoice {
	return chooseAccess('node-1', seen, {via: 'auto', pods: {}, isSshSetUp: false, missingFor: () => [], ...wishes});
}

const blind = agent({folders: {...both, configurationFolder, binaryFolder: undefined}});
const forbid =
	(...ways: readonly string[]): AccessWishes['missingFor'] =>
	(way, namespace) =>
		ways.includes(way) ? [`create something in namespace ${namespace}`] : [];

test('an agent that sees everything is enough', () => {
	expect(choose(agent())).toMatchObject({agent: {pod: 'cilium-x'}, readerPod: undefined, because: ''});
});

test('a reader pod is added for just the folder that the agent does not see', () => {
	const {readerPod, because} = choose(agent({folders: {...both, configurationFolder, binaryFolder: undefined}}));
	expect(readerPod).toEqual({
		node: 'node-1',
		namespace: 'kube-system',
		image: 'registry.test/cilium:v1',
		configurationFolder: undefined,
		binaryFolder: '/opt/cni/bin',
	});
	expect(because).toBe('the agent cannot see /opt/cni/bin');
});

test('a reader pod for both folders stands in for an agent that does not run', () => {
	const choice = choose(agent({isRunning: false, evidence: {image: 'i', imageID: '', trouble: 'CrashLoopBackOff', phase: 'Running'}}));
	expect(choice).toMatchObject({
		agent: undefined,
		readerPod: {configurationFolder: '/etc/cni/net.d', binaryFolder: '/opt/cni/bin'},
		notGone: [{via: 'agent', reason: 'the agent does not run (CrashLoopBackOff)'}],
	});
});

test('no pod is made on a node that has no agent: its image would have to be pulled', () => {
	expect(choose(undefined)).toMatchObject({
		agent: undefined,
		readerPod: undefined,
		notGone: [{via: 'agent', reason: 'no Cilium agent pod on this node'}],
	});
});

test('an image that the person names is used also where there is no agent', () => {
	const {readerPod} = choose(undefined, {
		pods: {image: 'registry.test/tools:1', imagePullPolicy: 'Always', imagePullSecret: 'pull', namespace: 'ops'},
	});
	expect(readerPod).toMatchObject({
		image: 'registry.test/tools:1',
		namespace: 'ops',
		imagePullPolicy: 'Always',
		imagePullSecrets: ['pull'],
	});
});

test('by pod alone, the pod sees what the agent would, with the capabilities for it', () => {
	expect(choose(agent({containerID: 'abc'}), {via: 'pod'})).toMatchObject({
		agent: undefined,
		readerPod: {configurationFolder: '/etc/cni/net.d', binaryFolder: '/opt/cni/bin', powers: ['nat']},
		// What only the agent tells is asked in its container, from the node.
		hostPod: {powers: ['host', 'nat'], agentContainer: 'abc'},
		ssh: 'never',
		notGone: [],
	});
});

test('nobody enters the host’s namespaces who was not told to take a pod', () => {
	for (const via of ['auto', 'agent', 'ssh'] as const) expect(choose(blind, {via}).hostPod).toBeUndefined();
});

test('by the agent alone, no pod is made whatever the agent does not see', () => {
	expect(choose(blind, {via: 'agent'})).toMatchObject({
		agent: {pod: 'cilium-x'},
		readerPod: undefined,
		insteadOfAgent: undefined,
		because: 'the agent cannot see /opt/cni/bin',
	});
});

test('by SSH alone, neither the agent nor a pod is used', () => {
	expect(choose(agent(), {via: 'ssh'})).toMatchObject({agent: undefined, readerPod: undefined, insteadOfAgent: undefined, ssh: 'only'});
});

test('SSH comes last by itself only where it was set up', () => {
	expect(choose(blind).ssh).toBe('never');
	expect(choose(blind, {isSshSetUp: true})).toMatchObject({readerPod: {binaryFolder: '/opt/cni/bin'}, ssh: 'last'});
});

test('a right that is missing is named with the way that works without it', () => {
	const choice = choose(blind, {missingFor: forbid('pod')});
	expect(choice).toMatchObject({agent: {pod: 'cilium-x'}, readerPod: undefined, insteadOfAgent: undefined});
	expect(choice.notGone).toEqual([
		{via: 'pod', reason: 'missing permission: create something in namespace kube-system; --via ssh works without it'},
	]);
	expect(choose(agent(), {missingFor: forbid('agent', 'pod')})).toMatchObject({
		agent: undefined,
		readerPod: undefined,
		notGone: [{via: 'agent', reason: expect.stringContaining('--via ssh works without it') as string}],
	});
});

test('a right that nothing needs is not spoken of', () => {
	expect(choose(agent(), {missingFor: forbid('pod')})).toMatchObject({agent: {pod: 'cilium-x'}, notGone: []});
});

test('a pod in the agent’s namespace takes its pull secrets, and no other pod does', () => {
	const seen = agent({
		folders: {...both, configurationFolder, binaryFolder: undefined},
		evidence: {image: 'registry.test/cilium:v1', imageID: '', trouble: '', phase: 'Running', pullSecrets: ['mirror', 'more']},
	});
	const secrets = (pods: AccessWishes['pods']): readonly string[] | undefined => choose(seen, {pods}).readerPod?.imagePullSecrets;
	expect(secrets({})).toEqual(['mirror', 'more']);
	expect(secrets({namespace: 'kube-system'})).toEqual(['mirror', 'more']);
	expect(secrets({imagePullSecret: 'own'})).toEqual(['own']);
	expect(secrets({namespace: 'ops'})).toBeUndefined();
	// A company's mirror has busybox too, and a kubelet uses only what is for the image's registry.
	expect(secrets({image: 'registry.test/busybox'})).toEqual(['mirror', 'more']);
});
