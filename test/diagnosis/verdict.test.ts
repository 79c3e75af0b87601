import {expect, test} from 'vitest';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import type {Evidence, NodeEvidence} from '../../source/evidence/evidence.ts';
import * as cases from './cause-scenes.ts';
import {binary, configurationFile, natTable, observation, pod, port, workingPortmap} from './builders.ts';
import {
	healthyNativeEvidence,
	healthyPortmapEvidence,
	missingBinaryEvidence,
	mixedEvidence,
	withNode,
	withObservation,
	writtenFile,
} from './scenes.ts';

const verdicts = (evidence: Evidence) => diagnose(evidence).nodes.map(({verdict}) => verdict);

test('one dead hostPort on a node where the way works makes it degraded, and the reason names it', () => {
	const {nodes} = diagnose(cases.shadowed());
	expect(nodes.map(({verdict}) => verdict)).toEqual(['degraded', 'ok', 'ok']);
	expect(nodes[0]?.reason).toContain('default/web-6f7d9c-x2x4k:8080/TCP');
});

test('a node without hostPorts and without a way is broken while other nodes have hostPorts', () => {
	const base = mixedEvidence();
	expect(verdicts({...base, pods: base.pods.filter(({node}) => node !== 'node-3')})).toEqual(['ok', 'ok', 'broken']);
});

test('a node is not called well by a list alone where the binary was not seen', () => {
	const base = healthyPortmapEvidence('1.17.4');
	const bare = {...base, pods: base.pods.filter(({node}) => node !== 'node-2')};
	const unseen = withObservation(bare, 'node-2', {binaryFolder: null, nat: {nft: natTable(), legacy: natTable()}});
	expect(diagnose(unseen).nodes[1]).toMatchObject({verdict: 'unknown', reason: 'the folder of CNI binaries was not read'});
});

test('a hostPort that is wired is proof enough where the binary was not seen', () => {
	expect(verdicts(withObservation(healthyPortmapEvidence('1.17.4'), 'node-2', {binaryFolder: null}))).toEqual(['ok', 'ok', 'ok']);
});

test('rules that could not be read leave the node unknown, not broken', () => {
	const unread = {...natTable(), available: false, error: 'permission denied'};
	const base = withObservation(healthyPortmapEvidence(), 'node-2', {nat: {nft: unread, legacy: null}});
	const {nodes, findings, hostPorts} = diagnose(base);
	expect(nodes[1]).toMatchObject({verdict: 'unknown', reason: expect.stringContaining('the nat rules were not read') as string});
	expect(hostPorts.filter(({node}) => node === 'node-2').map(({state}) => state)).toEqual(['unknown', 'unknown']);
	expect(findings.filter(({severity}) => severity === 'error')).toEqual([]);
});

test('a node that does not answer tells what was tried last', () => {
	const base = withNode(healthyPortmapEvidence(), 'node-2', item => ({
		...item,
		observation: null,
		via: 'api',
		ready: false,
		readyMessage: 'Kubelet stopped posting node status.',
	}));
	expect(diagnose(base).nodes[1]).toMatchObject({verdict: 'unknown', reason: 'not ready: Kubelet stopped posting node status.'});
});

test('pods on the host network need no mapping and are not listed', () => {
	const base = healthyPortmapEvidence();
	const {hostPorts} = diagnose({...base, pods: base.pods.map(pod => ({...pod, hostNetwork: true}))});
	expect(hostPorts).toEqual([]);
});

test('Cilium 1.8 reports no feature list: its silence does not mean that hostPort is off', () => {
	const base = withNode(healthyPortmapEvidence('1.8.13'), 'node-2', item => ({
		...item,
		observation: observation({
			configurationFolder: {host: '/etc/cni/net.d', files: [writtenFile('1.8.13', false)]},
			agentStatus: {...item.observation!.agentStatus!, kubeProxyReplacement: 'probe', hostPortEnabled: false},
			serviceEntries: null,
		}),
	}));
	const probing = {
		...base,
		cilium: base.cilium && {
			...base.cilium,
			configMap: base.cilium.configMap && {...base.cilium.configMap, data: {'kube-proxy-replacement': 'probe'}},
		},
	};
	expect(diagnose(probing).nodes[1]?.verdict).toBe('unknown');
});

test('a node that can start no pod says why in its own words, one cause each', () => {
	const [missing] = diagnose(missingBinaryEvidence('1.17.4')).nodes;
	expect(missing).toMatchObject({verdict: 'broken', reason: expect.stringMatching(/^no pod can start: no portmap; there are /u) as string});
	const empty = withObservation(healthyPortmapEvidence(), 'node-2', {configurationFolder: {host: '/etc/cni/net.d', files: []}});
	expect(diagnose(empty).nodes[1]).toMatchObject({
		verdict: 'broken',
		reason: 'no pod can start: the runtime finds no CNI config',
	});
});

