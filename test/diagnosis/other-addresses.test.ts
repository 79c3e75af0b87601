import {expect, test} from 'vitest';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import type {Evidence, Observation} from '../../source/evidence/evidence.ts';
import {agentStatus, cilium, evidence, node, observation, pod, port, configurationFile} from './builders.ts';

// A node with more than one address. Without nodeport-addresses Cilium serves one a family of each device (docs/paths.md, “two addresses a
// node”); what clients use instead is nothing that anybody but them knows, so it is a warning. Each row has a twin.

const own = '192.0.2.1';
const second = '192.0.2.111';
const external = '203.0.113.7';
const six = '2001:db8::111';

type Scene = {
	readonly entries?: readonly string[];
	/** Addresses of Cilium's devices. */
	readonly onDevices?: readonly string[];
	/** Addresses that the node has by its own tables. */
	readonly local?: readonly string[];
	readonly externalIP?: string;
	readonly hostIP?: string;
	readonly keys?: Record<string, string>;
	readonly version?: string;
	/** The datapath was not read: the agent's own list tells. */
	readonly isUnread?: boolean;
	readonly podIPs?: readonly string[];
};

function sceneOf(scene: Scene): Evidence {
	const {version = '1.20.2', entries = ['0.0.0.0', own], onDevices = [own, 'fe80::1'], local = [own], podIPs = ['198.18.1.10']} = scene;
	const backends = [{ip: podIPs[0] ?? '', port: 80}];
	const seen: Observation = observation({
		agentStatus: agentStatus(version, {
			kubeProxyReplacement: 'true',
			hostPortEnabled: true,
			nodePortEnabled: true,
			devices: ['eth0'],
			deviceAddresses: [...onDevices],
		}),
		configurationFolder: {
			host: '/etc/cni/net.d',
			files: [configurationFile('05-cilium.conflist', {name: 'cilium', plugins: [{type: 'cilium-cni'}]})],
		},
		serviceEntries: entries.map(ip => ({ip, port: 8080, protocol: 'TCP', backends})),
		datapathEntries:
			scene.isUnread === true
				? null
				: entries.map(address => ({type: 'HostPort', address, port: 8080, protocol: 'TCP', isLoopback: false, backends})),
		localAddresses: [...local],
	});
	const addresses = [
		{type: 'InternalIP', address: own},
		...(scene.externalIP === undefined ? [] : [{type: 'ExternalIP', address: scene.externalIP}]),
	];
	return evidence({
		cilium: cilium(version, {'kube-proxy-replacement': 'true', ...scene.keys}),
		nodes: [node('node-1', own, seen, {addresses})],
		pods: [pod('web', 'node-1', podIPs[0] ?? '', [port(8080, 80, {hostIP: scene.hostIP ?? ''})], {podIPs: [...podIPs]})],
	});
}

test.each<[name: string, scene: Scene, finding: string]>([
	['one address', {}, 'HP22 info'],
	['a second address of the device', {onDevices: [own, second], local: [own, second]}, 'HP20 warning'],
	['a second address that has an entry', {onDevices: [own, second], entries: ['0.0.0.0', own, second]}, 'HP22 info'],
	['a second address on a device that Cilium does not serve', {local: [own, second]}, 'HP22 info'],
	[
		'a second address, asked for by hostIP',
		{onDevices: [own, second], local: [own, second], hostIP: second, entries: [second]},
		'HP22 info',
	],
	['a second address outside nodeport-addresses', {onDevices: [own, second], keys: {'nodeport-addresses': '192.0.2.1/32'}}, 'HP22 info'],
	['a second address inside nodeport-addresses', {onDevices: [own, second], keys: {'nodeport-addresses': '192.0.2.0/24'}}, 'HP20 warning'],
	['a second address of a family that the pod does not have', {onDevices: [own, six]}, 'HP22 info'],
	['an ExternalIP that the node has', {externalIP: external, local: [own, external]}, 'HP20 warning'],
	['an ExternalIP that is translated before the node', {externalIP: external}, 'HP22 info'],
	['an ExternalIP that has an entry', {externalIP: external, local: [own, external], entries: ['0.0.0.0', own, external]}, 'HP22 info'],
	['1.15, whose list shows the addresses', {version: '1.15.19', isUnread: true, onDevices: [own, second]}, 'HP20 warning'],
	['1.20, whose list does not', {isUnread: true, entries: ['0.0.0.0'], onDevices: [own, second]}, 'HP22 info'],
])('%s', (_, scene, expected) => {
	const {findings, hostPorts} = diagnose(sceneOf(scene));
	expect([hostPorts[0]?.state, `${findings[0]?.code} ${findings[0]?.severity}`]).toEqual(['wired', expected]);
});

test('what helps is named, and that there may be nothing to do', () => {
	const [finding] = diagnose(sceneOf({onDevices: [own, second], local: [own, second]})).findings;
	expect(finding?.title).toContain(second);
	expect(finding?.remedy).toMatch(/nodeport-addresses .*Otherwise there is nothing to do/u);
});

test('the node’s InternalIP omitted stays an error, and is not told twice', () => {
	const {findings} = diagnose(sceneOf({entries: ['0.0.0.0', second], onDevices: [own, second]}));
	expect(findings.filter(({severity}) => severity !== 'info').map(({code, severity}) => `${code} ${severity}`)).toEqual(['HP20 error']);
	expect(findings[0]?.remedy).toContain('nodeport-addresses');
	// No other address of it has an entry: then the agent does not know it yet.
	expect(diagnose(sceneOf({entries: ['0.0.0.0']})).findings[0]?.remedy).toContain('Restart the agent pod');
});

test.each([
	// The chart of 1.15.19 has no value for it.
	['1.15.19', 'extraConfig.nodeport-addresses'],
	['1.20.2', 'nodePort.addresses'],
])('on %s the chart’s value for ranges is %s', (version, value) => {
	for (const scene of [
		{version, onDevices: [own, second], local: [own, second]},
		{version, entries: ['0.0.0.0'], keys: {'nodeport-addresses': '10.77.0.0/16'}},
	]) {
		expect(diagnose(sceneOf(scene)).findings.map(({remedy}) => remedy)).toContainEqual(
			expect.stringContaining(`Helm: ${value})`) as string,
		);
	}
});
