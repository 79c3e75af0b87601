import {describe, expect, it} from 'vitest';
import {planProof, type QuestionOptions} from '../../source/proof/probes.ts';
import {freeHostPort} from '../../source/proof/test-pod.ts';
import {reachOf, type Serving} from '../../source/cilium/expected-reach.ts';
import type {Evidence} from '../../source/evidence/evidence.ts';
import {pod, port} from '../diagnosis/builders.ts';
import {healthyEvidence, withNode, withObservation} from '../diagnosis/scenes.ts';

const ask = (evidence: Evidence, options: Partial<QuestionOptions> = {}) =>
	planProof(evidence, {podNodes: [], fromClient: true, ...options});

const web = 'default/web:8080/TCP';
/** What is known of the one hostPort: how it is served, and what carries it. */
const knownAs = (strategy: Serving['strategy'], socketLoadBalancing: boolean | undefined, hostIP = '') =>
	new Map([[web, {by: 'rule CNI-DN-1', reach: reachOf({strategy, socketLoadBalancing}, hostIP)}]]);
const servedByPortmap = {known: knownAs('portmap', undefined)};

const withPort = (parts: Parameters<typeof port>[2], podParts: Parameters<typeof pod>[4] = {}): Evidence => ({
	...healthyEvidence(),
	pods: [pod('web', 'node-1', '10.0.0.5', [port(8080, 80, parts)], podParts)],
});

