import * as fc from 'fast-check';
import {expect, test} from 'vitest';
import {hasPortmapHook, portMappings} from '../../source/diagnosis/port-mappings.ts';
import type {Observation} from '../../source/evidence/evidence.ts';
import {natTable, portmapHooks, portmapRules} from './builders.ts';

const mappingsOf = (nat: Observation['nat']) => portMappings({nat, nftables: null});

// As iptables-save shows the story's node after the repair.
const story = [
	'-A PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT',
	String.raw`-A CNI-HOSTPORT-DNAT -p tcp -m comment --comment "dnat name: \"portmap\" id: \"dae2e2\"" -m multiport --dports 8080 -j CNI-DN-dae2e2caa00ed8d022728`,
	'-A CNI-DN-dae2e2caa00ed8d022728 -s 10.0.0.0/24 -p tcp -m tcp --dport 8080 -j CNI-HOSTPORT-SETMARK',
	'-A CNI-DN-dae2e2caa00ed8d022728 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 10.0.0.5:80',
];

test('a mapping tells port, target, chain, and the network and sandbox of the comment', () => {
	expect(mappingsOf({nft: natTable(story), legacy: null})).toEqual([
		{
			by: 'portmap',
			build: 'nft',
			family: 4,
			protocol: 'TCP',
			hostPort: 8080,
			hostIP: '',
			targetIP: '10.0.0.5',
			targetPort: 80,
			chain: 'CNI-DN-dae2e2caa00ed8d022728',
			network: 'portmap',
			sandbox: 'dae2e2',
			conditions: '',
			position: 1,
			fromNode: false,
		},
	]);
});

test('all ports of a sandbox share one chain, as portmap makes it', () => {
	const rules = [
		...portmapHooks,
		'-A CNI-DN-83c1 -p tcp -m tcp --dport 4317 -j DNAT --to-destination 198.18.1.4:4317',
		'-A CNI-DN-83c1 -p tcp -m tcp --dport 4318 -j DNAT --to-destination 198.18.1.4:4318',
		String.raw`-A CNI-HOSTPORT-DNAT -p tcp -m comment --comment "dnat name: \"portmap\" id: \"7c72\"" -m multiport --dports 4317,4318 -j CNI-DN-83c1`,
	];
	const mappings = mappingsOf({nft: natTable(rules), legacy: null});
	expect(mappings.map(({hostPort, sandbox, position}) => [hostPort, sandbox, position !== undefined])).toEqual([
		[4317, '7c72', true],
		[4318, '7c72', true],
	]);
});

test('a sandbox with more ports than one match takes has several jumps to its chain', () => {
	const ports = Array.from({length: 17}, (_, index) => 9000 + index);
	const jump = (some: readonly number[]) =>
		String.raw`-A CNI-HOSTPORT-DNAT -p tcp -m comment --comment "dnat name: \"portmap\" id: \"7c72\"" -m multiport --dports ${some.join(',')} -j CNI-DN-83c1`;
	const rules = [
		...portmapHooks,
		...ports.map(port => `-A CNI-DN-83c1 -p tcp -m tcp --dport ${port} -j DNAT --to-destination 198.18.1.4:${port}`),
		jump(ports.slice(0, 15)),
		jump(ports.slice(15)),
	];
	const mappings = mappingsOf({nft: natTable(rules), legacy: null});
	expect(mappings.map(({hostPort, position}) => [hostPort, position !== undefined])).toEqual(ports.map(port => [port, true]));
	expect(mappings.at(-1)?.position).toBeGreaterThan(mappings[0]?.position ?? Infinity);
});

test.each([
	['-s 10.99.0.0/16 -p tcp -m comment --comment "dnat name: \\"x\\" id: \\"1\\"" -m multiport --dports 80', '-s 10.99.0.0/16'],
	['! -d 192.0.2.0/24 -p tcp -m multiport --dports 80', '! -d 192.0.2.0/24'],
	['-p tcp -m multiport --dports 80 -m mark --mark 0x1', '-m mark --mark 0x1'],
	['-p tcp -m tcp --dport 80', ''],
])('what a jump asks beside the port is kept: %s', (words, conditions) => {
	const rules = [
		...portmapHooks,
		`-A CNI-HOSTPORT-DNAT ${words} -j CNI-DN-a`,
		'-A CNI-DN-a -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.0.0.5:80',
	];
	expect(mappingsOf({nft: natTable(rules), legacy: null})).toMatchObject([{hostPort: 80, conditions}]);
});

