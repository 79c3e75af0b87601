import {describe, expect, it} from 'vitest';
import {judged, type Said} from '../../source/proof/judge.ts';
import type {PodResult, UnjudgedResult} from '../../source/proof/proof.ts';

const result = (parts: Partial<UnjudgedResult> = {}): UnjudgedResult => ({
	hostPort: 'default/web:8080/TCP',
	node: 'node-1',
	from: 'same-node',
	via: 'node-1',
	address: '10.88.0.11',
	ok: false,
	milliseconds: 0,
	error: 'refused',
	by: '',
	expected: 'answer',
	because: '',
	...parts,
});
const own = (parts: Partial<PodResult> = {}): PodResult => ({
	hostPort: 'default/web:8080/TCP',
	node: 'node-1',
	address: '10.0.0.5',
	ok: true,
	milliseconds: 1,
	error: '',
	...parts,
});
const udp = 'default/dns:5353/UDP';
const judgeOne = (unjudged: UnjudgedResult, pods: PodResult[] = [], others: UnjudgedResult[] = []) =>
	judged([unjudged, ...others], pods)[0];

describe('what an answer says of the hostPort', () => {
	it('a connection works', () => {
		expect(judgeOne(result({ok: true, error: ''}))).toMatchObject({verdict: 'works', note: ''});
	});

	it('a refusal where the pod itself answers is the hostPort’s', () => {
		expect(judgeOne(result(), [own()])).toMatchObject({verdict: 'fails', note: ''});
	});

	it('a refusal where the pod itself refuses is the application’s', () => {
		const {verdict, note} = judgeOne(result(), [own({ok: false, error: 'refused'})])!;
		expect(verdict).toBe('fails');
		expect(note).toContain('HP21');
	});

	it('an application that answers through the hostPort is not dead, whoever could not reach its own address', () => {
		const [refused] = judged(
			[result({error: 'timed out'}), result({from: 'other-node', ok: true, error: ''})],
			[own({ok: false, error: 'timed out'})],
		);
		expect(refused).toMatchObject({verdict: 'fails', note: ''});
		const [silent] = judged(
			[result({hostPort: udp, error: 'no answer'}), result({hostPort: udp, from: 'client', ok: true, error: ''})],
			[],
		);
		expect(silent?.verdict).toBe('fails');
	});

	it('what answers on its own node alone is no matter of this machine', () => {
		const here = result({ok: true, error: ''});
		const other = result({from: 'other-node', via: 'node-2', error: 'timed out'});
		const client = result({from: 'client', via: '', error: 'timed out'});
		const note = expect.stringContaining('it answers only on its own node') as string;
		expect(judged([here, other, client], [own()]).slice(1)).toMatchObject([
			{verdict: 'fails', note},
			{verdict: 'fails', note},
		]);
		// Where another node reaches it, or none was asked, it may be this machine's.
		expect(judged([here, {...other, ok: true, error: ''}, client], [own()])[2]).toMatchObject({verdict: 'not proven'});
		expect(judged([here, client], [own()])[1]).toMatchObject({verdict: 'not proven'});
	});

	it('a refusal to all but its own node is told apart from a firewall', () => {
		const here = result({ok: true, error: ''});
		const other = result({from: 'other-node', via: 'node-2'});
		const note = expect.stringContaining('traffic from others is not handled there') as string;
		expect(judged([here, other, result({from: 'pod', via: 'node-2'})], [own()]).slice(1)).toMatchObject([{note}, {note}]);
		expect(judged([here, {...other, ok: true, error: ''}, result({from: 'client', via: ''})], [own()])[2]?.note).toBe('');
		expect(judged([result(), other], [own()])[1]?.note).toBe('');
	});

	it('an application that listens in the other family alone is judged by this one', () => {
		const six = own({address: 'fd00::5', ok: false, error: 'refused'});
		expect(judgeOne(result({address: 'fd00:88::11'}), [own(), six])?.note).toContain('HP21');
		expect(judgeOne(result(), [own(), six])?.note).toBe('');
	});

	it('a pod that cannot reach its own node’s hostPort is told of as what it is', () => {
		const inside = result({ok: true, error: ''});
		const hairpin = result({from: 'pod', error: 'timed out'});
		const judgedBy = (path: Said['path'], parts: Partial<UnjudgedResult> = {}) =>
			judged([{...hairpin, ...parts}, inside], [], {findings: [], mapped: new Set(), path})[0]!;
		const {verdict, note} = judgedBy('portmap');
		expect(verdict).toBe('fails');
		expect(note).toContain('enable-bpf-masquerade');
		// That portmap behind Cilium were known for it is true of no version that was measured (docs/paths.md).
		expect(note).not.toContain('known of portmap');
		expect(judgedBy('portmap', {via: 'node-2'}).note).toBe('');
		expect(judgedBy('native').note).toBe('');
	});

	it('silence over UDP proves nothing where the pod itself is silent too', () => {
		const silent = result({hostPort: udp, error: 'no answer'});
		expect(judgeOne(silent, [own({hostPort: udp, ok: false, error: 'no answer'})])?.verdict).toBe('not proven');
		expect(judgeOne(silent)?.verdict).toBe('not proven');
	});

	it('silence over UDP is a fault where the pod itself answers', () => {
		expect(judgeOne(result({hostPort: udp, error: 'no answer'}), [own({hostPort: udp})])?.verdict).toBe('fails');
	});

	it('a refusal over UDP is a fault', () => {
		expect(judgeOne(result({hostPort: udp}))?.verdict).toBe('fails');
	});

	it('no way from this machine proves nothing while it answers inside', () => {
		const inside = result({ok: true, error: ''});
		expect(judgeOne(result({from: 'client', via: '', error: 'timed out'}), [], [inside])).toMatchObject({
			verdict: 'not proven',
			note: expect.stringContaining('HP13') as string,
		});
		expect(judgeOne(result({from: 'client', via: '', error: 'timed out'}), [], [result()])?.verdict).toBe('fails');
		expect(judgeOne(result({from: 'client', via: '', error: 'refused'}), [], [inside])?.verdict).toBe('fails');
	});
});