test('a node without a way tells of pods that live on rules of before, if only one does', () => {
	const unchained = (base: Evidence) =>
		withObservation(base, 'node-1', {configurationFolder: {host: '/etc/cni/net.d', files: [writtenFile('1.10.16', false)]}});
	const [first] = diagnose(unchained(healthyPortmapEvidence())).nodes;
	expect(first).toMatchObject({verdict: 'broken', reason: expect.stringContaining('older rules still serve running pods') as string});
	const base = healthyPortmapEvidence();
	const late = {...base, pods: [...base.pods, pod('late', 'node-1', '10.0.0.77', [port(9000, 80)])]};
	expect(diagnose(unchained(late)).nodes[0]?.reason).toContain('older rules still serve running pods');
	const bare = withObservation(unchained(base), 'node-1', {nat: {nft: natTable(), legacy: natTable()}});
	expect(diagnose(bare).nodes[0]?.reason).toBe('neither eBPF nor portmap serves hostPort here');
});

test('a list without the capability matters to new pods only where some pod has a hostPort and portmap is the way', () => {
	const list = {cniVersion: '0.3.1', name: 'portmap', plugins: [{type: 'cilium-cni'}, {type: 'portmap'}]};
	const withList = (base: Evidence) =>
		withObservation(base, 'node-1', {
			configurationFolder: {host: '/etc/cni/net.d', files: [configurationFile('05-cilium.conflist', list)]},
		});
	expect(diagnose(withList(healthyPortmapEvidence())).nodes[0]).toMatchObject({
		verdict: 'degraded',
		reason: 'new pods get no rules: portmap lacks capabilities.portMappings in the CNI file',
	});
	expect(verdicts(withList({...healthyPortmapEvidence(), pods: []}))[0]).toBe('ok');
	const binaryFolder = {host: '/opt/cni/bin', files: [binary('cilium-cni'), binary('loopback'), workingPortmap()]};
	expect(verdicts(withList(withObservation(healthyNativeEvidence('1.17.4'), 'node-1', {binaryFolder})))[0]).toBe('ok');
});

test('a node that was not reached tells the last way that failed, else that it is not ready, else that it was not asked', () => {
	const reason = (parts: Partial<NodeEvidence>) =>
		diagnose(withNode(healthyPortmapEvidence(), 'node-2', item => ({...item, observation: null, via: 'api', ...parts}))).nodes[1]?.reason;
	const attempts: NodeEvidence['attempts'] = [
		{via: 'agent', ok: false, reason: 'the agent does not run'},
		{via: 'pod', ok: false, reason: 'missing permission: create pods'},
		{via: 'ssh', ok: false, reason: ''},
		{via: 'agent', ok: true, reason: 'answered'},
	];
	expect(reason({attempts})).toBe('not reached by pod: missing permission: create pods');
	expect(reason({attempts: attempts.slice(2)})).toBe('the node was not asked');
	expect(reason({ready: false, readyMessage: 'gone'})).toBe('not ready: gone');
	expect(reason({ready: false, readyMessage: ''})).toBe('the node was not asked');
	expect(reason({ready: true, readyMessage: 'kubelet is posting ready status'})).toBe('the node was not asked');
});

test('a hostPort of a node that was not read says why it was not', () => {
	const by = (parts: Partial<NodeEvidence>) => {
		const evidence = withNode(healthyPortmapEvidence(), 'node-2', item => ({...item, observation: null, via: 'api', ...parts}));
		return diagnose(evidence).hostPorts.find(({node}) => node === 'node-2')?.by;
	};
	const readyMessage = 'NodeStatusUnknown: Kubelet stopped posting node status.';
	expect(by({ready: false, readyMessage, skipped: `not Ready: ${readyMessage}`})).toBe(
		'the node was not asked: Kubernetes reports it NotReady',
	);
	expect(by({os: 'windows', skipped: 'Windows node'})).toBe('the node was not asked: Windows node');
	expect(by({attempts: [{via: 'agent', ok: false, reason: 'the agent does not run'}]})).toBe('the node could not be read');
	expect(by({})).toBe('the node was not asked');
});

test('without hostPorts a node is unknown where which way it has was not seen', () => {
	const base = {...healthyPortmapEvidence('1.17.4'), pods: []};
	const unseen = withObservation(base, 'node-1', {configurationFolder: null, agentStatus: null});
	expect(diagnose(unseen).nodes[0]).toMatchObject({verdict: 'unknown', reason: 'what serves hostPort here is not known'});
	expect(verdicts(withObservation(base, 'node-1', {binaryFolder: null}))[0]).toBe('unknown');
	expect(verdicts(withObservation({...healthyNativeEvidence('1.17.4'), pods: []}, 'node-1', {binaryFolder: null}))[0]).toBe('ok');
});

test('a portmap that may not run leaves a node unknown only where the list calls it', () => {
	const doubtful = workingPortmap({versionExitCode: 127, versionAnswer: 'not found'});
	const binaryFolder = {host: '/opt/cni/bin', files: [binary('cilium-cni'), binary('loopback'), doubtful]};
	const chained = withObservation({...healthyPortmapEvidence('1.17.4'), pods: []}, 'node-1', {
		binaryFolder,
		nat: {nft: natTable(), legacy: natTable()},
	});
	expect(verdicts(chained)[0]).toBe('unknown');
	expect(verdicts(withObservation({...healthyNativeEvidence('1.17.4'), pods: []}, 'node-1', {binaryFolder}))[0]).toBe('ok');
});
