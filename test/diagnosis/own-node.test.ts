import {describe, expect, test} from 'vitest';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import type {Evidence, Observation} from '../../source/evidence/evidence.ts';
import {agentStatus, cilium, natTable, pod, portmapHooks, portmapRules} from './builders.ts';
import {healthyNativeEvidence, healthyPortmapEvidence, withObservation} from './scenes.ts';

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

const loopback = 'loopback';
/** One more pod with a hostPort for a loopback address, and what carries it. */
function withLoopback(base: Evidence, hostIP: string, parts: Partial<Observation>): Evidence {
	const ip = hostIP.includes(':') ? 'fd00::9' : '10.244.0.9';
	const port = {container: 'c', init: false, containerPort: 80, hostPort: 8182, hostIP, protocol: 'TCP'};
	return withObservation({...base, pods: [...base.pods, pod(loopback, 'node-1', ip, [port])]}, 'node-1', parts);
}

const stateOf = (evidence: Evidence) => {
	const {findings, hostPorts} = diagnose(evidence);
	const about = findings.filter(each => each.code === 'HP20' && each.hostPorts.some(name => name.includes(loopback)));
	return [hostPorts.find(({pod: name}) => name === loopback)?.state, about.map(({code, severity}) => `${code} ${severity}`)];
};

describe('a loopback hostIP', () => {
	const entry = (address: string, ip: string): Partial<Observation> => ({
		datapathEntries: [{type: 'HostPort', address, port: 8182, protocol: '', isLoopback: true, backends: [{ip, port: 80}]}],
	});
	// Packets on 1.15.19: docs/paths.md, node-port beside kube-proxy.
	test('is reached by nobody where the socket programs are off', () => {
		const evidence = withLoopback(bySwitches('1.15.19', {}), '127.0.0.1', entry('0.0.0.0', '10.244.0.9'));
		expect(stateOf(evidence)).toEqual(['unwired', ['HP20 error']]);
		expect(diagnose(evidence).findings.find(({title}) => title.includes('answers no client'))?.remedy).toContain('bpf-lb-sock: "true"');
	});

	test('is reached where they are on, and by full replacement', () => {
		for (const base of [bySwitches('1.15.19', {'bpf-lb-sock': 'true'}), healthyNativeEvidence('1.15.19')]) {
			expect(stateOf(withLoopback(base, '127.0.0.1', entry('0.0.0.0', '10.244.0.9')))[0]).toBe('wired');
		}
	});

	test.each([
		['127.0.0.1', 'wired', ['HP20 info']],
		// Packets beside both versions: the rule is there, and nothing comes back.
		['::1', 'unwired', ['HP20 error']],
	])('%s by a rule of portmap: %s', (hostIP, state, codes) => {
		const isSix = hostIP.includes(':');
		const base = healthyPortmapEvidence('1.15.19');
		const before = base.nodes[0]?.observation?.nat.nft?.rules ?? [];
		const rules = portmapRules({sandbox: loopback, hostPort: 8182, target: isSix ? '[fd00::9]:80' : '10.244.0.9:80', hostIP}).map(rule =>
			isSix ? rule.replace('::1/32', '::1/128') : rule,
		);
		const nft = isSix ? natTable(before, [...portmapHooks, ...rules]) : natTable([...before, ...rules]);
		expect(stateOf(withLoopback(base, hostIP, {nat: {nft, legacy: natTable()}}))).toEqual([state, codes]);
	});
});
