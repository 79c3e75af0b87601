import {expect, test} from 'vitest';
import {promisedAddresses} from '../../source/cilium/promised-addresses.ts';
import {canonicalAddress} from '../../source/cilium/addresses.ts';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import {evidenceSchema, type Evidence, type HostPortPod, type Observation} from '../../source/evidence/evidence.ts';
import {hostPortPodOf} from '../../source/evidence/objects/host-port-pods.ts';
import {nodeOf} from '../../source/evidence/objects/nodes.ts';
import {agentStatus, cilium, evidence, natTable, node, observation, pod, port, portmapHooks, portmapRules} from '../diagnosis/builders.ts';
import {writtenFile} from '../diagnosis/scenes.ts';

test.each([
	['::0', '::'],
	['0:0:0:0:0:0:0:0', '::'],
	['0:0:0:0:0:0:0:1', '::1'],
	['0000::0001', '::1'],
	['::ffff:127.0.0.1', '127.0.0.1'],
	['::FFFF:0.0.0.0', '0.0.0.0'],
	['fd00:0:0::11', 'fd00::11'],
	['FD00:88::11', 'fd00:88::11'],
	['10.88.0.11', '10.88.0.11'],
	['', ''],
	['node-1', 'node-1'],
	['dead:beef', 'dead:beef'],
])('%j is %j', (written, canonical) => {
	expect(canonicalAddress(written)).toBe(canonical);
});

const podObject = (hostIP: string): object => ({
	metadata: {namespace: 'default', name: 'web', uid: 'u'},
	spec: {nodeName: 'node-1', containers: [{name: 'web', ports: [{hostPort: 8080, containerPort: 80, hostIP}]}]},
	status: {phase: 'Running', podIP: 'FD00:42:0::5', podIPs: [{ip: 'FD00:42:0::5'}]},
});

test('what the API server holds of a pod and of a node has one spelling, and so has a saved file', () => {
	expect(hostPortPodOf(podObject('FD00:0:0::11'))).toMatchObject({podIPs: ['fd00:42::5'], ports: [{hostIP: 'fd00::11'}]});
	const addresses = [{type: 'InternalIP', address: 'FD00:0:0::11'}];
	expect(nodeOf({metadata: {name: 'node-1'}, status: {addresses}}).addresses).toEqual([{type: 'InternalIP', address: 'fd00::11'}]);
	const saved = evidenceSchema.parse(
		evidence({
			nodes: [node('node-1', '', null, {addresses})],
			pods: [pod('web', 'node-1', 'FD00:42:0::5', [port(8080, 80, {hostIP: '0:0:0:0:0:0:0:1'})])],
		}),
	);
	expect(saved.nodes[0]?.addresses[0]?.address).toBe('fd00::11');
	expect(saved.pods[0]).toMatchObject({podIPs: ['fd00:42::5'], ports: [{hostIP: '::1'}]});
});

/** A pod of both families as the API server gives it, with this hostIP, on a node whose own address of IPv6 is written in another form. */
function scene(version: string, hostIP: string, parts: Partial<Observation>): Evidence {
	const object = podObject(hostIP) as {status: object};
	const made = hostPortPodOf({...object, status: {...object.status, podIPs: [{ip: '10.0.0.5'}, {ip: 'FD00:42:0::5'}]}}) as HostPortPod;
	const own = nodeOf({
		metadata: {name: 'node-1'},
		status: {
			addresses: [
				{type: 'InternalIP', address: '10.88.0.11'},
				{type: 'InternalIP', address: 'FD00:0:0::11'},
			],
		},
	});
	return evidence({
		cilium: cilium(version, {'kube-proxy-replacement': 'true'}),
		pods: [{...made, createdAt: '2024-02-01T10:00:00Z', startedAt: '2024-02-01T10:00:00Z', ready: true}],
		nodes: [
			node('node-1', '', observation({localAddresses: ['127.0.0.1', '10.88.0.11', '::1', 'fd00::11'], ...parts}), {
				addresses: own.addresses,
			}),
		],
	});
}

