import {mkdtemp, rm} from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import {beforeAll, describe, expect, test} from 'vitest';
import {patchCiliumConfig, resetCluster, restartAgents} from './support/cilium.ts';
import {kubectl, list, rollOut, waitForRollOut} from './support/kubectl.ts';
import {installPortmap} from './support/nodes.ts';
import {testedVersions} from './support/versions.ts';
import {run} from './support/processes.ts';
import {hostport} from './support/product.ts';
import {expectCurlToAgree, expectPodsToAgree, verify, type Result} from './support/proof.ts';
import {needsOwnCluster, nothingStaysBehind} from './support/suite.ts';
import {isOwnCluster, namespace, root} from './support/tested-cluster.ts';

const web = path.join(root, 'test/e2e/workloads/web.yaml');
const why = 'it has hands on the nodes';

nothingStaysBehind();

describe.each(testedVersions)('verify, before and after the repair, Cilium %s', version => {
	beforeAll(async () => {
		if (!isOwnCluster) return;
		await resetCluster(version);
		await rollOut(web, 'deployment/web');
	});

	test('without a way every connection is refused, the pods themselves answer, and curl says the same', async context => {
		needsOwnCluster(context, why);

		const {proof, exitCode} = await verify();

		expect(exitCode).toBe(1);
		expect(proof.pods.map(({ok}) => ok)).toEqual([true, true]);
		expect(proof.results).toHaveLength(6);
		await expectCurlToAgree(proof, 8080, 'web');
		expect(proof.results.every(({ok, error}) => !ok && error === 'refused')).toBe(true);
	});

	test('with portmap every connection works from every place, pods included, and curl says the same', async context => {
		needsOwnCluster(context, why);
		await installPortmap();
		await patchCiliumConfig({'cni-chaining-mode': 'portmap'});
		await restartAgents();
		await kubectl(['--namespace', namespace, 'delete', 'pods', '--selector', 'app=web']);
		await waitForRollOut('deployment/web');

		const {proof, exitCode} = await verify('--with-pods');

		await expectCurlToAgree(proof, 8080, 'web');
		await expectPodsToAgree(proof);
		expect(proof.results.filter(({ok}) => !ok)).toEqual([]);
		expect(exitCode).toBe(0);
		const fromPods = proof.results.filter(({from}) => from === 'pod').map(({node, via}) => (node === via ? 'same' : 'other'));
		expect(fromPods.sort()).toEqual(['other', 'other', 'same', 'same']);
		expect(proof.results.filter(({address}) => address === '127.0.0.1').map(({from}) => from)).toEqual(['same-node', 'same-node']);
		expect(proof.results.every(({milliseconds, by}) => milliseconds > 0 && by.includes('CNI-DN-'))).toBe(true);
	});

	test('table and JUnit say the same', async context => {
		needsOwnCluster(context, why);

		const table = await hostport(['verify']);
		const junit = await hostport(['verify', '--output', 'junit']);

		expect(table.stdout).toMatch(/6 of 6 connections work, and 2 of 2 to the loopback address\n$/u);
		expect(junit.stdout).toContain('tests="8" failures="0" skipped="0"');
		expect([table.exitCode, junit.exitCode]).toEqual([0, 0]);
	});

	test('an application that answers over UDP proves it; one that is silent proves nothing; a dead one is named', async context => {
		needsOwnCluster(context, why);
		const folder = await mkdtemp(path.join(os.tmpdir(), 'hostport-e2e-udp-'));
		const source = path.join(root, 'test/e2e/workloads/udp-server.c');
		await run('gcc', ['-static', '-O1', '-o', path.join(folder, 'udp-server'), source], {timeoutSeconds: 60});
		try {
			await kubectl(
				['--namespace', namespace, 'apply', '--filename', '-'],
				JSON.stringify({apiVersion: 'v1', kind: 'List', items: podsIn(folder)}),
			);
			await kubectl(['--namespace', namespace, 'wait', '--for=condition=Ready', ...names.map(name => `pod/${name}`), '--timeout=60s']);
			const {proof, exitCode} = await verify();
			const of = (name: string): readonly Result[] => proof.results.filter(({hostPort}) => hostPort.startsWith(`${namespace}/${name}:`));

			expect(of('echo').filter(({ok}) => !ok)).toEqual([]);
			expect(of('echo').map(({from}) => from)).toContain('client');
			expect(of('silent').every(({ok, error, note}) => !ok && error === 'no answer' && note.includes('silence proves nothing'))).toBe(true);
			// Over UDP too a closed port is told by the kernel, through the hostPort as well.
			for (const name of ['dead', 'dead-udp']) {
				expect(of(name).map(({from}) => from)).toContain('other-node');
				expect(of(name).every(({ok, error, note}) => !ok && error === 'refused' && note.includes('HP21'))).toBe(true);
			}

			expect(exitCode).toBe(1);
		} finally {
			await kubectl(['--namespace', namespace, 'delete', 'pod', ...names, '--ignore-not-found', '--wait']);
			await rm(folder, {recursive: true});
		}
	});

	test('without any hostPort a test pod proves the way, and is gone afterwards', async context => {
		needsOwnCluster(context, why);
		await kubectl(['--namespace', namespace, 'delete', 'deployment', 'web', '--wait']);
		await kubectl(['--namespace', namespace, 'wait', '--for=delete', 'pods', '--selector', 'app=web', '--timeout=60s']);

		const none = await verify();
		expect([none.exitCode, none.proof.results.length]).toEqual([0, 0]);
		const {proof, exitCode} = await verify('--test-pod', 'node-1', 'node-2');

		expect(new Set(proof.results.map(({node}) => node))).toEqual(new Set(['node-1', 'node-2']));
		expect(proof.results.filter(({ok}) => !ok)).toEqual([]);
		expect(exitCode).toBe(0);
		// At once, while those of before are on their way out.
		const again = await verify('--test-pod');
		expect([again.exitCode, again.proof.results.length > 0, again.proof.unasked]).toEqual([0, true, []]);
		const left = await list('pods', '--namespace', 'kube-system', '--selector', 'app.kubernetes.io/managed-by=kubectl-hostport');
		expect(left.filter(({metadata}) => metadata.deletionTimestamp === undefined)).toEqual([]);
	});
});

