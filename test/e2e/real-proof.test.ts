import {beforeAll, describe, expect, test} from 'vitest';
import {configureCilium, isBefore, remakeWeb, startOver, chartValues} from './support/real-cluster.ts';
import {all, withObject, withPod, type Undo} from './support/real-scene.ts';
import {verify, type Proof, type Result} from './support/proof.ts';
import {nothingStaysBehind} from './support/suite.ts';
import {addressOf, namespace} from './support/tested-cluster.ts';

nothingStaysBehind('at the end');

/** Makes a scene, asks for the proof, and undoes the scene whatever came of it. */
async function provedIn(
	make: (undo: Undo) => Promise<unknown>,
	...words: readonly string[]
): Promise<{proof: Proof; exitCode: number | null}> {
	const steps: Array<() => Promise<unknown>> = [];
	try {
		await make(step => void steps.push(step));
		return await verify(...words);
	} finally {
		for (const step of steps.toReversed()) await step();
	}
}

const nothing = async (): Promise<void> => undefined;
const of = ({results}: Proof, pod: string): readonly Result[] => results.filter(({hostPort}) => hostPort.startsWith(`${namespace}/${pod}`));
const told = (results: readonly Result[]): readonly string[] =>
	[...new Set(results.map(({from, address, verdict, finding}) => `${from} ${address}: ${verdict} ${finding}`.trim()))].sort();

describe('verify, full replacement', () => {
	beforeAll(async () => startOver(chartValues.native));

	test('asks from every place, the pod itself and the loopback among them, and everything works', async () => {
		const {proof, exitCode} = await provedIn(nothing, '--with-pods');
		const places = of(proof, 'web').map(({from, node, via, address}) =>
			address === '127.0.0.1' ? 'loopback' : from === 'pod' ? `pod ${via === node}` : from,
		);
		expect([...new Set(places)].sort()).toEqual(
			['client', 'loopback', 'other-node', 'pod false', 'pod itself', 'pod true', 'same-node']
				.map(place => place.replace('pod itself', 'pod-itself'))
				.sort(),
		);
		expect(of(proof, 'web').filter(({verdict}) => verdict !== 'works')).toEqual([]);
		expect(exitCode).toBe(0);
	});

	test('names the network policy that check has found, and not a route or a firewall', async () => {
		const policy = {
			apiVersion: 'networking.k8s.io/v1',
			kind: 'NetworkPolicy',
			metadata: {name: 'nobody'},
			spec: {podSelector: {matchLabels: {app: 'web'}}, policyTypes: ['Ingress']},
		};
		const {proof, exitCode} = await provedIn(withObject(policy, '--namespace', namespace));
		const failed = of(proof, 'web').filter(({hostPort, verdict}) => hostPort.endsWith(':8080/TCP') && verdict === 'fails');
		expect(new Set(failed.map(({from}) => from))).toEqual(new Set(['other-node', 'client']));
		expect(failed.every(({finding, note}) => finding === 'HP11' && note.startsWith('HP11: '))).toBe(true);
		expect(exitCode).toBe(1);
	});

	test('a hostIP of the loopback address: nobody else is to get an answer, and who does is shown', async () => {
		const {proof, exitCode} = await provedIn(withPod('loopback', {hostPort: 8182, hostIP: '127.0.0.1', node: 'node-1'}));
		const results = of(proof, 'loopback');
		expect(results.filter(({address}) => address === '127.0.0.1').map(({verdict, expected}) => [verdict, expected])).toEqual([
			['works', 'answer'],
		]);
		const others = results.filter(({address}) => address === addressOf['node-1']);
		expect(others.length).toBeGreaterThan(0);
		for (const each of others) {
			expect(each).toMatchObject({expected: 'no answer', ok: !isBefore('1.16'), verdict: isBefore('1.16') ? 'not served' : 'works'});
			expect(each.note).not.toBe('');
		}

		expect(exitCode).toBe(0);
	});

	test('two pods of a node on one number, for TCP and for UDP: what another pod answers proves nothing', async () => {
		const udp = {
			command: ['sh', '-c', 'mkdir -p /tmp/www && echo udp >/tmp/www/index.html; udp serve 80 & exec httpd -f -p 80 -h /tmp/www'],
			ports: [{containerPort: 80, hostPort: 5454, protocol: 'UDP'}],
		};
		const scene = all(withPod('tcp', {hostPort: 5454, node: 'node-1'}), withPod('udp', {hostPort: 0, node: 'node-1', container: udp}));
		const {proof, exitCode} = await provedIn(scene);
		const verdicts = new Set(of(proof, 'tcp').map(({verdict, finding}) => `${verdict} ${finding}`.trim()));
		expect(verdicts).toEqual(new Set([isBefore('1.17') ? 'not proven HP26' : 'works']));
		expect(exitCode).toBe(isBefore('1.17') ? 3 : 0);
	});
});

describe.runIf(isBefore('1.19'))('verify, node-port beside kube-proxy without socket programs', () => {
	beforeAll(async () => {
		await startOver(chartValues.none);
		await configureCilium([...chartValues.none, 'nodePort.enabled=true', 'hostPort.enabled=true']);
		await remakeWeb();
	});

	test('the node itself is not served by design, which is shown and no failure', async () => {
		const {proof, exitCode} = await provedIn(nothing);
		expect(told(of(proof, 'web').filter(({from}) => from === 'same-node')).every(line => line.endsWith(': not served'))).toBe(true);
		expect(
			of(proof, 'web')
				.filter(({from}) => from !== 'same-node')
				.every(({verdict}) => verdict === 'works'),
		).toBe(true);
		expect(exitCode).toBe(0);
	});
});

describe('verify, where nothing serves hostPort', () => {
	test('every failure names the cause', async () => {
		await startOver(chartValues.none);
		await remakeWeb();
		const {proof, exitCode} = await provedIn(nothing);
		expect(of(proof, 'web').every(({verdict, finding}) => verdict === 'fails' && finding.startsWith('HP01'))).toBe(true);
		expect(exitCode).toBe(1);
	});
});
