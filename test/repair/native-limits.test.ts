import {expect, test} from 'vitest';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import {makePlan} from '../../source/repair/make-plan.ts';
import type {Evidence} from '../../source/evidence/evidence.ts';
import {hasKubeProxy} from '../../source/diagnosis/kube-proxy.ts';
import {natTable, pod, port as portOf} from '../diagnosis/builders.ts';
import {pathlessEvidence, withObservation} from '../diagnosis/scenes.ts';

const withPods = (version: string, pods: Evidence['pods'], nodes = pathlessEvidence(version)): Evidence => ({
	...nodes,
	pods,
	kubeProxyMode: '',
	otherDaemonSets: [],
});
const warned = (evidence: Evidence, strategy: 'native' | 'portmap' = 'native'): string =>
	makePlan(evidence, diagnose(evidence), {strategy, sources: ['portmap']})
		.warnings.map(({message}) => message)
		.join('\n');

const port = (hostPort: number, containerPort: number, protocol = 'TCP', hostIP = '') =>
	portOf(hostPort, containerPort, {protocol, hostIP});
const both = [port(9053, 5353, 'UDP'), port(9053, 5354, 'TCP')];

test.each([
	// An explicit unspecified address.
	['1.17.4', [port(8080, 80, 'TCP', '0.0.0.0')], ''],
	['1.18.2', [port(8080, 80, 'TCP', '0.0.0.0')], 'gets no entry'],
	['1.20.2', [port(8080, 80, 'TCP', '::')], 'gets no entry'],
	['1.20.2', [port(8080, 80)], ''],
	['1.20.2', [port(8080, 80, 'TCP', '10.88.0.11')], ''],
	// A loopback address.
	['1.13.18', [port(8080, 80, 'TCP', '127.0.0.1')], ''],
	['1.15.19', [port(8080, 80, 'TCP', '127.0.0.1')], ''],
	['1.17.4', [port(8080, 80, 'TCP', '127.0.0.1')], 'was not measured'],
	['1.20.2', [port(8080, 80, 'TCP', '127.0.0.1')], 'outside reach the port too'],
	// Two protocols on one number.
	['1.15.19', both, 'only the last one is served'],
	['1.17.4', both, ''],
	['1.15.19', [port(9053, 53, 'UDP'), port(9053, 53, 'TCP')], ''],
] as const)('native on %s with %j warns: %s', (version, ports, words) => {
	const text = warned(withPods(version, [pod('web', 'node-1', '10.0.1.5', [...ports], {owner: 'DaemonSet/web'})]));
	if (words === '') expect(text).not.toMatch(/eBPF/);
	else expect(text).toContain(words);
});

test('two pods of one node that share a number are warned of, two of different nodes are not', () => {
	const of = (node: string) => pod(`dns-${node}`, node, '10.0.1.6', [port(9053, 53, 'UDP')], {uid: 'other', owner: 'DaemonSet/dns'});
	const web = pod('web', 'node-1', '10.0.1.5', [port(9053, 53, 'TCP')], {uid: 'web', owner: 'DaemonSet/web'});
	expect(warned(withPods('1.15.19', [web, of('node-1')]))).toContain('only the last one is served');
	expect(warned(withPods('1.15.19', [web, of('node-2')]))).not.toContain('only the last one is served');
	expect(warned(withPods('1.15.19', [web, of('node-1')]), 'portmap')).not.toContain('only the last one is served');
});

test('kube-proxy that is no DaemonSet is known by the chain that it keeps, the kubelet’s own chain is not it', () => {
	const withRules = (rules: string[]): Evidence =>
		withObservation(withPods('1.15.19', []), 'node-1', {nat: {nft: {...natTable(), rules}, legacy: null}});
	expect(hasKubeProxy(withRules([':KUBE-PROXY-CANARY - [0:0]']))).toBe(true);
	expect(hasKubeProxy(withRules([':KUBE-KUBELET-CANARY - [0:0]', ':KUBE-IPTABLES-HINT - [0:0]']))).toBe(false);
});
