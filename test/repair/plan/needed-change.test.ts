import {expect, test} from 'vitest';
import {recommendStrategy} from '../../../source/diagnosis/strategy.ts';
import {view} from '../../../source/diagnosis/view.ts';
import {neededChanges} from '../../../source/repair/plan/needed-change.ts';
import type {Strategy} from '../../../source/diagnosis/strategy.ts';
import type {Evidence} from '../../../source/evidence/evidence.ts';
import {configurationFile} from '../../diagnosis/builders.ts';
import * as cases from '../../diagnosis/cause-scenes.ts';
import {
	apiOnly,
	healthyNativeEvidence,
	healthyPortmapEvidence,
	missingBinaryEvidence,
	nksEvidence,
	pathlessEvidence,
	withNode,
	withObservation,
} from '../../diagnosis/scenes.ts';

const changes = (evidence: Evidence, strategy: Strategy) => neededChanges(evidence, strategy);

test('the story: one key in the ConfigMap, and on each node 05-cilium.conf becomes the chained 05-cilium.conflist', () => {
	const [configMap, ...files] = changes(nksEvidence(), 'portmap');
	expect(configMap).toEqual({
		node: '',
		path: 'configmap kube-system/cilium-config',
		neededPath: 'configmap kube-system/cilium-config',
		current: 'kube-proxy-replacement: disabled\n',
		needed: 'kube-proxy-replacement: disabled\ncni-chaining-mode: portmap\n',
	});
	expect(files.map(({node, path, neededPath}) => [node, path, neededPath])).toEqual(
		['node-1', 'node-2', 'node-3'].map(node => [node, '/etc/cni/net.d/05-cilium.conf', '/etc/cni/net.d/05-cilium.conflist']),
	);
	expect(JSON.parse(files[0]?.needed ?? '')).toEqual({
		cniVersion: '0.3.1',
		name: 'portmap',
		plugins: [
			{name: 'cilium', type: 'cilium-cni', 'enable-debug': false},
			{type: 'portmap', capabilities: {portMappings: true}},
		],
	});
	expect(JSON.parse(files[0]?.current ?? '')).toMatchObject({type: 'cilium-cni'});
});

test('from 1.14 the file keeps its name', () => {
	const [, file] = changes(pathlessEvidence('1.17.4'), 'portmap');
	expect(file).toMatchObject({path: '/etc/cni/net.d/05-cilium.conflist', neededPath: '/etc/cni/net.d/05-cilium.conflist'});
});

test.each([
	['portmap', healthyPortmapEvidence()],
	['portmap', missingBinaryEvidence()],
	['native', healthyNativeEvidence()],
	['portmap', healthyPortmapEvidence('1.20.0')],
] as const)('on a cluster that already has the %s way there is nothing to change', (strategy, evidence) => {
	expect(changes(evidence, strategy)).toEqual([]);
});

test('the native way beside kube-proxy changes keys only', () => {
	expect(changes(pathlessEvidence('1.17.4'), 'native').map(({node, needed}) => [node, needed])).toEqual([
		[
			'',
			'kube-proxy-replacement: "false"\nenable-host-port: "true"\nenable-node-port: "true"\nenable-health-check-nodeport: "false"\nbpf-lb-sock: "true"\nbpf-lb-sock-hostns-only: "true"\n',
		],
	]);
});

test('debug and log file of the cluster stay as they are', () => {
	const plugin = {
		cniVersion: '0.3.1',
		name: 'cilium',
		plugins: [{type: 'cilium-cni', 'enable-debug': true, 'log-file': '/var/log/cni.log'}],
	};
	const base = withObservation(pathlessEvidence('1.17.4'), 'node-1', {
		configurationFolder: {host: '/etc/cni/net.d', files: [configurationFile('05-cilium.conflist', plugin)]},
	});
	const change = changes(base, 'portmap').find(({node}) => node === 'node-1');
	expect(JSON.parse(change?.needed ?? '')).toMatchObject({
		plugins: [{'enable-debug': true, 'log-file': '/var/log/cni.log'}, {type: 'portmap'}],
	});
});

test('a file that a person keeps gets portmap behind what is there', () => {
	const own = {cniVersion: '0.3.1', name: 'mine', type: 'cilium-cni', mtu: 1400};
	const base = withObservation(cases.customConfiguration(), 'node-1', {
		configurationFolder: {host: '/etc/cni/net.d', files: [configurationFile('05-cilium.conf', own)]},
	});
	const change = changes(base, 'portmap').find(({node}) => node === 'node-1');
	expect(change?.neededPath).toBe('/etc/cni/net.d/05-cilium.conflist');
	expect(JSON.parse(change?.needed ?? '')).toEqual({
		cniVersion: '0.3.1',
		name: 'mine',
		plugins: [
			{name: 'mine', type: 'cilium-cni', mtu: 1400},
			{type: 'portmap', capabilities: {portMappings: true}},
		],
	});
});

test('nothing is claimed of nodes that were not asked, nor of skipped ones', () => {
	expect(changes(apiOnly(nksEvidence()), 'portmap').map(({node}) => node)).toEqual(['']);
	const skipped = withNode(nksEvidence(), 'node-2', node => ({...node, skipped: 'NotReady'}));
	expect(changes(skipped, 'portmap').map(({node}) => node)).toEqual(['', 'node-1', 'node-3']);
});

test.each([
	['the story', nksEvidence(), 'portmap'],
	['a cluster that chains portmap', healthyPortmapEvidence('1.19.6'), 'portmap'],
	['a cluster with full replacement', healthyNativeEvidence('1.19.6'), 'native'],
	['the host firewall', cases.hostFirewall(), 'native'],
	['CRI-O', cases.criO(), 'native'],
	['no Cilium', cases.noCilium(), 'portmap'],
	['only the API server', apiOnly(healthyNativeEvidence()), 'native'],
] as const)('recommended for %s', (_, evidence, strategy) => {
	expect(recommendStrategy(view(evidence))).toMatchObject({strategy, reason: expect.stringMatching(/\.$/) as string});
});
