import {describe, expect, test} from 'vitest';
import {diagnose} from '../../../source/diagnosis/diagnose.ts';
import type {Evidence} from '../../../source/evidence/evidence.ts';
import {planText} from '../../../source/output/plan.ts';
import type {Strategy} from '../../../source/diagnosis/strategy.ts';
import {makePlan} from '../../../source/repair/plan/make-plan.ts';
import type {Choice, Plan} from '../../../source/repair/plan/plan.ts';
import {recordedScenes} from '../../support/recorded-scenes.ts';
import {healthyPortmapEvidence, missingBinaryEvidence, pathlessEvidence} from '../../diagnosis/scenes.ts';

// What a plan says that it does to others follows from the steps that it has, and from the strategy that these bring about: what was measured
// on that version (docs/paths.md), and of others that nobody has.

const planOf = (evidence: Evidence, strategy: Strategy, more: Partial<Choice> = {}): Plan =>
	makePlan(evidence, diagnose(evidence), {strategy, sources: ['portmap'], ...more});

const effectsOf = (evidence: Evidence, strategy: Strategy): readonly string[] => planOf(evidence, strategy).sideEffects;

function having(version: string, data: Record<string, string>, kubeProxy = true): Evidence {
	const base = pathlessEvidence(version);
	const configMap = base.cilium?.configMap;
	if (!base.cilium || !configMap) throw new Error('the scene has a ConfigMap');
	const cilium = {...base.cilium, configMap: {...configMap, data: {...configMap.data, ...data}}};
	return {...base, cilium, ...(!kubeProxy && {kubeProxyMode: '', otherDaemonSets: []})};
}

const always = [
	'adds one binary to 3 nodes',
	'restarts every agent once: connections stay, but pods cannot start on the node for some seconds',
	'restarts 4 pods, a few at a time: none of them answers until its replacement is ready',
];
/** What comes with the strategy stands behind the restart that brings it. */
const withEffect = (effect: string): readonly string[] => [...always.slice(0, 2), effect, ...always.slice(2)];
const masquerade =
	'with enable-bpf-masquerade, a pod cannot reach a hostPort of its own node at the node’s address (measured on Cilium 1.20.2)';

describe('portmap', () => {
	test.each<[version: string, data: Record<string, string>, effects: readonly string[]]>([
		['1.20.2', {}, always],
		['1.15.19', {}, always],
		['1.20.2', {'enable-bpf-masquerade': 'true'}, withEffect(masquerade)],
		['1.20.2', {'enable-bpf-masquerade': 'false'}, always],
		[
			'1.10.16',
			{},
			withEffect(
				expect.stringMatching(/^not measured on Cilium 1\.10: whether a pod reaches a hostPort of its own node .*#9784/u) as string,
			),
		],
	])('on %s with %j', (version, data, effects) => {
		expect(effectsOf(having(version, data), 'portmap')).toEqual(effects);
	});

	test('with enable-bpf-masquerade of one node alone', () => {
		const base = having('1.20.2', {});
		const {cilium} = base;
		const own = {
			namespace: 'kube-system',
			name: 'edge',
			matchLabels: {'kubernetes.io/hostname': 'node-1'},
			matchExpressions: [],
			defaults: {'enable-bpf-masquerade': 'true'},
		};
		expect(effectsOf({...base, cilium: cilium && {...cilium, nodeConfigs: [own]}}, 'portmap')).toContain(masquerade);
	});
});

describe('native', () => {
	test.each<[version: string, kubeProxy: boolean, has: RegExp, hasNot: RegExp]>([
		// Beside kube-proxy with the socket programs every place was answered on 1.15.19.
		['1.15.19', true, /processes in the host network of a node reach Services by eBPF/u, /not measured|removed these keys/u],
		['1.17.4', true, /not measured on Cilium 1\.17/u, /removed these keys/u],
		['1.18.3', true, /Cilium 1\.19 removed these keys/u, /changes how every Service is served/u],
		['1.20.2', false, /changes how every Service is served/u, /not measured/u],
	])('on %s, kube-proxy there: %j', (version, kubeProxy, has, hasNot) => {
		const effects = effectsOf(having(version, {}, kubeProxy), 'native').join('\n');
		expect(effects).toMatch(has);
		expect(effects).not.toMatch(hasNot);
		expect(effects).toContain('restarts every agent once');
	});
});

test('no plan of a version that was measured tells of cilium/cilium#9784', () => {
	for (const version of ['1.15.19', '1.20.2']) {
		const evidence = having(version, {});
		const plan = makePlan(evidence, diagnose(evidence), {strategy: 'portmap', sources: ['portmap']});
		expect(plan.steps.length).toBeGreaterThan(0);
		expect(JSON.stringify(plan) + planText(plan, {colour: false})).not.toContain('9784');
	}
});

test('a plan tells of no side effect that none of its steps has', () => {
	expect(effectsOf(missingBinaryEvidence(), 'portmap')).toEqual([
		always[0],
		'restarts 4 pods, a few at a time: none of them answers until its replacement is ready',
	]);
	expect(effectsOf(healthyPortmapEvidence(), 'portmap')).toEqual([]);
	expect(planOf(healthyPortmapEvidence(), 'portmap', {daemonSet: true}).sideEffects).toEqual([
		'adds a DaemonSet that keeps portmap on every node, new nodes included',
	]);
});

describe('in every recorded scene', () => {
	const plans = recordedScenes.flatMap(([file, evidence]) =>
		(['portmap', 'native'] as const).flatMap(strategy =>
			[false, true].map(daemonSet => ({file, plan: planOf(evidence, strategy, {daemonSet})})),
		),
	);

	test.each<[kind: string, said: RegExp]>([
		['put-binary', /\bbinary\b/u],
		['roll-agents', /\bagents?\b.* once\b/u],
		['recreate-pods', /^restarts \d+ pods?\b/mu],
		['guard-new-nodes', /\bDaemonSet\b/u],
	])('%s is told of where it is a step, and only there', (kind, said) => {
		const having = plans.filter(({plan: {steps}}) => steps.some(step => step.kind === kind));
		expect(having.length).toBeGreaterThan(5);
		expect(having.length).toBeLessThan(plans.length);
		const wrong = plans.filter(({plan}) => said.test(plan.sideEffects.join('\n')) !== plan.steps.some(step => step.kind === kind));
		expect(wrong.map(({file, plan: {choice, sideEffects}}) => [file, choice.strategy, sideEffects])).toEqual([]);
	});
});
