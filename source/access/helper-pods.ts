import {setTimeout as wait} from 'node:timers/promises';
import type {V1Pod} from '@kubernetes/client-node';
import type {ClusterClient, Wire} from '../cluster/cluster-client.ts';
import {ClusterError} from '../cluster/cluster-error.ts';

/** Every object of ours bears it; `cleanup` finds what an interrupted run left by it. */
export const managedBy = {label: 'app.kubernetes.io/managed-by', value: 'kubectl-hostport'} as const;
/** Tells runs apart, so that no run removes another one's pods. */
export const runLabel = 'hostport.dev/run';

/** Time for the removal of our own pods, also after the user has interrupted us: seconds of patience, not more. */
const removalMilliseconds = 10_000;
/** A creation that was on its way when its connection was given up is carried out within this, or hardly ever. */
const settleMilliseconds = 200;

/** API path of a pod, or of all pods of a namespace. */
export function podPath(namespace: string, name = ''): string {
	return `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods${name === '' ? '' : `/${encodeURIComponent(name)}`}`;
}

/**
 * Asks the server to remove a pod of ours, on a signal of its own: an interrupted run must clean up too.
 * A pod that is already gone is no error.
 */
export async function removeHelperPod(client: ClusterClient, namespace: string, name: string): Promise<void> {
	await removeIfThere(client, namespace, name);
}

/** The same for a pod whose creation was given up unanswered: the server may be about to make it. */
export async function removeUnansweredPod(client: ClusterClient, namespace: string, name: string): Promise<void> {
	for (let tries = 1; tries <= 3 && !(await removeIfThere(client, namespace, name)); tries++) await wait(settleMilliseconds);
}

async function removeIfThere(client: ClusterClient, namespace: string, name: string): Promise<boolean> {
	try {
		await client.request({
			method: 'DELETE',
			path: podPath(namespace, name),
			signal: AbortSignal.timeout(removalMilliseconds),
			timeoutMilliseconds: removalMilliseconds,
		});
		return true;
	} catch (error) {
		if (error instanceof ClusterError && error.status === 404) return false;
		throw error;
	}
}

/**
 * The run's last look: pods of this run that nobody has asked to remove yet, such as one whose creation was
 * under way when the run was interrupted. They are removed; the names come back.
 */
export async function removeHelperPods(client: ClusterClient, namespace: string, run: string): Promise<string[]> {
	const pods = await client.list<Wire<V1Pod>>(podPath(namespace), {
		query: {labelSelector: `${managedBy.label}=${managedBy.value},${runLabel}=${run}`},
		signal: AbortSignal.timeout(removalMilliseconds),
	});
	const names = pods.filter(pod => pod.metadata?.deletionTimestamp === undefined).map(pod => pod.metadata?.name ?? '');
	await Promise.all(names.map(async name => removeHelperPod(client, namespace, name)));
	return names;
}

/**
 * Whether the server takes no pod like this one, so that no other has to be tried: no right, Pod Security, a quota (403), no such
 * namespace (404), a field it does not accept (422), or a webhook's no, which bears the code 400 unless the webhook gives another
 * (k8s.io/apiserver, admission/plugin/webhook/errors/statuserror.go).
 */
export function isPodRefusal(error: unknown): error is ClusterError {
	if (!(error instanceof ClusterError) || error.verb !== 'create') return false;
	const {status, message} = error;
	return status === 403 || status === 404 || status === 422 || (status === 400 && /admission webhook .+ denied the request/u.test(message));
}
