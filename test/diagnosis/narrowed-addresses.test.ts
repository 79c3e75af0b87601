import {describe, expect, test} from 'vitest';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import type {CiliumEvidence, Evidence} from '../../source/evidence/evidence.ts';
import {agentStatus, cilium, evidence, node, observation, pod, port} from './builders.ts';
import {writtenFile} from './scenes.ts';

// An option that keeps the node's address out is quoted with the place where it is set, and the remedy names that place.

const own = '10.88.0.11';

function sceneOf(version: string, data: Record<string, string>, parts: Partial<CiliumEvidence> = {}): Evidence {
	const seen = observation({
		agentStatus: agentStatus(version, {
			kubeProxyReplacement: 'true',
			hostPortEnabled: true,
			nodePortEnabled: true,
			socketLoadBalancing: true,
			devices: ['eth1'],
			deviceAddresses: ['10.77.0.11'],
		}),
		configurationFolder: {host: '/etc/cni/net.d', files: [writtenFile(version, false)]},
		localAddresses: ['127.0.0.1', own, '10.77.0.11'],
		datapathEntries: ['0.0.0.0', '10.77.0.11'].map(address => ({
			type: 'HostPort',
			address,
			port: 8080,
			protocol: '',
			isLoopback: false,
			backends: [{ip: '10.0.0.5', port: 80}],
		})),
	});
	return evidence({
		cilium: cilium(version, {'kube-proxy-replacement': 'true', ...data}, parts),
		nodes: [node('node-1', own, seen)],
		pods: [pod('web', 'node-1', '10.0.0.5', [port(8080, 80)])],
	});
}

const nodeConfig = (defaults: Record<string, string>): Partial<CiliumEvidence> => ({
	nodeConfigs: [
		{namespace: 'kube-system', name: 'edge', matchLabels: {'kubernetes.io/hostname': 'node-1'}, matchExpressions: [], defaults},
	],
});
const argument = (version: string, ...args: string[]): Partial<CiliumEvidence> => {
	const {daemonSet} = cilium(version, {});
	return {daemonSet: daemonSet && {...daemonSet, args}};
};

const found = (scene: Evidence) => {
	const [first] = diagnose(scene).findings;
	return {
		code: `${first?.code} ${first?.severity}`,
		options: (first?.because ?? []).filter(({says}) => /^(?:devices|nodeport-addresses|local-max-addr-scope): /u.test(says)),
		remedy: first?.remedy ?? '',
	};
};

type Row = [key: string, value: string, remedy: RegExp];
const rows: Row[] = [
	['nodeport-addresses', '10.77.0.0/16', /^Add a range that contains 10\.88\.0\.11 to nodeport-addresses/u],
	['devices', 'eth1', /^Add the device that has 10\.88\.0\.11 to devices/u],
	['local-max-addr-scope', '0', /^Compare the scope of 10\.88\.0\.11 \(ip address show\) with local-max-addr-scope/u],
];

describe.each(rows)('%s %s', (key, value, remedy) => {
	test.each<[place: string, scene: Evidence, source: string]>([
		['cilium-config', sceneOf('1.17.4', {[key]: value}), 'configmap kube-system/cilium-config'],
		['a CiliumNodeConfig', sceneOf('1.17.4', {}, nodeConfig({[key]: value})), 'ciliumnodeconfig kube-system/edge'],
		['an argument of the agent', sceneOf('1.17.4', {}, argument('1.17.4', `--${key}=${value}`)), 'daemonset kube-system/cilium, arguments'],
		[
			'an argument over a CiliumNodeConfig over cilium-config',
			sceneOf('1.17.4', {[key]: 'other'}, {...nodeConfig({[key]: 'others'}), ...argument('1.17.4', `--${key}=${value}`)}),
			'daemonset kube-system/cilium, arguments',
		],
	])('by %s', (_place, scene, source) => {
		const {code, options, remedy: says} = found(scene);
		expect(code).toBe('HP20 error');
		expect(options).toEqual([{source, says: `${key}: ${value}`}]);
		expect(says).toMatch(remedy);
		// The chart's value does not win over what somebody set for the node.
		if (source.startsWith('configmap')) expect(says).not.toContain('set by');
		else expect(says).toContain(`(set by ${source})`);
		if (!source.startsWith('configmap')) expect(says).not.toContain('Helm');
	});
});

test('a CiliumNodeConfig of another node narrows nothing here', () => {
	const [config] = nodeConfig({devices: 'eth1'}).nodeConfigs ?? [];
	const scene = sceneOf('1.17.4', {}, {nodeConfigs: config === undefined ? [] : [{...config, matchLabels: {pool: 'other'}}]});
	expect(found(scene).options).toEqual([]);
	expect(found(scene).code).toBe('HP20 error');
});

test('an agent of before 1.16 serves whatever local-max-addr-scope says', () => {
	const {options, remedy} = found(sceneOf('1.15.19', {'local-max-addr-scope': '0'}));
	expect(options).toEqual([]);
	expect(remedy).not.toContain('scope');
});
