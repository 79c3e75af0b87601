import {expect} from 'vitest';
import {fetchFrom, nodes} from './nodes.ts';
import {kubectl} from './kubectl.ts';
import {hostport} from './product.ts';
import {namespace} from './tested-cluster.ts';

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
	readonly verdict: string;
	readonly expected: string;
	readonly finding: string;
};
export type Proof = {
	readonly kind: string;
	readonly results: readonly Result[];
	readonly pods: ReadonlyArray<{readonly hostPort: string; readonly address: string; readonly ok: boolean; readonly error: string}>;
	readonly unasked: readonly string[];
	readonly skipped: readonly string[];
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

/** The product's word is not taken for the truth: curl goes the same way. Pods of ours are gone by then and omitted. */
export async function expectCurlToAgree({results}: Proof, port: number, page: string): Promise<void> {
	for (const {from, via, address, ok, error} of results.filter(each => each.from !== 'pod' && each.from !== 'pod-itself')) {
		const place = from === 'client' ? 'outside' : (nodes.find(({name}) => name === via)?.name ?? 'outside');
		const literal = address.includes(':') ? `[${address}]` : address;
		expect({from, via, address, said: ok ? page : error}).toEqual({from, via, address, said: await fetchFrom(place, literal, port)});
	}
}

/** The same from pods: netcat in an ordinary pod on the node that the connection left from. A pod's way to itself is another. */
export async function expectPodsToAgree({results}: Proof): Promise<void> {
	const fromPods = results.filter(({from}) => from === 'pod');
	const places = [...new Set(fromPods.map(({via}) => via))];
	const items = places.map(clientOn);
	const names = places.map(node => `pod/client-on-${node}`);
	await kubectl(['--namespace', namespace, 'apply', '--filename', '-'], JSON.stringify({apiVersion: 'v1', kind: 'List', items}));
	try {
		await kubectl(['--namespace', namespace, 'wait', '--for=condition=Ready', ...names, '--timeout=60s']);
		for (const {via, address, hostPort, ok} of fromPods) {
			const port = /:(\d+)\/TCP$/u.exec(hostPort)?.[1] ?? '';
			const ask = `printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc -w 3 ${address} ${port} || true`;
			const said = await kubectl(['--namespace', namespace, 'exec', `client-on-${via}`, '--', 'sh', '-c', ask]);
			expect({via, address, ok}).toEqual({via, address, ok: said.includes('200 OK')});
		}
	} finally {
		await kubectl(['--namespace', namespace, 'delete', ...names, '--ignore-not-found', '--wait=false']);
	}
}

const clientOn = (node: string): object => ({
	apiVersion: 'v1',
	kind: 'Pod',
	metadata: {name: `client-on-${node}`},
	spec: {
		nodeName: node,
		terminationGracePeriodSeconds: 1,
		containers: [
			{
				name: 'client',
				image: 'docker.io/library/busybox:1.36',
				imagePullPolicy: 'IfNotPresent',
				command: ['sh', '-c', "trap 'exit 0' TERM; sleep 600 & wait"],
			},
		],
	},
});
