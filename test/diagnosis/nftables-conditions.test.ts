import {expect, test} from 'vitest';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import {portMappings} from '../../source/diagnosis/port-mappings.ts';
import {parseNftables} from '../../source/evidence/parse-nftables.ts';
import {natTable} from './builders.ts';
import {healthyPortmapEvidence, withObservation} from './scenes.ts';

// What portmap itself wrote with the nftables backend, listed by nft 1.0.6: the form of 1.6.1 to 1.8.0, and that of 1.9.0 to 1.10.0.
const table = (chains: string): string => `table ip cni_hostport {\n\tcomment "CNI portmap plugin"\n${chains}}\n`;
const olderForm = (condition: string, target = '10.0.0.5:80', port = 8080): string =>
	table(`	chain hostports {
		tcp dport ${port} dnat to ${target} comment "sandbox1"
	}

	chain hostip_hostports {
		ip daddr 10.1.2.3 udp dport 9090 dnat to 10.0.0.5:90 comment "sandbox1"
	}

	chain prerouting {
		type nat hook prerouting priority dstnat; policy accept;
		${condition}jump hostip_hostports
		${condition}jump hostports
	}

	chain output {
		type nat hook output priority -100; policy accept;
		${condition}jump hostip_hostports
		${condition}fib daddr type local jump hostports
	}
`);
const newerForm = (condition: string, hooks = true): string =>
	table(`	chain hostports {
		tcp dport 8080 dnat to 10.0.0.5:80 comment "sandbox1"
		ip daddr 10.1.2.3 udp dport 9090 dnat to 10.0.0.5:90 comment "sandbox1"
	}

	chain hostip_hostports {
	}

	chain hostports_all {
		jump hostip_hostports
		jump hostports
	}

	chain prerouting {
		type nat hook prerouting priority dstnat; policy accept;
${hooks ? `		${condition}fib daddr type local jump hostports_all\n` : ''}	}

	chain output {
		type nat hook output priority dstnat; policy accept;
		${condition}fib daddr type local jump hostports_all
	}
`);

const read = (text: string) =>
	parseNftables([
		{key: 'nftables', value: 'tables\ntable ip cni_hostport'},
		{key: 'status', value: '0'},
		{key: 'nftables', value: `ip\n${text}`},
		{key: 'status', value: '0'},
	]);
const mappings = (text: string) => portMappings({nat: {nft: null, legacy: null}, nftables: read(text)});

test.each([
	['1.6.1 to 1.8.0', olderForm('ip saddr 10.0.0.0/8 '), 'ip saddr 10.0.0.0/8'],
	['1.9.0 and later', newerForm('ip saddr 10.0.0.0/8 '), 'ip saddr 10.0.0.0/8'],
	['1.9.0 and later, what is omitted', newerForm('ip saddr != 10.0.0.0/8 '), 'ip saddr != 10.0.0.0/8'],
	['1.6.1 to 1.8.0, without any', olderForm(''), ''],
	['1.9.0 and later, without any', newerForm(''), ''],
])('conditions of the nftables backend of portmap %s', (_version, text, conditions) => {
	expect(mappings(text)).toMatchObject([
		{hostPort: 8080, hostIP: '', targetIP: '10.0.0.5', conditions, position: 0, fromNode: true},
		{hostPort: 9090, hostIP: '10.1.2.3', protocol: 'UDP', conditions, position: 1},
	]);
});

test('mappings that nothing leads to are none, as with iptables', () => {
	expect(mappings(newerForm('', false)).map(({position}) => position)).toEqual([undefined, undefined]);
});

test('evidence of an earlier version, which has no rule that leads to the mappings, is judged as it was then', () => {
	const nftables = {rules: ['tcp dport 8080 dnat to 10.0.0.5:80 comment "abc"'], rules6: [], tables: [], chains: []};
	expect(portMappings({nat: {nft: null, legacy: null}, nftables})).toMatchObject([{conditions: '', position: 0, fromNode: true}]);
});

test.each([
	['ip saddr 10.0.0.0/8 ', true],
	['ip saddr != 10.0.0.0/8 ', false],
	['', false],
])('a hostPort that answers to some packets only is told, with the nftables backend too: "%s"', (condition, isTold) => {
	const base = healthyPortmapEvidence('1.17.4', ['node-1']);
	const web = base.pods.find(({name}) => name.startsWith('web'));
	const text = olderForm(condition, `${web?.podIPs[0]}:80`);
	const evidence = withObservation({...base, pods: web === undefined ? [] : [web]}, 'node-1', {
		nat: {nft: natTable(), legacy: natTable()},
		nftables: read(text),
	});
	const told = diagnose(evidence).findings.filter(({code}) => code === 'HP20');
	expect(told.map(({because}) => because[0])).toEqual(
		isTold
			? [
					{
						source: 'nftables table cni_hostport on node-1',
						says: expect.stringContaining('requires ip saddr 10.0.0.0/8'),
					},
				]
			: [],
	);
});