describe('in the light of what check said', () => {
	const policy = {
		code: 'HP11',
		severity: 'warning',
		nodes: ['node-1'],
		hostPorts: ['default/web:8080/TCP'],
		title: 'policies may drop it',
	} as const;
	const said = (findings: Said['findings'], mapped: readonly string[] = []): Said => ({findings, mapped: new Set(mapped), path: 'portmap'});
	const here = result({ok: true, error: ''});
	const other = result({from: 'other-node', via: 'node-2', error: 'timed out'});
	const client = result({from: 'client', via: '', error: 'timed out'});

	it('a failure that a finding explains names it, and not what may be on other clusters', () => {
		const [, fromOther, fromClient] = judged([here, other, client], [own()], said([policy]));
		for (const judgedOne of [fromOther, fromClient])
			expect(judgedOne).toMatchObject({verdict: 'fails', finding: 'HP11', note: 'HP11: policies may drop it'});
		// The twin: the same answers, and no finding.
		expect(judged([here, other, client], [own()], said([]))[1]).toMatchObject({
			verdict: 'fails',
			finding: '',
			note: expect.stringContaining('a route, a firewall or a rule') as string,
		});
	});

	it('what proves nothing stays so, with the finding', () => {
		const results = [here, {...other, ok: true, error: ''}, client];
		expect(judged(results, [own()], said([policy]))[2]).toMatchObject({verdict: 'not proven', finding: 'HP11'});
	});

	it('a dead application is its own explanation, by its code', () => {
		const dead = own({ok: false, error: 'refused'});
		expect(judged([result()], [dead], said([{...policy, code: 'HP10'}]))[0]).toMatchObject({finding: 'HP21'});
	});

	it('a hostPort that check calls mapped and that nobody reaches is said to be so', () => {
		const everywhere = [result(), result({from: 'other-node', via: 'node-2'}), result({from: 'client', via: ''})];
		const note = expect.stringContaining('check reports it as mapped') as string;
		expect(judged(everywhere, [own()], said([], ['default/web:8080/TCP']))).toMatchObject(everywhere.map(() => ({verdict: 'fails', note})));
		expect(judged(everywhere, [own()], said([]))[0]?.note).toBe('');
		expect(judged([here, ...everywhere.slice(1)], [own()], said([], ['default/web:8080/TCP']))[1]?.note).not.toContain(
			'check reports it as mapped',
		);
	});

	it('an answer proves nothing where another pod answers on the port (recording 1.15.19, one number for TCP and UDP)', () => {
		const another = {...policy, code: 'HP26', severity: 'error', title: 'another pod answers on 1 hostPort'} as const;
		expect(judged([here], [own()], said([another]))[0]).toMatchObject({
			ok: true,
			verdict: 'not proven',
			finding: 'HP26',
			note: 'HP26: another pod answers on 1 hostPort',
		});
		expect(judged([here], [own()], said([{...another, hostPorts: ['default/other:8080/TCP']}]))[0]?.verdict).toBe('works');
	});

	it('an answer needs no explanation', () => {
		expect(judged([here], [], said([policy]))[0]).toMatchObject({verdict: 'works', finding: '', note: ''});
	});
});