/** A pod whose node's folder, with the UDP server in it, is its own /tests: the nodes are folders of this machine. */
const pod = (name: string, node: string, folder: string, command: readonly string[], ports: object): object => ({
	apiVersion: 'v1',
	kind: 'Pod',
	metadata: {name, labels: {app: name}},
	spec: {
		nodeName: node,
		terminationGracePeriodSeconds: 1,
		containers: [
			{
				name,
				image: 'docker.io/library/busybox:1.36',
				imagePullPolicy: 'IfNotPresent',
				command,
				ports: [ports],
				volumeMounts: [{name: 'tests', mountPath: '/tests', readOnly: true}],
			},
		],
		volumes: [{name: 'tests', hostPath: {path: folder}}],
	},
});

const idle = ['sh', '-c', "trap 'exit 0' TERM; sleep 600 & wait"];
const names = ['echo', 'silent', 'dead', 'dead-udp'];
const podsIn = (folder: string): readonly object[] => [
	pod('echo', 'node-1', folder, ['/tests/udp-server', '5353', 'echo'], {containerPort: 5353, hostPort: 5353, protocol: 'UDP'}),
	pod('silent', 'node-2', folder, ['/tests/udp-server', '5354', 'silent'], {containerPort: 5354, hostPort: 5354, protocol: 'UDP'}),
	pod('dead', 'node-1', folder, idle, {containerPort: 9, hostPort: 9009, protocol: 'TCP'}),
	pod('dead-udp', 'node-2', folder, idle, {containerPort: 9, hostPort: 9010, protocol: 'UDP'}),
];
