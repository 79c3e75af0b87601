import {expect, test} from 'vitest';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import type {Evidence} from '../../source/evidence/evidence.ts';
import {natTable} from './builders.ts';
import {healthyPortmapEvidence, rulesFor, withObservation} from './scenes.ts';

// On node-1 the web pod is at 10.0.0.5 and has 8080 → 80.
function withRule(line: string, build: 'nft' | 'legacy' = 'nft'): Evidence {
	const base = healthyPortmapEvidence();
	const nft = natTable(rulesFor(base.pods, 'node-1'));
	const legacy = natTable();
	const nat = build === 'nft' ? {nft: {...nft, others: [line]}, legacy} : {nft, legacy: {...legacy, others: [line]}};
	return withObservation(base, 'node-1', {nat});
}

const codesOf = (evidence: Evidence): string[] => diagnose(evidence).findings.map(({code, severity}) => `${code} ${severity}`);

test.each([
	'raw -A PREROUTING -p tcp -m tcp --dport 8080 -j DROP',
	'mangle -A PREROUTING -i eth0 -p tcp -m multiport --dports 443,8080 -j DROP',
	'filter -A FORWARD -p tcp -m tcp --dport 80 -j REJECT --reject-with icmp-port-unreachable',
	'filter -A DOCKER-USER -p tcp -m tcp --dport 80 -m comment --comment "no web" -j DROP',
	'filter -A FORWARD -d 10.0.0.5/32 -j DROP',
	'filter -A FORWARD -d 10.0.0.5/32 -p tcp -m tcp --dport 80 -j DROP',
	'mangle -A FORWARD -d 10.0.0.5/32 -j DROP',
	'filter -A FORWARD ! -i lo -p tcp -m tcp --dport 80 -j DROP',
	'raw -A PREROUTING -d 10.88.0.11/32 -p tcp -m tcp --dport 8080 -j DROP',
	'mangle -A PREROUTING -p tcp -m multiport --dports 443,8000:8999 -j DROP',
	'raw -A PREROUTING -p tcp -m tcp --dport 8080 --tcp-flags FIN,SYN,RST,ACK SYN -j DROP',
	'filter -A DOCKER-USER -i eth0 -p tcp -m conntrack --ctorigdstport 8080 --ctdir ORIGINAL -j DROP',
	'filter -A FORWARD -i eth0 -p tcp -m conntrack --ctstate NEW -m tcp --dport 80 -j DROP',
	'filter -A FORWARD -s 10.0.0.5/32 -j DROP',
])('a rule of the node that names the port or the pod is likely in the way: %s', line => {
	const [finding] = diagnose(withRule(line)).findings;
	expect(finding).toMatchObject({code: 'HP13', severity: 'warning', nodes: ['node-1'], hostPorts: ['default/web-6f7d9c-x2x4k:8080/TCP']});
	expect(finding?.because[0]?.says).toContain(line.slice(line.indexOf('-A')));
});

test('in either build of iptables', () => {
	expect(diagnose(withRule('raw -A PREROUTING -p tcp -m tcp --dport 8080 -j DROP', 'legacy')).findings[0]?.because[0]?.source).toBe(
		'table raw (legacy) on node-1',
	);
});

test.each([
	['for another port', 'raw -A PREROUTING -p tcp -m tcp --dport 8081 -j DROP'],
	['for another protocol', 'raw -A PREROUTING -p udp -m udp --dport 8080 -j DROP'],
	['in INPUT, where it never comes', 'filter -A INPUT -p tcp -m tcp --dport 8080 -j DROP'],
	['of the hostPort, behind the translation', 'filter -A FORWARD -p tcp -m tcp --dport 8080 -j DROP'],
	['of the pod’s port, before it', 'raw -A PREROUTING -p tcp -m tcp --dport 80 -j DROP'],
	['for one sender only', 'filter -A FORWARD -s 192.0.2.1/32 -p tcp -m tcp --dport 80 -j DROP'],
	['for another pod', 'filter -A FORWARD -d 10.0.0.99/32 -p tcp -m tcp --dport 80 -j DROP'],
	['for another port of the pod', 'filter -A FORWARD -d 10.0.0.5/32 -p tcp -m tcp --dport 81 -j DROP'],
	['that asks for more', 'filter -A FORWARD -p tcp -m tcp --dport 80 -m conntrack --ctstate INVALID -j DROP'],
	['that asks for all devices but one', 'filter -A FORWARD ! -i eth0 -p tcp -m tcp --dport 80 -j DROP'],
	['of a container bridge', 'filter -A FORWARD -i docker0 -p tcp -m tcp --dport 80 -j DROP'],
	['of the loopback device', 'filter -A FORWARD -i lo -d 10.0.0.5/32 -j DROP'],
	['to another address', 'raw -A PREROUTING -d 192.0.2.1/32 -p tcp -m tcp --dport 8080 -j DROP'],
	['for all but some senders', 'mangle -A PREROUTING ! -s 10.0.0.0/8 -p tcp -m tcp --dport 8080 -j DROP'],
	['that asks for a set of senders', 'filter -A f2b-web -p tcp -m tcp --dport 80 -m set --match-set f2b-web src -j REJECT'],
	['of ufw for what the node itself gets', 'filter -A ufw-user-input -p tcp -m tcp --dport 80 -j DROP'],
	['of kube-proxy’s own', 'filter -A KUBE-FORWARD -d 10.0.0.5/32 -m conntrack --ctstate INVALID -j DROP'],
	['of Cilium’s own, for pods’ traffic', 'raw -A CILIUM_PRE_raw -d 10.0.0.0/24 -j CT --notrack'],
	['that ends a chain of which the rest was not kept', 'filter -A cali-to-wl-dispatch -j DROP'],
])('a rule %s proves nothing', (_, line) => {
	expect(codesOf(withRule(line))).toEqual(['HP22 info']);
});

