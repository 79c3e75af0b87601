import {describe, expect, test} from 'vitest';
import {architectureOf} from '../../source/evidence/elf-architecture.ts';
import {parseAgentStatus} from '../../source/evidence/parse-agent-status.ts';
import {parseListeners} from '../../source/evidence/parse-listeners.ts';
import {parseNat} from '../../source/evidence/parse-nat.ts';
import {parseServiceList} from '../../source/evidence/parse-service-list.ts';

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
	test('what is left out of the JSON is off', () => {
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
"kube-proxy-replacement":{"mode":"True","deviceList":[{"name":"eth0"},{"name":"eth1"}],
"features":{"hostPort":{"enabled":true},"nodePort":{"enabled":true,"portMin":30000,"portMax":32767}}}}`,
		);
		expect(status).toEqual({
			version: '1.19.0-rc.1',
			kubeProxyReplacement: 'true',
			hostPortEnabled: true,
			nodePortEnabled: true,
			nodePortRange: {from: 30_000, to: 32_767},
			chainingMode: 'portmap',
			cniFile: 'ok',
			devices: ['eth0', 'eth1'],
			hostFirewall: 'Enabled',
		});
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

describe('service list', () => {
	test('keeps HostPort entries, each frontend once', () => {
		const answer = JSON.stringify([entry('ClusterIP', 1), entry('HostPort', 53), entry('HostPort', 53, 'internal')]);
		expect(parseServiceList(answer)).toEqual([{ip: '10.0.0.1', port: 53, protocol: 'UDP', backends: [{ip: '10.1.0.1', port: 53}]}]);
	});

	test('takes a list whose last entries the node left out', () => {
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
});
