import {expect, test} from 'vitest';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import type {Evidence, Observation} from '../../source/evidence/evidence.ts';
import {agentStatus, cilium, configurationFile, evidence, node, observation, pod, port} from './builders.ts';

// Which addresses are served, where the datapath was not read and only the agent's service table is there. Each row has a twin
// that differs in one thing.

const four = '192.0.2.1';
const six = '2001:db8::1';
const podIPs = ['198.18.1.10', '2001:db8:42::10'];

type Scene = {
	readonly version: string;
	readonly keys?: Record<string, string>;
	readonly entries: readonly string[];
	readonly deviceAddresses?: string[];
	readonly families?: 4 | 46;
	/** The device that the node has its address on, by its own word. */
	readonly device?: string;
	/** Another address that Kubernetes knows of the node, and whether the node has it by its own tables. */
	readonly externalIP?: {readonly address: string; readonly isLocal: boolean};
};

function sceneOf({version, keys = {}, entries, deviceAddresses = [], families = 4, device, externalIP}: Scene): Evidence {
	const both = families === 46;
	const seen: Observation = observation({
		agentStatus: agentStatus(version, {
			kubeProxyReplacement: 'true',
			hostPortEnabled: true,
			nodePortEnabled: true,
			devices: ['eth0'],
			deviceAddresses,
		}),
		configurationFolder: {
			host: '/etc/cni/net.d',
			files: [configurationFile('05-cilium.conflist', {name: 'cilium', plugins: [{type: 'cilium-cni'}]})],
		},
		serviceEntries: entries.map(ip => ({
			ip,
			port: 8080,
			protocol: 'TCP',
			backends: [{ip: (ip.includes(':') ? podIPs[1] : podIPs[0]) ?? '', port: 80}],
		})),
		facts: device === undefined ? {} : {[`device:${four}`]: device},
		localAddresses: [four, six, ...(externalIP?.isLocal === true ? [externalIP.address] : [])],
	});
	const addresses = [
		{type: 'InternalIP', address: four},
		...(both ? [{type: 'InternalIP', address: six}] : []),
		...(externalIP === undefined ? [] : [{type: 'ExternalIP', address: externalIP.address}]),
	];
	return evidence({
		cilium: cilium(version, {'kube-proxy-replacement': 'true', ...keys}),
		nodes: [node('node-1', four, seen, {addresses})],
		pods: [pod('web', 'node-1', podIPs[0] ?? '', [port(8080, 80)], {podIPs: both ? podIPs : podIPs.slice(0, 1)})],
	});
}

type Row = [name: string, scene: Scene, state: string, first: string];

const rows: Row[] = [
	['1.19, both families', {version: '1.19.6', entries: ['0.0.0.0', '::'], families: 46}, 'wired', 'HP22 info'],
	['1.19, no entry of IPv6', {version: '1.19.6', entries: ['0.0.0.0'], families: 46}, 'unwired', 'HP20 error'],
	['1.19, no entry of IPv4', {version: '1.19.6', entries: ['::'], families: 46}, 'unwired', 'HP20 error'],
	['1.19, a pod of one family', {version: '1.19.6', entries: ['0.0.0.0']}, 'wired', 'HP22 info'],
	['1.16, 0.0.0.0 alone', {version: '1.16.4', entries: ['0.0.0.0']}, 'unwired', 'HP20 error'],
	['1.16, the node’s address too', {version: '1.16.4', entries: ['0.0.0.0', four]}, 'wired', 'HP22 info'],
	[
		'1.19, devices named, their addresses not seen',
		{version: '1.19.6', entries: ['0.0.0.0'], keys: {devices: 'eth1'}},
		'unknown',
		'undefined undefined',
	],
	[
		'1.19, devices named, their addresses seen',
		{version: '1.19.6', entries: ['0.0.0.0'], keys: {devices: 'eth0'}, deviceAddresses: [four]},
		'wired',
		'HP22 info',
	],
	[
		'1.19, devices named, another address on them',
		{version: '1.19.6', entries: ['0.0.0.0'], keys: {devices: 'eth1'}, deviceAddresses: ['203.0.113.7', 'fe80::1']},
		'unwired',
		'HP20 error',
	],
	[
		'1.19, devices named, the node has its address on another',
		{version: '1.19.6', entries: ['0.0.0.0'], keys: {devices: 'eth0'}, device: 'eth1'},
		'unwired',
		'HP20 error',
	],
	[
		'1.19, devices named, the node has its address on one of them',
		{version: '1.19.6', entries: ['0.0.0.0'], keys: {devices: 'eth0'}, device: 'eth0'},
		'wired',
		'HP22 info',
	],
	['version not known, 0.0.0.0 alone', {version: '', entries: ['0.0.0.0']}, 'unknown', 'undefined undefined'],
	['version not known, the node’s address too', {version: '', entries: ['0.0.0.0', four]}, 'wired', 'HP22 info'],
	['version not known, another address', {version: '', entries: ['0.0.0.0', '203.0.113.7']}, 'unwired', 'HP20 warning'],
];

test.each(rows)('%s', (_, scene, state, first) => {
	const {hostPorts, findings} = diagnose(sceneOf(scene));
	expect([hostPorts[0]?.state, `${findings[0]?.code} ${findings[0]?.severity}`]).toEqual([state, first]);
});

test.each<[string, string[], string]>([
	['on none of Cilium’s devices', [four], 'unwired'],
	['on one of them', [four, '10.9.0.5'], 'wired'],
])('1.18 has an entry for a hostIP that is %s', (_, deviceAddresses, state) => {
	const scene = sceneOf({version: '1.18.6', entries: ['10.9.0.5'], deviceAddresses, externalIP: {address: '10.9.0.5', isLocal: true}});
	const asked = {...scene, pods: scene.pods.map(each => ({...each, ports: each.ports.map(one => ({...one, hostIP: '10.9.0.5'}))}))};
	const {hostPorts, findings} = diagnose(asked);
	expect(hostPorts[0]?.state).toBe(state);
	expect(JSON.stringify(findings)).not.toMatch(/none for 10\.9\.0\.5|no entry for 10\.9\.0\.5/);
});

test('of a version that is not known, the remedy of an explicit 0.0.0.0 names what later ones do', () => {
	const scene = sceneOf({version: '', entries: []});
	const asked = {...scene, pods: scene.pods.map(each => ({...each, ports: each.ports.map(one => ({...one, hostIP: '0.0.0.0'}))}))};
	expect(diagnose(asked).findings[0]).toMatchObject({code: 'HP10', remedy: expect.stringContaining('leave hostIP empty')});
});

test('of a version that is not known, an entry of another protocol serves nothing', () => {
	const scene = sceneOf({version: '', entries: ['0.0.0.0', four]});
	const udp = {...scene, pods: scene.pods.map(each => ({...each, ports: each.ports.map(one => ({...one, protocol: 'UDP'}))}))};
	expect(diagnose(udp).hostPorts[0]?.state).toBe('unwired');
});
