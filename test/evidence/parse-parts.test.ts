import {describe, expect, test} from 'vitest';
import {architectureOf} from '../../source/evidence/elf-architecture.ts';
import {parseAddresses} from '../../source/evidence/parse-addresses.ts';
import {parseAttached} from '../../source/evidence/parse-attached.ts';
import {parseDatapath} from '../../source/evidence/parse-datapath.ts';
import {parseAgentStatus} from '../../source/evidence/parse-agent-status.ts';
import {parseCache} from '../../source/evidence/parse-cache.ts';
import {parseBinaryFiles, parseConfigurationFiles} from '../../source/evidence/parse-folders.ts';
import {parseListeners} from '../../source/evidence/parse-listeners.ts';
import {parseNat} from '../../source/evidence/parse-nat.ts';
import {parseServiceList} from '../../source/evidence/parse-service-list.ts';
import {parseUnits} from '../../source/evidence/parse-units.ts';

const elf = (bits: number, order: number, machine: string): string =>
	` 7f 45 4c 46 0${bits} 0${order} 01 00 00 00 00 00 00 00 00 00\n 02 00 ${machine}\n`;

test.each([
	['amd64', elf(2, 1, '3e 00')],
	['arm64', elf(2, 1, 'b7 00')],
	['arm', elf(1, 1, '28 00')],
	['386', elf(1, 1, '03 00')],
	['s390x', elf(2, 2, '00 16')],
	['ppc64le', elf(2, 1, '15 00')],
	['ppc64', elf(2, 2, '00 15')],
	['riscv64', elf(2, 1, 'f3 00')],
	['mips64le', elf(2, 1, '08 00')],
	['script', '23 21 2f 62'],
	['', elf(2, 1, 'ff ff')],
	['none', '7f 45 4c 46'],
	['none', '41 42 43 44'],
	['', 'zz'],
	['', ''],
])('architecture %s is told by the ELF header', (architecture, hex) => {
	expect(architectureOf(hex)).toBe(architecture);
});

describe('agent status', () => {
	test('what is omitted of the JSON is off', () => {
		const status = parseAgentStatus(
			'{"cilium":{"msg":"1.16.2 (v1.16.2-abc)"},"kube-proxy-replacement":{"mode":"False","features":{"nodePort":{}}}}',
		);
		expect(status).toMatchObject({
			version: '1.16.2',
			kubeProxyReplacement: 'false',
			hostPortEnabled: false,
			nodePortEnabled: false,
			nodePortRange: null,
		});
	});

	test('replacement with its devices, port range, chaining and host firewall', () => {
		const status = parseAgentStatus(
			`level=warning msg="old flag"
{"cilium":{"msg":"1.19.0-rc.1 (v1.19.0-rc.1-ab)"},"cni-chaining":{"mode":"portmap"},"cni-file":{"msg":"ok"},"host-firewall":{"mode":"Enabled"},
"kube-proxy-replacement":{"mode":"True","deviceList":[{"name":"eth0","ip":["","10.0.0.1","fe80::1"]},{"name":"eth1"}],
"features":{"hostPort":{"enabled":true},"nodePort":{"enabled":true,"portMin":30000,"portMax":32767}}}}`,
		);
		expect(status).toEqual({
			version: '1.19.0-rc.1',
			kubeProxyReplacement: 'true',
			hostPortEnabled: true,
			nodePortEnabled: true,
			socketLoadBalancing: null,
			nodePortRange: {from: 30_000, to: 32_767},
			chainingMode: 'portmap',
			cniFile: 'ok',
			devices: ['eth0', 'eth1'],
			deviceAddresses: ['10.0.0.1', 'fe80::1'],
			hostFirewall: 'Enabled',
		});
	});

	test.each([
		// Recordings of 1.20.2 and 1.15.19; the older name is that of 1.10.
		['"socketLB":{"enabled":true}', true],
		['"socketLB":{}', false],
		['"hostReachableServices":{"enabled":true,"protocols":["TCP","UDP"]}', true],
		['"hostReachableServices":{}', false],
		['"nodePort":{}', null],
	])('socket programs by %s: %s', (features, wanted) => {
		const text = `{"cilium":{"msg":"1.15.19"},"kube-proxy-replacement":{"mode":"False","features":{${features}}}}`;
		expect(parseAgentStatus(text)?.socketLoadBalancing).toBe(wanted);
	});

	test.each(['', 'null', '[]', '{}', '{"a":1}', 'cannot connect'])('%j is no status', text => {
		expect(parseAgentStatus(text)).toBeUndefined();
	});
});

