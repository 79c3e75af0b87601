import {mkdtempSync, rmSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {openDemo} from '../demo/demo-client.ts';
import {runHere} from './program.ts';

/** A cluster of the test's own, and what is left on it. */
export async function openCluster() {
	const demo = await openDemo({scene: 'nks'});
	const state = mkdtempSync(path.join(os.tmpdir(), 'hostport-test-'));
	const environment: Record<string, string> = {KUBECONFIG: demo.kubeconfig, XDG_STATE_HOME: state};
	const run = async (words: readonly string[]) => runHere(words, environment);
	return {
		demo,
		environment,
		run,
		fix: ['fix', '--yes', '--portmap', demo.portmap ?? ''],
		settings: async () => (await demo.get('/api/v1/namespaces/kube-system/configmaps/cilium-config')).body.data,
		/** Pods that nobody has asked to remove, and the lock: what must be gone. And how the journals say that the runs ended. */
		left: async (): Promise<{pods: string[]; locks: string[]; outcomes: string[]}> => {
			const pods = await demo.get('/api/v1/pods?labelSelector=app.kubernetes.io/managed-by%3Dkubectl-hostport');
			const configMaps = await demo.get('/api/v1/namespaces/kube-system/configmaps');
			const names = configMaps.body.items.map(({metadata}) => metadata.name);
			const {output} = await run(['runs', '-o', 'json']);
			return {
				pods: pods.body.items.filter(({metadata}) => metadata.deletionTimestamp === undefined).map(({metadata}) => metadata.name),
				locks: names.filter(name => name.startsWith('hostport-lock')),
				outcomes: (JSON.parse(output) as {items: Array<{outcome: string}>}).items.map(({outcome}) => outcome),
			};
		},
		close: async (): Promise<void> => {
			await demo.stop();
			rmSync(state, {recursive: true, force: true});
		},
	};
}

export type OwnCluster = Awaited<ReturnType<typeof openCluster>>;

/** Test of a cluster of its own, and of a row of a table where it has one. */
export const on =
	<T>(act: (cluster: OwnCluster, row: T) => Promise<void>) =>
	async (row: T): Promise<void> => {
		const cluster = await openCluster();
		try {
			await act(cluster, row);
		} finally {
			await cluster.close();
		}
	};
