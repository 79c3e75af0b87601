import {expect, test} from 'vitest';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import type {Evidence} from '../../source/evidence/evidence.ts';
import {agentStatus, pod, port} from './builders.ts';
import {healthyNativeEvidence} from './scenes.ts';

// As a real 1.20.2 had it in its datapath: an address and port have one entry, and whoever came last has it.
const service = {
	namespace: 'default',
	name: 'outside',
	type: 'ClusterIP',
	clusterIPs: ['10.96.0.20'],
	selector: {},
	externalIPs: ['192.0.2.9'],
	ports: [{port: 8080, nodePort: null, protocol: 'TCP'}],
};

/** One node and one pod on 8080, with entries of its own for these addresses. */
function seen(addresses: readonly string[], parts: {services?: Evidence['services']; hostIP?: string} = {}): Evidence {
	const base = healthyNativeEvidence('1.20.2', ['node-1']);
	const [first] = base.nodes;
	const status = agentStatus('1.20.2', {
		kubeProxyReplacement: 'true',
		hostPortEnabled: true,
		nodePortEnabled: true,
		devices: ['eth0'],
		deviceAddresses: [first?.addresses[0]?.address ?? ''],
	});
	const entry = (address: string) => ({
		type: 'HostPort',
		address,
		port: 8080,
		protocol: 'TCP',
		isLoopback: false,
		backends: [{ip: '10.9.0.5', port: 80}],
	});
	return {
		...base,
		services: parts.services ?? [],
		pods: [pod('web', 'node-1', '10.9.0.5', [port(8080, 80, {hostIP: parts.hostIP ?? ''})])],
		nodes: base.nodes.map(node => ({
			...node,
			observation: node.observation && {
				...node.observation,
				agentStatus: status,
				serviceEntries: [],
				datapathEntries: addresses.map(entry),
			},
		})),
	};
}

const nodeAddress = healthyNativeEvidence('1.20.2', ['node-1']).nodes[0]?.addresses[0]?.address ?? '';
const worst = (evidence: Evidence) => diagnose(evidence).findings.filter(({severity}) => severity !== 'info');

test('a Service that took the entry of the node’s address is the cause, and what Cilium serves is not', () => {
	const findings = worst(seen(['0.0.0.0'], {services: [{...service, externalIPs: [nodeAddress]}]}));
	expect(findings.map(({code, severity}) => `${code} ${severity}`)).toEqual(['HP15 error']);
	expect(findings[0]?.remedy).toContain('restart the pod');
});

test('when the Service is gone the entry is still missing, and a restart brings it back', () => {
	const [finding] = worst(seen(['0.0.0.0']));
	expect(finding).toMatchObject({code: 'HP20', severity: 'error'});
	expect(finding?.remedy).toContain('Restart the agent pod');
});

test('a Service on another port or address is no cause', () => {
	const services = [
		{...service, externalIPs: ['192.0.2.1']},
		{...service, externalIPs: [nodeAddress], ports: [{port: 81, nodePort: null, protocol: 'TCP'}]},
	];
	expect(worst(seen(['0.0.0.0'], {services})).map(({code}) => code)).toEqual(['HP20']);
	expect(worst(seen(['0.0.0.0', nodeAddress], {services}))).toEqual([]);
});

test('an entry for a hostIP that the node does not have is not said to be missing', () => {
	const [finding] = worst(seen(['203.0.113.9'], {hostIP: '203.0.113.9'}));
	expect(finding).toMatchObject({code: 'HP20', severity: 'warning'});
	expect(finding?.title).toContain('not served by its node');
	expect(finding?.because.map(({says}) => says).join('\n')).not.toContain('none for');
});

/** The same with what a policy's addressMatcher makes for an address. */
const redirected = (address: string, evidence: Evidence): Evidence => ({
	...evidence,
	nodes: evidence.nodes.map(node => ({
		...node,
		observation: node.observation && {
			...node.observation,
			datapathEntries: [
				...(node.observation.datapathEntries ?? []),
				{type: 'LocalRedirect', address, port: 8080, protocol: 'TCP', isLoopback: false, backends: [{ip: '10.9.0.9', port: 53}]},
			],
		},
	})),
});

test.each([
	['no Service', []],
	['a Service with the port there too', [{...service, externalIPs: [nodeAddress]}]],
])('an entry of a CiliumLocalRedirectPolicy is told as one: %s', (_name, services) => {
	const [finding] = worst(redirected(nodeAddress, seen(['0.0.0.0'], {services})));
	expect(finding).toMatchObject({
		code: 'HP15',
		severity: 'error',
		title: 'a CiliumLocalRedirectPolicy has the entry of 1 hostPort, and the traffic',
	});
	expect(finding?.remedy).toContain('addressMatcher');
});

test('the same for a hostIP', () => {
	const [finding] = worst(redirected(nodeAddress, seen([], {hostIP: nodeAddress})));
	expect(finding?.title).toContain('CiliumLocalRedirectPolicy');
	expect(finding?.because.map(({says}) => says).join('\n')).not.toContain('Service’s');
});

test('one for an address that is none of the node’s takes nothing', () => {
	expect(worst(redirected('169.254.20.10', seen(['0.0.0.0', nodeAddress])))).toEqual([]);
});