function entry(type: string, port: number, scope = 'external'): object {
	return {
		spec: {
			flags: {type},
			'frontend-address': {ip: '10.0.0.1', port, protocol: 'udp', scope},
			'backend-addresses': [{ip: '10.1.0.1', port: 53}],
		},
	};
}

describe('bpf lb list', () => {
	test.each([
		[
			'with slots and protocols (1.17 and later)',
			{
				'0.0.0.0:80/TCP (0)': ['0.0.0.0:0 (1) (0) [HostPort, non-routable, loopback] '],
				'0.0.0.0:80/TCP (1)': ['10.0.0.5:8080/TCP (1) (1)'],
				'0.0.0.0:80/TCP (2)': ['10.0.0.6:8080/TCP (1) (2)'],
			},
			[
				{
					type: 'HostPort',
					address: '0.0.0.0',
					port: 80,
					protocol: 'TCP',
					isLoopback: true,
					backends: [
						{ip: '10.0.0.5', port: 8080},
						{ip: '10.0.0.6', port: 8080},
					],
				},
			],
		],
		[
			'without protocols (before 1.17)',
			{'192.0.2.1:80 (0)': ['0.0.0.0:0 (1) (0) [HostPort] '], '192.0.2.1:80 (1)': ['10.0.0.5:8080 (1) (1)']},
			[{type: 'HostPort', address: '192.0.2.1', port: 80, protocol: '', isLoopback: false, backends: [{ip: '10.0.0.5', port: 8080}]}],
		],
		[
			'without slots',
			{'192.0.2.1:80': ['10.0.0.5:8080 (1)', '0.0.0.0:0 (1) [HostPort]']},
			[{type: 'HostPort', address: '192.0.2.1', port: 80, protocol: '', isLoopback: false, backends: [{ip: '10.0.0.5', port: 8080}]}],
		],
		[
			'of IPv6',
			{'[2001:db8::1]:80/UDP (0)': ['[::]:0 (1) (0) [HostPort] '], '[2001:db8::1]:80/UDP (1)': ['[fd00::5]:8080/UDP (1) (1)']},
			[{type: 'HostPort', address: '2001:db8::1', port: 80, protocol: 'UDP', isLoopback: false, backends: [{ip: 'fd00::5', port: 8080}]}],
		],
		[
			'of other types',
			{
				'10.96.0.1:443/TCP (0)': ['0.0.0.0:0 (1) (0) [ClusterIP, non-routable] '],
				'10.0.0.1:1/TCP (0)': ['0.0.0.0:0 (1) (0) [NotHostPort]'],
			},
			[],
		],
		[
			'of a Service at an address and port that a hostPort may have',
			{'192.0.2.1:80/TCP (0)': ['0.0.0.0:0 (1) (0) [LoadBalancer] '], '192.0.2.1:80/TCP (1)': ['10.0.0.5:8080/TCP (1) (1)']},
			[
				{
					type: 'LoadBalancer',
					address: '192.0.2.1',
					port: 80,
					protocol: 'TCP',
					isLoopback: false,
					backends: [{ip: '10.0.0.5', port: 8080}],
				},
			],
		],
		['of no form at all', {x: 1, 'y (0)': ['z [HostPort]'], '300:80': [null]}, []],
	])('entries %s', (_, listed, entries) => {
		expect(parseDatapath(JSON.stringify(listed))).toEqual(entries);
	});

	test('takes a list whose last entries the node omitted, and an empty one', () => {
		expect(parseDatapath('{\n  "192.0.2.1:80 (0)": [\n    "0.0.0.0:0 (1) (0) [HostPort] "\n  ],\n}\n')).toHaveLength(1);
		expect(parseDatapath('{\n}')).toEqual([]);
	});

	test.each([
		[
			'a warning before the heading',
			'level=warning msg="old flag"\nSERVICE ADDRESS   BACKEND ADDRESS\n192.0.2.1:80   0.0.0.0:0 (1) [HostPort]   \n',
			0,
		],
		[
			'rows without a frontend (up to 1.12)',
			'SERVICE ADDRESS   BACKEND ADDRESS\n192.0.2.1:80      10.0.0.5:80 (1)   \n                  0.0.0.0:0 (1) [HostPort]   \n',
			1,
		],
		[
			'IPv6',
			'SERVICE ADDRESS          BACKEND ADDRESS (REVNAT_ID) (SLOT)\n[2001:db8::1]:80/TCP (0)   [::]:0 (1) (0) [HostPort]   \n[2001:db8::1]:80/TCP (1)   [fd00::5]:80/TCP (1) (1)   \n',
			1,
		],
		['a row that is cut off', 'SERVICE ADDRESS   BACKEND ADDRESS\n192.0.2.1:80   0.0.0.0:0 (1) [HostPort]\n192.0', 0],
	])('as text, with %s', (_, answer, backends) => {
		const [entry, ...others] = parseDatapath(answer) ?? [];
		expect([entry?.type, entry?.port, entry?.backends.length, others.length]).toEqual(['HostPort', 80, backends, 0]);
	});

	test('an empty table has no entry', () => {
		expect(parseDatapath('SERVICE ADDRESS   BACKEND ADDRESS (REVNAT_ID) (SLOT)\n')).toEqual([]);
	});

	test.each(['', 'null', '[]', '5', 'Unable to open map'])('%j is none', answer => {
		expect(parseDatapath(answer)).toBeUndefined();
	});
});