describe('what is asked', () => {
	it('is each hostPort from its own node, from another and from here, and the pod itself first', () => {
		const {questions: asked, unasked} = ask(healthyEvidence());
		const web = asked.filter(({hostPort}) => hostPort.includes(':8080/'));
		expect(web.map(({from}) => from)).toEqual(['own-address', 'same-node', 'other-node', 'client']);
		expect(web[0]?.probe).toMatchObject({address: '10.0.0.5', port: 80});
		expect(web[2]?.via).not.toBe(web[1]?.via);
		expect(new Set(asked.map(({probe}) => probe.id)).size).toBe(asked.length);
		expect(unasked).toEqual([]);
	});

	it('is the loopback address too where portmap serves, from the node alone', () => {
		const loopback = ask(withPort({}), servedByPortmap).questions.filter(({probe}) => probe.address === '127.0.0.1');
		expect(loopback.map(({from, via}) => [from, via])).toEqual([['same-node', 'node-1']]);
	});

	it('never connects to anybody else’s loopback for a hostPort that is bound to it, but looks whether others get an answer', () => {
		const known = knownAs('native', true, '127.0.0.1');
		const {questions: asked} = ask(withPort({hostIP: '127.0.0.1'}), {podNodes: ['node-1', 'node-2'], known});
		expect(asked.filter(({from}) => from !== 'own-address').map(({from, probe, expected}) => [from, probe.address, expected])).toEqual([
			['other-node', '10.88.0.11', 'no answer'],
			['client', '10.88.0.11', 'no answer'],
			['same-node', '127.0.0.1', 'answer'],
		]);
	});

	it('is a hostPort’s own pod only where the person agreed, or where it is a pod of ours', () => {
		const itself = (evidence: Evidence, options: Partial<QuestionOptions>) =>
			ask(evidence, options).questions.filter(({from}) => from === 'pod-itself');
		expect(itself(withPort({}), {})).toEqual([]);
		expect(itself(withPort({}), {inPods: 'all'})).toMatchObject([
			{via: 'node-1', probe: {address: '10.88.0.11', port: 8080}, container: {namespace: 'default', pod: 'web'}},
		]);
		expect(itself(withPort({}, {labels: {'app.kubernetes.io/managed-by': 'kubectl-hostport'}}), {})).toHaveLength(1);
		const many = {...withPort({}), pods: Array.from({length: 65}, (_, n) => pod(`web-${n}`, 'node-1', '10.0.0.5', [port(8080, 80)]))};
		expect(itself(many, {inPods: 'all'})).toEqual([]);
		expect(ask(many, {inPods: 'all'}).skipped).toEqual([expect.stringContaining('65 pods were not tried from themselves')]);
	});

	it('is no test pod of a run before, which is on its way out and nobody’s any more', () => {
		const own = {'app.kubernetes.io/managed-by': 'kubectl-hostport'};
		expect(ask(withPort({}, {labels: own, trouble: 'Terminating'}))).toEqual({questions: [], unasked: [], skipped: []});
		expect(ask(withPort({}, {labels: {}, trouble: 'Terminating'})).unasked).toEqual(['default/web:8080/TCP: the pod is being removed']);
		expect(ask(withPort({}, {labels: own})).questions.length).toBeGreaterThan(0);
	});

	it('is the hostIP alone where there is one', () => {
		const {questions: asked} = ask(withPort({hostIP: '10.99.0.1'}), {known: knownAs('portmap', undefined, '10.99.0.1')});
		expect(new Set(asked.filter(({from}) => from !== 'own-address').map(({probe}) => probe.address))).toEqual(new Set(['10.99.0.1']));
	});

	it('is each family that both pod and node have', () => {
		const both = withNode(withPort({}, {podIPs: ['10.0.0.5', 'fd00::5']}), 'node-1', node => ({
			...node,
			addresses: [...node.addresses, {type: 'InternalIP', address: 'fd00:88::11'}],
		}));
		const addresses = ask(both)
			.questions.filter(({from}) => from === 'same-node')
			.map(({probe}) => probe.address);
		expect(addresses).toEqual(['10.88.0.11', 'fd00:88::11']);
	});

	it.each([
		['0.0.0.0', ['10.88.0.11', '127.0.0.1']],
		['::', ['fd00:88::11']],
	])('is one family alone for the hostIP %s', (hostIP, wanted) => {
		const both = withNode(withPort({hostIP}, {podIPs: ['10.0.0.5', 'fd00::5']}), 'node-1', node => ({
			...node,
			addresses: [...node.addresses, {type: 'InternalIP', address: 'fd00:88::11'}],
		}));
		const asked = ask(both, {known: knownAs('portmap', undefined, hostIP)}).questions.filter(({from}) => from === 'same-node');
		expect(asked.map(({probe}) => probe.address)).toEqual(wanted);
	});

	it('is one pod on the same node and one elsewhere, not a pod on every node', () => {
		const {questions: asked} = ask(withPort({}), {podNodes: ['node-1', 'node-2', 'node-3']});
		expect(asked.filter(({from}) => from === 'pod').map(({via}) => via)).toEqual(['node-1', 'node-2']);
	});

	it('carries the rule that serves the hostPort', () => {
		const {questions: asked} = ask(withPort({}), servedByPortmap);
		expect(new Set(asked.map(({by}) => by))).toEqual(new Set(['rule CNI-DN-1']));
	});
});

