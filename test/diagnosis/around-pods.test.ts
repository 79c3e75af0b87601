import {describe, expect, test} from 'vitest';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import type {Evidence, HostPortPod, Observation} from '../../source/evidence/evidence.ts';
import {natTable, pod, port, portmapRules, type MappingParts} from './builders.ts';
import {healthyNativeEvidence, healthyPortmapEvidence, pathlessEvidence, rulesFor, withNode, withObservation} from './scenes.ts';

// What one pod on node-1 asks for, and who stands beside it.

function withPod(made: HostPortPod, mappings: readonly MappingParts[], seen: Partial<Observation> = {}): Evidence {
	const base = healthyPortmapEvidence('1.17.4');
	const rules = [...rulesFor(base.pods, 'node-1'), ...mappings.flatMap(portmapRules)];
	return withObservation({...base, pods: [...base.pods, made]}, 'node-1', {nat: {nft: natTable(rules), legacy: natTable()}, ...seen});
}

const asking = (hostIP: string): Evidence =>
	withPod(pod('edge', 'node-1', '10.0.0.40', [port(9000, 80, {hostIP})]), [
		{sandbox: 'edge', hostPort: 9000, target: '10.0.0.40:80', hostIP},
	]);
const codesOf = (evidence: Evidence): string[] => diagnose(evidence).findings.map(({code, severity}) => `${code} ${severity}`);
const stateOf = (evidence: Evidence, name = 'edge') => diagnose(evidence).hostPorts.find(each => each.pod === name);

test('of a pod on its way out nothing is said: neither its address, nor its application, nor that it is not ready', () => {
	const leaving = {trouble: 'Terminating'};
	const rule = {sandbox: 'edge', hostPort: 9000, target: '10.0.0.40:80'};
	const made = (hostIP: string, parts: Partial<HostPortPod>) =>
		withPod(pod('edge', 'node-1', '10.0.0.40', [port(9000, 80, {hostIP})], parts), [{...rule, hostIP}]);
	const refusing = (scene: Evidence) => withObservation(scene, 'node-1', {probes: [{address: '10.0.0.40', port: 80, answer: 'refused'}]});
	expect(codesOf(made('203.0.113.7', {}))).toEqual(['HP20 warning']);
	expect(codesOf(made('203.0.113.7', leaving))).toEqual(['HP22 info']);
	expect(codesOf(made('127.0.0.1', leaving))).toEqual(['HP22 info']);
	expect(codesOf(refusing(made('', {})))).toEqual(['HP21 error']);
	expect(codesOf(refusing(made('', leaving)))).toEqual(['HP22 info']);
	expect(codesOf(made('', {ready: false}))).toEqual(['HP21 warning']);
	expect(codesOf(made('', {ready: false, ...leaving}))).toEqual(['HP22 info']);
});

test('an application that ends and is started again is not told to listen elsewhere', () => {
	const refusing = (parts: Partial<HostPortPod>) =>
		withObservation(
			withPod(pod('edge', 'node-1', '10.0.0.40', [port(9000, 80)], parts), [{sandbox: 'edge', hostPort: 9000, target: '10.0.0.40:80'}]),
			'node-1',
			{probes: [{address: '10.0.0.40', port: 80, answer: 'refused'}]},
		);
	const restarts = 'web 4 times, last after exit code 1 (Error)';
	const now = Date.parse(refusing({}).collectedAt);
	const before = (seconds: number) => new Date(now - seconds * 1000).toISOString();
	for (const parts of [
		{restarts, runsSince: before(3)},
		{restarts, runsSince: null, ready: false, trouble: 'CrashLoopBackOff: back-off 40s'},
	]) {
		const [first] = diagnose(refusing(parts)).findings;
		expect(first).toMatchObject({code: 'HP21', severity: 'warning', remedy: expect.stringContaining('logs --previous') as string});
		expect(first?.title).not.toContain('listen');
		expect(first?.because[0]?.says).toContain(restarts);
	}

	expect(codesOf(refusing({restarts, runsSince: before(3600)}))).toEqual(['HP21 error']);
	expect(codesOf(refusing({runsSince: before(3)}))).toEqual(['HP21 error']);
});