describe('service list', () => {
	test('keeps HostPort entries, each frontend once', () => {
		const answer = JSON.stringify([entry('ClusterIP', 1), entry('HostPort', 53), entry('HostPort', 53, 'internal')]);
		expect(parseServiceList(answer)).toEqual([{ip: '10.0.0.1', port: 53, protocol: 'UDP', backends: [{ip: '10.1.0.1', port: 53}]}]);
	});

	test('takes a list whose last entries the node omitted', () => {
		expect(parseServiceList(`[\n${JSON.stringify(entry('HostPort', 53))},\n]\n`)).toHaveLength(1);
	});

	test('no services are an empty list, something else is none', () => {
		expect(parseServiceList('null')).toEqual([]);
		expect(parseServiceList('[]')).toEqual([]);
		expect(parseServiceList('Error: unknown command')).toBeUndefined();
		expect(parseServiceList('[{"spec":')).toBeUndefined();
	});
});

describe('listeners', () => {
	test('addresses are read in the machine’s own byte order', () => {
		expect(parseListeners('tcp 0100007F:1F90', 'x86_64')).toEqual([{protocol: 'TCP', address: '127.0.0.1', port: 8080}]);
		expect(parseListeners('tcp 7F000001:1F90', 's390x')).toEqual([{protocol: 'TCP', address: '127.0.0.1', port: 8080}]);
		expect(parseListeners('tcp6 B80D0120000000000000000001000000:0050', 'aarch64')).toEqual([
			{protocol: 'TCP', address: '2001:db8::1', port: 80},
		]);
	});

	test('the same socket of several threads is one; other lines are none', () => {
		expect(parseListeners('udp 00000000:0035\nudp 00000000:0035\nawk: cannot open\ntcp zz:1', 'x86_64')).toHaveLength(1);
	});
});

function record(key: string, value: string): {key: string; value: string} {
	return {key, value};
}

