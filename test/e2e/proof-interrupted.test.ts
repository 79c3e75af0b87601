import path from 'node:path';
import {beforeAll, describe, expect, test} from 'vitest';
import {patchCiliumConfig, resetCluster, restartAgents} from './support/cilium.ts';
import {kubectl, rollOut, until} from './support/kubectl.ts';
import {leftovers} from './support/leftovers.ts';
import {installPortmap} from './support/nodes.ts';
import {hostport, startHostport} from './support/product.ts';
import {needsOwnCluster, nothingStaysBehind} from './support/suite.ts';
import {isOwnCluster, namespace, root} from './support/tested-cluster.ts';

const why = 'it leaves pods behind on purpose';
const rows = [
	['from pods', ['verify', '--with-pods']],
	['of a test pod', ['verify', '--test-pod', 'node-1', 'node-2']],
] as const;

nothingStaysBehind();

describe('a proof that is interrupted', () => {
	beforeAll(async () => {
		if (!isOwnCluster) return;
		await resetCluster('1.10.16');
		await installPortmap();
		await patchCiliumConfig({'cni-chaining-mode': 'portmap'});
		await restartAgents();
	});

	describe.each(rows)('%s', (_what, words) => {
		beforeAll(async () => {
			if (!isOwnCluster) return;
			if (words.includes('--with-pods' as never)) await rollOut(path.join(root, 'test/e2e/workloads/web.yaml'), 'deployment/web');
			else await kubectl(['--namespace', namespace, 'delete', 'deployment', 'web', '--ignore-not-found', '--cascade=foreground', '--wait']);
		});

		/** Interrupts it as soon as a pod of ours is there. */
		const interrupted = async (signal: NodeJS.Signals) => {
			const run = startHostport(words, {timeoutSeconds: 90});
			await until('a pod of ours', 30, async () => ((await leftovers()).staying.length > 0 ? true : undefined));
			run.signal(signal);
			return run.ended;
		};

		test.each(['SIGINT', 'SIGTERM'] as const)('by %s: exit 130, and its pods are gone', async signal => {
			if (!isOwnCluster) return;
			const {exitCode, stdout} = await interrupted(signal);
			expect(exitCode).toBe(130);
			expect(stdout).toBe('');
			expect((await leftovers()).staying).toEqual([]);
			expect(await hostport(['cleanup', '--dry-run=client'])).toMatchObject({exitCode: 0});
		});

		test('by kill -9: cleanup finds its pods, all of them, and removes them', async context => {
			needsOwnCluster(context, why);
			expect(await interrupted('SIGKILL')).toMatchObject({signal: 'SIGKILL'});
			const {staying} = await leftovers();
			expect(staying.length).toBeGreaterThan(0);

			const found = await hostport(['cleanup', '--dry-run=client']);
			expect(found.exitCode).toBe(1);
			for (const name of staying) expect(found.stdout).toContain(name.slice(name.indexOf('/') + 1));
			expect(await hostport(['cleanup', '--yes'])).toMatchObject({exitCode: 0});
			expect((await leftovers()).staying).toEqual([]);
		});
	});
});
