import {randomBytes} from 'node:crypto';
import type {ClusterClient} from '../cluster/cluster-client.ts';
import {ClusterError} from '../cluster/cluster-error.ts';
import type {NodeAccess} from './access.ts';
import {removeLeftPods} from './helper-pods.ts';
import {openReaderPod} from './reader-pod.ts';
import type {ReaderPodRequest} from './reader-pod-manifest.ts';

/** The reader pods of one run. */
export type ReaderPods = {
	/** As openReaderPod; after one refusal for lack of rights or by policy no further pod of that namespace is tried. */
	open(wanted: Omit<ReaderPodRequest, 'name' | 'run'>, signal: AbortSignal): Promise<NodeAccess>;
	/** To be called once at the end: makes sure that the removal of every pod is under way. */
	finish(): Promise<void>;
};

export function readerPods(client: ClusterClient): ReaderPods {
	const run = randomBytes(5).toString('hex');
	const refusals = new Map<string, ClusterError>();
	const namespaces = new Set<string>();
	let count = 0;
	return {
		async open(wanted, signal) {
			const refused = refusals.get(wanted.namespace);
			if (refused !== undefined) throw refused;
			count += 1;
			try {
				namespaces.add(wanted.namespace);
				return await openReaderPod(client, {...wanted, run, name: `hostport-reader-${run}-${count}`}, signal);
			} catch (error) {
				if (error instanceof ClusterError && error.status === 403 && error.verb === 'create') refusals.set(wanted.namespace, error);
				throw error;
			}
		},
		async finish() {
			const touched = [...namespaces].filter(namespace => !refusals.has(namespace));
			await Promise.all(touched.map(async namespace => removeLeftPods(client, namespace, run)));
		},
	};
}
