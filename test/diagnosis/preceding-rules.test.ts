import {expect, test} from 'vitest';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import type {Evidence} from '../../source/evidence/evidence.ts';
import {natTable} from './builders.ts';
import {healthyPortmapEvidence, rulesFor, withObservation} from './scenes.ts';

// On node-1 (10.88.0.11) the web pod is at 10.0.0.5 and has 8080 → 80.
function withRule(line: string, place: 'before' | 'behind' = 'before'): Evidence {
	const base = healthyPortmapEvidence();
	const rules = rulesFor(base.pods, 'node-1');
	return withObservation(base, 'node-1', {
		nat: {nft: natTable(place === 'before' ? [line, ...rules] : [...rules, line]), legacy: natTable()},
	});
}

const codesOf = (evidence: Evidence): string[] => diagnose(evidence).findings.map(({code, severity}) => `${code} ${severity}`);

test.each([
	['-A PREROUTING -p tcp -m tcp --dport 8080 -j DNAT --to-destination 192.0.2.9:80', 'leads to 192.0.2.9:80'],
	['-A PREROUTING -d 10.88.0.11/32 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 192.0.2.9:80', 'leads to 192.0.2.9:80'],
	['-A PREROUTING -i eth0 -p tcp -m multiport --dports 80,8080 -j REDIRECT --to-ports 9999', 'leads to port 9999 of the node'],
	['-A PREROUTING -p tcp -m tcp --dport 8080 -j REDIRECT', 'leads to the node itself'],
	['-A PREROUTING -d 10.88.0.0/16 -p tcp -m tcp --dport 8080 --syn -j DNAT --to-destination 192.0.2.9:80', 'leads to 192.0.2.9:80'],
	['-A PREROUTING -p tcp -m conntrack --ctstate NEW -m tcp --dport 8080 -j DNAT --to-destination 192.0.2.9:80', 'leads to 192.0.2.9:80'],
	['-A PREROUTING -p tcp -m tcp --dport 8080 -m comment --comment "old proxy" -j ACCEPT', 'lets it pass untouched'],
	['-A PREROUTING -p tcp -m tcp --dport 8080 -m addrtype --dst-type LOCAL -j RETURN', 'lets it pass untouched'],
])('somebody’s rule before portmap’s chain has the packets: %s', (line, does) => {
	const {findings, nodes, hostPorts} = diagnose(withRule(line));
	expect(findings[0]).toMatchObject({code: 'HP07', severity: 'error', nodes: ['node-1'], hostPorts: ['default/web-6f7d9c-x2x4k:8080/TCP']});
	expect(findings[0]?.because[0]?.says).toContain(`${line}; it stands before the jump to CNI-HOSTPORT-DNAT and ${does};`);
	expect(nodes[0]?.verdict).toBe('degraded');
	expect(hostPorts[0]).toMatchObject({state: 'unwired', by: `a rule in PREROUTING before portmap's ${does}`});
});

test.each([
	['for another port', '-A PREROUTING -p tcp -m tcp --dport 8081 -j DNAT --to-destination 192.0.2.9:80'],
	['for another protocol', '-A PREROUTING -p udp -m udp --dport 8080 -j DNAT --to-destination 192.0.2.9:80'],
	['for another address', '-A PREROUTING -d 192.0.2.1/32 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 192.0.2.9:80'],
	['of the inside of a container bridge', '-A PREROUTING -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 192.0.2.9:80'],
	['for loopback, which goes by OUTPUT', '-A PREROUTING -d 127.0.0.1/32 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 192.0.2.9:80'],
	['for all but one device', '-A PREROUTING ! -i eth0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 192.0.2.9:80'],
	['of the loopback device', '-A PREROUTING -i lo -p tcp -m tcp --dport 8080 -j DNAT --to-destination 192.0.2.9:80'],
	['of a tunnel', '-A PREROUTING -i wg0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 192.0.2.9:80'],
	[
		'for what is not the node’s own',
		'-A PREROUTING -p tcp -m addrtype ! --dst-type LOCAL -m tcp --dport 8080 -j DNAT --to-destination 192.0.2.9:80',
	],
	['for another range of addresses', '-A PREROUTING -d 192.0.2.0/24 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 192.0.2.9:80'],
	['that marks only', '-A PREROUTING -p tcp -m tcp --dport 8080 -j MARK --set-xmark 0x1/0x1'],
	['that jumps elsewhere', '-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES'],
])('a rule before it %s says nothing', (_, line) => {
	expect(codesOf(withRule(line))).toEqual(['HP22 info']);
});

test('behind portmap’s chain it gets nothing', () => {
	expect(codesOf(withRule('-A PREROUTING -p tcp -m tcp --dport 8080 -j REDIRECT --to-ports 9999', 'behind'))).toEqual(['HP22 info']);
});