test('IPv6 targets and host addresses are read, from either build', () => {
	const rules = [
		...portmapHooks,
		'-A CNI-HOSTPORT-DNAT -p udp -m multiport --dports 53 -j CNI-DN-a',
		'-A CNI-DN-a -d fd00::11/128 -p udp -m udp --dport 53 -j DNAT --to-destination [fd00:10::5]:5353',
	];
	expect(mappingsOf({nft: null, legacy: natTable([], rules)})).toMatchObject([
		{build: 'legacy', family: 6, protocol: 'UDP', hostPort: 53, hostIP: 'fd00::11', targetIP: 'fd00:10::5', targetPort: 5353},
	]);
});

test.each([
	['a chain to which nothing jumps', story.filter(line => !line.startsWith('-A CNI-HOSTPORT-DNAT'))],
	['a DNAT chain that PREROUTING does not call', story.filter(line => !line.startsWith('-A PREROUTING'))],
])('%s has no place among the jumps', (_, rules) => {
	expect(mappingsOf({nft: natTable(rules), legacy: null})).toMatchObject([{hostPort: 8080, position: undefined}]);
});

test('the order of the jumps is kept: the first that matches wins', () => {
	const first = portmapRules({sandbox: 'old', hostPort: 80, target: '10.0.0.9:80'});
	const second = portmapRules({sandbox: 'new', hostPort: 80, target: '10.0.0.5:80'});
	const [one, other] = mappingsOf({nft: natTable([...portmapHooks, ...first, ...second]), legacy: null});
	expect(one?.sandbox).toBe('old');
	expect(one?.position).toBeLessThan(other?.position ?? 0);
});

test('no table, an empty one and garbage hold no mapping', () => {
	expect(portMappings(undefined)).toEqual([]);
	expect(hasPortmapHook({nft: natTable(), legacy: null})).toBe(false);
	fc.assert(
		fc.property(fc.array(fc.string()), lines => {
			expect(mappingsOf({nft: natTable(lines), legacy: natTable([], lines)})).toEqual([]);
		}),
	);
});

test('a jump for one protocol does not lead the other there', () => {
	const rules = [
		...portmapHooks,
		'-A CNI-HOSTPORT-DNAT -p tcp -m multiport --dports 53 -j CNI-DN-a',
		'-A CNI-DN-a -p tcp -m tcp --dport 53 -j DNAT --to-destination 10.0.0.5:53',
		'-A CNI-DN-a -p udp -m udp --dport 53 -j DNAT --to-destination 10.0.0.5:53',
		'-A CNI-DN-a -p tcp -m tcp --dport 54 -j DNAT --to-destination 10.0.0.5:54',
	];
	const mappings = mappingsOf({nft: natTable(rules), legacy: null});
	expect(mappings.map(({protocol, hostPort, position}) => [protocol, hostPort, position !== undefined])).toEqual([
		['TCP', 53, true],
		['UDP', 53, false],
		['TCP', 54, false],
	]);
});

test("portmap's nftables backend is read: every address, one address, both families", () => {
	const nftables = {
		rules: [
			'ip daddr 10.88.0.11 tcp dport 8080 dnat to 10.0.0.5:80 comment "abc"',
			'udp dport 53 dnat ip to 10.0.0.6:5353 comment "def"',
			'tcp dport { 1, 2 } dnat to 10.0.0.7:1',
		],
		rules6: ['tcp dport 8080 dnat to [fd00::5]:80 comment "abc"'],
		tables: ['ip cni_hostport', 'ip6 cni_hostport'],
		chains: [],
	};
	expect(portMappings({nat: {nft: null, legacy: null}, nftables})).toMatchObject([
		{
			build: 'nftables',
			family: 4,
			protocol: 'TCP',
			hostPort: 8080,
			hostIP: '10.88.0.11',
			targetIP: '10.0.0.5',
			sandbox: 'abc',
			position: 0,
		},
		{protocol: 'UDP', hostPort: 53, hostIP: '', targetIP: '10.0.0.6', targetPort: 5353},
		{family: 6, targetIP: 'fd00::5', targetPort: 80},
	]);
});
