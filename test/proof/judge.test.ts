import {describe, expect, it} from 'vitest';
import {judged, summaryOf} from '../../source/proof/judge.ts';
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
		const note = expect.stringContaining('it answers on its own node alone') as string;
		expect(judged([here, other, client], [own()]).slice(1)).toMatchObject([
			{verdict: 'fails', note},
			{verdict: 'fails', note},
		]);
		// Where another node reaches it, or none was asked, it may be this machine's.
		expect(judged([here, {...other, ok: true, error: ''}, client], [own()])[2]).toMatchObject({verdict: 'not proven'});
		expect(judged([here, client], [own()])[1]).toMatchObject({verdict: 'not proven'});
	});

	it('an application that listens in the other family alone is judged by this one', () => {
		const six = own({address: 'fd00::5', ok: false, error: 'refused'});
		expect(judgeOne(result({address: 'fd00:88::11'}), [own(), six])?.note).toContain('HP21');
		expect(judgeOne(result(), [own(), six])?.note).toBe('');
	});

	it('a pod that cannot reach its own node’s hostPort is told of as what it is', () => {
		const inside = result({ok: true, error: ''});
		const hairpin = result({from: 'pod', error: 'timed out'});
		expect(judgeOne(hairpin, [], [inside])).toMatchObject({verdict: 'fails', note: expect.stringContaining('#9784') as string});
		expect(judgeOne({...hairpin, via: 'node-2'}, [], [inside])?.note).toBe('');
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

it('the summary leaves nothing out', () => {
	const results = judged([result({ok: true}), result(), result({hostPort: udp, error: 'no answer'})], []);
	const proof = {apiVersion: 'hostport.dev/v1', kind: 'Proof', generatedAt: '', results, pods: [], unasked: ['node-3: down']} as const;
	expect(summaryOf(proof)).toBe('1 of 3 connections work, 1 fail, 1 not proven, 1 could not be asked');
	expect(summaryOf({...proof, results: [], unasked: []})).toBe('nothing was connected to');
});
