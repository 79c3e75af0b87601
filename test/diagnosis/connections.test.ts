import {describe, expect, test} from 'vitest';
import {hp29} from '../../source/diagnosis/causes/hp29.ts';
import {diagnose, settlesIn} from '../../source/diagnosis/diagnose.ts';
import {deadByNode, joinConnections} from '../../source/diagnosis/join-connections.ts';
import {view} from '../../source/diagnosis/view.ts';
import type {Evidence, Probe} from '../../source/evidence/evidence.ts';
import {settlingWait} from '../../source/session/look.ts';
import {epoch, natTable, pod, port, times} from './builders.ts';
import {healthyNativeEvidence, healthyPortmapEvidence, pathlessEvidence, rulesFor, withNode, withObservation} from './scenes.ts';

// node-1 (10.88.0.11) has default/web 8080 → 10.0.0.5:80, and each node a collector with 4317 and 4318.
type Answer = Probe['answer'];
const web = 'default/web-6f7d9c-x2x4k:8080/TCP';
const webAt = (answer: Answer): Probe => ({address: '10.88.0.11', port: 8080, answer});
const webItself = (answer: Answer): Probe => ({address: '10.0.0.5', port: 80, answer});

/** What node-2 heard of node-1's hostPort, and node-1 of its own pod. */
function heard(base: Evidence, fromNode2: Answer, itself: Answer | 'untried' = 'open'): Evidence {
	const asked = withObservation(base, 'node-2', {probes: [webAt(fromNode2)]});
	return itself === 'untried' ? asked : withObservation(asked, 'node-1', {probes: [webItself(itself)]});
}

const fromHere = (base: Evidence, ...clientProbes: Probe[]): Evidence => ({...base, clientProbes});
const codesOf = (evidence: Evidence): string[] => diagnose(evidence).findings.map(({code, severity}) => `${code} ${severity}`);
const withWeb = (base: Evidence, parts: Partial<Evidence['pods'][number]>): Evidence => ({
	...base,
	pods: base.pods.map(each => (each.name.startsWith('web') ? {...each, ...parts} : each)),
});
const withRule = (base: Evidence, line: string): Evidence =>
	withObservation(base, 'node-1', {nat: {nft: {...natTable(rulesFor(base.pods, 'node-1')), others: [line]}, legacy: natTable()}});
const never = (): never => {
	throw new Error('the scene has no status');
};
const interfaceOf = (base: Evidence, says: string): Evidence => withObservation(base, 'node-1', {facts: {'interface-of-10.0.0.5': says}});
const policy = (...ingressEntities: string[]): Evidence['networkPolicies'] => [
	{kind: 'CiliumNetworkPolicy', namespace: 'default', name: 'web', matchLabels: {app: 'web'}, matchExpressions: [], ingressEntities},
];
const both = [
	['portmap', healthyPortmapEvidence()],
	['native', healthyNativeEvidence()],
] as const;

