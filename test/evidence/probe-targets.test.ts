import {describe, expect, test} from 'vitest';
import {lookTargets} from '../../source/evidence/probe-targets.ts';
import type {HostPortPod} from '../../source/evidence/evidence.ts';
import {node, pod, port} from '../diagnosis/builders.ts';

const nodes = ['10.88.0.11', '10.88.0.12', '10.88.0.13'].map((address, index) => node(`node-${index + 1}`, address, null));
const web = (name: string, ports = [port(8080, 80)], parts: Partial<HostPortPod> = {}): HostPortPod =>
	pod(`web-${name}`, name, '10.0.0.5', ports, parts);
const targets = (pods: readonly HostPortPod[], {all = nodes, mute = [] as readonly string[], connects = true, fromHere = true} = {}) => {
	const {ofNode, ofClient} = lookTargets(all, pods, {connects, fromHere, canAsk: ({name}) => !mute.includes(name)});
	return {ofNode: all.map(({name}) => ofNode(name)), ofClient: ofClient.map(({address, port: number}) => `${address},${number}`)};
};

describe('who connects to what', () => {
	test('each hostPort is asked by one other node, by this machine, and the pod itself by its own', () => {
		expect(targets([web('node-1', [port(8080, 80), port(8443, 443)]), web('node-3')])).toEqual({
			ofNode: [['10.0.0.5,80,443', '10.88.0.13,8080'], ['10.88.0.11,8080,8443'], ['10.0.0.5,80']],
			ofClient: ['10.88.0.11,8080', '10.88.0.11,8443', '10.88.0.13,8080'],
		});
	});

	test('a node that cannot ask is passed over, and still asked', () => {
		expect(targets([web('node-1'), web('node-2')], {mute: ['node-2']}).ofNode).toEqual([
			['10.0.0.5,80'],
			['10.0.0.5,80'],
			['10.88.0.11,8080', '10.88.0.12,8080'],
		]);
	});

	test('a node alone asks itself, and where none can ask this machine does', () => {
		const [first] = nodes;
		const all = first === undefined ? [] : [first];
		expect(targets([web('node-1')], {all})).toEqual({ofNode: [['10.0.0.5,80', '10.88.0.11,8080']], ofClient: ['10.88.0.11,8080']});
		expect(targets([web('node-1')], {all, mute: ['node-1']})).toEqual({ofNode: [['10.0.0.5,80']], ofClient: ['10.88.0.11,8080']});
	});

	test.each<[string, HostPortPod]>([
		['UDP', web('node-1', [port(8080, 80, {protocol: 'UDP'})])],
		['a private port', web('node-1', [port(8080, 80, {hostIP: '127.0.0.1'})])],
		['a pod on the host network', web('node-1', undefined, {hostNetwork: true})],
		['a pod that does not run', web('node-1', undefined, {phase: 'Pending', podIPs: []})],
		['a pod that is being removed', web('node-1', undefined, {trouble: 'Terminating'})],
		['an address that is none', web('node-1', [port(8080, 80, {hostIP: '$(id)'})])],
	])('%s is not asked', (_what, one) => {
		const {ofNode, ofClient} = targets([one]);
		expect(ofNode[1]).toEqual([]);
		expect(ofClient).toEqual([]);
	});

	test('a pod of both families is asked at both addresses by its own node', () => {
		const {ofNode} = targets([web('node-1', [port(8080, 80), port(8443, 443)], {podIPs: ['10.0.0.5', 'fd00::5']})]);
		expect(ofNode[0]).toEqual(['10.0.0.5,80,443', 'fd00::5,80,443']);
	});

	test('a hostIP that is none of the node’s is not connected to from here', () => {
		const {ofNode, ofClient} = targets([web('node-1', [port(8080, 80, {hostIP: '192.0.2.7'})])]);
		expect(ofNode[1]).toEqual(['192.0.2.7,8080']);
		expect(ofClient).toEqual([]);
	});

	test('of a node with two families each that the pod has, and from here its external address too', () => {
		const addresses = ['InternalIP 10.88.0.11', 'InternalIP fd00::11', 'ExternalIP 203.0.113.9'].map(text => {
			const [type = '', address = ''] = text.split(' ');
			return {type, address};
		});
		const all = nodes.map((each, index) => (index === 0 ? {...each, addresses} : each));
		const dual = targets([web('node-1', undefined, {podIPs: ['10.0.0.5', 'fd01::5']})], {all});
		expect(dual.ofNode[1]).toEqual(['10.88.0.11,8080', 'fd00::11,8080']);
		expect(dual.ofClient).toEqual(['10.88.0.11,8080', 'fd00::11,8080', '203.0.113.9,8080']);
		expect(targets([web('node-1')], {all}).ofNode[1]).toEqual(['10.88.0.11,8080']);
	});

	test('a node with hundreds of hostPorts is asked for 32 of them', () => {
		const many = web(
			'node-1',
			Array.from({length: 300}, (_, index) => port(8000 + index, 9000 + index)),
		);
		const {ofNode} = targets([many]);
		expect(ofNode.map(words => words.join().split(',').length)).toEqual([33, 33, 1]);
	});

	test('nothing is, where it was not wanted', () => {
		expect(targets([web('node-1')], {connects: false})).toEqual({ofNode: [[], [], []], ofClient: []});
	});

	test('this machine asks nothing where the addresses are no concern of its network', () => {
		const everywhere = targets([web('node-1')]);
		expect(targets([web('node-1')], {fromHere: false})).toEqual({...everywhere, ofClient: []});
	});
});
