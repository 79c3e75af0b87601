// Somebody else's client against the embedded cluster: it must not only please our own.
import {CoreV1Api, KubeConfig} from '@kubernetes/client-node';
import {describe, expect, it} from 'vitest';
import {startDemoCluster} from '../../source/demo/demo-cluster.ts';

describe('the embedded cluster, asked by the Kubernetes client library', () => {
	it('is a cluster like any other', async () => {
		const cluster = await startDemoCluster({scene: 'nks'});
		try {
			const config = new KubeConfig();
			config.loadFromFile(cluster.kubeconfig);
			const core = config.makeApiClient(CoreV1Api);
			const nodes = await core.listNode();
			expect(nodes.items.map(node => node.status?.nodeInfo?.kernelVersion)).toEqual(Array.from({length: 3}, () => '5.4.0-163-generic'));
			const agents = await core.listNamespacedPod({namespace: 'kube-system', labelSelector: 'k8s-app=cilium'});
			expect(agents.items).toHaveLength(3);
			await expect(core.readNamespacedConfigMap({namespace: 'kube-system', name: 'none'})).rejects.toMatchObject({code: 404});
		} finally {
			await cluster.stop();
		}
	});
});
