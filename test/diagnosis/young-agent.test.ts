import {expect, test} from 'vitest';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import type {Evidence} from '../../source/evidence/evidence.ts';
import {agentStatus} from './builders.ts';
import {healthyNativeEvidence, healthyPortmapEvidence, withObservation} from './scenes.ts';

// An agent that has only just started answers before its probes have run: its status has no feature list, and its entries may still
// come. Absent is unknown, not off.

const young = (version: string) => agentStatus(version, {version: '', kubeProxyReplacement: ''});
const names = ['node-1'];

function sceneOf(version: string, entries: 'all' | 'none' | 'one missing', keys: Record<string, string> = {}): Evidence {
	const base = healthyNativeEvidence(version, names);
	const listed = base.nodes[0]?.observation?.serviceEntries ?? [];
	const serviceEntries = {all: listed, none: [], 'one missing': listed.filter(({port}) => port !== 8080)}[entries];
	const {cilium} = base;
	const configMap = cilium?.configMap;
	return withObservation(
		{...base, cilium: cilium && {...cilium, configMap: configMap ? {...configMap, data: {...configMap.data, ...keys}} : null}},
		'node-1',
		{agentStatus: young(version), serviceEntries: [...serviceEntries]},
	);
}

const statesOf = (evidence: Evidence): string[] => [...new Set(diagnose(evidence).hostPorts.map(({state}) => state))];
const worst = (evidence: Evidence): string[] =>
	diagnose(evidence)
		.findings.filter(({severity}) => severity !== 'info')
		.map(({code, severity}) => `${code} ${severity}`);

test.each(['1.10.16', '1.13.18', '1.15.19', '1.17.4', '1.18.12', '1.20.2'])(
	'%s: entries decide, and what is missing may still come',
	version => {
		expect(statesOf(sceneOf(version, 'all'))).toEqual(['wired']);
		expect(worst(sceneOf(version, 'all'))).toEqual([]);
		expect(statesOf(sceneOf(version, 'none'))).toEqual(['unknown']);
		expect(new Set(statesOf(sceneOf(version, 'one missing')))).toEqual(new Set(['wired', 'unknown']));
		for (const entries of ['none', 'one missing'] as const) {
			const {findings, nodes, hostPorts} = diagnose(sceneOf(version, entries));
			expect(findings.filter(({severity}) => severity === 'error')).toEqual([]);
			expect(findings.map(({code}) => code)).not.toContain('HP22');
			expect(nodes[0]?.verdict).toBe('unknown');
			expect(hostPorts.find(({state}) => state === 'unknown')?.by).toContain('only just started');
		}
	},
);

test('what the keys turn off stays off, and the status is no proof of it', () => {
	const evidence = sceneOf('1.18.12', 'none', {'kube-proxy-replacement': 'false'});
	const [finding] = diagnose(evidence).findings;
	expect(finding).toMatchObject({code: 'HP01', severity: 'error'});
	expect(finding?.because.map(({says}) => says)).toContain('no feature list yet: the agent has only just started');
	expect(finding?.because.map(({says}) => says).join()).not.toContain('HostPort: Disabled');
});

test('portmap’s rules carry their pods whatever the agent does not tell yet', () => {
	const base = healthyPortmapEvidence('1.17.4');
	const evidence = base.nodes.reduce((seen, {name}) => withObservation(seen, name, {agentStatus: young('1.17.4')}), base);
	expect(statesOf(evidence)).toEqual(['wired']);
	expect(worst(evidence)).toEqual([]);
});

test('an agent up to 1.8 has no feature list ever: there a missing entry is missing', () => {
	expect(statesOf(sceneOf('1.8.13', 'all'))).toEqual(['wired']);
	expect(statesOf(sceneOf('1.8.13', 'one missing'))).toContain('unwired');
});

test('a whole status and a missing entry is the fault that it was', () => {
	const base = healthyNativeEvidence('1.17.4', names);
	const evidence = withObservation(base, 'node-1', {
		serviceEntries: (base.nodes[0]?.observation?.serviceEntries ?? []).filter(({port}) => port !== 8080),
	});
	expect(worst(evidence)).toEqual(['HP10 error']);
});
