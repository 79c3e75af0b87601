import path from 'node:path';
import {describe, expect, test} from 'vitest';
import {patchCiliumConfig, resetCluster, restartAgents} from './support/cilium.ts';
import {remakePods} from './support/pods.ts';
import {list, rollOut} from './support/kubectl.ts';
import {installPortmap} from './support/nodes.ts';
import {expectCurlToAgree, verify} from './support/proof.ts';
import {needsOwnCluster, nothingStaysBehind} from './support/suite.ts';
import {isOwnCluster, root} from './support/tested-cluster.ts';

const web = path.join(root, 'test/e2e/workloads/web.yaml');
const isDual = async (): Promise<boolean> =>
	isOwnCluster && (await list('nodes')).every(({status}) => status?.addresses?.some(({address}) => address.includes(':')) === true);

nothingStaysBehind();

describe('verify where nodes and pods have both families', () => {
	test('asks each of them, and curl says the same, before and after the repair', async context => {
		needsOwnCluster(context, 'it has hands on the nodes');
		context.skip(!(await isDual()), 'needs a cluster that was brought up with CLUSTER_IPV6=1');

		await resetCluster('1.17.4');
		await rollOut(web, 'deployment/web');
		const before = await verify();
		expect(before.proof.results.map(({error}) => error)).toEqual(Array.from({length: 12}, () => 'refused'));
		await expectCurlToAgree(before.proof, 8080, 'web');
		expect(before.proof.pods.filter(({ok}) => !ok)).toEqual([]);

		await installPortmap();
		await patchCiliumConfig({'cni-chaining-mode': 'portmap'});
		await restartAgents();
		await remakePods('web');
		const {proof, exitCode} = await verify('--with-pods');

		expect(proof.results.filter(({ok}) => !ok)).toEqual([]);
		await expectCurlToAgree(proof, 8080, 'web');
		expect(exitCode).toBe(0);
		for (const six of ['fd00:88::11', 'fd00:88::12']) {
			const asked = proof.results.filter(({address}) => address === six);
			expect(asked.map(({from}) => from).sort()).toEqual(['client', 'other-node', 'pod', 'pod', 'same-node']);
			expect(asked.every(({by}) => by.includes('[fd00:18:'))).toBe(true);
		}
	});
});