/** Rules in front of portmap's, as another engine writes them. */
function withRules(lines: readonly string[]): Evidence {
	const base = healthyPortmapEvidence();
	return withObservation(base, 'node-1', {
		nat: {nft: natTable([...lines, ...rulesFor(base.pods, 'node-1')]), legacy: natTable()},
	});
}

const toDocker = '-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER';
const published = '-A DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80';

// Docker (moby/moby, libnetwork/drivers/bridge), podman with netavark, and a script's own chain.
test.each([
	['DOCKER', [':DOCKER - [0:0]', toDocker, '-A DOCKER -i docker0 -j RETURN', published], published],
	[
		'NETAVARK-DN-1D8721804F16F',
		[
			'-A PREROUTING -m addrtype --dst-type LOCAL -j NETAVARK-HOSTPORT-DNAT',
			'-A NETAVARK-HOSTPORT-DNAT -p tcp -m tcp --dport 8080 -m comment --comment "dnat name: podman id: 5e4a" -j NETAVARK-DN-1D8721804F16F',
			'-A NETAVARK-DN-1D8721804F16F -s 10.90.0.0/16 -p tcp -m tcp --dport 8080 -j NETAVARK-HOSTPORT-SETMARK',
			'-A NETAVARK-DN-1D8721804F16F -p tcp -m tcp --dport 8080 -j DNAT --to-destination 10.90.0.2:80',
		],
		'-A NETAVARK-DN-1D8721804F16F -p tcp -m tcp --dport 8080 -j DNAT --to-destination 10.90.0.2:80',
	],
	[
		'proxy',
		['-A PREROUTING -p tcp -j proxy', '-A proxy -p tcp -m multiport --dports 80,8000:9000 -j REDIRECT --to-ports 15001'],
		'-A proxy -p tcp -m multiport --dports 80,8000:9000 -j REDIRECT --to-ports 15001',
	],
])('a rule in %s, to which PREROUTING jumps before portmap’s chain, has the packets', (chain, lines, line) => {
	const {findings, hostPorts} = diagnose(withRules(lines));
	expect(findings[0]).toMatchObject({code: 'HP07', severity: 'error', nodes: ['node-1']});
	expect(findings[0]?.because[0]?.says).toContain(`${line}; PREROUTING jumps to ${chain}, which stands before`);
	expect(hostPorts[0]?.by).toContain(`a rule in ${chain} before portmap's`);
});

test.each([
	['the chain gives the packet back first', [toDocker, '-A DOCKER -p tcp -m tcp --dport 8080 -j RETURN', published]],
	['the chain is jumped to for another port', ['-A PREROUTING -p tcp -m tcp --dport 9 -j DOCKER', published]],
	['nothing jumps to the chain', [published]],
	[
		'the chain publishes another port',
		[toDocker, '-A DOCKER ! -i docker0 -p tcp -m tcp --dport 8081 -j DNAT --to-destination 172.17.0.2:80'],
	],
	['two chains jump to each other', ['-A PREROUTING -j a', '-A a -j b', '-A b -j a']],
])('%s: nothing is said', (_, lines) => {
	expect(codesOf(withRules(lines))).toEqual(['HP22 info']);
});

test.each([
	['-A PREROUTING -s 192.0.2.0/24 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 192.0.2.9:80', []],
	['-A DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80', ['-A PREROUTING -s 192.0.2.0/24 -j DOCKER']],
])('what only some senders meet is told, and the hostPort stays mapped: %s', (line, before) => {
	const {findings, hostPorts} = diagnose(withRules([...before, line]));
	expect(findings.map(({code, severity}) => `${code} ${severity}`)).toEqual(['HP07 warning']);
	expect(findings[0]?.title).toBe("a rule that is not portmap's catches a part of the traffic of 1 hostPort on node-1");
	expect(findings[0]?.because[0]?.says).toContain(line);
	expect(hostPorts[0]?.state).toBe('wired');
});

test('a set whose members were not read leaves it unknown, and the remedy names it', () => {
	const {findings, hostPorts} = diagnose(withRules(['-A PREROUTING -p tcp -m set --match-set proxied dst -j REDIRECT --to-ports 3128']));
	expect(hostPorts[0]).toMatchObject({state: 'unknown', by: expect.stringContaining('is not known') as string});
	expect(findings[0]?.remedy).toContain('ipset list proxied');
});

test('behind portmap’s chain Docker gets nothing', () => {
	const base = healthyPortmapEvidence();
	const rules = [...rulesFor(base.pods, 'node-1'), toDocker, published];
	expect(codesOf(withObservation(base, 'node-1', {nat: {nft: natTable(rules), legacy: natTable()}}))).toEqual(['HP22 info']);
});