describe('nat', () => {
	test('a build that is not there is null', () => {
		const records = ['nft-4', 'nft-6'].flatMap(name => [record('nat', `${name}\n`), record('status', '127')]);
		expect(parseNat(records)).toEqual({nft: null, legacy: null});
	});

	test('a build that may not be used says why', () => {
		const records = [record('nat', 'legacy-4\niptables-legacy-save v1.8.7: Permission denied'), record('status', '1')];
		expect(parseNat(records).legacy).toMatchObject({
			available: false,
			rules: [],
			error: 'iptables-legacy-save: exit code 1: iptables-legacy-save v1.8.7: Permission denied',
		});
	});

	test('rules that were cut off are kept and marked', () => {
		const {nft} = parseNat([record('nat', 'nft-4\n*nat\n-A OUTPUT -j CNI-HOSTPORT-DNAT\n')]);
		expect(nft).toMatchObject({available: true, truncated: true, rules: ['-A OUTPUT -j CNI-HOSTPORT-DNAT']});
	});

	test('of the other tables what may stop a packet is kept, the chains that it comes through first, and the kubelet’s own', () => {
		const text = `nft-4
*mangle
:KUBE-KUBELET-CANARY - [0:0]
:PREROUTING ACCEPT [0:0]
-A PREROUTING -j ACCEPT
COMMIT
*filter
:FORWARD DROP [0:0]
-A FORWARD -p tcp -m tcp --dport 80 -j REJECT --reject-with icmp-port-unreachable
-A FORWARD -j DROPPED-ELSEWHERE
COMMIT
`;
		const {nft} = parseNat([record('nat', text), record('status', '0')]);
		expect(nft).toMatchObject({
			rules: [],
			others: [
				'mangle :KUBE-KUBELET-CANARY - [0:0]',
				'mangle -A PREROUTING -j ACCEPT',
				'filter :FORWARD DROP [0:0]',
				'filter -A FORWARD -p tcp -m tcp --dport 80 -j REJECT --reject-with icmp-port-unreachable',
				'filter -A FORWARD -j DROPPED-ELSEWHERE',
			],
		});
	});

	test('the policy of IPv6 is not taken for that of IPv4', () => {
		const six = record('nat', 'nft-6\n*filter\n:FORWARD DROP [0:0]\n-A FORWARD -d fd00::5/128 -j DROP\nCOMMIT\n');
		const {nft} = parseNat([record('nat', 'nft-4\n*filter\n:FORWARD ACCEPT [0:0]\n'), record('status', '0'), six, record('status', '0')]);
		expect(nft?.others).toEqual([]);
		expect(nft?.others6).toEqual(['filter :FORWARD DROP [0:0]', 'filter -A FORWARD -d fd00::5/128 -j DROP']);
	});

	test('of thousands of them 500', () => {
		const many = Array.from({length: 3000}, (_, index) => `-A cali-${index} -j DROP`).join('\n');
		expect(parseNat([record('nat', `nft-4\n*filter\n${many}\n`), record('status', '0')]).nft?.others).toHaveLength(500);
	});
});

test('addresses come once each, those of IPv6 in their short form, and nothing else', () => {
	const text = '\n10.88.0.11\n127.0.0.1\n10.88.0.11\nfe80:0000:0000:0000:0000:0000:0000:0001\nawk: cannot open\n999.1.1.1\n';
	expect(parseAddresses(text)).toEqual(['10.88.0.11', '127.0.0.1', 'fe80::1']);
});

describe('services of the node', () => {
	const block = (id: string, state: string, micros: string) => `Id=${id}\nActiveState=${state}\nActiveEnterTimestampMonotonic=${micros}`;

	test('those that are active, with the time since when', () => {
		const text = `\n100.5 300.2\n${[block('firewalld.service', 'active', '40500000'), block('ufw.service', 'inactive', '0')].join('\n\n')}\n`;
		expect(parseUnits(text, Date.parse('2024-02-07T02:00:00Z') / 1000)).toEqual({firewalld: 'active since 2024-02-07T01:59:00Z'});
	});

	test('without a time that can be told they are active all the same; what is no service is omitted', () => {
		const text = `up\n${block('nftables.service', 'active', '1')}\n\n${block('x.socket', 'active', '1')}`;
		expect(parseUnits(text, 0)).toEqual({nftables: 'active'});
		expect(parseUnits('', 0)).toEqual({});
	});
});

describe('the runtime’s CNI cache', () => {
	// As containerd 1.6 writes it with the reference plugins; the configuration is taken out on the node.
	const entry = {
		kind: 'cniCacheV1',
		containerId: 'b974442c5b6f',
		ifName: 'eth0',
		networkName: 'portmap',
		cniArgs: [
			['IgnoreUnknown', '1'],
			['K8S_POD_NAMESPACE', 'default'],
			['K8S_POD_NAME', 'web-1'],
			['K8S_POD_UID', 'e14062b3'],
		],
		capabilityArgs: {portMappings: [{HostPort: 8080, ContainerPort: 80, Protocol: 'tcp', HostIP: ''}]},
		result: {ips: [{address: '10.0.0.5/24', version: '4'}]},
	};

	test('tells sandbox, network, pod, addresses and mappings', () => {
		expect(parseCache(`\n${JSON.stringify(entry)}\n`)).toEqual([
			{
				sandbox: 'b974442c5b6f',
				network: 'portmap',
				pod: 'default/web-1',
				uid: 'e14062b3',
				addresses: ['10.0.0.5'],
				mappings: [{hostPort: 8080, containerPort: 80, protocol: 'TCP', hostIP: ''}],
			},
		]);
	});

	test('what is cut, is no JSON or asks for no mapping is passed over', () => {
		const text = [JSON.stringify(entry).slice(0, -5), '[]', 'null', JSON.stringify({...entry, capabilityArgs: {}})].join('\n');
		expect(parseCache(text)).toEqual([]);
	});
});