describe('an address that a pod asks for', () => {
	const own = ['10.88.0.11', '127.0.0.1', '192.0.2.7'];
	const knowing = (evidence: Evidence) => withObservation(evidence, 'node-1', {localAddresses: own});

	test('that the node has not, by its own tables: proved', () => {
		const scene = knowing(asking('203.0.113.7'));
		expect(codesOf(scene)).toEqual(['HP20 error']);
		expect(diagnose(scene).findings[0]).toMatchObject({nodes: ['node-1'], hostPorts: ['default/edge:9000/TCP']});
		expect(stateOf(scene)).toMatchObject({
			state: 'unwired',
			by: expect.stringContaining('is for 203.0.113.7, which the node does not have') as string,
		});
		expect(diagnose(scene).nodes[0]?.verdict).toBe('degraded');
	});

	test('that the node has not, by what Kubernetes knows of it: likely, for it may have more', () => {
		expect(codesOf(asking('203.0.113.7'))).toEqual(['HP20 warning']);
		expect(stateOf(asking('203.0.113.7'))?.state).toBe('wired');
	});

	test('that the node has, though Kubernetes does not know it', () => {
		expect(codesOf(knowing(asking('192.0.2.7')))).toEqual(['HP22 info']);
		expect(codesOf(asking('192.0.2.7'))).toEqual(['HP20 warning']);
	});

	test.each(['127.0.0.1', '127.0.0.53'])('of loopback, %s: it answers there alone, which is told', hostIP => {
		for (const scene of [asking(hostIP), knowing(asking(hostIP))]) {
			expect(codesOf(scene)).toEqual(['HP20 info', 'HP22 info']);
			expect(diagnose(scene).findings[0]?.title).toBe('1 hostPort answers on the loopback address of its node only');
		}
	});

	test.each([
		['-s 10.99.0.0/16 -p tcp', ['HP20 warning']],
		['-d 203.0.113.9/32 -p tcp', ['HP20 warning']],
		['! -d 192.0.2.0/24 -p tcp', ['HP22 info']],
	])('does not matter; what portmap asks of a packet does: %s', (asked, codes) => {
		const base = healthyPortmapEvidence('1.17.4');
		const rules = rulesFor(base.pods, 'node-1').map(line =>
			line.startsWith('-A CNI-HOSTPORT-DNAT -p tcp') ? line.replace('-p tcp', asked) : line,
		);
		const scene = withObservation(base, 'node-1', {nat: {nft: natTable(rules), legacy: natTable()}});
		expect(codesOf(scene)).toEqual(codes);
	});

	test('that stands for all is none', () => {
		for (const hostIP of ['0.0.0.0', '::', '']) {
			const scene = withPod(pod('edge', 'node-1', '10.0.0.40', [port(9000, 80, {hostIP})]), [
				{sandbox: 'edge', hostPort: 9000, target: '10.0.0.40:80'},
			]);
			expect(codesOf(knowing(scene))).toEqual(['HP22 info']);
		}
	});
});

describe('somebody who listens on the port', () => {
	const listening = (address: string, base = healthyPortmapEvidence('1.17.4'), protocol = 'TCP') =>
		withObservation(base, 'node-1', {listeners: [{protocol, address, port: 8080}]});

	test.each(['0.0.0.0', '::', '10.88.0.11', '127.0.0.1', '127.0.0.53', '::1'])('on %s is hidden by the mapping', address => {
		const {findings, nodes} = diagnose(listening(address));
		expect(findings).toMatchObject([
			{code: 'HP14', severity: 'warning', nodes: ['node-1'], hostPorts: ['default/web-6f7d9c-x2x4k:8080/TCP']},
		]);
		expect(findings[0]?.because[0]).toEqual({
			source: 'sockets of node-1',
			says: `something listens on ${address} port 8080/TCP, which default/web-6f7d9c-x2x4k:8080/TCP asks for`,
		});
		expect(nodes[0]?.verdict).toBe('ok');
	});

	test('on an address that is not known to be the node’s, or of another protocol, is not', () => {
		expect(codesOf(listening('192.0.2.9'))).toEqual(['HP22 info']);
		expect(codesOf(listening('0.0.0.0', undefined, 'UDP'))).toEqual(['HP22 info']);
		expect(codesOf(withObservation(listening('192.0.2.9'), 'node-1', {localAddresses: ['192.0.2.9']}))).toEqual(['HP14 warning']);
	});

	test('answers in place of a pod that nothing maps', () => {
		const {findings} = diagnose(listening('0.0.0.0', pathlessEvidence('1.17.4')));
		expect(findings.map(({code, severity}) => [code, severity])).toEqual([
			['HP01', 'error'],
			['HP14', 'warning'],
		]);
		expect(findings[1]?.title).toBe('a process of the host answers on 1 hostPort of node-1 in place of the pod');
	});

	test('does not matter where the pod asks for another address', () => {
		const scene = withPod(
			pod('edge', 'node-1', '10.0.0.40', [port(9000, 80, {hostIP: '10.88.0.11'})]),
			[{sandbox: 'edge', hostPort: 9000, target: '10.0.0.40:80', hostIP: '10.88.0.11'}],
			{listeners: [{protocol: 'TCP', address: '127.0.0.1', port: 9000}]},
		);
		expect(codesOf(scene)).toEqual(['HP22 info']);
	});

	test('is CRI-O itself on its nodes', () => {
		expect(codesOf(withNode(listening('0.0.0.0'), 'node-1', item => ({...item, containerRuntime: 'cri-o://1.26'})))).not.toContain(
			'HP14 warning',
		);
	});
});

