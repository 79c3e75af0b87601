import type {ClusterClient} from '../cluster/cluster-client.ts';
import {ClusterError} from '../cluster/cluster-error.ts';

/** Every object of ours bears it; `cleanup` finds what an interrupted run left by it. */
export const managedBy = {label: 'app.kubernetes.io/managed-by', value: 'kubectl-hostport'} as const;
/** Tells runs apart, so that no run removes another one's pods. */
export const runLabel = 'hostport.dev/run';

/** Time for the removal of our own pods, also after the user has interrupted us: seconds of patience, not more. */
const removalMilliseconds = 10_000;

type SeenPod = {readonly metadata?: {readonly name?: string; readonly deletionTimestamp?: string}};

export function podPath(namespace: string, name = ''): string {
	return `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods${name === '' ? '' : `/${encodeURIComponent(name)}`}`;
}

/**
 * Asks the server to remove a pod of ours, on a signal of its own: an interrupted run must clean up too.
 * A pod that is already gone is no error.
 */
export async function removeHelperPod(client: ClusterClient, namespace: string, name: string): Promise<void> {
	try {
		await client.request({
			method: 'DELETE',
			path: podPath(namespace, name),
			signal: AbortSignal.timeout(removalMilliseconds),
			timeoutMilliseconds: removalMilliseconds,
		});
	} catch (error) {
		if (!(error instanceof ClusterError && error.status === 404)) throw error;
	}
}

/**
 * The run's last look: pods of this run that nobody has asked to remove yet, such as one whose creation was
 * under way when the run was interrupted. They are removed; the names come back.
 */
export async function removeLeftPods(client: ClusterClient, namespace: string, run: string): Promise<string[]> {
	const pods = await client.list<SeenPod>(podPath(namespace), {
		query: {labelSelector: `${managedBy.label}=${managedBy.value},${runLabel}=${run}`},
		signal: AbortSignal.timeout(removalMilliseconds),
	});
	const names = pods.filter(pod => pod.metadata?.deletionTimestamp === undefined).map(pod => pod.metadata?.name ?? '');
	await Promise.all(names.map(async name => removeHelperPod(client, namespace, name)));
	return names;
}