describe.each(both)('by %s', (_, base) => {
	test.each([
		['silent', 'timed out'],
		['unreachable', 'unreachable'],
		['refused', 'refused'],
	] as const)('a mapped hostPort that is %s to another node is a fault, told with what was looked at', (answer, error) => {
		const {findings, nodes, hostPorts} = diagnose(heard(base, answer));
		expect(findings).toMatchObject([{code: 'HP29', severity: 'error', nodes: ['node-1'], hostPorts: [web]}]);
		expect(findings[0]?.title).toBe('1 mapped hostPort does not answer from node-2: cause not found');
		expect(findings[0]?.because).toContainEqual({
			source: 'connection from node-2 to 10.88.0.11:8080',
			says: expect.stringContaining(`${error}; ${web} is mapped`) as string,
		});
		expect(findings[0]?.because).toContainEqual({source: `pod of ${web}`, says: 'answers its own node at 10.0.0.5:80'});
		expect(nodes.map(({verdict}) => verdict)).toEqual(['degraded', 'ok', 'ok']);
		expect(hostPorts.find(each => each.pod.startsWith('web'))).toMatchObject({
			state: 'wired',
			answers: [{from: 'node-2', address: '10.88.0.11', ok: false, error}],
		});
	});

	test('one that answers is well, and its answers are told', () => {
		const {findings, hostPorts} = diagnose(fromHere(heard(base, 'open'), webAt('open')));
		expect(findings.map(({code}) => code)).toEqual(['HP22']);
		expect(hostPorts.find(each => each.pod.startsWith('web'))?.answers).toEqual([
			{from: 'node-2', address: '10.88.0.11', ok: true, error: ''},
			{from: 'client', address: '10.88.0.11', ok: true, error: ''},
		]);
	});

	test.each<[string, Evidence]>([
		[
			'a machine that reaches no node',
			fromHere(heard(base, 'open'), webAt('silent'), {address: '10.88.0.12', port: 4317, answer: 'silent'}),
		],
		['a machine without a route', fromHere(base, webAt('unreachable'))],
		['a machine that has somebody else at the address', fromHere(heard(base, 'open'), webAt('refused'))],
		['a pod that is being removed', withWeb(heard(base, 'silent'), {trouble: 'Terminating'})],
	])('%s makes no fault', (_what, evidence) => {
		expect(codesOf(evidence)).toEqual(['HP22 info']);
		expect(diagnose(evidence).nodes.map(({verdict}) => verdict)).toEqual(['ok', 'ok', 'ok']);
	});

	const withAgent = (node: string, secondsOld: number, clockOfNode = epoch(times.collected)): Evidence =>
		withNode(withObservation(heard(base, 'refused'), node, {clock: clockOfNode}), node, seen => ({
			...seen,
			agent: seen.agent && {...seen.agent, startedAt: new Date((clockOfNode - secondsOld) * 1000).toISOString()},
		}));

	test.each(['node-1', 'node-2'])(
		'an agent of %s that has only just started: the failure proves nothing yet, and nothing is called well',
		node => {
			const evidence = withAgent(node, 12);
			const {findings, nodes} = diagnose(evidence);
			expect(findings).toMatchObject([{code: 'HP29', severity: 'warning', title: expect.stringContaining('only just started') as string}]);
			expect(nodes.map(({verdict}) => verdict)).toEqual(['unknown', 'ok', 'ok']);
			expect(settlesIn(evidence)).toBe(18);
			expect(settlingWait(evidence, 1000)).toBe(18_000);
			expect(settlingWait(evidence, 1000, 5000)).toBe(4000);
			expect(settlingWait(evidence, 1000, 1000)).toBe(0);
		},
	);

	test('after half a minute it does; the clock of the node counts, not this machine’s', () => {
		for (const evidence of [withAgent('node-1', 31), withAgent('node-1', 31, epoch(times.collected) + 3600)]) {
			expect(codesOf(evidence)).toEqual(['HP29 error']);
			expect(settlesIn(evidence)).toBe(0);
		}
		expect(settlesIn(withAgent('node-1', 12, epoch(times.collected) - 3600))).toBe(18);
		expect(settlesIn(heard(base, 'open'))).toBe(0);
	});

	test.each<[string, Evidence, string[]]>([
		['an application that refuses', heard(base, 'refused', 'refused'), ['HP21 error']],
		['a pod that is dead to its own node too', heard(base, 'silent', 'silent'), ['HP21 error']],
		['a pod whose interface is down', interfaceOf(heard(base, 'silent', 'silent'), 'lxc1 is lowerlayerdown'), ['HP21 error']],
		['a pod whose interface is up', interfaceOf(heard(base, 'open', 'silent'), 'lxc1 is up'), ['HP21 warning']],
		['a pod that is silent to its own node alone', heard(base, 'open', 'silent'), ['HP21 warning']],
		['a pod that is not ready', withWeb(heard(base, 'refused', 'refused'), {ready: false}), ['HP21 warning']],
		['a policy that lets nobody in', {...heard(base, 'silent'), networkPolicies: policy()}, ['HP11 warning']],
		['a policy that lets in the world alone', {...heard(base, 'silent'), networkPolicies: policy('world')}, ['HP11 warning']],
		['a policy that lets in other nodes', {...heard(base, 'silent'), networkPolicies: policy('remote-node')}, ['HP29 error', 'HP11 info']],
		['a policy, and a refusal that none makes', {...heard(base, 'refused'), networkPolicies: policy()}, ['HP29 error', 'HP11 warning']],
		['somebody else who gets an answer', fromHere(heard(base, 'silent'), webAt('open')), ['HP29 warning']],
		['a refusal, and an application that was not tried', heard(base, 'refused', 'untried'), ['HP29 warning']],
		['a refusal to this machine alone', fromHere(base, webAt('refused')), ['HP29 warning']],
	])('%s is told as such', (_what, evidence, codes) => {
		expect(codesOf(evidence)).toEqual(codes);
	});
});

