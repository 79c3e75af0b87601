import {expect, test} from 'vitest';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import type {Evidence, Observation} from '../../source/evidence/evidence.ts';
import {pod, port} from './builders.ts';
import {asNode, portmap, seen} from './reported-inputs.ts';

// A pod and a node of both families, mapped by nftables: portmap has a table for each family, CRI-O one map for each.

const hooks = ['prerouting: fib daddr type local jump hostports', 'output: fib daddr type local jump hostports'];
const four = ['hostports: tcp dport 9443 dnat to 10.0.0.40:443', ...hooks];
const six = ['hostports: tcp dport 9443 dnat to [fd00::40]:443', ...hooks];
const tables = ['ip cni_hostport', 'ip6 cni_hostport'];
const mapped = {protocol: 'TCP', hostPort: 9443, hostIP: '', targetPort: 443};

type Nftables = Partial<NonNullable<Observation['nftables']>>;

function scene(nftables: Nftables, containerRuntime = 'containerd://1.7.20'): Evidence {
	const addresses = ['10.88.0.11', 'fd00:88::11'].map(address => ({type: 'InternalIP', address}));
	const both = pod('both', 'node-1', '', [port(9443, 443)], {podIPs: ['10.0.0.40', 'fd00::40']});
	return seen(asNode({...portmap, pods: [both]}, {addresses, containerRuntime}), {
		nat: {nft: null, legacy: null},
		nftables: {rules: [], rules6: [], tables: [], chains: [], ...nftables},
	});
}

test.each<[string, Nftables, string, string]>([
	['portmap, both', {rules: four, rules6: six, tables}, 'containerd://1.7.20', 'HP22 info'],
	['portmap, IPv4 alone', {rules: four, tables}, 'containerd://1.7.20', 'HP20 error'],
	['portmap, IPv6 alone', {rules6: six, tables}, 'containerd://1.7.20', 'HP20 error'],
	[
		'portmap, IPv6 with nothing that leads to it',
		{rules: four, rules6: [...six.slice(0, 1), hooks[1] ?? ''], tables},
		'containerd://1.7.20',
		'HP20 error',
	],
	['portmap, IPv4 alone, and the tables were not listed', {rules: four}, 'containerd://1.7.20', 'HP20 warning'],
	[
		'CRI-O, both',
		{tables: ['inet crio-hostports'], runtimeMappings: ['10.0.0.40', 'fd00::40'].map(targetIP => ({...mapped, targetIP}))},
		'cri-o://1.33.1',
		'HP22 info',
	],
	[
		'CRI-O, IPv4 alone',
		{tables: ['inet crio-hostports'], runtimeMappings: [{...mapped, targetIP: '10.0.0.40'}]},
		'cri-o://1.33.1',
		'HP20 error',
	],
])('%s', (_, nftables, runtime, said) => {
	const {findings} = diagnose(scene(nftables, runtime));
	const first = findings.find(({code}) => code !== 'HP17');
	expect(`${first?.code} ${first?.severity}`).toBe(said);
	expect(first?.remedy.includes('portmap creates rules')).toBe(said.startsWith('HP20') && runtime.startsWith('containerd'));
});
