import {isLoopback} from '../cilium/promised-addresses.ts';
import type {Proof, ProofResult} from './proof.ts';

type ProofCount = {
	readonly works: number;
	readonly fails: number;
	readonly notProven: number;
	readonly notServed: number;
	/** Answers to places that are to get none. */
	readonly unexpected: number;
	readonly unasked: number;
};

/** How many results have each verdict. */
export function countOf({results, unasked}: Proof): ProofCount {
	const count = (wanted: ProofResult['verdict']): number => results.filter(({verdict}) => verdict === wanted).length;
	return {
		works: count('works'),
		fails: count('fails'),
		notProven: count('not proven'),
		notServed: count('not served'),
		unexpected: results.filter(({ok, expected}) => ok && expected === 'no answer').length,
		unasked: unasked.length,
	};
}

/**
 * `12 of 14 connections work, and 6 of 6 to the loopback address, 2 not proven`. The loopback address is counted apart where it is not the
 * hostIP: it is tried only where something serves hostPort, and the numbers before and after a repair are to be of the same connections.
 */
export function summaryOf(proof: Proof): string {
	const {fails, notProven, notServed, unexpected, unasked} = countOf(proof);
	const promised = new Set(
		proof.results.filter(({address, expected}) => !isLoopback(address) && expected !== 'no answer').map(({hostPort}) => hostPort),
	);
	const isBeside = ({address, hostPort}: ProofResult): boolean => isLoopback(address) && promised.has(hostPort);
	const loopback = proof.results.filter(isBeside);
	const others = proof.results.filter(result => !isBeside(result));
	const parts = [
		proof.results.length === 0 ? 'nothing was tried' : `${shareOf(others)} connections work`,
		loopback.some(isServed) ? `and ${shareOf(loopback)} to the loopback address` : '',
		fails > 0 ? `${fails} fail` : '',
		notProven > 0 ? `${notProven} not proven` : '',
		notServed > 0 ? `${notServed} more not served by design` : '',
		unexpected > 0 ? `${unexpected} should not` : '',
		unasked > 0 ? `${unasked} could not be tried` : '',
	];
	return parts.filter(part => part !== '').join(', ');
}

const isServed = ({verdict}: ProofResult): boolean => verdict !== 'not served';

function shareOf(results: readonly ProofResult[]): string {
	return `${results.filter(({verdict}) => verdict === 'works').length} of ${results.filter(isServed).length}`;
}