test.each([
	['raw -A PREROUTING -p tcp -m tcp --dport 8080 -j DROP', 'silent'],
	['filter -A FORWARD -p tcp -m tcp --dport 80 -j REJECT --reject-with icmp-port-unreachable', 'refused'],
] as const)('a rule that is likely in the way is proved by the connection that failed: %s', (line, answer) => {
	const base = withRule(healthyPortmapEvidence(), line);
	expect(codesOf(heard(base, 'open'))).toEqual(['HP13 warning']);
	const {findings, nodes} = diagnose(heard(base, answer));
	expect(findings).toMatchObject([{code: 'HP13', severity: 'error', hostPorts: [web]}]);
	expect(findings[0]?.because.at(-1)?.source).toBe('connection from node-2 to 10.88.0.11:8080');
	expect(nodes[0]).toMatchObject({
		verdict: 'degraded',
		reason: `${web}: mapped, but does not answer from node-2: ${answer === 'silent' ? 'timed out' : answer}`,
	});
});

test.each([
	['raw -A PREROUTING -p tcp -m tcp --dport 8080 -j CT --notrack', true],
	['raw -A PREROUTING -p tcp -m multiport --dports 443,8080 -j NOTRACK', true],
	['raw -A PREROUTING -i eth0 -p tcp -j CT --notrack', true],
	['raw -A MY_RULES -p tcp -m tcp --dport 8080 -m comment --comment "fast path" -j CT --notrack', true],
	['raw -A PREROUTING -p tcp -m tcp --dport 8081 -j CT --notrack', false],
	['raw -A PREROUTING -p udp -m udp --dport 8080 -j CT --notrack', false],
	['raw -A PREROUTING -d 169.254.20.10/32 -p tcp -m tcp --dport 8080 -j CT --notrack', false],
	['raw -A CILIUM_PRE_raw -d 10.0.0.0/24 -m comment --comment "cilium: NOTRACK for pod traffic" -j CT --notrack', false],
	['raw -A OUTPUT -p tcp -m tcp --dport 8080 -j CT --notrack', false],
])('a packet that is not tracked is not translated: %s', (line, isHit) => {
	const base = withRule(healthyPortmapEvidence(), line);
	expect(codesOf(base)).toEqual([isHit ? 'HP13 warning' : 'HP22 info']);
	expect(codesOf(heard(base, 'refused'))).toEqual([isHit ? 'HP13 error' : 'HP29 error']);
	// Under eBPF the packet is translated before netfilter sees it.
	expect(codesOf(withObservation(healthyNativeEvidence(), 'node-1', {nat: {nft: {...natTable(), others: [line]}, legacy: null}}))).toEqual([
		'HP22 info',
	]);
});

