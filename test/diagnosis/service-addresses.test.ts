import {expect, test} from 'vitest';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import type {Evidence, Observation} from '../../source/evidence/evidence.ts';
import {agentStatus, pod, port} from './builders.ts';
import {healthyNativeEvidence, healthyPortmapEvidence, withObservation} from './scenes.ts';

// A Service whose address is the node's own, with a hostPort's number: ServiceLB gives every LoadBalancer Service such addresses
// (cilium/cilium#44730), and any other load balancer or administrator may. Each row has a twin that differs in one thing.

const podIP = '10.9.0.5';
type Service = Evidence['services'][number];

const balanced = (parts: Partial<Service> = {}): Service => ({
	namespace: 'default',
	name: 'edge',
	type: 'LoadBalancer',
	clusterIPs: ['10.96.0.20'],
	externalIPs: [],
	loadBalancerIPs: [nodeAddress],
	selector: {app: 'edge'},
	ports: [{port: 8080, nodePort: 32_217, protocol: 'TCP'}],
	...parts,
});
const nodeAddress = healthyNativeEvidence('1.20.2', ['node-1']).nodes[0]?.addresses[0]?.address ?? '';
const vip = '203.0.113.40';

type DatapathEntry = NonNullable<Observation['datapathEntries']>[number];
const entry = (address: string, type = 'HostPort', backend = podIP): DatapathEntry => ({
	type,
	address,
	port: 8080,
	protocol: 'TCP',
	isLoopback: false,
	backends: [{ip: backend, port: 80}],
});
const whole = [entry('0.0.0.0'), entry(nodeAddress)];
const taken = [entry('0.0.0.0'), entry(nodeAddress, 'LoadBalancer', '10.9.9.9')];

type Scene = {
	readonly services?: readonly Service[];
	/** Null: the datapath was not read, and the agent's own list shows `0.0.0.0`. */
	readonly datapath?: readonly DatapathEntry[] | null;
	readonly hostIP?: string;
	readonly owner?: string;
	readonly version?: string;
	readonly localAddresses?: readonly string[];
};

function sceneOf({
	services = [balanced()],
	datapath = whole,
	hostIP = '',
	owner = 'DaemonSet/web',
	version = '1.20.2',
	localAddresses,
}: Scene) {
	const base = healthyNativeEvidence(version, ['node-1']);
	const status = agentStatus(version, {
		kubeProxyReplacement: 'true',
		hostPortEnabled: true,
		nodePortEnabled: true,
		devices: ['eth0'],
		deviceAddresses: [nodeAddress],
	});
	return withObservation(
		{...base, services: [...services], pods: [pod('web', 'node-1', podIP, [port(8080, 80, {hostIP})], {owner})]},
		'node-1',
		{
			agentStatus: status,
			serviceEntries: [{ip: '0.0.0.0', port: 8080, protocol: 'TCP', backends: [{ip: podIP, port: 80}]}],
			datapathEntries: datapath && [...datapath],
			...(localAddresses && {localAddresses: [...localAddresses]}),
		},
	);
}

const serviceLB = {owner: 'DaemonSet/svclb-edge-1a2b3c', services: [balanced({name: 'edge'})]};
const of6 = '2001:db8::7';

