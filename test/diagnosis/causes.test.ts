import {expect, test} from 'vitest';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import type {Finding} from '../../source/diagnosis/diagnosis.ts';
import type {Evidence} from '../../source/evidence/evidence.ts';
import * as cases from './cause-scenes.ts';
import {missingBinaryEvidence, mixedEvidence, nksEvidence, pathlessEvidence} from './scenes.ts';

type Expected = {
	code: string;
	severity: Finding['severity'];
	nodes: readonly string[];
	/** How many hostPorts it concerns. */
	hostPorts: number;
	/** Texts that must stand in the proof, each in one line of `source: says`. */
	because: readonly (string | RegExp)[];
};

const all = ['node-1', 'node-2', 'node-3'];

const table: ReadonlyArray<[name: string, evidence: () => Evidence, expected: Expected]> = [
	[
		'the story: no way, and a log line that misleads',
		nksEvidence,
		{
			code: 'HP01',
			severity: 'error',
			nodes: all,
			hostPorts: 7,
			because: [
				'configmap kube-system/cilium-config: kube-proxy-replacement: disabled',
				'configmap kube-system/cilium-config: cni-chaining-mode is absent, so none',
				/cilium status on node-1 and 2 more: HostPort: Disabled/,
				/05-cilium\.conf on .*plugins: cilium-cni; portmap is not among them/,
				/nat table .*no CNI-HOSTPORT-DNAT chain/,
				/agent log .*kube-proxy-replacement=disabled; it does not mean that the kernel is too old/,
				/kernel .*5\.4\.0-163-generic is enough.*4\.19\.57, 5\.1\.16 or 5\.2/,
			],
		},
	],
	[
		'the story’s step 4: host port without node port',
		cases.halfOn,
		{
			code: 'HP01b',
			severity: 'error',
			nodes: all,
			hostPorts: 7,
			because: [
				'enable-host-port: true',
				'enable-node-port is absent',
				/HostPort: Disabled/,
				/reports disabled but the settings say partial/,
			],
		},
	],
	[
		'the story’s step 6: portmap chained and nowhere to be found',
		missingBinaryEvidence,
		{
			code: 'HP02',
			severity: 'error',
			nodes: all,
			hostPorts: 7,
			because: [
				/05-cilium\.conflist on .*cilium-cni, portmap/,
				/\/opt\/cni\/bin on .*no portmap; there are cilium-cni, loopback/,
				/in path \[\/opt\/cni\/bin\]/,
			],
		},
	],
	[
		'a node that joined after the repair',
		mixedEvidence,
		{code: 'HP02', severity: 'error', nodes: ['node-3'], hostPorts: 2, because: [/on node-3: no portmap/]},
	],
	[
		'a binary for another architecture',
		cases.wrongArchitecture,
		{code: 'HP02', severity: 'error', nodes: ['node-2'], hostPorts: 0, because: [/built for arm64, the node is amd64/]},
	],
	[
		'a binary that nobody may execute',
		cases.notExecutable,
		{code: 'HP02', severity: 'error', nodes: ['node-2'], hostPorts: 0, because: [/mode 644/]},
	],
	[
		'a binary that does not run',
		cases.failingBinary,
		{code: 'HP02', severity: 'error', nodes: ['node-2'], hostPorts: 0, because: [/ends with 127/]},
	],
	[
		'a binary in another folder than the runtime searches',
		cases.otherFolder,
		{
			code: 'HP02',
			severity: 'error',
			nodes: ['node-2'],
			hostPorts: 0,
			because: [/portmap is in \/opt\/cni\/bin, but the runtime searches \/usr\/libexec\/cni/],
		},
	],
	[
		'a missing binary that only an event tells of',
		cases.missingByEvent,
		{
			code: 'HP02',
			severity: 'error',
			nodes: ['node-2'],
			hostPorts: 0,
			because: [/event of default\/Pod\/new-1 on node-2.*in path \[\/opt\/cni\/bin\]/],
		},
	],
	[
		'a ConfigMap that was changed and agents that were not restarted',
		cases.notRestarted,
		{code: 'HP03', severity: 'error', nodes: all, hostPorts: 7, because: [/last changed 2024-02-06/, /started 2024-01-10/]},
	],
	[
		'a pod from before the chained list',
		cases.olderPod,
		{
			code: 'HP04',
			severity: 'error',
			nodes: ['node-1'],
			hostPorts: 1,
			because: [/web-6f7d9c-x2x4k:8080\/TCP: started/, /written 2024-02-06/],
		},
	],
	[
		'another file that sorts first',
		cases.otherFileFirst,
		{
			code: 'HP05',
			severity: 'error',
			nodes: ['node-1'],
			hostPorts: 3,
			because: [/00-bridge\.conflist on node-1: the loaded file; plugins: bridge/],
		},
	],
	[
		'custom-cni-conf, so that the mode has no effect',
		cases.customConfiguration,
		{code: 'HP05', severity: 'error', nodes: all, hostPorts: 7, because: ['custom-cni-conf: true']},
	],
	[
		'a CiliumNodeConfig that turns chaining off',
		cases.overridden,
		{
			code: 'HP06',
			severity: 'error',
			nodes: ['node-2'],
			hostPorts: 2,
			because: [/ciliumnodeconfig kube-system\/plain on node-2: cni-chaining-mode: none/],
		},
	],
	[
		'an argument of the agent that wins over the ConfigMap',
		cases.argued,
		{
			code: 'HP06',
			severity: 'error',
			nodes: all,
			hostPorts: 7,
			because: [/daemonset kube-system\/cilium, arguments on node-1 and 2 more: kube-proxy-replacement: false, which overrides/],
		},
	],
	[
		'agents newer than the change that still differ',
		cases.notTaken,
		{code: 'HP06', severity: 'error', nodes: all, hostPorts: 7, because: [/after cilium-config last changed/]},
	],
	[
		'a ConfigMap that was put back while the nodes still work',
		cases.undone,
		{code: 'HP06', severity: 'warning', nodes: all, hostPorts: 7, because: ['cni-chaining-mode is absent', /managed by Helm/]},
	],
	[
		'an older rule before the pod’s own',
		cases.shadowed,
		{code: 'HP07', severity: 'error', nodes: ['node-1'], hostPorts: 1, because: [/comes first and leads to 10\.0\.0\.99:80/]},
	],
	[
		'rules that were flushed',
		cases.flushed,
		{code: 'HP08', severity: 'error', nodes: ['node-2'], hostPorts: 2, because: [/otel-collector-2:4317\/TCP: started/]},
	],
	[
		'portmap without the capability',
		cases.withoutCapability,
		{code: 'HP08', severity: 'error', nodes: all, hostPorts: 7, because: [/plugins: cilium-cni, portmap/]},
	],
	[
		'kube-proxy in one iptables build, portmap in the other',
		cases.twoBuilds,
		{
			code: 'HP09',
			severity: 'warning',
			nodes: ['node-1'],
			hostPorts: 0,
			because: [/nat table \(legacy\) on node-1: kube-proxy's chains: yes/],
		},
	],
	[
		'a node without iptables',
		cases.withoutIptables,
		{code: 'HP09', severity: 'error', nodes: ['node-2'], hostPorts: 0, because: [/could not find nftables binary/]},
	],
	[
		'a service entry that is missing',
		cases.missingEntry,
		{code: 'HP10', severity: 'error', nodes: ['node-2'], hostPorts: 1, because: [/HostPort: Enabled/, /no HostPort entry for 4318\/TCP/]},
	],
	[
		'a service entry that leads to an earlier pod',
		cases.staleEntry,
		{code: 'HP10', severity: 'error', nodes: ['node-2'], hostPorts: 1, because: [/leads to 10\.0\.1\.3:4318, not to the pod/, /#32805/]},
	],
	[
		'the host firewall beside portmap',
		cases.hostFirewall,
		{code: 'HP12', severity: 'warning', nodes: all, hostPorts: 7, because: ['enable-host-firewall: true']},
	],
	[
		'a pod that waits for a free port',
		cases.portTaken,
		{
			code: 'HP14',
			severity: 'error',
			nodes: [],
			hostPorts: 1,
			because: [/didn't have free ports/, /node-1: default\/web-6f7d9c-x2x4k:8080\/TCP holds 8080\/TCP/],
		},
	],
	[
		'a process of the host on the same port',
		cases.hiddenListener,
		{code: 'HP14', severity: 'warning', nodes: ['node-1'], hostPorts: 1, because: [/something listens on 0\.0\.0\.0 port 8080\/TCP/]},
	],
	[
		'a hostPort in the NodePort range',
		cases.inNodePortRange,
		{code: 'HP15', severity: 'error', nodes: ['node-1'], hostPorts: 1, because: [/NodePort range 30000-32767/]},
	],
	[
		'a Service on the same port under IPVS',
		cases.underIpvs,
		{code: 'HP15', severity: 'warning', nodes: ['node-1'], hostPorts: 1, because: [/service default\/web: has port 8080\/TCP/]},
	],
	['CRI-O', cases.criO, {code: 'HP17', severity: 'warning', nodes: all, hostPorts: 7, because: [/container runtime cri-o:\/\/1\.26/]}],
	[
		'no Cilium at all',
		cases.noCilium,
		{code: 'HP18', severity: 'warning', nodes: [], hostPorts: 7, because: [/no DaemonSet of the Cilium agent/, /calico-node/]},
	],
	[
		'an upgrade to 1.19 that took the switch away',
		cases.upgraded,
		{
			code: 'HP19',
			severity: 'error',
			nodes: all,
			hostPorts: 7,
			because: ['enable-host-port: true, which Cilium 1.19.6 does not know and ignores', /#41380/],
		},
	],
	[
		'a hostIP that the node does not have',
		cases.foreignHostIP,
		{code: 'HP20', severity: 'error', nodes: ['node-1'], hostPorts: 1, because: [/hostIP 203\.0\.113\.7; the node has 10\.88\.0\.11/]},
	],
	[
		'a wired pod that is not ready',
		cases.notReady,
		{code: 'HP21', severity: 'warning', nodes: ['node-1'], hostPorts: 1, because: [/not ready: CrashLoopBackOff/]},
	],
	[
		'an agent that crashes',
		cases.agentDown,
		{code: 'HP24', severity: 'error', nodes: ['node-2'], hostPorts: 0, because: [/CrashLoopBackOff/]},
	],
	[
		'sandboxes that fail for another reason',
		cases.otherSandboxFault,
		{code: 'HP24', severity: 'warning', nodes: ['node-2'], hostPorts: 0, because: [/no IP addresses available/]},
	],
];

test.each(table)('%s', (_, evidence, expected) => {
	const {findings} = diagnose(evidence());
	const [first] = findings;
	const lines = first?.because.map(({source, says}) => `${source}: ${says}`) ?? [];
	expect({code: first?.code, severity: first?.severity, nodes: first?.nodes, hostPorts: first?.hostPorts.length}).toEqual({
		code: expected.code,
		severity: expected.severity,
		nodes: expected.nodes,
		hostPorts: expected.hostPorts,
	});
	for (const words of expected.because) {
		expect(
			lines.some(line => (typeof words === 'string' ? line.includes(words) : words.test(line))),
			`${words} in\n${lines.join('\n')}`,
		).toBe(true);
	}
});

function errorCodes(evidence: Evidence): string[] {
	return diagnose(evidence)
		.findings.filter(({severity}) => severity === 'error')
		.map(({code}) => code);
}

test('a consequence is not listed beside its root', () => {
	expect(errorCodes(missingBinaryEvidence())).toEqual(['HP02']);
	expect(errorCodes(cases.notRestarted())).toEqual(['HP03']);
	expect(errorCodes(cases.halfOn())).toEqual(['HP01b']);
	expect(errorCodes(cases.otherFileFirst())).toEqual(['HP05']);
	expect(errorCodes(cases.inNodePortRange())).toEqual(['HP15']);
});

test('a missing binary under a ConfigMap that already asks for portmap is said before the agents restart', () => {
	const [first, second] = diagnose(cases.notRestarted()).findings;
	expect(first?.remedy).toContain('Do not restart the agents yet');
	expect(second).toMatchObject({code: 'HP02', severity: 'warning', nodes: all});
});

test('the line that misleads is named also where the agent log was not read', () => {
	const evidence = nksEvidence();
	const {findings} = diagnose({
		...evidence,
		nodes: evidence.nodes.map(node => ({...node, observation: node.observation && {...node.observation, agentLog: []}})),
	});
	expect(findings[0]?.because.map(({says}) => says).join('\n')).toMatch(/Auto-disabling.*does not mean that the kernel is too old/);
});

test('without any chain of portmap its nftables backend is possible: a warning, and the hostPorts unknown', () => {
	const {findings, nodes, hostPorts} = diagnose(cases.withoutAnyHook());
	expect(findings).toMatchObject([{code: 'HP08', severity: 'warning', nodes: ['node-2']}]);
	expect(nodes[1]?.verdict).toBe('unknown');
	expect(hostPorts.filter(({node}) => node === 'node-2').map(({state}) => state)).toEqual(['unknown', 'unknown']);
});

test('a binary that fails only inside a pod is doubted, not condemned', () => {
	expect(diagnose(cases.doubtfulBinary()).findings).toMatchObject([{code: 'HP02', severity: 'warning', nodes: ['node-2']}]);
});

test('a loopback hostIP without an entry is the address, not the agent', () => {
	expect(diagnose(cases.loopbackHostIP()).findings.map(({code, severity}) => [code, severity])).toEqual([['HP20', 'error']]);
});

test('an event from before a pod that did start, or from hours ago, is no proof', () => {
	for (const evidence of [cases.refutedEvent(), cases.oldEvent()]) {
		expect(diagnose(evidence).findings.map(({severity}) => severity)).not.toContain('error');
	}
});

test('without hostPorts a missing binary is an error all the same: no pod can start', () => {
	expect(diagnose({...missingBinaryEvidence(), pods: []}).findings[0]).toMatchObject({code: 'HP02', severity: 'error', hostPorts: []});
});

test('the ConfigMap alone makes a finding likely, not proved', () => {
	const evidence = pathlessEvidence();
	const {findings} = diagnose({...evidence, nodes: evidence.nodes.map(node => ({...node, via: 'api', observation: null}))});
	expect(findings[0]).toMatchObject({code: 'HP01', severity: 'warning', nodes: all, title: expect.stringContaining('likely') as string});
});

test('nodes that were not asked are told beside the proved ones', () => {
	const {findings, nodes} = diagnose(cases.oneNotAsked());
	expect(findings[0]).toMatchObject({code: 'HP01', severity: 'error', nodes: ['node-1', 'node-2']});
	expect(findings[0]?.because.map(({says}) => says)).toContain('1 more node probably with the same cause, judging by cilium-config alone');
	expect(nodes[2]).toMatchObject({verdict: 'unknown', reason: 'not reached by ssh: connection refused'});
});

test('a provider that runs Cilium is told, and nothing is called repairable', () => {
	const {findings} = diagnose({...nksEvidence(), otherDaemonSets: ['kube-system/anetd']});
	expect(findings.map(({code, repairable}) => [code, repairable])).toEqual([
		['HP01', false],
		['HP18', false],
	]);
});

test('a policy that lets in nobody who comes through a hostPort is likely in the way', () => {
	for (const entities of [[], ['cluster-dns']]) {
		const {findings} = diagnose(cases.underPolicy(entities));
		expect(findings.map(({code, severity}) => [code, severity])).toEqual([['HP11', 'warning']]);
		expect(findings[0]?.because[0]?.says).toContain('allows none of host, remote-node, world');
	}
});

test('policies that let in some of them are a hint below everything else', () => {
	const {findings} = diagnose(cases.underPolicy(['remote-node', 'host']));
	expect(findings.map(({code, severity}) => [code, severity])).toEqual([
		['HP22', 'info'],
		['HP11', 'info'],
	]);
	expect(diagnose(cases.underPolicy(['all'])).findings.map(({code}) => code)).toEqual(['HP22']);
	expect(diagnose(cases.underPolicy(['world', 'remote-node', 'host'])).findings.map(({code}) => code)).toEqual(['HP22']);
});

test('Windows nodes and virtual ones are skipped, with the reason', () => {
	const {nodes, findings} = diagnose(cases.windowsNode());
	expect(nodes[1]).toMatchObject({verdict: 'skipped', reason: expect.stringContaining('windows') as string});
	expect(findings.map(({code}) => code)).toEqual(['HP23', 'HP22']);
});
