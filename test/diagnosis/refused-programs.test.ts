import {expect, test} from 'vitest';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import type {Evidence} from '../../source/evidence/evidence.ts';
import {agentStatus} from './builders.ts';
import {healthyNativeEvidence, healthyPortmapEvidence, withObservation} from './scenes.ts';

// The agent's entries are whole and the kernel takes its programs not: what neither `service list` nor `bpf lb list` shows.

const line = (endpoint: string, identity: string): string =>
	// As 1.15.19 wrote it on Linux 6.18.
	`time="2026-11-29T11:02:47Z" level=error msg="Error while rewriting endpoint BPF program" ciliumEndpointName=/ containerID= containerInterface= datapathPolicyRevision=0 desiredPolicyRevision=1 endpointID=${endpoint} error="loading eBPF collection into the kernel: program tail_handle_ipv6_from_netdev: load program: permission denied: 385: (63) *(u32 *)(r10 -176) = r2: R2 !read_ok (290 line(s) omitted)" identity=${identity} ipv4= ipv6= k8sPodName=/ subsys=endpoint`;

function sceneOf(
	{fails = ['endpoint-135-regeneration-recovery'], log = [line('135', '1')]}: {fails?: string[]; log?: string[]},
	base = healthyNativeEvidence('1.15.19'),
): Evidence {
	const status = agentStatus('1.15.19', {
		...base.nodes[0]?.observation?.agentStatus,
		failing: fails.map(name => ({name, message: 'regeneration recovery failed'})),
	});
	return withObservation(base, 'node-1', {agentStatus: status, agentLog: log});
}

const codes = (evidence: Evidence): string[] => diagnose(evidence).findings.map(({code, severity}) => `${code} ${severity}`);
const statesOf = (evidence: Evidence): string[] => [
	...new Set(
		diagnose(evidence)
			.hostPorts.filter(({node}) => node === 'node-1')
			.map(({state}) => state),
	),
];

test('of the node’s own endpoint: an error, with the kernel’s words, and no hostPort of the node is called mapped', () => {
	const evidence = sceneOf({});
	expect(codes(evidence)).toEqual(['HP36 error']);
	const [finding] = diagnose(evidence).findings;
	expect(finding?.nodes).toEqual(['node-1']);
	expect(finding?.because.map(({says}) => says).join('\n')).toContain('tail_handle_ipv6_from_netdev');
	expect(statesOf(evidence)).toEqual(['unknown']);
	expect(diagnose(evidence).nodes[0]?.verdict).toBe('unknown');
	expect(diagnose(evidence).nodes[1]?.verdict).toBe('ok');
});

test.each<[name: string, scene: Parameters<typeof sceneOf>[0]]>([
	['of a pod’s endpoint', {log: [line('135', '40210')]}],
	['and the log was not read', {log: []}],
	['and the log tells of another endpoint', {log: [line('99', '1')]}],
])('%s: a warning, and mapped ports stay mapped', (_, scene) => {
	expect(codes(sceneOf(scene))).toEqual(['HP36 warning']);
	expect(statesOf(sceneOf(scene))).toEqual(['wired']);
});

test.each<[name: string, devices: string[] | null, log: string[], finding: string, state: string]>([
	['without its program, and the log says why', ['cilium_vxlan'], [line('591', '1')], 'HP36 error', 'unwired'],
	['without its program, and the log does not say why yet', [], [], 'HP36 warning', 'unknown'],
	['without its program, and the log tells of a pod', [], [line('591', '40210')], 'HP36 warning', 'unknown'],
	['with its program, whatever the log told before', ['eth0'], [line('591', '1')], 'HP22 info', 'wired'],
	['not asked', null, [line('591', '1')], 'HP22 info', 'wired'],
])('a device %s', (_, programDevices, log, finding, state) => {
	const base = sceneOf({fails: [], log});
	const evidence = withObservation(base, 'node-1', {programDevices});
	expect(codes(evidence)).toEqual([finding]);
	expect(statesOf(evidence)).toEqual([state]);
});

test('of two devices one that is bare is told, and what the other serves stays mapped', () => {
	const base = sceneOf({fails: [], log: []});
	const status = base.nodes[0]?.observation?.agentStatus;
	const evidence = withObservation(base, 'node-1', {
		programDevices: ['eth0'],
		agentStatus: status ? {...status, devices: ['eth0', 'eth1']} : null,
	});
	expect(codes(evidence)).toEqual(['HP36 warning']);
	expect(diagnose(evidence).findings[0]?.title).toContain('eth1');
	expect(statesOf(evidence)).toEqual(['wired']);
});

test('in JSON too', () => {
	const json =
		'{"level":"error","msg":"Error while reloading endpoint BPF program","endpointID":135,"identity":1,"error":"loading eBPF collection"}';
	expect(codes(sceneOf({log: [json]}))).toEqual(['HP36 error']);
});

test('controllers of other things say nothing of it, nor does a line of before that the agent got over', () => {
	expect(codes(sceneOf({fails: ['sync-to-k8s-ciliumendpoint (899)']}))).toEqual(['HP22 info']);
	expect(codes(sceneOf({fails: []}))).toEqual(['HP22 info']);
});

test('by portmap the entries do not count: a warning, and rules carry their pods', () => {
	const evidence = sceneOf({}, healthyPortmapEvidence('1.15.19'));
	expect(codes(evidence)).toEqual(['HP36 warning']);
	expect(statesOf(evidence)).toEqual(['wired']);
});
