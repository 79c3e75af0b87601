import {expect, test} from 'vitest';
import {diagnose} from '../../../source/diagnosis/diagnose.ts';
import {makePlan} from '../../../source/repair/plan/make-plan.ts';
import type {Evidence, Observation} from '../../../source/evidence/evidence.ts';
import {kubeProxyOf} from '../../../source/diagnosis/kube-proxy.ts';
import {natTable, pod, port as portOf} from '../../diagnosis/builders.ts';
import {pathlessEvidence, withObservation} from '../../diagnosis/scenes.ts';

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
	['1.20.2', [port(8080, 80, 'TCP', '127.0.0.1')], 'outside clients reach the port'],
	// Two protocols on one number.
	['1.15.19', both, 'only the last one is served'],
	['1.17.4', both, ''],
	['1.15.19', [port(9053, 53, 'UDP'), port(9053, 53, 'TCP')], ''],
	// cilium/cilium#41426: of one container port too.
	['1.18.0', both, 'lose one of the two entries'],
	['1.18.1', [port(9053, 53, 'UDP'), port(9053, 53, 'TCP')], 'lose one of the two entries'],
	['1.18.1', [port(9053, 53, 'UDP'), port(9054, 53, 'TCP')], ''],
	['1.18.2', both, ''],
] as const)('native on %s with %j warns: %s', (version, ports, words) => {
	const text = warned(withPods(version, [pod('web', 'node-1', '10.0.1.5', [...ports], {owner: 'DaemonSet/web'})]));
	if (words === '') expect(text).not.toMatch(/eBPF|entries/);
	else expect(text).toContain(words);
});

test('two pods of one node that share a number are warned of, two of different nodes are not', () => {
	const of = (node: string) => pod(`dns-${node}`, node, '10.0.1.6', [port(9053, 53, 'UDP')], {uid: 'other', owner: 'DaemonSet/dns'});
	const web = pod('web', 'node-1', '10.0.1.5', [port(9053, 53, 'TCP')], {uid: 'web', owner: 'DaemonSet/web'});
	expect(warned(withPods('1.15.19', [web, of('node-1')]))).toContain('only the last one is served');
	expect(warned(withPods('1.15.19', [web, of('node-2')]))).not.toContain('only the last one is served');
	expect(warned(withPods('1.15.19', [web, of('node-1')]), 'portmap')).not.toContain('only the last one is served');
});

test.each<[name: string, seen: Partial<Observation>, runs: boolean, mode: string]>([
	['the chain that it keeps', {nat: {nft: {...natTable(), rules: [':KUBE-PROXY-CANARY - [0:0]']}, legacy: null}}, true, 'iptables'],
	[
		'the kubelet’s own chains',
		{nat: {nft: {...natTable(), rules: [':KUBE-KUBELET-CANARY - [0:0]', ':KUBE-IPTABLES-HINT - [0:0]']}, legacy: null}},
		false,
		'',
	],
	[
		'its table of nftables',
		{nftables: {chains: [], rules: [], rules6: [], tables: ['ip nat', 'ip kube-proxy', 'ip6 kube-proxy']}},
		true,
		'nftables',
	],
	[
		'another table of nftables',
		{nftables: {chains: [], rules: [], rules6: [], tables: ['inet kube-proxy-guard', 'ip cni_hostport']}},
		false,
		'',
	],
	['its interface in IPVS mode', {facts: {'kube-ipvs0': 'present'}}, true, 'ipvs'],
	['the port of its metrics', {listeners: [{protocol: 'TCP', address: '127.0.0.1', port: 10_249}]}, true, ''],
	[
		'ports of others',
		{
			listeners: [
				{protocol: 'TCP', address: '0.0.0.0', port: 10_256},
				{protocol: 'UDP', address: '::', port: 10_249},
			],
		},
		false,
		'',
	],
])('kube-proxy that is no DaemonSet is known by what a node shows: %s', (_, seen, runs, mode) => {
	expect(kubeProxyOf(withObservation(withPods('1.15.19', []), 'node-1', seen))).toEqual({runs, mode});
});

test('its own ConfigMap says its mode before any node does', () => {
	const base = withObservation(withPods('1.15.19', []), 'node-1', {facts: {'kube-ipvs0': 'present'}});
	expect(kubeProxyOf({...base, kubeProxyMode: 'nftables'})).toEqual({runs: true, mode: 'nftables'});
	expect(kubeProxyOf({...withPods('1.15.19', []), otherDaemonSets: ['kube-system/kube-proxy']})).toEqual({runs: true, mode: ''});
});
