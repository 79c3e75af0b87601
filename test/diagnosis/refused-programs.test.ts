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

// As 1.20.2 wrote it on a real cluster; the pod ran at another address by then: its first start had failed, for portmap was missing (HP02).
const gone = (addresses: string, {device = 'lxc826bfbaa4375', identity = '10675', error = ''} = {}): string =>
	`time=2026-11-30T13:27:16.982017048Z level=error msg="Error while reloading endpoint BPF program" endpointID=135 ciliumEndpointName=observability/otel-collector-1 ${addresses} identity=${identity} containerInterface="" containerID=9b665ce922 k8sPodName=observability/otel-collector-1 subsys=endpoint error="${error || `retrieving device ${device}: Link not found`}"`;
const noPods = {of: 'pods', what: 'pods in all namespaces', reason: 'forbidden', hint: 'list pods'} as const;

test.each<[name: string, log: string[], change: Partial<Evidence>, codes: string[]]>([
	['is left over from a failed start: its pod has another address', [gone('ipv4=10.0.0.99 ipv6=""')], {}, []],
	[
		'is left over, in JSON',
		[
			`{"endpointID":135,"ipv4":"10.0.0.99","identity":10675,"error":"retrieving device lxc8: Link not found","msg":"Error while reloading endpoint BPF program"}`,
		],
		{},
		[],
	],
	['is left over: its pod is gone', [gone('ipv4=10.0.0.99 ipv6=fd00::99').replaceAll('otel-collector-1', 'otel-collector-0')], {}, []],
	['is that of a running pod', [gone('ipv4=10.0.0.17 ipv6=""')], {}, ['HP36 warning']],
	['is that of a running pod, by its second address', [gone('ipv4="" ipv6=fd00::17')], {}, ['HP36 warning']],
	[
		'has its device, and the kernel refuses the program',
		[gone('ipv4=10.0.0.99 ipv6=""', {error: 'load program: permission denied'})],
		{},
		['HP36 warning'],
	],
	[
		'lost its device before, and the newest line says otherwise',
		[gone('ipv4=10.0.0.99'), gone('ipv4=10.0.0.99', {error: 'load program: permission denied'})],
		{},
		['HP36 warning'],
	],
	['is the one of the health checks', [gone('ipv4=10.0.0.99', {device: 'lxc_health', identity: '4'})], {}, ['HP36 warning']],
	['is the node’s own', [gone('ipv4=10.0.0.99', {device: 'cilium_host', identity: '1'})], {}, ['HP36 warning']],
	['names no address', [gone('ipv4="" ipv6=""')], {}, ['HP36 warning']],
	['may be of a pod of another namespace', [gone('ipv4=10.0.0.99')], {namespace: 'default'}, ['HP36 warning']],
	['may be of a pod that was not listed', [gone('ipv4=10.0.0.99')], {gaps: [noPods]}, ['HP36 warning']],
])('an endpoint that cannot be renewed %s', (_, log, change, expected) => {
	const base = sceneOf({log}, healthyPortmapEvidence('1.20.2'));
	const pods = base.pods.map(each =>
		each.name === 'otel-collector-1' ? {...each, podIPs: [...each.podIPs, 'fd00:0:0:0:0:0:0:17']} : each,
	);
	expect(codes({...base, pods, ...change}).filter(code => code.startsWith('HP36'))).toEqual(expected);
});

test('one endpoint that is left over hides no other', () => {
	const both = sceneOf(
		{
			fails: ['endpoint-135-regeneration-recovery', 'endpoint-136-regeneration-recovery'],
			log: [gone('ipv4=10.0.0.99'), line('136', '40210')],
		},
		healthyPortmapEvidence('1.15.19'),
	);
	const [finding] = diagnose(both).findings;
	expect(finding?.title).toContain('1 endpoint');
	const because = finding?.because.map(({says}) => says).join('\n');
	expect(because).toContain('endpoint-136');
	expect(because).not.toContain('135');
});
