import {afterAll, beforeAll, expect, test} from 'vitest';
import {connect} from '../../source/cluster/connect.ts';
import type {ClusterClient} from '../../source/cluster/cluster-client.ts';
import {startDemoCluster, type DemoCluster} from '../../source/demo/demo-cluster.ts';
import {nodeScript} from '../../source/evidence/node-script.ts';
import {openReaderPod} from '../../source/access/reader-pod.ts';

/** The product's own client, script and reader pod, unchanged, against the demo. */

let cluster: DemoCluster;
let client: ClusterClient;
const signal = AbortSignal.timeout(110_000);
beforeAll(async () => {
	cluster = await startDemoCluster({scene: 'mixed'});
	client = await connect({kubeconfig: cluster.kubeconfig}, {environment: {}, signal, log: () => undefined});
});
afterAll(async () => {
	await client.close();
	await cluster.stop();
});

test('the product’s client lists every node page by page', async () => {
	const nodes = await client.list<{metadata: {name: string}}>('/api/v1/nodes', {pageSize: 3});
	expect(nodes).toHaveLength(8);
});

test('its reader pod runs the node script and sees the folder that the agent does not', async () => {
	const request = {
		node: 'pool-a-0001',
		namespace: 'kube-system',
		name: 'hostport-reader-test',
		run: 'test',
		image: 'quay.io/cilium/cilium:v1.17.4',
		configurationFolder: '/etc/cni/net.d',
		binaryFolder: '/opt/cni/bin',
	};
	const access = await openReaderPod(client, request, signal);
	const parameters = ['marker=abc', `conf=${access.configurationFolder?.seen}`, `bin=${access.binaryFolder?.seen}`, 'proc=/proc'];
	const {stdout, exitCode} = await access.run(nodeScript, {parameters, signal, timeoutMilliseconds: 30_000});
	await access.close();
	expect(exitCode).toBe(0);
	expect(stdout).toContain('5.15.0-119-generic x86_64');
	expect(stdout).toContain('"type": "portmap"');
	expect(stdout).toMatch(/abc name \.\/portmap/u);
	expect(stdout).toContain('"supportedVersions":["0.1.0"');
	expect(stdout).toContain('tcp6 00000000000000000000000000000000:280A');
	expect(stdout).toMatch(/abc end $/u);
});