test.each<[name: string, scene: Scene, findings: string[], state: string]>([
	['on the node’s address', {}, ['HP15 warning'], 'wired'],
	['on another address', {services: [balanced({loadBalancerIPs: [vip]})]}, ['HP22 info'], 'wired'],
	[
		'on an address that Kubernetes does not know of and the node has',
		{services: [balanced({loadBalancerIPs: [vip]})], localAddresses: [nodeAddress, vip]},
		['HP15 warning'],
		'wired',
	],
	[
		'on an IPv6 address of the node, written otherwise',
		{services: [balanced({loadBalancerIPs: ['2001:0DB8:0::7']})], localAddresses: [nodeAddress, of6]},
		['HP15 warning'],
		'wired',
	],
	['waiting for an address', {services: [balanced({loadBalancerIPs: []})]}, ['HP22 info'], 'wired'],
	['on another port', {services: [balanced({ports: [{port: 81, nodePort: 8080, protocol: 'TCP'}]})]}, ['HP22 info'], 'wired'],
	['of another protocol', {services: [balanced({ports: [{port: 8080, nodePort: 32_217, protocol: 'UDP'}]})]}, ['HP22 info'], 'wired'],
	['where the hostPort is for loopback', {hostIP: '127.0.0.1', datapath: [entry('127.0.0.1')]}, ['HP20 info', 'HP22 info'], 'wired'],
	['that has the entry', {datapath: taken}, ['HP15 error'], 'unwired'],
	[
		'that has the entry of the hostIP',
		{datapath: [entry(nodeAddress, 'LoadBalancer', '10.9.9.9')], hostIP: nodeAddress},
		['HP15 error'],
		'unwired',
	],
	['that has the entry and could not be read', {datapath: taken, services: []}, ['HP15 error'], 'unwired'],
	[
		'that has the entry and leads to the pod too',
		{datapath: [entry('0.0.0.0'), entry(nodeAddress, 'LoadBalancer')]},
		['HP15 warning'],
		'wired',
	],
	['gone, and nobody has the entry', {datapath: [entry('0.0.0.0')], services: []}, ['HP20 error'], 'unwired'],
	['where the datapath was not read', {datapath: null}, ['HP15 warning'], 'wired'],
	['of ServiceLB', serviceLB, ['HP15 warning'], 'wired'],
	['of ServiceLB, which has the entry', {...serviceLB, datapath: taken}, ['HP15 warning'], 'unwired'],
	['of ServiceLB, addresses not saved', {...serviceLB, services: [balanced({loadBalancerIPs: undefined})]}, ['HP15 warning'], 'wired'],
	['of another load balancer, addresses not saved', {services: [balanced({loadBalancerIPs: undefined})]}, ['HP22 info'], 'wired'],
])('under eBPF, a Service %s', (_, scene, expected, state) => {
	const {findings, hostPorts} = diagnose(sceneOf(scene));
	expect(findings.map(({code, severity}) => `${code} ${severity}`)).toEqual(expected);
	expect(hostPorts[0]?.state).toBe(state);
});

test('who has the entry, and that it goes to and fro on 1.18 and 1.19, is said', () => {
	const proofs = (scene: Scene): string => (diagnose(sceneOf(scene)).findings[0]?.because ?? []).map(({says}) => says).join('\n');
	expect(proofs({datapath: taken})).toContain(`load balancer addresses ${nodeAddress}`);
	expect(proofs({datapath: taken, services: []})).toContain(`entries of type LoadBalancer for ${nodeAddress}`);
	expect(proofs({version: '1.19.1'})).toContain('cilium/cilium#44730');
	expect(proofs({version: '1.20.2'})).not.toContain('44730');
	expect(diagnose(sceneOf(serviceLB)).findings[0]?.remedy).toContain('ServiceLB');
	expect(diagnose(sceneOf({})).findings[0]?.remedy).not.toContain('ServiceLB');
});

test('beside portmap a load balancer’s address of the node is named, but for ServiceLB’s own pods', () => {
	const base = healthyPortmapEvidence('1.17.4');
	const address = base.nodes[0]?.addresses[0]?.address ?? '';
	const port8080 = base.pods.filter(({ports}) => ports.some(({hostPort}) => hostPort === 8080));
	const codes = (evidence: Evidence) => diagnose(evidence).findings.map(({code, severity}) => `${code} ${severity}`);
	const services = [balanced({loadBalancerIPs: [address]})];
	expect(codes({...base, services})).toEqual(['HP15 warning']);
	const forwarding = base.pods.map(each => (port8080.includes(each) ? {...each, owner: 'DaemonSet/svclb-edge-1'} : each));
	expect(codes({...base, services, pods: forwarding})).toEqual(['HP22 info']);
});
