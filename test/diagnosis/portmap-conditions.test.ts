import {expect, test} from 'vitest';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import type {Evidence} from '../../source/evidence/evidence.ts';
import {natTable, pod, port, portmapHooks, portmapRules} from './builders.ts';
import {healthyPortmapEvidence, withNode, withObservation} from './scenes.ts';

const web = pod('web', 'node-1', '10.0.0.5', [port(8080, 80)]);
const alone = (evidence: Evidence): Evidence =>
	withLocal({...evidence, pods: [web], nodes: evidence.nodes.filter(({name}) => name === 'node-1')}, ['127.0.0.1', '10.88.0.11']);
const withLocal = (evidence: Evidence, localAddresses: string[] | null): Evidence => withObservation(evidence, 'node-1', {localAddresses});

/** portmap's rules with conditions in the jump, as the iptables backend writes them before the target. */
function conditioned(conditions: string): Evidence {
	const rules = portmapRules({sandbox: 'web', hostPort: 8080, target: '10.0.0.5:80'}).map(line =>
		line.startsWith('-A CNI-HOSTPORT-DNAT') ? line.replace(' -j ', ` ${conditions} -j `).replaceAll('  ', ' ') : line,
	);
	return alone(
		withObservation(healthyPortmapEvidence('1.17.4'), 'node-1', {nat: {nft: natTable([...portmapHooks, ...rules]), legacy: natTable()}}),
	);
}

/** The same by portmap's nftables backend. */
function byNftables(conditions: string): Evidence {
	const jumps = ['prerouting', 'output'].map(chain => `${chain}: ${conditions}jump hostports`);
	const nftables = {
		rules: ['tcp dport 8080 dnat to 10.0.0.5:80 comment "web"', ...jumps],
		rules6: [],
		tables: ['ip cni_hostport'],
		chains: ['hostports', 'prerouting'],
	};
	return alone(withObservation(healthyPortmapEvidence('1.17.4'), 'node-1', {nat: {nft: natTable(), legacy: natTable()}, nftables}));
}

const twoAddresses = (evidence: Evidence): Evidence =>
	withNode(evidence, 'node-1', node => ({...node, addresses: [...node.addresses, {type: 'ExternalIP', address: '203.0.113.7'}]}));

test.each([
	['for another network alone', conditioned('-d 192.0.2.0/24'), 'error', /every address of the node: 1 hostPort does not answer/],
	['but for the node’s own network', conditioned('! -d 10.88.0.0/16'), 'error', /every address/],
	['for one address of another node', conditioned('-d 10.88.0.99/32'), 'error', /every address/],
	['but for one of two addresses', twoAddresses(conditioned('! -d 203.0.113.7/32')), 'warning', /exclude 203\.0\.113\.7 of the node/],
	[
		'for an address that the node has beside',
		withLocal(conditioned('-d 203.0.113.9/32'), ['10.88.0.11', '203.0.113.9']),
		'warning',
		/exclude 10\.88\.0\.11/,
	],
	['for an address that it may have', withLocal(conditioned('-d 203.0.113.9/32'), null), 'warning', /exclude 10\.88\.0\.11/],
	['for another network, by nftables', byNftables('ip daddr 192.0.2.0/24 '), 'error', /every address/],
	['but for the node’s own network, by nftables', byNftables('ip daddr != { 10.88.0.0/16, 192.0.2.0/24 } '), 'error', /every address/],
] as const)('%s: omitted, and said so', (_what, evidence, severity, title) => {
	const {findings} = diagnose(evidence);
	expect(findings[0]).toMatchObject({code: 'HP20', severity});
	expect(findings[0]?.title).toMatch(title);
	expect(findings.map(({code}) => code)).not.toContain('HP22');
});

test.each([
	['no condition', conditioned('')],
	['but for another network', conditioned('! -d 192.0.2.0/24')],
	['for its own network', conditioned('-d 10.88.0.0/16')],
	['but for a sender', conditioned('! -s 192.0.2.0/24')],
	['none, by nftables', byNftables('')],
	['but for another network, by nftables', byNftables('ip daddr != 192.0.2.0/24 ')],
] as const)('healthy twin: %s', (_what, evidence) => {
	const found = diagnose(evidence).findings;
	expect(found.filter(({severity}) => severity === 'error')).toEqual([]);
	expect(found.map(({title}) => title).join('\n')).not.toMatch(/exclude/);
});

test('a condition on the sender is told as before', () => {
	expect(diagnose(conditioned('-s 10.0.0.0/8')).findings[0]).toMatchObject({code: 'HP20', severity: 'warning'});
});