describe('files of the binary folder', () => {
	const files = (...records: Array<[string, string]>) => parseBinaryFiles(records.map(([key, value]) => record(key, value)));

	test('the inode’s time is told where the script tells it, and a link brings its own', () => {
		expect(files(['file', '9 1700000000 1700000009 x81ed ./portmap'])).toMatchObject([
			{modified: 1_700_000_000, changed: 1_700_000_009, mode: '755'},
		]);
		expect(files(['file', '9 1700000000 x81ed ./portmap'])).toMatchObject([{modified: 1_700_000_000, changed: 0, mode: '755'}]);
		const link: Array<[string, string]> = [
			['link', './portmap'],
			['to', '/usr/lib/cni/portmap'],
			['since', '1700000050'],
		];
		expect(files(...link)).toMatchObject([{linksTo: '/usr/lib/cni/portmap', changed: 1_700_000_050, mode: ''}]);
		expect(files(...link, ['file', '9 1700000000 1700000009 x81ed ./portmap'])).toMatchObject([{size: 9, changed: 1_700_000_050}]);
		expect(files(['link', './portmap'], ['name', './other'])).toMatchObject([{name: 'portmap', linksTo: '', changed: 0}]);
	});

	test('an empty file is no program; of one that cannot be read nothing is known', () => {
		const told: [string, string] = ['file', '0 1 1 x81ed ./portmap'];
		expect(files(told, ['name', './portmap'], ['head', '\n'])).toMatchObject([{architecture: 'none'}]);
		expect(files(told, ['name', './portmap'], ['head', ''], ['unreadable', './portmap'])).toMatchObject([{architecture: ''}]);
	});
});

test('a CNI file that this way in may not read is told of as such, an empty one is not', () => {
	const told = (...records: Array<[string, string]>) => parseConfigurationFiles(records.map(([key, value]) => record(key, value)));
	const file: [string, string] = ['file', '188 1 1 x8180 ./05-cilium.conflist'];
	const name: [string, string] = ['name', './05-cilium.conflist'];
	expect(told(file, name, ['content', ''], ['unreadable', './05-cilium.conflist'])).toMatchObject([
		{mode: '600', content: '', unreadable: true},
	]);
	expect(told(file, name, ['content', ''])[0]?.unreadable).toBeUndefined();
});

describe('bpftool net', () => {
	const told = (text: string, status = '0') => parseAttached([record('attached', text), record('status', status)]);
	// As 1.15.19 had it while the kernel refused its program of the devices.
	const refused =
		'xdp:\n\ntc:\ncilium_vxlan(5) clsact/ingress cil_from_overlay-cilium_vxlan id 14122\ncilium_vxlan(5) clsact/egress cil_to_overlay-cilium_vxlan id 14120\n\nflow_dissector:\n\n';

	test.each([
		['none of the devices', refused, []],
		['clsact', refused.replace('tc:\n', 'tc:\neth0(2) clsact/ingress cil_from_netdev-eth0 id 14000\n'), ['eth0']],
		[
			'tcx',
			refused.replace(
				'tc:\n',
				'tc:\neth0(2) tcx/ingress cil_from_netdev prog_id 5 link_id 6\nens5.7@x(3) tcx/ingress cil_from_netdev prog_id 5\n',
			),
			['eth0', 'ens5.7@x'],
		],
		['before 1.12', 'xdp:\n\ntc:\neth0(2) clsact/ingress bpf_netdev_eth0.o:[from-netdev] id 7\n', ['eth0']],
		['of what goes out alone', 'xdp:\n\ntc:\neth0(2) clsact/egress cil_to_netdev-eth0 id 7\n', []],
	])('%s', (_, text, devices) => {
		expect(told(text)).toEqual(devices);
	});

	test('what failed, or is not that, tells nothing', () => {
		expect(told('Error: can not open', '255')).toBeNull();
		expect(told('')).toBeNull();
		expect(parseAttached([])).toBeNull();
	});
});
