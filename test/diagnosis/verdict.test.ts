import {expect, test} from 'vitest';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import type {Evidence} from '../../source/evidence/evidence.ts';
import * as cases from './cause-scenes.ts';
import {natTable, observation} from './builders.ts';
import {healthyPortmapEvidence, mixedEvidence, withNode, withObservation, writtenFile} from './scenes.ts';

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
	expect(diagnose(unseen).nodes[1]).toMatchObject({verdict: 'unknown', reason: 'the folder of CNI binaries was not seen'});
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