describe('a pod that its kubelet refused for the port', () => {
	const refused = (nodeName: string, trouble = 'NodePorts: Pod Predicate NodePorts failed') => {
		const base = healthyPortmapEvidence('1.17.4');
		return {...base, pods: [...base.pods, pod('pinned', nodeName, '', [port(8080, 80)], {phase: 'Failed', trouble})]};
	};

	test('is told with the node and who holds it', () => {
		const {findings, nodes} = diagnose(refused('node-1'));
		expect(findings).toMatchObject([{code: 'HP14', severity: 'error', nodes: ['node-1'], hostPorts: ['default/pinned:8080/TCP']}]);
		expect(findings[0]?.because.map(({says}) => says)).toEqual([
			'NodePorts: Pod Predicate NodePorts failed',
			'default/web-6f7d9c-x2x4k:8080/TCP holds 8080/TCP',
		]);
		expect(nodes[0]?.verdict).toBe('ok');
	});

	test('is told who holds it also where that pod is on the host network', () => {
		const base = healthyPortmapEvidence('1.17.4');
		const pods = [
			...base.pods,
			pod('proxy', 'node-2', '10.88.0.12', [port(9100, 9100)], {hostNetwork: true}),
			pod('exporter', '', '', [port(9100, 9100)], {phase: 'Pending', trouble: "Unschedulable: 1 node(s) didn't have free ports"}),
		];
		const [finding] = diagnose({...base, pods}).findings;
		expect(finding).toMatchObject({code: 'HP14', severity: 'error'});
		expect(finding?.because[1]).toEqual({source: 'node node-2', says: 'default/proxy:9100/TCP holds 9100/TCP, on the host network'});
	});

	test('is of the past where nobody holds the port there now', () => {
		expect(codesOf(refused('node-2'))).toEqual(['HP22 info']);
	});

	test('that failed for another reason has ended', () => {
		expect(codesOf(refused('node-1', 'Evicted: The node was low on resource'))).toEqual(['HP22 info']);
		expect(diagnose(refused('node-1', 'Evicted')).hostPorts.map(each => each.pod)).not.toContain('pinned');
	});
});

describe('Services beside a hostPort', () => {
	const service = (parts: Partial<Evidence['services'][number]['ports'][number]>): Evidence['services'][number] => ({
		namespace: 'default',
		name: 'edge',
		type: 'NodePort',
		clusterIPs: ['10.96.0.20'],
		externalIPs: [],
		selector: {},
		ports: [{port: 80, nodePort: null, protocol: 'TCP', ...parts}],
	});
	const beside = (parts: Partial<Evidence['services'][number]['ports'][number]>, base = healthyPortmapEvidence('1.17.4')) => ({
		...base,
		services: [service(parts)],
	});

	test('a nodePort of the same number takes or loses', () => {
		const {findings} = diagnose(beside({nodePort: 8080}));
		expect(findings).toMatchObject([
			{code: 'HP15', severity: 'warning', nodes: ['node-1'], hostPorts: ['default/web-6f7d9c-x2x4k:8080/TCP']},
		]);
		expect(findings[0]?.because[0]).toEqual({
			source: 'service default/edge',
			says: 'has nodePort 8080/TCP, as default/web-6f7d9c-x2x4k:8080/TCP has',
		});
		expect(codesOf(beside({nodePort: 8080, protocol: 'UDP'}))).toEqual(['HP22 info']);
		expect(codesOf(beside({nodePort: 8081}))).toEqual(['HP22 info']);
		expect(codesOf(beside({nodePort: 8080}, healthyNativeEvidence()))).toEqual(['HP22 info']);
	});

	test.each([
		['KUBE-SERVICES', true],
		['CNI-HOSTPORT-DNAT', false],
	])('which of the two, the order in PREROUTING tells: %s', (chain, isFirst) => {
		const base = beside({nodePort: 8080});
		const own = rulesFor(base.pods, 'node-1');
		const jump = '-A PREROUTING -j KUBE-SERVICES';
		const rules = isFirst ? [jump, ...own] : [...own, jump];
		const scene = withObservation(base, 'node-1', {nat: {nft: natTable(rules), legacy: natTable()}});
		expect(diagnose(scene).findings.find(({code}) => code === 'HP15')?.because[0]?.says).toMatch(new RegExp(`; ${chain} comes first$`));
	});

	test('a port of the same number matters under IPVS only, by the ConfigMap or by its interface', () => {
		expect(codesOf(beside({port: 8080}))).toEqual(['HP22 info']);
		expect(codesOf({...beside({port: 8080}), kubeProxyMode: 'ipvs'})).toEqual(['HP15 warning']);
		expect(codesOf(withObservation(beside({port: 8080}), 'node-1', {facts: {'kube-ipvs0': 'present'}}))).toEqual(['HP15 warning']);
		expect(codesOf(withObservation(beside({port: 8080}), 'node-2', {facts: {'kube-ipvs0': 'present'}}))).toEqual(['HP22 info']);
		expect(codesOf({...beside({port: 8080}, healthyNativeEvidence()), kubeProxyMode: 'ipvs'})).toEqual(['HP22 info']);
	});
});

