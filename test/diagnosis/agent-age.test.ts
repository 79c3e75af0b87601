import {expect, test} from 'vitest';
import {isOlderThanConfiguration, isWrittenLater} from '../../source/diagnosis/agent-age.ts';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import type {ConfigMapEvidence, Evidence, NodeEvidence} from '../../source/evidence/evidence.ts';
import {cilium, node, observation} from './builders.ts';
import {pathlessEvidence, replacementOff} from './scenes.ts';

type Agent = NonNullable<NodeEvidence['agent']>;

function agent(parts: Partial<Agent> = {}): Agent {
	return {...node('node-1', '', observation()).agent!, startedAt: '2024-02-01T10:00:00Z', resourceVersion: '1000', ...parts};
}

function configMap(parts: Partial<ConfigMapEvidence> = {}): ConfigMapEvidence {
	return {...cilium('1.10.16', {}).configMap!, resourceVersion: '900', lastChanged: '2024-02-01T09:00:00Z', ...parts};
}

const manager = (keys: string[], time: string) => ({manager: 'kubectl-label', operation: 'Update', time, keys});

test.each<[name: string, expected: boolean | undefined, agent: Partial<Agent> | null, configMap: Partial<ConfigMapEvidence> | null]>([
	['an agent from after the change', false, {}, {}],
	['an agent of the same second', false, {}, {lastChanged: '2024-02-01T10:00:00Z'}],
	['an agent from before it', true, {}, {lastChanged: '2024-02-01T10:00:01Z'}],
	['no time of the agent', undefined, {startedAt: null}, {}],
	['no time of the change', undefined, {}, {lastChanged: null}],
	['no time at all', undefined, {startedAt: null}, {lastChanged: null}],
	['no agent', undefined, null, {}],
	['no ConfigMap', undefined, {}, null],
	['a ConfigMap written after the pod came up, whose times do not show it', true, {}, {resourceVersion: '1001'}],
	['the same version', false, {}, {resourceVersion: '1000'}],
	['a longer number', true, {resourceVersion: '999'}, {resourceVersion: '1000'}],
	['a shorter number', false, {resourceVersion: '1000'}, {resourceVersion: '999'}],
	['versions beyond what a double holds', true, {resourceVersion: '9007199254740992'}, {resourceVersion: '9007199254740993'}],
	['versions that are no numbers', false, {resourceVersion: 'a'}, {resourceVersion: 'b'}],
	['a version that was not told', false, {resourceVersion: undefined}, {resourceVersion: '5000'}],
	['a pod that is not ready, whose version changes with that', false, {ready: false}, {resourceVersion: '1001'}],
	['a label put on since', false, {}, {resourceVersion: '1001', managers: [manager([], '2024-02-01T11:00:00Z')]}],
	['a label put on before', true, {}, {resourceVersion: '1001', managers: [manager([], '2024-02-01T09:30:00Z')]}],
	['a key set since, with its time', true, {}, {resourceVersion: '1001', managers: [manager(['tunnel'], '2024-02-01T11:00:00Z')]}],
])('%s: %s', (_, expected, agentParts, parts) => {
	expect(isOlderThanConfiguration(agentParts && agent(agentParts), parts && configMap(parts))).toBe(expected);
});

test('only versions that tell decide', () => {
	expect(isWrittenLater(agent(), configMap({resourceVersion: '1001'}))).toBe(true);
	expect(isWrittenLater(null, configMap({resourceVersion: '1001'}))).toBe(false);
	expect(isWrittenLater(agent(), undefined)).toBe(false);
});

test('a key set anew by its own manager: HP03 all the same, with the versions as proof', () => {
	const base = pathlessEvidence('1.10.16');
	const data = {...replacementOff('1.10.16'), 'cni-chaining-mode': 'portmap'};
	const scene: Evidence = {
		...base,
		cilium: base.cilium && {...base.cilium, configMap: configMap({data, resourceVersion: '2000'})},
		nodes: base.nodes.map(item => ({...item, agent: agent()})),
	};
	const [finding] = diagnose(scene).findings;
	expect(finding).toMatchObject({code: 'HP03', severity: 'error'});
	expect(finding?.because[0]).toEqual({
		source: 'configmap kube-system/cilium-config',
		says: 'resourceVersion 2000: written after the agent pod on node-1 last changed (1000)',
	});
	const older = {...scene, cilium: scene.cilium && {...scene.cilium, configMap: configMap({data, resourceVersion: '500'})}};
	expect(diagnose(older).findings[0]?.code).toBe('HP06');
});
