import {expect, test} from 'vitest';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import {staleMappings} from '../../source/diagnosis/stale-mappings.ts';
import {view} from '../../source/diagnosis/view.ts';
import type {Evidence} from '../../source/evidence/evidence.ts';
import {natTable, pod, port, portmapHooks, portmapRules, type MappingParts} from './builders.ts';
import {healthyNativeEvidence, healthyPortmapEvidence, rulesFor, withObservation} from './scenes.ts';

const dead: MappingParts = {sandbox: 'gone', hostPort: 9099, target: '10.0.0.99:80'};

/** Rules on node-1 behind those of its own pods. */
function withMappings(base: Evidence, ...mappings: MappingParts[]): Evidence {
	const rules = [...rulesFor(base.pods, 'node-1'), ...mappings.flatMap(portmapRules)];
	return withObservation(base, 'node-1', {nat: {nft: natTable(rules), legacy: natTable()}});
}

const codesOf = (evidence: Evidence): string[] => diagnose(evidence).findings.map(({code, severity}) => `${code} ${severity}`);

test('a rule for a port that no pod has is told, and is no fault of today', () => {
	const {findings, nodes} = diagnose(withMappings(healthyPortmapEvidence(), dead));
	expect(findings.map(({code, severity}) => [code, severity])).toEqual([
		['HP07', 'info'],
		['HP22', 'info'],
	]);
	expect(findings[0]).toMatchObject({nodes: ['node-1'], hostPorts: []});
	expect(findings[0]?.because[0]?.says).toMatch(/9099\/TCP → 10\.0\.0\.99:80, where no pod with that hostPort is/);
	expect(nodes[0]?.verdict).toBe('ok');
});

test('one behind a pod’s own warns: the next pod may stand behind it', () => {
	const [finding] = diagnose(withMappings(healthyPortmapEvidence(), {...dead, hostPort: 8080})).findings;
	expect(finding).toMatchObject({code: 'HP07', severity: 'warning', hostPorts: ['default/web-6f7d9c-x2x4k:8080/TCP']});
});

test('two rules to the same pod are one too many', () => {
	const [finding] = diagnose(withMappings(healthyPortmapEvidence(), {...dead, hostPort: 8080, target: '10.0.0.5:80'})).findings;
	expect(finding).toMatchObject({code: 'HP07', severity: 'warning'});
	expect(finding?.because[0]?.says).toContain('which another rule before it serves already');
});

test('the same target for another protocol or address is another mapping', () => {
	const twice = pod('dns', 'node-1', '10.0.0.42', [port(53, 53), port(53, 53, {protocol: 'UDP'})]);
	const base = {...healthyPortmapEvidence(), pods: [...healthyPortmapEvidence().pods, twice]};
	const tcp = {sandbox: 'dns', hostPort: 53, target: '10.0.0.42:53'};
	const withRules = withObservation(base, 'node-1', {
		nat: {
			nft: natTable([
				...rulesFor(healthyPortmapEvidence().pods, 'node-1'),
				...portmapRules(tcp),
				...portmapRules({...tcp, protocol: 'udp'}),
			]),
			legacy: natTable(),
		},
	});
	expect(codesOf(withRules)).toEqual(['HP22 info']);
});

test('where it cannot be told it is not claimed', () => {
	const base = withMappings(healthyPortmapEvidence(), dead);
	expect(codesOf({...base, namespace: 'default'})).toEqual(['HP22 info']);
	const gap = {of: 'pods' as const, what: 'pods in all namespaces', reason: 'forbidden', hint: 'list pods'};
	expect(codesOf({...base, gaps: [gap]})).toEqual([]);
	expect(codesOf({...base, gaps: [{...gap, of: 'events' as const}]})).toEqual(['HP07 info']);
	const coming = pod('new', 'node-1', '', [port(9099, 80)], {phase: 'Pending'});
	expect(codesOf({...base, pods: [...base.pods, coming]})).not.toContain('HP07 info');
	const elsewhere = {...coming, node: 'node-2'};
	expect(codesOf({...base, pods: [...base.pods, elsewhere]})).toContain('HP07 info');
});

test('a pod that has its address and does not run yet keeps its rule; one on the host network has none', () => {
	const base = withMappings(healthyPortmapEvidence(), dead);
	const starting = pod('new', 'node-1', '10.0.0.99', [port(9099, 80)], {phase: 'Pending'});
	expect(codesOf({...base, pods: [...base.pods, starting]})).toEqual(['HP22 info']);
	expect(codesOf({...base, pods: [...base.pods, {...starting, hostNetwork: true}]})).toEqual(['HP07 info', 'HP22 info']);
	const otherPort = pod('new', 'node-1', '10.0.0.99', [port(9099, 81)], {phase: 'Pending'});
	expect(codesOf({...base, pods: [...base.pods, otherPort]})).toEqual(['HP07 warning']);
});

