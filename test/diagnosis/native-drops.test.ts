import {readFileSync} from 'node:fs';
import {expect, test} from 'vitest';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import {portMappings} from '../../source/diagnosis/port-mappings.ts';
import {evidenceSchema, type Evidence} from '../../source/evidence/evidence.ts';
import {parseNftables} from '../../source/evidence/parse-nftables.ts';
import {natTable, pod, port, portmapHooks, portmapRules} from './builders.ts';
import {healthyNativeEvidence, healthyPortmapEvidence, withObservation} from './scenes.ts';

/** What a real nft and a client behind it answered, by name (write-nft-rulesets.ts). */
const answers = JSON.parse(readFileSync(new URL('../evidence/recorded/nft-rulesets.json', import.meta.url), 'utf8')) as Record<
	string,
	{answer: string; json: unknown}
>;

function nftables(name: string) {
	const records = [
		{key: 'nftables', value: 'tables\n'},
		{key: 'status', value: '0'},
		{key: 'nftables', value: `ruleset\n${JSON.stringify(answers[name]?.json)}`},
		{key: 'status', value: '0'},
	];
	const seen = parseNftables(records);
	if (answers[name] === undefined || seen?.filter === undefined) throw new Error(`no ruleset ${name}`);
	return seen;
}

const web = pod('web', 'node-1', '10.0.0.5', [port(8080, 80)]);

/** Node-1 with one pod that portmap mapped, packets from outside coming in by eth0, and a ruleset. */
function byPortmap(name: string): Evidence {
	const rules = [...portmapHooks, ...portmapRules({sandbox: 'web', hostPort: 8080, target: '10.0.0.5:80'})];
	const base = healthyPortmapEvidence('1.17.4');
	const seen = withObservation({...base, pods: [web]}, 'node-1', {
		nat: {nft: natTable(rules), legacy: natTable()},
		facts: {'default-devices': 'eth0'},
		nftables: nftables(name),
	});
	return {...seen, nodes: seen.nodes.filter(({name: node}) => node === 'node-1')};
}

const dropped: ReadonlyArray<readonly [ruleset: string, says: RegExp]> = [
	['prerouting port', /^tcp dport 8080 drop \(hook prerouting, priority -150\)$/],
	['prerouting reject', /^tcp dport 8080 log reject/],
	['prerouting address and port', /^ip daddr 10\.88\.0\.11 tcp dport 8080 drop/],
	['prerouting container port after translation', /^tcp dport 80 drop/],
	['named set', /^tcp dport @blocked drop/],
	['range', /^tcp dport 8000-8100 drop/],
	['negation', /^tcp dport != \{ 22, 443 \} drop/],
	// The client's own port is not spared, so its answer is lost.
	['negation that spares it', /^tcp dport != \{ 22, 8080 \} drop/],
	['comparison', /^tcp dport > 1024 drop/],
	['verdict map', /^drop/],
	['state map', /^policy drop/],
	['jump to a drop', /^drop/],
	['accept in an earlier chain alone', /^tcp dport 8080 drop/],
	['device of outside', /^iifname \{ .*eth0.* \} tcp dport 8080 drop/],
	['all but loopback', /^iifname != lo tcp dport 8080 drop/],
	['transport header', /th dport 8080 drop/],
	['concatenation', /^l4proto \. th dport @pairs drop/],
	['address and port together', /^ip daddr \. tcp dport/],
	['local destination', /^fib daddr type local tcp dport 8080 drop/],
	['new connections', /^ct state new tcp dport 8080 drop/],
	['untracked', /^tcp dport 8080 notrack/],
	['forward container port', /^tcp dport 80 drop \(hook forward, priority 0\)$/],
	['forward original port', /ct original proto-dst 8080 drop/],
	['forward pod range', /^ip daddr 10\.0\.0\.0\/8 reject/],
	['forward closed', /^policy drop/],
	['forward closed to answers', /^policy drop/],
	['postrouting', /^ip daddr 10\.0\.0\.5 drop/],
	['ingress', /^tcp dport 8080 drop \(hook ingress, priority -500\)$/],
];

test.each(dropped)('%s: dropped, named with its chain', (ruleset, says) => {
	expect(answers[ruleset]?.answer).not.toBe('open');
	const {findings, nodes, hostPorts} = diagnose(byPortmap(ruleset));
	expect(hostPorts.map(({state}) => state)).toEqual(['wired']);
	expect(findings[0]).toMatchObject({code: 'HP28', severity: 'error', nodes: ['node-1'], hostPorts: ['default/web:8080/TCP']});
	expect(findings[0]?.because[0]?.says).toMatch(says);
	expect(findings[0]?.because[0]?.source).toMatch(/^nft chain (?:ip|ip6|inet|netdev) \w+ \w+ on node-1$/);
	expect(findings.map(({code}) => code)).not.toContain('HP22');
	expect(nodes.map(({verdict}) => verdict)).toEqual(['degraded']);
});

