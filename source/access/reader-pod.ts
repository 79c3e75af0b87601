import {setTimeout as wait} from 'node:timers/promises';
import type {ClusterClient} from '../cluster/cluster-client.ts';
import {ClusterError} from '../cluster/cluster-error.ts';
import {ActionableError} from '../errors.ts';
import type {NodeAccess, SeenFolder} from './access.ts';
import {runByExec} from './exec-run.ts';
import {podPath, removeHelperPod} from './helper-pods.ts';
import {failureAmong, failureIn, isRunning, type SeenEvent, type SeenPod} from './reader-pod-failure.ts';
import {readerContainer, readerPodManifest, seenFolders, type ReaderPodRequest} from './reader-pod-manifest.ts';

const pollMilliseconds = 300;
/** Events are asked for when a pod takes longer than pods with an image on the node do. */
const eventsFromPoll = 5;

/**
 * Makes the reader pod and waits until it runs; `close` asks for its removal.
 * If it cannot run, it is removed and the error says why, as soon as status or events tell.
 * @throws ClusterError where the server refuses the pod
 * @throws ActionableError where the node does
 */
export async function openReaderPod(client: ClusterClient, request: ReaderPodRequest, signal: AbortSignal): Promise<NodeAccess> {
	const {namespace, name, node} = request;
	const remove = async (): Promise<void> => removeHelperPod(client, namespace, name);
	try {
		const pod = await client.request<SeenPod>({
			method: 'POST',
			path: podPath(namespace),
			body: readerPodManifest(request),
			signal,
		});
		await untilRunning(client, request, pod.metadata?.uid ?? '', signal);
	} catch (error) {
		// Also after a lost answer or an interruption: the server may have made it. A refusal made nothing.
		const isRefused = error instanceof ClusterError && error.verb === 'create' && error.status !== undefined && error.status < 500;
		if (!isRefused) await remove();
		signal.throwIfAborted();
		throw error;
	}

	return {
		way: 'pod',
		node,
		label: `pod ${namespace}/${name}`,
		configurationFolder: seen(request.configurationFolder, seenFolders.configuration),
		binaryFolder: seen(request.binaryFolder, seenFolders.binary),
		hasAgentCommand: false,
		run: async (script, options) => runByExec(client, {namespace, pod: name, container: readerContainer}, script, options),
		close: remove,
	};
}

async function untilRunning(
	client: ClusterClient,
	{namespace, name, node}: ReaderPodRequest,
	uid: string,
	signal: AbortSignal,
): Promise<void> {
	const fail = (why: string, cause?: unknown): never => {
		const hint = 'kubectl describe shows more; what the reader pod would have read is unknown for this node';
		throw new ActionableError(`the reader pod does not run on ${node}: ${why}`, hint, {cause});
	};

	for (let poll = 1; ; poll++) {
		await wait(pollMilliseconds, undefined, {signal});
		const pod = await client.request<SeenPod>({path: podPath(namespace, name), signal}).catch((error: unknown) => {
			if (error instanceof ClusterError && error.status === 404) return fail('it was removed by someone else', error);
			throw error;
		});
		if (isRunning(pod)) return;
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

function seen(host: string | undefined, folder: string): SeenFolder | undefined {
	return host === undefined ? undefined : {host, seen: folder};
}