describe('portmap’s nftables backend', () => {
	const base = healthyPortmapEvidence('1.17.4');
	const rules = base.pods
		.filter(({node}) => node === 'node-1')
		.flatMap(({podIPs: [address], ports}) =>
			ports.map(({hostPort, containerPort}) => `tcp dport ${hostPort} dnat to ${address}:${containerPort}`),
		);
	const scene = (chains: string[]) =>
		withObservation(base, 'node-1', {
			nat: {nft: natTable(), legacy: natTable()},
			nftables: {rules, rules6: [], tables: ['ip cni_hostport'], chains},
		});

	test('before 1.9.0 takes what is meant for others, as its chains show', () => {
		const {findings} = diagnose(scene(['hostports', 'hostip_hostports', 'prerouting']));
		expect(findings[0]).toMatchObject({code: 'HP15', severity: 'warning', nodes: ['node-1']});
		expect(findings[0]?.because.map(({source}) => source)).toContain('CVE-2025-67499');
		for (const chains of [['hostports', 'hostip_hostports', 'hostports_all'], ['hostports'], []])
			expect(codesOf(scene(chains))).not.toContain('HP15 warning');
	});
});

describe('other networks beside Cilium', () => {
	const beside = (...otherDaemonSets: string[]) => ({...healthyPortmapEvidence('1.17.4'), otherDaemonSets});

	test.each([
		['kube-system/aws-node', 'the AWS VPC CNI'],
		['kube-system/calico-node', 'Calico'],
		['kube-system/canal', 'Calico'],
		['kube-flannel/kube-flannel-ds', 'flannel'],
		['kube-system/weave-net', 'Weave Net'],
		['kube-system/antrea-agent', 'Antrea'],
		['kube-system/kindnet', 'kindnet'],
		['ovn/ovnkube-node', 'OVN'],
	])('%s is told as %s', (daemonSet, name) => {
		const {findings} = diagnose(beside(daemonSet));
		expect(findings.map(({code, severity}) => `${code} ${severity}`)).toEqual(['HP18 info', 'HP22 info']);
		expect(findings[0]?.title).toBe(`${name} runs beside Cilium: the loaded CNI file decides which one serves a pod`);
	});

	test.each(['kube-system/kube-proxy', 'kube-system/kube-multus-ds', 'x/my-aws-node-test', 'kube-system/svclb-traefik'])(
		'%s is none',
		daemonSet => {
			expect(codesOf(beside(daemonSet))).toEqual(['HP22 info']);
		},
	);

	test('a provider’s own Cilium is told first', () => {
		expect(diagnose(beside('kube-system/anetd')).findings.map(({title}) => title)[0]).toMatch(/^GKE Dataplane V2 runs Cilium here/);
	});
});

test('what nobody maps is told beside the praise: ports of init containers, ports from which the node takes its own', () => {
	const late = pod('late', 'node-1', '10.0.0.46', [port(9001, 80, {init: true})]);
	const scene = withPod(late, [], {facts: {ip_local_port_range: '8000 9000'}});
	const {findings} = diagnose(scene);
	expect(findings.map(({code}) => code)).toEqual(['HP22']);
	const lines = findings[0]?.because.map(({source, says}) => `${source}: ${says}`) ?? [];
	expect(lines).toContain('default/late:9001/TCP: the port of an init container: the kubelet requests no mapping for it');
	expect(lines.filter(line => line.includes('a conflict is possible'))).toEqual([
		"port range of node-1: default/web-6f7d9c-x2x4k:8080/TCP lies in 8000–9000, the range of ports for the node's own connections: a conflict is possible",
	]);
});