describe('a condition of portmap', () => {
	const withCondition = (condition: string): Evidence => {
		const base = healthyPortmapEvidence();
		const rules = rulesFor(base.pods, 'node-1').map(line =>
			line.includes('--dports 8080') ? line.replace(' -p tcp', ` ${condition} -p tcp`) : line,
		);
		return withObservation(base, 'node-1', {nat: {nft: natTable(rules), legacy: natTable()}});
	};

	test.each([
		['! -d 10.88.0.11/32', ['HP20 warning'], ['HP20 error'], ['HP22 info']],
		['-d 192.0.2.0/24', ['HP20 warning'], ['HP20 error'], ['HP20 warning']],
		['-s 192.0.2.0/24', ['HP20 warning'], ['HP20 warning'], ['HP20 warning']],
		['! -s 10.0.0.0/8', ['HP22 info'], ['HP20 warning'], ['HP22 info']],
	])('%s: a fault where it leaves another node out, unless it is for some senders', (condition, before, after, open) => {
		expect(codesOf(withCondition(condition))).toEqual(before);
		expect(codesOf(heard(withCondition(condition), 'refused'))).toEqual(after);
		expect(codesOf(heard(withCondition(condition), 'open'))).toEqual(open);
	});
});

describe('what answers other nodes and not this machine', () => {
	const other = (answer: Answer): Probe => ({address: '10.88.0.11', port: 4317, answer});
	const elsewhere = (answer: Answer): Probe => ({address: '10.88.0.12', port: 4317, answer});
	const base = withObservation(heard(healthyPortmapEvidence(), 'open'), 'node-2', {probes: [webAt('open'), other('open')]});

	test.each<[string, Evidence, string[]]>([
		['where the same node answers on another port', fromHere(base, webAt('silent'), other('open')), ['HP13 warning']],
		['where the same node refuses on another port', fromHere(base, webAt('silent'), other('refused')), ['HP13 warning']],
		['where another node alone answers', fromHere(base, webAt('silent'), elsewhere('open')), ['HP22 info', 'HP13 info']],
		['where no node answers', fromHere(base, webAt('silent'), other('silent')), ['HP22 info']],
		[
			'by a policy',
			{...fromHere(base, webAt('silent'), other('open')), networkPolicies: policy('remote-node', 'host')},
			['HP22 info', 'HP11 info'],
		],
	])('%s', (_what, evidence, codes) => {
		expect(codesOf(evidence)).toEqual(codes);
	});
});

test('an address that Kubernetes does not know may have no way to it from other nodes', () => {
	const base = healthyPortmapEvidence();
	const pods = base.pods.map(each => (each.name.startsWith('web') ? {...each, ports: [port(8080, 80, {hostIP: '192.0.2.77'})]} : each));
	const nat = {nft: natTable(rulesFor(pods, 'node-1')), legacy: natTable()};
	const there = withObservation({...base, pods}, 'node-1', {nat, localAddresses: ['10.88.0.11', '192.0.2.77']});
	const asked = (answer: Answer): Evidence => withObservation(there, 'node-2', {probes: [{address: '192.0.2.77', port: 8080, answer}]});
	expect(codesOf(asked('silent'))).toEqual(codesOf(there));
	expect(diagnose(asked('open')).hostPorts.find(each => each.pod.startsWith('web'))?.answers).toHaveLength(1);
});

test('an interface that is down is named, with what follows for the pod', () => {
	const [finding] = diagnose(interfaceOf(heard(healthyPortmapEvidence(), 'silent', 'silent'), 'lxc1 is down')).findings;
	expect(finding?.title).toBe('the network interface of the pods behind 1 mapped hostPort is down');
	expect(finding?.because[0]).toEqual({source: 'interface of default/web-6f7d9c-x2x4k on node-1', says: 'lxc1 is down'});
	expect(finding?.because.at(-1)?.source).toBe('connection from node-2 to 10.88.0.11:8080');
});

test('what is not mapped has its cause already', () => {
	expect(codesOf(heard(pathlessEvidence(), 'refused'))).toEqual(['HP01 error']);
});

test('a node alone asks itself, and what that place is not to get is no fault', () => {
	const alone = healthyNativeEvidence('1.17.4', ['node-1']);
	const asked = withObservation(alone, 'node-1', {probes: [webAt('refused'), webItself('open')]});
	const socketLoadBalancing = (on: boolean): Evidence =>
		withObservation(asked, 'node-1', {agentStatus: {...(alone.nodes[0]?.observation?.agentStatus ?? never()), socketLoadBalancing: on}});
	expect(codesOf(socketLoadBalancing(true))).toEqual(['HP29 error']);
	expect(codesOf(socketLoadBalancing(false))).not.toContain('HP29 error');
});

