import {expect, it} from 'vitest';
import type {Proof, ProofResult} from '../../source/proof/proof.ts';
import {summaryOf} from '../../source/proof/summary.ts';

const result = (parts: Partial<ProofResult> = {}): ProofResult => ({
	hostPort: 'default/web:8080/TCP',
	node: 'node-1',
	from: 'same-node',
	via: 'node-1',
	address: '10.88.0.11',
	ok: true,
	milliseconds: 1,
	error: '',
	verdict: 'works',
	note: '',
	by: '',
	expected: 'answer',
	finding: '',
	...parts,
});
const proof = (results: readonly ProofResult[], unasked: readonly string[] = []): Proof => ({
	apiVersion: 'hostport.dev/v1',
	kind: 'Proof',
	generatedAt: '',
	results,
	pods: [],
	unasked,
	skipped: [],
});
const fails = {ok: false, error: 'refused', verdict: 'fails'} as const;
const elsewhere = result({from: 'other-node', via: 'node-2'});
const loopback = result({address: '127.0.0.1'});
const unserved = {expected: 'no answer', ok: false, error: 'refused', verdict: 'not served'} as const;

it('leaves nothing out', () => {
	const results = [result(), result(fails), result({verdict: 'not proven', ok: false})];
	expect(summaryOf(proof(results, ['node-3: down']))).toBe('1 of 3 connections work, 1 fail, 1 not proven, 1 could not be tried');
	expect(summaryOf(proof([]))).toBe('nothing was tried');
});

it('counts what is not served by design apart', () => {
	const unexpected = {...elsewhere, expected: 'no answer'} as const;
	expect(summaryOf(proof([result(), {...elsewhere, ...unserved}, unexpected]))).toBe(
		'2 of 2 connections work, 1 more not served by design, 1 should not',
	);
});

it('counts the same connections before and after a repair, and the loopback address, tried after it alone, apart', () => {
	expect(summaryOf(proof([result(fails), {...elsewhere, ...fails}]))).toBe('0 of 2 connections work, 2 fail');
	expect(summaryOf(proof([result(), elsewhere, loopback]))).toBe('2 of 2 connections work, and 1 of 1 to the loopback address');
	expect(summaryOf(proof([result(), elsewhere, {...loopback, ...fails}]))).toBe(
		'2 of 2 connections work, and 0 of 1 to the loopback address, 1 fail',
	);
	expect(summaryOf(proof([result(), elsewhere, {...loopback, ...unserved}]))).toBe('2 of 2 connections work, 1 more not served by design');
});

it('counts the loopback address with the others where it is the hostIP', () => {
	expect(summaryOf(proof([loopback, {...elsewhere, ...unserved}]))).toBe('1 of 1 connections work, 1 more not served by design');
});