describe('a place that is to get no answer', () => {
	const because = 'hostIP 127.0.0.1: meant for the loopback address alone';
	const unserved = result({from: 'other-node', via: 'node-2', expected: 'no answer', because});
	const loopback = result({address: '127.0.0.1', ok: true, error: ''});

	it.each(['refused', 'timed out', 'unreachable'])('and gets none («%s») is not served, which is no failure', error => {
		const [, judgedOne] = judged([loopback, {...unserved, error}], [own()]);
		expect(judgedOne).toMatchObject({verdict: 'not served', note: because, finding: ''});
	});

	it('and gets none is not served, whatever a finding says of the hostPort', () => {
		const findings = [{code: 'HP20', severity: 'warning', nodes: [], hostPorts: ['default/web:8080/TCP'], title: ''}] as const;
		expect(judged([unserved], [own()], {findings, mapped: new Set(), path: 'native'})[0]?.verdict).toBe('not served');
	});

	it('and gets one is told of: the port is not private', () => {
		const answered = {...unserved, ok: true, error: ''};
		expect(judgeOne(answered)).toMatchObject({
			verdict: 'works',
			expected: 'no answer',
			note: expect.stringContaining('not private') as string,
		});
		const leak = {
			code: 'HP26',
			severity: 'warning',
			nodes: [],
			hostPorts: ['default/web:8080/TCP'],
			title: 'a private port is public',
		} as const;
		expect(judged([answered], [], {findings: [leak], mapped: new Set(), path: 'native'})[0]).toMatchObject({
			finding: 'HP26',
			note: 'HP26: a private port is public',
		});
		// What is no more than information says what the port is meant for, and that is not what is seen.
		expect(judged([answered], [], {findings: [{...leak, severity: 'info'}], mapped: new Set(), path: 'native'})[0]).toMatchObject({
			finding: '',
		});
	});

	it('of which it is not known proves nothing by its silence, and works where it answers', () => {
		const unknown = result({expected: 'unknown', because: 'whether programs run was not seen'});
		expect(judgeOne(unknown, [own()])).toMatchObject({verdict: 'not proven', note: 'whether programs run was not seen'});
		expect(judgeOne({...unknown, ok: true, error: ''})).toMatchObject({verdict: 'works'});
	});

	it('does not bear its reason into the result, which is the contract’s', () => {
		expect(Object.keys(judgeOne(unserved) ?? {}).sort()).toEqual(
			['address', 'by', 'error', 'expected', 'finding', 'from', 'hostPort', 'milliseconds', 'node', 'note', 'ok', 'verdict', 'via'].sort(),
		);
	});
});
