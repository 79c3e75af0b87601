import {expect, test} from 'vitest';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import type {Evidence, Observation} from '../../source/evidence/evidence.ts';
import type {FilterChain, FilterMatch, FilterRule} from '../../source/evidence/packet-filter.ts';
import {natTable} from './builders.ts';
import {healthyNativeEvidence, healthyPortmapEvidence, rulesFor, withNode, withObservation} from './scenes.ts';

type Answer = NonNullable<Observation['probes']>[number]['answer'];

/** The web pod of node-1 gives its own node this answer, beside rules of other tables. */
function withAnswer(answer: Answer, others: readonly string[], base: Evidence): Evidence {
	return withObservation(base, 'node-1', {
		probes: [{address: '10.0.0.5', port: 80, answer}],
		nat: {nft: {...natTable(rulesFor(base.pods, 'node-1')), others: [...others]}, legacy: natTable()},
	});
}

const first = (evidence: Evidence) => {
	const {findings} = diagnose(evidence);
	return {code: findings[0]?.code, severity: findings[0]?.severity, hasAllClear: findings.some(({code}) => code === 'HP22')};
};

const nixos = 'mangle -A nixos-fw-rpfilter -j DROP';
const firewalld = 'raw -A PREROUTING -m rpfilter --validmark --invert -j DROP';

test.each([
	['NixOS, native', 'silent', [nixos], healthyNativeEvidence],
	['NixOS, portmap', 'silent', [nixos], healthyPortmapEvidence],
	['firewalld', 'unreachable', [firewalld], healthyPortmapEvidence],
] as const)('%s: a filter and a pod that stays silent are the cause', (_, answer, others, base) => {
	expect(first(withAnswer(answer, others, base()))).toEqual({code: 'HP31', severity: 'error', hasAllClear: false});
});

const strictRule = 'mangle -A PREROUTING -m rpfilter --invert -j DROP';

test.each<[string, string[], string]>([
	['of another device', ['mangle -A PREROUTING -i eth1 -m rpfilter --invert -j DROP'], 'HP21'],
	['of every device but one', ['mangle -A PREROUTING ! -i eth1 -m rpfilter --invert -j DROP'], 'HP31'],
	['of pods’ devices', ['mangle -A PREROUTING -i lxc+ -m rpfilter --invert -j DROP'], 'HP31'],
	['behind an exemption of pods’ devices', ['mangle -A PREROUTING -i lxc+ -j RETURN', strictRule], 'HP21'],
	['behind one of other devices', ['mangle -A PREROUTING -i wg0 -j RETURN', strictRule], 'HP31'],
	['before an exemption', [strictRule, 'mangle -A PREROUTING -i lxc+ -j RETURN'], 'HP31'],
	['behind an exemption in another table', ['raw -A PREROUTING -i lxc+ -j ACCEPT', strictRule], 'HP31'],
])('a filter %s', (_, others, code) => {
	expect(first(withAnswer('silent', others, healthyNativeEvidence())).code).toBe(code);
});

test.each([
	['the filter lets Cilium’s traffic through', 'open', [nixos]],
	['a chain of that name that drops nothing', 'open', ['mangle :nixos-fw-rpfilter - [0:0]']],
] as const)('%s: nothing is wrong', (_, answer, others) => {
	expect(first(withAnswer(answer, others, healthyPortmapEvidence()))).toEqual({code: 'HP22', severity: 'info', hasAllClear: true});
});

const fib = {field: 'fib saddr . mark . iif oif', isNot: false, values: ['false']};
const rule = (chain: string, says: string, deed: 'accept' | 'drop', ...more: FilterMatch[]): FilterRule => ({
	chain,
	says,
	matches: [...more, fib],
	deed,
	to: '',
	sendsTo: '',
	map: null,
});
const missing = 'fib saddr . mark . iif oif missing drop';
const native: Record<string, {rule: FilterRule; policy: FilterChain['policy']}> = {
	firewalld: {
		rule: rule('inet firewalld filter_PREROUTING', missing, 'drop', {field: 'nfproto', isNot: false, values: ['ipv6']}),
		policy: 'accept',
	},
	both: {rule: rule('inet guard prerouting', missing, 'drop'), policy: 'accept'},
	nixos: {rule: rule('inet nixos-fw rpfilter', 'fib saddr . mark . iif oif exists accept', 'accept'), policy: 'drop'},
	ip6: {rule: rule('ip6 guard prerouting', missing, 'drop'), policy: 'accept'},
};

type TwoFamilies = {
	readonly four: Answer;
	readonly six: Answer;
	readonly others6?: string[];
	readonly table?: string;
	readonly onlyFour?: true;
};