describe('what a place is expected to get', () => {
	const expectations = (strategy: Serving['strategy'], programs: boolean | undefined, hostIP = '') =>
		ask(withPort({hostIP}), {podNodes: ['node-1', 'node-2'], inPods: 'all', known: knownAs(strategy, programs, hostIP)})
			.questions.filter(({from}) => from !== 'own-address')
			.map(({from, via, probe, expected}) => `${from}${via === '' ? '' : ` ${via}`} ${probe.address}: ${expected}`);
	const outside = ['other-node node-2', 'client', 'pod node-1', 'pod node-2', 'pod-itself node-1'];
	const everywhereElse = outside.map(place => `${place} 10.88.0.11: answer`);

	it.each<[string, Serving['strategy'], boolean | undefined, string, readonly string[]]>([
		['portmap', 'portmap', undefined, '', ['same-node node-1 10.88.0.11: answer', ...everywhereElse, 'same-node node-1 127.0.0.1: answer']],
		['native', 'native', true, '', ['same-node node-1 10.88.0.11: answer', ...everywhereElse, 'same-node node-1 127.0.0.1: answer']],
		[
			'native without socket programs (1.15.19, node-port alone)',
			'native',
			false,
			'',
			['same-node node-1 10.88.0.11: no answer', ...everywhereElse, 'same-node node-1 127.0.0.1: no answer'],
		],
		['native, programs not seen', 'native', undefined, '', ['same-node node-1 10.88.0.11: unknown', ...everywhereElse]],
		['nothing', 'none', undefined, '', ['same-node node-1 10.88.0.11: answer', ...everywhereElse]],
		['native, one address', 'native', true, '10.88.0.11', ['same-node node-1 10.88.0.11: answer', ...everywhereElse]],
		[
			'native, loopback alone',
			'native',
			true,
			'127.0.0.1',
			['other-node node-2 10.88.0.11: no answer', 'client 10.88.0.11: no answer', 'same-node node-1 127.0.0.1: answer'],
		],
		[
			'portmap, loopback alone',
			'portmap',
			undefined,
			'127.0.0.1',
			['other-node node-2 10.88.0.11: no answer', 'client 10.88.0.11: no answer', 'same-node node-1 127.0.0.1: answer'],
		],
	])('%s', (_name, strategy, programs, hostIP, wanted) => {
		expect(expectations(strategy, programs, hostIP)).toEqual(wanted);
	});

	it('is not known of a session on the node, which may be outside of the programs’ cgroup', () => {
		const {questions: asked} = ask(withPort({}), {known: knownAs('native', true), bySession: true});
		const own = asked.filter(({from}) => from === 'same-node');
		expect(own.map(({expected, because}) => [expected, because.startsWith('tried by SSH')])).toEqual([
			['unknown', true],
			['unknown', true],
		]);
		expect(asked.find(({from}) => from === 'other-node')?.expected).toBe('answer');
	});
});

describe('what cannot be asked', () => {
	it.each([
		['a pod that does not run', withPort({}, {phase: 'Pending', podIPs: []}), 'default/web:8080/TCP: the pod is Pending'],
		['a protocol that nobody can try', withPort({protocol: 'SCTP'}), 'default/web:8080/SCTP: SCTP cannot be tried from here'],
		['a pod on no node', withPort({}, {node: ''}), 'default/web:8080/TCP: the pod has no node yet'],
	])('%s is named', (_what, evidence, line) => {
		const {questions: asked, unasked} = ask(evidence);
		expect(asked).toEqual([]);
		expect(unasked).toEqual([line]);
	});

	it('names a node whose agent does not run, and still asks from elsewhere', () => {
		const {questions: asked, unasked} = ask(withNode(withPort({}), 'node-1', node => ({...node, agent: null})));
		expect(unasked).toEqual([expect.stringContaining('node-1: its Cilium agent does not run')]);
		expect(asked.map(({from}) => from)).toEqual(['other-node', 'client']);
	});

	it('leaves no connection from a node that is down, and says what is wrong with it', () => {
		const down = withNode(healthyEvidence(), 'node-1', node => ({...node, skipped: 'not Ready: Kubelet stopped posting node status.'}));
		expect(ask(down).unasked).toContain('node-1: no connection can start from it: not Ready: Kubelet stopped posting node status.');
	});

	it('is asked from a node without an agent where there is another way in', () => {
		const evidence = withNode(withPort({}), 'node-1', node => ({...node, agent: null}));
		expect(ask(evidence, {needsAgent: false}).questions.map(({from}) => from)).toContain('same-node');
	});
});

it('a test pod gets a port that no pod and no process of its node holds', () => {
	const taken = withObservation(withPort({}), 'node-1', {listeners: [{protocol: 'TCP', address: '0.0.0.0', port: 28_079}]});
	const evidence = {...taken, pods: [pod('other', 'node-1', '10.0.0.6', [port(28_080, 80)])]};
	const [node] = evidence.nodes;
	expect(node?.name).toBe('node-1');
	expect(freeHostPort(evidence, node!)).toBe(28_078);
});
