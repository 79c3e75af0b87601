import {setTimeout as sleep} from 'node:timers/promises';
import {beforeAll, describe, expect, test} from 'vitest';
import {resetCluster} from './support/cilium.ts';
import {kubectl, list, rollOut, until} from './support/kubectl.ts';
import {leftovers, ownLabel, removeLeftovers} from './support/leftovers.ts';
import {freezeKubelet, thawKubelet} from './support/nodes.ts';
import {check, startHostport} from './support/product.ts';
import {needsOwnCluster, nothingStaysBehind} from './support/suite.ts';
import {isOwnCluster, root} from './support/tested-cluster.ts';
import {versions} from './support/versions.ts';

/** A node that hangs may cost a run this long, and no longer. */
const patienceSeconds = 60;

nothingStaysBehind();

describe.each(versions)('trouble on the way, Cilium $version', ({version, via}) => {
	beforeAll(async () => {
		if (!isOwnCluster) return;
		await resetCluster(version);
		await rollOut(`${root}/test/e2e/workloads/web.yaml`, 'deployment/web');
	});

	test('a node that hangs is reported with a reason; the other one is diagnosed all the same', async context => {
		needsOwnCluster(context, 'it freezes a kubelet');
		await freezeKubelet('node-2');
		try {
			const {result, codes, exitCode, seconds} = await check();

			const [healthy, hanging] = result.nodes.toSorted((a, b) => a.name.localeCompare(b.name));
			expect(healthy).toMatchObject({name: 'node-1', verdict: 'broken', via});
			expect(healthy?.cni.plugins).toEqual(['cilium-cni']);
			expect(hanging).toMatchObject({name: 'node-2', cni: {plugins: [], binaries: []}});
			expect(hanging?.reason).not.toBe('');
			expect(codes[0]).toBe('HP01');
			expect(exitCode).toBe(1);
			expect(seconds).toBeLessThan(patienceSeconds);
		} finally {
			await thawKubelet('node-2');
		}
	});

	test.for(['SIGINT', 'SIGTERM'] as const)('%s: exit 130, and whatever was made is gone', async (signal, context) => {
		needsOwnCluster(context, 'it freezes a kubelet, so that there is something to interrupt');
		await freezeKubelet('node-2');
		try {
			const run = startHostport(['check'], {timeoutSeconds: patienceSeconds});
			if (via === 'pod') await until('the reader pods', 20, async () => ((await leftovers()).staying.length > 0 ? true : undefined));
			else await sleep(2000);
			run.signal(signal);
			const {exitCode, stdout} = await run.ended;

			expect(exitCode).toBe(130);
			expect(stdout).toBe('');
		} finally {
			await thawKubelet('node-2');
		}
	});

	test('a run killed outright: its reader pods are found by their label and end by themselves', async context => {
		needsOwnCluster(context, 'it leaves pods behind on purpose');
		context.skip(via === 'agent', 'this version is read through its agent: there is no pod to leave behind');
		const run = startHostport(['check'], {timeoutSeconds: patienceSeconds});
		await until('the reader pods', 20, async () => ((await leftovers()).staying.length > 0 ? true : undefined));
		run.signal('SIGKILL');
		expect((await run.ended).signal).toBe('SIGKILL');

		const orphans = await list('pods', '--all-namespaces', '--selector', ownLabel);
		expect(orphans.length).toBeGreaterThan(0);
		for (const {metadata, spec} of orphans) {
			expect(spec?.activeDeadlineSeconds).toBeLessThanOrEqual(300);
			// Five minutes are too long for a test. A deadline may be shortened, and then it shows that the pod obeys it.
			const patch = JSON.stringify({spec: {activeDeadlineSeconds: 5}});
			await kubectl(['--namespace', metadata.namespace ?? '', 'patch', 'pod', metadata.name, '--patch', patch]);
		}

		const ended = await until('the orphans to end by themselves', 60, async () => {
			const pods = await list('pods', '--all-namespaces', '--selector', ownLabel);
			return pods.every(({status}) => status?.phase === 'Failed') ? pods : undefined;
		});

		for (const {status} of ended) expect(status?.reason).toBe('DeadlineExceeded');
		await removeLeftovers();
	});
});

test('a node that Kubernetes itself calls NotReady costs no waiting, and is named', async context => {
	needsOwnCluster(context, 'it freezes a kubelet');
	await freezeKubelet('node-2');
	try {
		await kubectl(['wait', '--for=condition=Ready=Unknown', 'node/node-2', '--timeout=120s']);

		const {result, exitCode, seconds} = await check();

		const node = result.nodes.find(({name}) => name === 'node-2');
		expect(['unknown', 'skipped']).toContain(node?.verdict);
		expect(node?.reason).toMatch(/NotReady|not ready|kubelet/iu);
		expect(exitCode).toBe(1);
		expect(seconds).toBeLessThan(patienceSeconds);
	} finally {
		await thawKubelet('node-2');
		await kubectl(['wait', '--for=condition=Ready', 'node/node-2', '--timeout=120s']);
	}
});