/** A pod of both families on a node of both, each address with its own answer. */
function twoFamilies({four, six, others6 = [], table, onlyFour}: TwoFamilies): Evidence {
	const base = healthyNativeEvidence('1.19.6', ['node-1']);
	const [web] = base.pods.filter(({name}) => name.startsWith('web'));
	const filter = table === undefined ? undefined : native[table];
	const made = {...base, pods: web === undefined ? [] : [{...web, podIPs: ['10.0.0.5', 'fd00::5']}]};
	const seen = withObservation(made, 'node-1', {
		probes: [
			{address: '10.0.0.5', port: 80, answer: four},
			{address: 'fd00::5', port: 80, answer: six},
		],
		serviceEntries: ['0.0.0.0', '::'].map(ip => ({
			ip,
			port: 8080,
			protocol: 'TCP',
			backends: [{ip: ip === '::' ? 'fd00::5' : '10.0.0.5', port: 80}],
		})),
		nat: {nft: {...natTable(), others6}, legacy: natTable()},
		nftables: filter
			? {
					rules: [],
					rules6: [],
					tables: [],
					chains: [],
					filter: {
						chains: [{name: filter.rule.chain, hook: 'prerouting', priority: -140, policy: filter.policy}],
						rules: [filter.rule],
						isCut: false,
					},
				}
			: null,
	});
	const addresses = ['10.88.0.11', ...(onlyFour ? [] : ['fd00:88::11'])].map(address => ({type: 'InternalIP', address}));
	return withNode(seen, 'node-1', node => ({...node, addresses}));
}

test.each<[string, TwoFamilies, string | undefined]>([
	['IPv6 alone is silent, with a filter of IPv6', {four: 'open', six: 'silent', others6: [firewalld]}, 'HP31 error'],
	['IPv4 alone is silent, with a filter of IPv6', {four: 'silent', six: 'open', others6: [firewalld]}, 'HP21 warning'],
	['IPv6 alone is silent, and no filter was seen', {four: 'open', six: 'silent'}, 'HP21 warning'],
	['IPv6 alone is refused', {four: 'open', six: 'refused'}, 'HP21 warning'],
	['both are refused', {four: 'refused', six: 'refused'}, 'HP21 error'],
	['IPv6 is silent on a node that has none', {four: 'open', six: 'silent', onlyFour: true}, 'HP22 info'],
	['firewalld’s own table, IPv6', {four: 'open', six: 'silent', table: 'firewalld'}, 'HP31 error'],
	['firewalld’s own table, IPv4', {four: 'silent', six: 'open', table: 'firewalld'}, 'HP21 warning'],
	['a table of both families', {four: 'silent', six: 'open', table: 'both'}, 'HP31 error'],
	['a table of IPv6', {four: 'silent', six: 'open', table: 'ip6'}, 'HP21 warning'],
	['a chain that drops what does not pass', {four: 'silent', six: 'silent', table: 'nixos'}, 'HP31 error'],
])('%s', (_, scene, said) => {
	const {code, severity, hasAllClear} = first(twoFamilies(scene));
	expect([`${code} ${severity}`, hasAllClear]).toEqual([said, said === 'HP22 info']);
});

test('the kernel’s own filter is a likely cause, of IPv4 alone, and of nothing where the pod answers', () => {
	const strict = (scene: TwoFamilies): Evidence => withObservation(twoFamilies(scene), 'node-1', {facts: {rp_filter: 'strict'}});
	expect(diagnose(strict({four: 'silent', six: 'open'})).findings[0]).toMatchObject({
		code: 'HP31',
		severity: 'warning',
		remedy: expect.stringContaining('net.ipv4.conf.all.rp_filter'),
	});
	expect(first(strict({four: 'open', six: 'silent'}))).toMatchObject({code: 'HP21', severity: 'warning'});
	expect(first(strict({four: 'open', six: 'open'}))).toMatchObject({code: 'HP22'});
});

test('a filter is a likely cause only where another node got an answer', () => {
	const base = healthyNativeEvidence('1.19.6', ['node-1', 'node-2']);
	const answered = withObservation(withAnswer('silent', [firewalld], base), 'node-2', {
		probes: [{address: '10.88.0.11', port: 8080, answer: 'open'}],
	});
	expect(first(withAnswer('silent', [firewalld], base))).toMatchObject({code: 'HP31', severity: 'error'});
	expect(first(answered)).toMatchObject({code: 'HP31', severity: 'warning'});
});

test.each(['silent', 'unreachable', 'refused'] as const)('a pod that is %s to its own node never stands beside the all-clear', answer => {
	for (const base of [healthyPortmapEvidence(), healthyNativeEvidence()]) {
		expect(first(withAnswer(answer, [], base))).toMatchObject({code: 'HP21', hasAllClear: false});
	}
});
