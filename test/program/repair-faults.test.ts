// The program repairs and rolls back before an API server that fails. Whatever fails, and when: nothing is half changed without being
// said, lock and pods are gone, the journal tells how it ended, and the next rollback brings cilium-config back to the byte.
import type {IncomingMessage} from 'node:http';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import type {FaultName} from '../support/fault-proxy.ts';
import {openFaultyDemo, type FaultyDemo} from '../support/faulty-demo.ts';
import {raw} from '../support/hostile-text.ts';
import {runHere, type Ended} from '../support/program.ts';
import {rowsOf} from '../support/whole.ts';

async function run({environment}: FaultyDemo, words: readonly string[]): Promise<Ended> {
	const ended = await runHere([...words, '--request-timeout', '10s'], environment);
	const crash = /fault of kubectl hostport itself|heap out of memory|TypeError|undefined/u.exec(ended.errors);
	if (crash !== null || raw.test(ended.errors.replaceAll('\n', ''))) throw new Error(`${words.join(' ')}: ${ended.errors}`);
	return ended;
}

const fix = async (cluster: FaultyDemo): Promise<Ended> => run(cluster, ['fix', '--yes', '--portmap', cluster.demo.portmap ?? '']);
const rollback = async (cluster: FaultyDemo): Promise<Ended> => run(cluster, ['rollback', '--yes']);

async function state({demo}: FaultyDemo) {
	const pods = await demo.get('/api/v1/pods?labelSelector=app.kubernetes.io/managed-by%3Dkubectl-hostport');
	const {items} = (await demo.get('/api/v1/namespaces/kube-system/configmaps')).body;
	const named = (start: string) => items.filter(({metadata}) => metadata.name.startsWith(start));
	return {
		pods: pods.body.items.filter(({metadata}) => metadata.deletionTimestamp === undefined).map(({metadata}) => metadata.name),
		locks: named('hostport-lock').length,
		outcomes: named('hostport-run').map(({data}) => data['outcome']),
		settings: named('cilium-config')[0]?.data,
	};
}

/** What nothing may be left of, and how the runs ended. */
async function expectLeft(cluster: FaultyDemo, ...outcomes: readonly string[]): Promise<void> {
	const {settings: _, ...left} = await state(cluster);
	expect(left).toEqual({pods: [], locks: 0, outcomes});
}

/** A demo of its own, and what `cilium-config` holds before anything is done to it. */
async function withDemo(act: (cluster: FaultyDemo, original: unknown) => Promise<void>): Promise<void> {
	const cluster = await openFaultyDemo({scene: 'nks'});
	try {
		await act(cluster, (await state(cluster)).settings);
	} finally {
		await cluster.close();
	}
}

const is =
	(method: string, pattern: RegExp) =>
	({method: own, url = ''}: IncomingMessage): boolean =>
		own === method && pattern.test(url);

describe('a rollback that cannot be begun', () => {
	let cluster: FaultyDemo;
	beforeAll(async () => {
		cluster = await openFaultyDemo({scene: 'nks'});
		await fix(cluster);
		await expectLeft(cluster, 'done');
	});
	afterAll(async () => cluster.close());

	it.each(
		rowsOf<[FaultName, string, RegExp]>(
			[
				['forbidden', 'everything', /./u],
				['forbidden', 'the agents', /k8s-app/u],
				['forbidden', 'the agents and DaemonSets', /k8s-app|\/daemonsets/u],
				['an empty object', 'cilium-config', /\/configmaps\/cilium-config/u],
				['an empty object', 'the journals', /hostport\.dev/u],
				['a gzip bomb', 'the journals', /hostport\.dev/u],
				['unavailable', 'everything', /./u],
				['reset', 'everything', /./u],
				['a log-in page', 'everything', /./u],
				['an empty object', 'everything', /./u],
				['internal error', 'the agents', /k8s-app/u],
				['forbidden', 'the DaemonSets', /\/daemonsets/u],
				['forbidden', 'the journals', /hostport\.dev/u],
				['deep JSON', 'the journals', /hostport\.dev/u],
				['the same page for ever', 'the journals', /hostport\.dev/u],
			],
			6,
		),
	)('by %s to %s, ends with 3 and has changed nothing', async (fault, _, pattern) => {
		const before = await state(cluster);
		cluster.proxy.set(fault, ({url = ''}) => pattern.test(url));
		const {code, output, errors} = await rollback(cluster);
		expect(code, errors).toBe(3);
		expect(output).toBe('');
		expect(errors).not.toContain('no run');
		expect(await state(cluster)).toEqual(before);
	});

	it.each<[FaultName, RegExp]>([
		['forbidden', /hostport-lock/u],
		['unavailable', /managed-by%3Dkubectl-hostport/u],
	])('cleanup behind %s to %s does not say that nothing is left', async (fault, pattern) => {
		cluster.proxy.set(fault, ({url = ''}) => pattern.test(url));
		const {code, errors} = await run(cluster, ['cleanup', '--dry-run=client']);
		expect(code).toBe(3);
		expect(errors).toContain('could not read everything');
	});
});

// Most of their time is waiting: each has a cluster of its own, and they wait together.
describe.concurrent('a repair and its rollback', () => {
	it.each(rowsOf<FaultName>(['a lost answer', 'unavailable', 'reset', 'too many requests'], 1))(
		'outlast %s to each request that is made for the first time',
		async fault =>
			withDemo(async (cluster, original) => {
				const firstTimes = (): void => {
					const seen = new Set<string>();
					cluster.proxy.set(fault, ({method = '', url = ''}) => {
						const request = `${method} ${url.split('?')[0]}`;
						return !seen.has(request) && seen.add(request).has(request);
					});
				};
				firstTimes();
				const repair = await fix(cluster);
				expect(repair.code, repair.errors).toBe(0);
				await expectLeft(cluster, 'done');
				firstTimes();
				const back = await rollback(cluster);
				expect(back.code, back.errors).toBe(0);
				await expectLeft(cluster, 'rolled-back');
				expect((await state(cluster)).settings).toEqual(original);
			}),
	);

	it.each(
		rowsOf<[FaultName, string, RegExp]>(
			[
				['forbidden', 'PATCH', /\/configmaps\/cilium-config/u],
				['forbidden', 'GET', /\/namespaces\/(?:default|observability)\/pods/u],
				['a conflict', 'PATCH', /\/configmaps\/cilium-config/u],
				['forbidden', 'POST', /\/eviction/u],
				['forbidden', 'PATCH', /\/daemonsets\/cilium/u],
				['the same page for ever', 'GET', /\/namespaces\/(?:default|observability)\/pods/u],
				['a gzip bomb', 'GET', /\/daemonsets\/cilium/u],
			],
			0,
		),
	)('behind %s to %s %s: the rollback ends in part, says it, and the next one ends it', async (fault, method, pattern) =>
		withDemo(async (cluster, original) => {
			expect((await fix(cluster)).code).toBe(0);
			cluster.proxy.set(fault, is(method, pattern));
			const {code, errors} = await rollback(cluster);
			expect(code, errors).toBe(5);
			expect(errors).toContain('is only partly rolled back');
			await expectLeft(cluster, 'rollback-failed');
			cluster.proxy.set(undefined);
			expect((await rollback(cluster)).code).toBe(0);
			await expectLeft(cluster, 'rolled-back');
			expect((await state(cluster)).settings).toEqual(original);
		}),
	);
});