describe('that nothing is wrong', () => {
	const titleOf = (evidence: Evidence): string => diagnose(evidence).findings.find(({code}) => code === 'HP22')?.title ?? '';

	test('counts what answered and what could not be tried', () => {
		const base = heard(healthyPortmapEvidence(), 'open');
		expect(titleOf(base)).toMatch(/^7 hostPorts mapped, 1 answered, 6 not tried: served by portmap$/);
		const [first, ...others] = base.pods;
		const udp = first && {...first, ports: first.ports.map(each => ({...each, protocol: 'UDP'}))};
		const withUdp = {...base, pods: udp === undefined ? [] : [udp, ...others]};
		const rules = withObservation(withUdp, 'node-1', {nat: {nft: natTable(rulesFor(withUdp.pods, 'node-1')), legacy: natTable()}});
		expect(titleOf(rules)).toMatch(/^7 hostPorts mapped, 1 answered, 2 UDP not tried, 4 not tried: /);
	});

	test('is not said where a node is not known to be well', () => {
		const base = healthyPortmapEvidence();
		const unknown = withNode(base, 'node-3', node => ({...node, observation: null}));
		expect(codesOf({...unknown, pods: unknown.pods.filter(({node}) => node !== 'node-3')})).toEqual([]);
	});

	test('is not said where something could not be read', () => {
		const gaps = [{what: 'events', reason: 'forbidden', hint: 'list events'}];
		expect(codesOf({...healthyPortmapEvidence(), gaps})).toEqual([]);
	});

	test('is said beside nodes that are skipped by their kind', () => {
		const windows = withNode(healthyPortmapEvidence(), 'node-3', node => ({...node, os: 'windows', skipped: 'Windows', observation: null}));
		expect(codesOf({...windows, pods: windows.pods.filter(({node}) => node !== 'node-3')})).toEqual(['HP23 info', 'HP22 info']);
	});

	test('says that this machine reaches no node', () => {
		const {findings} = diagnose(fromHere(heard(healthyPortmapEvidence(), 'open'), webAt('silent')));
		expect(findings[0]?.because).toContainEqual({
			source: 'connections from this machine',
			says: '0 of 1 connection over TCP answered: this machine reaches no node, which proves nothing about them',
		});
	});
});

test('a cluster of 5,000 nodes where everything is silent is put together at once, by one finding', () => {
	const [first, second, third] = healthyPortmapEvidence().nodes;
	const many = Array.from({length: 5000}, (_, index) => index);
	const address = (index: number): string => `10.${90 + Math.floor(index / 65_536)}.${Math.floor(index / 256) % 256}.${index % 256}`;
	const template = third ?? second ?? first ?? never();
	const pods = many.map(index => pod(`web-${index}`, `n-${index}`, '10.0.2.17', [port(4317, 4317)]));
	const nat = {nft: natTable(rulesFor(pods.slice(0, 1), 'n-0')), legacy: natTable()};
	const nodes = many.map(index => ({
		...template,
		name: `n-${index}`,
		addresses: [{type: 'InternalIP', address: address(index)}],
		observation: template.observation && {
			...template.observation,
			nat,
			probes: [{address: address((index + 1) % 5000), port: 4317, answer: 'silent' as const}],
		},
	}));
	const seen = view({...healthyPortmapEvidence(), nodes, pods});
	const {explained} = joinConnections([], seen);
	const soFar = {verdictOf: () => ({verdict: 'ok', reason: ''}) as const, unexplained: explained.map(({failure}) => failure)};
	const found = (hp29.conclude?.(seen, soFar) ?? []).map(({finding}) => finding);
	expect(found.map(({code}) => code)).toEqual(['HP29']);
	expect(found[0]?.hostPorts).toHaveLength(5000);
	expect(found[0]?.because.length).toBeLessThan(20);
	expect(deadByNode(found, explained).size).toBe(5000);
});
