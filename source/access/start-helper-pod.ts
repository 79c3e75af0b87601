import {setTimeout as wait} from 'node:timers/promises';
import type {ClusterClient} from '../cluster/cluster-client.ts';
import {ClusterError} from '../cluster/cluster-error.ts';
import {ActionableError} from '../errors.ts';
import {podPath, removeHelperPod} from './helper-pods.ts';
import {failureAmong, failureIn, isRunning, type SeenEvent, type SeenPod} from './reader-pod-failure.ts';

const pollMilliseconds = 300;
/** Events are asked for when a pod takes longer than pods with an image on the node do. */
const eventsFromPoll = 5;

export type HelperPod = {
	readonly namespace: string;
	readonly name: string;
	readonly node: string;
	/** What it is called in an error: `the reader pod`. */
	readonly called: string;
	/** What to do where it does not run. */
	readonly hint: string;
};

/**
 * Makes a pod of ours and waits until it runs. If it cannot run, it is removed and the error says why, as soon as status or
 * events tell.
 * @throws ClusterError where the server refuses the pod
 * @throws ActionableError where the node does
 */
export async function startHelperPod(client: ClusterClient, pod: HelperPod, manifest: object, signal: AbortSignal): Promise<SeenPod> {
	try {
		const made = await client.request<SeenPod>({method: 'POST', path: podPath(pod.namespace), body: manifest, signal});
		return await untilRunning(client, pod, made.metadata?.uid ?? '', signal);
	} catch (error) {
		// Also after a lost answer or an interruption: the server may have made it. A refusal made nothing.
		const isRefused = error instanceof ClusterError && error.verb === 'create' && error.status !== undefined && error.status < 500;
		if (!isRefused) await removeHelperPod(client, pod.namespace, pod.name);
		signal.throwIfAborted();
		throw error;
	}
}

async function untilRunning(
	client: ClusterClient,
	{namespace, name, node, called, hint}: HelperPod,
	uid: string,
	signal: AbortSignal,
): Promise<SeenPod> {
	const fail = (why: string, cause?: unknown): never => {
		throw new ActionableError(`${called} does not run on ${node}: ${why}`, hint, {cause});
	};

	for (let poll = 1; ; poll++) {
		await wait(pollMilliseconds, undefined, {signal});
		const pod = await client.request<SeenPod>({path: podPath(namespace, name), signal}).catch((error: unknown) => {
			if (error instanceof ClusterError && error.status === 404) return fail('it was removed by someone else', error);
			throw error;
		});
		if (isRunning(pod)) return pod;
		const failure = failureIn(pod) ?? (poll % eventsFromPoll === 0 ? await eventFailure(client, namespace, uid, signal) : undefined);
		if (failure !== undefined) fail(failure);
	}
}

async function eventFailure(client: ClusterClient, namespace: string, uid: string, signal: AbortSignal): Promise<string | undefined> {
	try {
		const events = await client.list<SeenEvent>(`/api/v1/namespaces/${encodeURIComponent(namespace)}/events`, {
			query: {fieldSelector: `involvedObject.uid=${uid}`},
			signal,
		});
		return failureAmong(events);
	} catch (error) {
		// Without the right to read events the pod's status alone must tell.
		if (error instanceof ClusterError && error.status === 403) return undefined;
		throw error;
	}
}