test.each([
	[
		'a range of pods’ addresses, by ufw-docker’s rules',
		'filter -A DOCKER-USER -d 10.0.0.0/8 -p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j DROP',
		3,
	],
	['all ports but one', 'raw -A PREROUTING -p tcp -m tcp ! --dport 22 -j DROP', 3],
	['no tracking at all', 'raw -A PREROUTING -j NOTRACK', 3],
])('a rule for %s concerns every hostPort', (_, line, hostPorts) => {
	const [finding] = diagnose(withRule(line)).findings;
	expect(finding).toMatchObject({code: 'HP13', severity: 'warning'});
	expect(finding?.hostPorts).toHaveLength(hostPorts);
});

test('order counts in FORWARD, and the device that packets come in by', () => {
	const drop = 'filter -A FORWARD -d 10.0.0.5/32 -j DROP';
	const before = (line: string) => codesOf(withOthers([line, drop]));
	expect(before('filter -A FORWARD -d 10.0.0.5/32 -p tcp -m tcp --dport 80 -j ACCEPT')).toEqual(['HP22 info']);
	expect(before('filter -A FORWARD -m comment --comment "cilium-feeder: CILIUM_FORWARD" -j CILIUM_FORWARD')).toEqual(['HP22 info']);
	expect(before('filter -A FORWARD -m conntrack --ctstate DNAT -j ACCEPT')).toEqual(['HP22 info']);
	expect(before('filter -A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT')).toEqual(['HP13 warning']);
	expect(before('filter -A FORWARD -j ufw-before-forward')).toEqual(['HP13 warning']);
	const facts = {'device:10.88.0.11': 'eth0'};
	expect(codesOf(withOthers(['filter -A FORWARD -i eth0 -j REJECT --reject-with icmp-port-unreachable'], {facts}))).toEqual([
		'HP13 warning',
	]);
	expect(codesOf(withOthers(['filter -A FORWARD -i eth1 -d 10.0.0.5/32 -j DROP'], {facts}))).toEqual(['HP22 info']);
});

test('a firewall that is active is possible, no more, and said last', () => {
	const base = healthyPortmapEvidence();
	const active = withObservation(base, 'node-2', {facts: {firewalld: 'active since 2024-02-07T01:58:00Z'}});
	expect(codesOf(active)).toEqual(['HP22 info', 'HP13 info']);
	expect(diagnose(active).findings[1]).toMatchObject({
		nodes: ['node-2'],
		because: [{source: 'services and tables on node-2', says: 'firewalld is active since 2024-02-07T01:58:00Z'}],
	});
	const tables = withObservation(base, 'node-2', {nftables: {rules: [], rules6: [], chains: [], tables: ['inet firewalld', 'ip nat']}});
	expect(diagnose(tables).findings[1]?.because[0]?.says).toBe('table inet firewalld');
	expect(codesOf(withObservation(base, 'node-2', {facts: {nftables: 'active'}}))).toEqual(['HP22 info']);
});

function withOthers(others: readonly string[], parts: Parameters<typeof withObservation>[2] = {}): Evidence {
	const base = healthyPortmapEvidence();
	const nat = {nft: {...natTable(rulesFor(base.pods, 'node-1')), others: [...others]}, legacy: natTable()};
	return withObservation(base, 'node-1', {nat, ...parts});
}

test.each([
	[['filter :FORWARD DROP [0:0]'], 'policy DROP of FORWARD'],
	[['filter :FORWARD DROP [0:0]', 'filter -A FORWARD -s 192.0.2.1/32 -j DROP'], 'policy DROP of FORWARD'],
	[['filter -A FORWARD -j DROP'], '-A FORWARD -j DROP'],
	[['filter -A FORWARD -j LOG', 'filter -A FORWARD -m comment --comment "all closed" -j REJECT'], 'all closed'],
])('a node that forwards nothing is told: %j', (others, words) => {
	const [finding] = diagnose(withOthers(others)).findings;
	expect(finding).toMatchObject({
		code: 'HP13',
		severity: 'warning',
		nodes: ['node-1'],
		hostPorts: expect.arrayContaining(['default/web-6f7d9c-x2x4k:8080/TCP']),
	});
	expect(finding?.because[0]?.says).toContain(words);
});

test('so is one whose kernel does not forward', () => {
	const [finding] = diagnose(withOthers([], {facts: {ip_forward: 'off'}})).findings;
	expect(finding).toMatchObject({code: 'HP13', severity: 'warning', nodes: ['node-1']});
	expect(finding?.because[0]?.says).toContain('ip_forward is 0');
});

test.each([
	[['filter :FORWARD DROP [0:0]', 'filter -A FORWARD -m comment --comment "cilium-feeder: CILIUM_FORWARD" -j CILIUM_FORWARD']],
	[['filter :FORWARD DROP [0:0]', 'filter -A FORWARD -i eth0 -j ACCEPT']],
	[['filter -A FORWARD -j KUBE-FORWARD', 'filter -A FORWARD -j DROP']],
	[['mangle :FORWARD DROP [0:0]']],
	[['filter :FORWARD DROP [0:0]', ...Array.from({length: 499}, (_, index) => `filter -A cali-${index} -m mark --mark ${index} -j DROP`)]],
	[['filter -A FORWARD -i docker0 -j DROP']],
])('where something before may let a packet through nothing is claimed: %#', others => {
	expect(codesOf(withOthers(others))).toEqual(['HP22 info']);
});
