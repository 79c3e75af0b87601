import {describe, expect, test} from 'vitest';
import {diagnose} from '../../../source/diagnosis/diagnose.ts';
import type {Evidence} from '../../../source/evidence/evidence.ts';
import {planText} from '../../../source/output/plan.ts';
import {makePlan} from '../../../source/repair/plan/make-plan.ts';
import {pathlessEvidence} from '../../diagnosis/scenes.ts';

// What a plan says that a strategy costs: what was measured on that version (docs/paths.md), and of others that nobody has.

const costsOf = (evidence: Evidence, strategy: 'portmap' | 'native'): readonly string[] =>
	makePlan(evidence, diagnose(evidence), {strategy, sources: ['portmap']}).options.find(each => each.strategy === strategy)?.costs ?? [];

function having(version: string, data: Record<string, string>, kubeProxy = true): Evidence {
	const base = pathlessEvidence(version);
	const configMap = base.cilium?.configMap;
	if (!base.cilium || !configMap) throw new Error('the scene has a ConfigMap');
	const cilium = {...base.cilium, configMap: {...configMap, data: {...configMap.data, ...data}}};
	return {...base, cilium, ...(!kubeProxy && {kubeProxyMode: '', otherDaemonSets: []})};
}

const always = [
	'adds one binary to every node, including new ones',
	'restarts every agent once and every pod whose hostPort is not served once',
];
const masquerade =
	'with enable-bpf-masquerade, a pod cannot reach a hostPort of its own node at the node’s address (measured on Cilium 1.20.2)';

describe('portmap', () => {
	test.each<[version: string, data: Record<string, string>, costs: readonly string[]]>([
		['1.20.2', {}, always],
		['1.15.19', {}, always],
		['1.20.2', {'enable-bpf-masquerade': 'true'}, [...always, masquerade]],
		['1.20.2', {'enable-bpf-masquerade': 'false'}, always],
		[
			'1.10.16',
			{},
			[
				...always,
				expect.stringMatching(/^not measured on Cilium 1\.10: whether a pod reaches a hostPort of its own node .*#9784/u) as string,
			],
		],
	])('on %s with %j', (version, data, costs) => {
		expect(costsOf(having(version, data), 'portmap')).toEqual(costs);
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
		expect(costsOf({...base, cilium: cilium && {...cilium, nodeConfigs: [own]}}, 'portmap')).toContain(masquerade);
	});
});

describe('native', () => {
	test.each<[version: string, kubeProxy: boolean, has: RegExp, hasNot: RegExp]>([
		// Beside kube-proxy with the socket programs every place was answered on 1.15.19.
		['1.15.19', true, /processes in the host network of a node reach Services by eBPF/u, /not measured|removed these keys/u],
		['1.17.4', true, /not measured on Cilium 1\.17/u, /removed these keys/u],
		['1.18.3', true, /Cilium 1\.19 removed these keys/u, /changes how every Service is served/u],
		['1.20.2', true, /changes how every Service is served/u, /not measured|removed these keys/u],
		['1.20.2', false, /changes how every Service is served/u, /not measured/u],
	])('on %s, kube-proxy there: %j', (version, kubeProxy, has, hasNot) => {
		const costs = costsOf(having(version, {}, kubeProxy), 'native').join('\n');
		expect(costs).toMatch(has);
		expect(costs).not.toMatch(hasNot);
		expect(costs).toContain('restarts every agent once; pods keep running');
	});
});

test('no plan of a version that was measured tells of cilium/cilium#9784', () => {
	for (const version of ['1.15.19', '1.20.2']) {
		const evidence = having(version, {});
		const plan = makePlan(evidence, diagnose(evidence), {strategy: 'portmap', sources: ['portmap']});
		expect(plan.steps.length).toBeGreaterThan(0);
		expect(JSON.stringify(plan) + planText(plan, false)).not.toContain('9784');
	}
});
