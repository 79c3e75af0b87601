import {expect, test} from 'vitest';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import type {Evidence} from '../../source/evidence/evidence.ts';
import {agentStatus, cilium} from './builders.ts';
import {healthyNativeEvidence} from './scenes.ts';

/** eBPF by the two switches, kube-proxy replacement not full. */
function bySwitches(version: string, settings: Record<string, string>, replacement = 'false'): Evidence {
	const base = healthyNativeEvidence(version);
	const data = {'kube-proxy-replacement': replacement, 'enable-node-port': 'true', 'enable-host-port': 'true', ...settings};
	const seen = agentStatus(version, {kubeProxyReplacement: replacement, hostPortEnabled: true, nodePortEnabled: true, devices: ['eth0']});
	return {
		...base,
		cilium: cilium(version, data),
		nodes: base.nodes.map(node => ({...node, observation: node.observation && {...node.observation, agentStatus: seen}})),
	};
}

const told = (evidence: Evidence) => diagnose(evidence).findings.filter(({title}) => title.includes('socket programs'));

test('without socket programs the node itself is refused: told with the keys that help, and no fault', () => {
	const evidence = bySwitches('1.15.19', {});
	const [finding] = told(evidence);
	expect(finding).toMatchObject({code: 'HP20', severity: 'info', repairable: false});
	expect(finding?.title).toContain('are refused');
	expect(finding?.remedy).toContain('bpf-lb-sock: "true" and bpf-lb-sock-hostns-only: "true"');
	expect(diagnose(evidence).nodes.every(({verdict}) => verdict === 'ok')).toBe(true);
});

test('where nobody has measured it, it may be, by the keys of that version', () => {
	const [finding] = told(bySwitches('1.11.20', {}, 'partial'));
	expect(finding?.title).toContain('may be refused');
	expect(finding?.because.at(-1)?.says).toContain('not measured on Cilium 1.11');
	expect(finding?.remedy).toContain('enable-host-reachable-services: "true"');
});

test.each([
	['the socket programs on', bySwitches('1.15.19', {'bpf-lb-sock': 'true'})],
	['full replacement', healthyNativeEvidence('1.15.19')],
])('nothing is told with %s', (_, evidence) => {
	expect(told(evidence)).toEqual([]);
});