test('rules to which nothing leads, and rules beside eBPF, are dead weight', () => {
	const base = healthyPortmapEvidence();
	const chains = portmapRules(dead).filter(line => !line.startsWith('-A CNI-HOSTPORT-DNAT'));
	const unreached = withObservation(base, 'node-1', {
		nat: {nft: natTable([...rulesFor(base.pods, 'node-1'), ...chains]), legacy: natTable()},
	});
	expect(codesOf(unreached)).toEqual(['HP22 info']);
	expect(codesOf(withMappings(healthyNativeEvidence(), dead))).toEqual(['HP22 info']);
});

const id = 'c93e2a3a2264f98647f0d33dc80d88de81c0710bf30ea822e2ed19213f9c53b5';

test.each([
	['nerdctl', {list: 'bridge', sandbox: `default-${id}`}],
	['nerdctl', {list: 'shop', sandbox: `k8s.io-${id}`}],
	['podman', {list: 'podman', sandbox: id}],
	['Nomad', {list: 'nomad', sandbox: '8c0c4b8e-7d0e-2b0a-9a54-0d3f5a3a2f11'}],
	['Nomad', {list: 'cilium', sandbox: '8c0c4b8e-7d0e-2b0a-9a54-0d3f5a3a2f11'}],
	['the network "bridge"', {list: 'bridge', sandbox: id}],
	['the network "shop"', {list: 'shop', sandbox: id}],
])('mappings of %s are live, whoever has no pod for them', (engine, parts) => {
	const {findings, nodes} = diagnose(withMappings(healthyPortmapEvidence(), {...dead, ...parts}, {...dead, ...parts, hostPort: 8081}));
	expect(findings.map(({code, severity}) => `${code} ${severity}`)).toEqual(['HP07 info', 'HP22 info']);
	expect(findings[0]?.title).toContain(`2 port mappings on node-1 belong to ${engine}`);
	expect(findings[0]?.remedy).not.toMatch(/delete/i);
	expect(nodes[0]?.verdict).toBe('ok');
});

test('a container of another engine that has a pod’s port is named, and its rule is not to be deleted', () => {
	const base = healthyPortmapEvidence();
	const rules = [
		...portmapRules({sandbox: `default-${id}`, hostPort: 8080, target: '10.4.0.7:80', list: 'bridge'}),
		...rulesFor(base.pods, 'node-1'),
	];
	const [finding] = diagnose(withObservation(base, 'node-1', {nat: {nft: natTable(rules), legacy: natTable()}})).findings;
	expect(finding).toMatchObject({code: 'HP07', severity: 'error'});
	expect(finding?.title).toContain('a container of nerdctl');
	expect(finding?.remedy).toContain('Do not delete');
});

test.each([`default-${id}`, '8c0c4b8e-7d0e-2b0a-9a54-0d3f5a3a2f11'])('in portmap’s nftables the id alone tells the engine: %s', sandbox => {
	const rules = [`ip protocol tcp tcp dport 9099 dnat to 10.4.0.7:80 comment "${sandbox}"`];
	const [finding] = diagnose(
		withObservation(healthyPortmapEvidence(), 'node-1', {nftables: {rules, rules6: [], tables: ['cni_hostport'], chains: []}}),
	).findings;
	expect(finding?.title).toContain('beside Kubernetes');
});

test.each([
	['another port', 5000, 'HP07 info', /Nothing to do/],
	['a pod’s port', 8080, 'HP09 error', /^Do not delete/],
] as const)('another engine in the other build of iptables has %s', (_, hostPort, first, remedy) => {
	const base = healthyPortmapEvidence();
	const podman = portmapRules({sandbox: id, hostPort, target: '10.88.0.5:80', list: 'podman'});
	const nft = natTable([':KUBE-SERVICES - [0:0]', ...rulesFor(base.pods, 'node-1')]);
	const [finding] = diagnose(withObservation(base, 'node-1', {nat: {nft, legacy: natTable([...portmapHooks, ...podman])}})).findings;
	expect(`${finding?.code} ${finding?.severity}`).toBe(first);
	expect(finding?.remedy).toMatch(remedy);
});

test('a leftover of the network that was there before Cilium is a leftover', () => {
	const [finding] = diagnose(withMappings(healthyPortmapEvidence(), {...dead, list: 'cbr0', sandbox: id})).findings;
	expect(finding?.title).toContain('stale rule');
});

test('what is found of a node is found once in a view, for several causes ask on thousands of nodes', () => {
	const seen = view(withMappings(healthyPortmapEvidence(), dead));
	const [node] = seen.nodes;
	expect(staleMappings(seen, node!)).toHaveLength(1);
	expect(staleMappings(seen, node!)).toBe(staleMappings(seen, node!));
	const later = view(withMappings(healthyPortmapEvidence()));
	expect(staleMappings(later, later.nodes[0]!)).toEqual([]);
});
