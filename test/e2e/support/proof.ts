import {expect} from 'vitest';
import {fetchFrom, nodes} from './nodes.ts';
import {hostport} from './product.ts';

export type Result = {
	readonly hostPort: string;
	readonly node: string;
	readonly from: string;
	readonly via: string;
	readonly address: string;
	readonly ok: boolean;
	readonly milliseconds: number;
	readonly error: string;
	readonly note: string;
	readonly by: string;
};
export type Proof = {
	readonly kind: string;
	readonly results: readonly Result[];
	readonly pods: ReadonlyArray<{readonly hostPort: string; readonly address: string; readonly ok: boolean; readonly error: string}>;
	readonly unasked: readonly string[];
};

/** What `verify -o json` prints, with more words. @throws Error with what it printed where that is no JSON */
export async function verify(...words: readonly string[]): Promise<{readonly proof: Proof; readonly exitCode: number | null}> {
	const {stdout, stderr, exitCode} = await hostport(['verify', '--output', 'json', ...words]);
	try {
		return {proof: JSON.parse(stdout) as Proof, exitCode};
	} catch (error) {
		throw new Error(`verify -o json gave no JSON: ${stderr}\n${stdout}`, {cause: error});
	}
}

/** The product's word is not taken for the truth: curl goes the same way. Pods of ours are gone by then and left out. */
export async function expectCurlToAgree({results}: Proof, port: number, page: string): Promise<void> {
	for (const {from, via, address, ok, error} of results.filter(each => each.from !== 'pod')) {
		const place = from === 'client' ? 'outside' : (nodes.find(({name}) => name === via)?.name ?? 'outside');
		const literal = address.includes(':') ? `[${address}]` : address;
		expect({from, via, address, said: ok ? page : error}).toEqual({from, via, address, said: await fetchFrom(place, literal, port)});
	}
}
