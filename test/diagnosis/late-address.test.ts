import {describe, expect, test} from 'vitest';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import type {Evidence, NodeEvidence, Observation} from '../../source/evidence/evidence.ts';
import {agentStatus, pod, port} from './builders.ts';
import {healthyNativeEvidence, withObservation} from './scenes.ts';

const vip = '10.88.0.100';
const old = '10.88.0.11';

type Case = {
	readonly version?: string;
	readonly addresses?: NodeEvidence['addresses'];
	readonly settings?: Record<string, string>;
	readonly devices?: readonly string[];
	readonly known?: readonly string[];
	readonly facts?: Observation['facts'];
	readonly entries?: readonly string[];
	readonly hostIP?: string;
};

const both: NodeEvidence['addresses'] = [
	{type: 'InternalIP', address: old},
	{type: 'InternalIP', address: vip},
];

/** One node that serves a hostPort by eBPF, with addresses that its agent knows and one that it may not. */
function scene({
	version = '1.15.19',
	addresses,
	settings,
	devices = ['eth0'],
	known = [old],
	facts,
	entries = [old],
	hostIP = '',
}: Case): Evidence {
	const base = healthyNativeEvidence(version, ['node-1']);
	const web = pod('web', 'node-1', '10.0.0.5', [port(8080, 80, {hostIP})]);
	const cilium = base.cilium && {
		...base.cilium,
		configMap: base.cilium.configMap && {...base.cilium.configMap, data: {...base.cilium.configMap.data, ...settings}},
	};
	const nodes = base.nodes.map(node => ({...node, addresses: addresses ?? node.addresses}));
	const made = (ip: string) => ({ip, port: 8080, protocol: 'TCP', backends: [{ip: '10.0.0.5', port: 80}]});
	return withObservation({...base, cilium, nodes, pods: [web]}, 'node-1', {
		serviceEntries: ['0.0.0.0', ...entries].map(made),
		agentStatus: {...agentStatus(version), ...base.nodes[0]?.observation?.agentStatus, devices: [...devices], deviceAddresses: [...known]},
		facts: facts ?? {[`device:${old}`]: 'eth0', [`device:${vip}`]: 'eth0'},
	});
}

describe('an address that is younger than the agent', () => {
	test.each<[string, Case]>([
		['of the node itself', {addresses: both}],
		['a VIP that nodeport-addresses holds', {settings: {'nodeport-addresses': '10.88.0.0/24'}}],
		['beside a second device', {addresses: both, devices: ['eth0', 'eth1'], known: [old, '10.99.0.4']}],
		['on an older Cilium', {version: '1.13.4', addresses: both}],
	])('%s is named', (_name, parts) => {
		const {findings} = diagnose(scene(parts));
		expect(findings[0]).toMatchObject({
			code: 'HP33',
			severity: 'error',
			hostPorts: ['default/web:8080/TCP'],
			title: `1 hostPort on node-1 does not answer on ${vip}: it is newer than the agent`,
		});
		expect(findings[0]?.because[0]?.says).toBe(`${vip} is on eth0, which Cilium serves`);
		expect(findings.map(({code}) => code)).not.toContain('HP20');
		expect(findings.map(({code}) => code)).not.toContain('HP22');
	});

	test.each<[string, Case, string]>([
		['the agent knows it and serves it', {addresses: both, known: [old, vip], entries: [old, vip]}, 'HP22'],
		['an entry is for it', {addresses: both, entries: [old, vip]}, 'HP22'],
		[
			'it is on a device that Cilium does not serve',
			{addresses: both, facts: {[`device:${old}`]: 'eth0', [`device:${vip}`]: 'eth1'}},
			'HP20',
		],
		['nobody saw its device', {addresses: both, facts: {}}, 'HP20'],
		['it is a second address, which Cilium omits by design', {}, 'HP22'],
		['nodeport-addresses leave it out', {settings: {'nodeport-addresses': '10.88.0.0/28'}}, 'HP22'],
		['the pod asks for another address', {settings: {'nodeport-addresses': '10.88.0.0/24'}, hostIP: old}, 'HP22'],
		[
			'it is link-local',
			{facts: {[`device:${old}`]: 'eth0', 'device:169.254.1.1': 'eth0'}, settings: {'nodeport-addresses': '0.0.0.0/0'}},
			'HP22',
		],
	])('is none where %s', (_name, parts, code) => {
		const {findings} = diagnose(scene(parts));
		expect(findings.map(each => each.code)).not.toContain('HP33');
		expect(findings[0]?.code).toBe(code);
	});
});