const sent: ReadonlyArray<readonly [ruleset: string, says: RegExp]> = [
	[
		'sent elsewhere',
		/^tcp dport 8080 dnat to 192\.0\.2\.9:80 \(hook prerouting, priority -110, before portmap's own at -100\); default\/web/,
	],
	['sent to another port of the node', /^tcp dport 8080 redirect to port 81 of the node /],
	['sent elsewhere by a map', /^tcp dport in a map: dnat /],
];

test.each(sent)('%s: another rule catches the traffic', (ruleset, says) => {
	expect(answers[ruleset]?.answer).not.toBe('open');
	const {findings, nodes} = diagnose(byPortmap(ruleset));
	expect(findings[0]).toMatchObject({code: 'HP07', severity: 'error', nodes: ['node-1'], hostPorts: ['default/web:8080/TCP']});
	expect(findings[0]?.because).toEqual([{source: 'nft chain ip other pre on node-1', says: expect.stringMatching(says)}]);
	expect(findings.map(({code}) => code)).not.toContain('HP22');
	expect(findings.map(({code}) => code)).not.toContain('HP28');
	expect(nodes).toMatchObject([{verdict: 'degraded', reason: 'a native nftables rule catches the traffic of 1 hostPort on node-1'}]);
});

test('what the pod answers and does not leave is said so', () => {
	const [request, answer] = ['forward closed', 'forward closed to answers'].map(
		name => diagnose(byPortmap(name)).findings[0]?.because[1]?.says,
	);
	expect(request).toMatch(/^so packets to 10\.88\.0\.11 do not arrive/);
	expect(answer).toMatch(/^so the pod's answers from 10\.88\.0\.11 do not leave/);
});

const healthy = [
	'prerouting address of another',
	'prerouting udp',
	'prerouting other port',
	'prerouting container port',
	'prerouting after translation',
	'named set without it',
	'empty set',
	'verdict map without it',
	'jump that comes back',
	'goto that ends with the policy',
	'accept before it',
	'device of a bridge',
	'invalid packets',
	'one sender',
	'all but one sender',
	'something not understood',
	'untracked too late',
	'untracked other port',
	'forward host port',
	'forward closed but for what was translated',
	'forward closed but for pods',
	'input',
	'output',
	'ip6 alone',
	'nfproto ipv6',
	'portmap without conditions',
	'portmap for another network',
	'portmap but for its own network',
	'portmap but for another network',
	'crio-hostports',
	'sent elsewhere by a map, of another port',
	'sent elsewhere too late',
	'sent elsewhere after the translation, by the container port',
	'sent elsewhere, of one sender',
	'sent to the pod itself',
	'sent elsewhere, of another port',
];

test.each(healthy)('healthy twin: %s', ruleset => {
	// portmap's own table is judged by its conditions (portmap-conditions.test.ts).
	if (!ruleset.startsWith('portmap ')) expect(answers[ruleset]?.answer).toBe('open');
	const {findings, nodes} = diagnose(byPortmap(ruleset));
	expect(findings.map(({code}) => code)).not.toContain('HP28');
	expect(findings.map(({code}) => code)).toContain('HP22');
	expect(nodes.map(({verdict}) => verdict)).toEqual(['ok']);
});

test('what only some senders pass is told and is no fault', () => {
	const {findings} = diagnose(byPortmap('forward closed but for a sender'));
	expect(findings.find(({code}) => code === 'HP28')).toMatchObject({severity: 'info'});
	expect(findings.map(({code}) => code)).toContain('HP22');
});

test('every recorded ruleset is in one of the tables', () => {
	expect(
		[
			...dropped.map(([name]) => name),
			...sent.map(([name]) => name),
			...healthy,
			'forward closed but for a sender',
			'table of iptables',
		].sort(),
	).toEqual(Object.keys(answers).sort());
});

test('a table of iptables’ own is left to iptables-save', () => {
	expect(nftables('table of iptables').filter).toEqual({chains: [], rules: [], isCut: false});
});

/** The same cluster served by eBPF. */
function byNative(name: string, data: Record<string, string>): Evidence {
	const base = healthyNativeEvidence('1.17.4');
	const configMap = base.cilium?.configMap;
	if (!base.cilium || !configMap) throw new Error('no ConfigMap');
	const seen = withObservation(base, 'node-1', {facts: {'default-devices': 'eth0'}, nftables: nftables(name)});
	return {...seen, cilium: {...base.cilium, configMap: {...configMap, data: {...configMap.data, ...data}}}};
}

test.each([
	['prerouting container port', {'enable-host-legacy-routing': 'true'}, true],
	['forward container port', {'enable-host-legacy-routing': 'true'}, true],
	['prerouting port', {'enable-host-legacy-routing': 'true'}, false],
	['untracked', {'enable-host-legacy-routing': 'true'}, false],
] as const)('by eBPF netfilter sees the pod’s port alone: %s', (ruleset, data, isDropped) => {
	const codes = diagnose(byNative(ruleset, data)).findings.map(({code}) => code);
	expect(codes.includes('HP28')).toBe(isDropped);
});

test('with BPF host routing netfilter sees nothing of it', () => {
	const evidence = byNative('forward container port', {'enable-bpf-masquerade': 'true'});
	const modern = withObservation(evidence, 'node-1', {kernel: '6.1.0-18-amd64'});
	expect(diagnose(modern).findings.map(({code}) => code)).not.toContain('HP28');
	expect(diagnose(withObservation(evidence, 'node-1', {kernel: '5.4.0-163-generic'})).findings.map(({code}) => code)).toContain('HP28');
});

test('tables that were not read are named beside the all-clear, and are no fault', () => {
	const base = byPortmap('prerouting udp');
	const unread = withObservation(base, 'node-1', {nftables: null});
	const says = (evidence: Evidence): string =>
		diagnose(evidence)
			.findings.find(({code}) => code === 'HP22')
			?.because.map(proof => proof.says)
			.join('\n') ?? '';
	expect(says(unread)).toContain('native nft tables not read; --via pod and --via ssh read them');
	expect(says(base)).not.toContain('native nft tables');
});

test('CRI-O’s own table maps ports', () => {
	expect(portMappings({nat: {nft: null, legacy: null}, nftables: nftables('crio-hostports')})).toMatchObject([
		{by: 'runtime', hostPort: 8080, protocol: 'TCP', targetIP: '10.0.0.5', targetPort: 80, hostIP: '', chain: 'crio-hostports'},
		{by: 'runtime', hostPort: 53, protocol: 'UDP', targetIP: '10.0.0.8', targetPort: 5353, hostIP: '10.88.0.11'},
	]);
});

test('what a saved file holds of a ruleset is judged as the whole', () => {
	for (const [name] of dropped) {
		const evidence = byPortmap(name);
		const again = evidenceSchema.parse(JSON.parse(JSON.stringify(evidence)));
		expect(diagnose(again)).toEqual(diagnose(evidence));
	}
});

test.each([
	['an answer that was cut', '{"nftables": [{"metainfo": {}}, {"table":'],
	['no answer at all', ''],
	['another form', '{"nftables": {"rule": 1}}'],
])('%s counts as not read', (_what, text) => {
	const seen = parseNftables([
		{key: 'nftables', value: 'tables\n'},
		{key: 'status', value: '0'},
		{key: 'nftables', value: `ruleset\n${text}`},
		{key: 'status', value: '0'},
	]);
	expect(seen?.filter).toBeUndefined();
});

test('rules beyond what is kept leave the answer open', () => {
	const rules = Array.from({length: 3000}, (_, index) => ({
		rule: {
			family: 'inet',
			table: 't',
			chain: 'p',
			expr: [{match: {op: '==', left: {payload: {protocol: 'tcp', field: 'dport'}}, right: 10_000 + index}}, {drop: null}],
		},
	}));
	const chain = {chain: {family: 'inet', table: 't', name: 'p', type: 'filter', hook: 'prerouting', prio: -150, policy: 'drop'}};
	const seen = parseNftables([
		{key: 'nftables', value: 'tables\n'},
		{key: 'status', value: '0'},
		{key: 'nftables', value: `ruleset\n${JSON.stringify({nftables: [chain, ...rules]})}`},
		{key: 'status', value: '0'},
	]);
	expect(seen?.filter?.isCut).toBe(true);
	const evidence = withObservation(byPortmap('prerouting udp'), 'node-1', {nftables: seen});
	expect(diagnose(evidence).findings.find(({code}) => code === 'HP28')).toMatchObject({severity: 'info'});
});

/** The same with a second node that asked for the hostPort. */
function heard(name: string, answer: 'silent' | 'refused' | 'open'): Evidence {
	const base = byPortmap(name);
	const other = healthyPortmapEvidence('1.17.4');
	const both = {...base, nodes: [...base.nodes, ...other.nodes.filter(({name: node}) => node === 'node-2')]};
	return withObservation(both, 'node-2', {
		nat: {nft: natTable(portmapHooks), legacy: natTable()},
		probes: [{address: '10.88.0.11', port: 8080, answer}],
	});
}

test.each([
	['prerouting port', 'silent', ['HP28 error']],
	['prerouting reject', 'refused', ['HP28 error']],
	['prerouting udp', 'silent', ['HP29 error']],
	['prerouting port', 'open', ['HP22 info']],
	['forward closed but for a sender', 'silent', ['HP28 warning']],
] as const)('%s, and another node hears: %s', (ruleset, answer, codes) => {
	const {findings} = diagnose(heard(ruleset, answer));
	expect(findings.map(({code, severity}) => `${code} ${severity}`)).toEqual(codes);
});