/** Entries of the datapath as the agent tells them. */
const byEntries = (version: string, ...addresses: string[]): Partial<Observation> => ({
	agentStatus: agentStatus(version, {
		kubeProxyReplacement: 'true',
		hostPortEnabled: true,
		nodePortEnabled: true,
		socketLoadBalancing: true,
		devices: ['eth0'],
		deviceAddresses: ['10.88.0.11', 'fd00::11'],
	}),
	configurationFolder: {host: '/etc/cni/net.d', files: [writtenFile(version, false)]},
	datapathEntries: addresses.map(address => ({
		type: 'HostPort',
		address,
		port: 8080,
		protocol: version === '1.15.19' ? '' : 'TCP',
		isLoopback: false,
		backends: [address.includes(':') ? {ip: 'fd00:42::5', port: 80} : {ip: '10.0.0.5', port: 80}],
	})),
});
const told = (evidenceOf: Evidence): string => {
	const {hostPorts, findings} = diagnose(evidenceOf);
	const worst = findings.filter(({severity}) => severity !== 'info').map(({code}) => code);
	return [hostPorts[0]?.state, ...worst].join(' ');
};

const everywhere = ['0.0.0.0', '10.88.0.11', '::', 'fd00::11'];

test.each<[version: string, hostIP: string, entries: readonly string[], expected: string]>([
	// Its own address of IPv6, written otherwise by pod and node.
	['1.20.2', 'FD00::0:11', ['fd00::11'], 'wired'],
	['1.20.2', 'fd00::12', [], 'unwired HP20'],
	// A loopback address: HP27 from 1.20 on, by the entry that it has beside.
	['1.20.2', '0:0:0:0:0:0:0:1', ['::', 'fd00::11'], 'wired HP27'],
	['1.20.2', '::ffff:127.0.0.1', ['0.0.0.0', '10.88.0.11'], 'wired HP27'],
	['1.15.19', '::ffff:127.0.0.1', ['0.0.0.0'], 'wired'],
	// The unspecified addresses: no entry from 1.18 on; before, entries of both families, of which each promises its own.
	['1.20.2', '::0', [], 'unwired HP20'],
	['1.20.2', '::ffff:0.0.0.0', [], 'unwired HP20'],
	['1.15.19', '::0', everywhere, 'wired'],
	['1.15.19', '::0', ['::', 'fd00::11'], 'wired'],
	['1.15.19', '::', ['0.0.0.0', '10.88.0.11', '::'], 'unwired HP20'],
	['1.15.19', '0.0.0.0', ['0.0.0.0', '10.88.0.11'], 'wired'],
	['1.15.19', '', ['0.0.0.0', '10.88.0.11', '::'], 'unwired HP20'],
])('by eBPF on %s, hostIP %s with entries for %j: %s', (version, hostIP, entries, expected) => {
	expect(told(scene(version, hostIP, byEntries(version, ...entries)))).toBe(expected);
});

test.each(['::', '::0', '0.0.0.0', '', 'fd00:0::11', '10.88.0.11', '0:0:0:0:0:0:0:1'])(
	'verify asks for the addresses that check asks for: hostIP %j',
	hostIP => {
		const seen = scene('1.15.19', hostIP, byEntries('1.15.19', ...everywhere));
		const [{ports, podIPs} = {ports: [], podIPs: []}] = seen.pods;
		const promised = promisedAddresses(seen.nodes[0]?.addresses ?? [], ports[0]?.hostIP ?? '', podIPs);
		// Each address that is promised is missed where it has no entry, and no other is.
		for (const address of ['10.88.0.11', 'fd00::11']) {
			const without = byEntries('1.15.19', ...everywhere.filter(each => each !== address));
			const isMissed = told(scene('1.15.19', hostIP, without)) !== told(seen);
			expect([address, isMissed]).toEqual([address, promised.includes(address) && ports[0]?.hostIP !== '::1']);
		}
	},
);

test('a rule of portmap serves the address that the pod asks for, however it is written', () => {
	const rules = portmapRules({sandbox: 'web', hostPort: 8080, target: '[fd00:42::5]:80', hostIP: 'fd00::11'}).map(rule =>
		rule.replace('fd00::11/32', 'fd00::11/128'),
	);
	const seen = (hostIP: string) =>
		told(
			scene('1.15.19', hostIP, {
				agentStatus: agentStatus('1.15.19', {chainingMode: 'portmap'}),
				configurationFolder: {host: '/etc/cni/net.d', files: [writtenFile('1.15.19', true)]},
				nat: {nft: natTable(portmapHooks, [...portmapHooks, ...rules]), legacy: natTable()},
			}),
		).split(' ')[0];
	expect(seen('FD00:0:0::11')).toBe('wired');
	expect(seen('fd00::12')).toBe('unwired');
});
