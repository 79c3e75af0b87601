import type {ClusterClient} from '../cluster/cluster-client.ts';
import type {NodeAccess, SeenFolder} from './access.ts';
import {runByExec} from './exec-run.ts';
import {removeHelperPod} from './helper-pods.ts';
import {readerContainer, readerPodManifest, seenFolders, type ReaderPodRequest} from './reader-pod-manifest.ts';
import {startHelperPod} from './start-helper-pod.ts';

const hint = 'Check kubectl describe; what the reader pod would have read is unknown for this node';

/**
 * Makes the reader pod and waits until it runs; `close` asks for its removal.
 * @throws ClusterError where the server refuses the pod
 * @throws ActionableError where the node does
 */
export async function openReaderPod(client: ClusterClient, request: ReaderPodRequest, signal: AbortSignal): Promise<NodeAccess> {
	const {namespace, name, node} = request;
	await startHelperPod(client, {namespace, name, node, called: 'the reader pod', hint}, readerPodManifest(request), signal);
	return {
		node,
		label: `pod ${namespace}/${name}`,
		configurationFolder: seen(request.configurationFolder, seenFolders.configuration),
		binaryFolder: seen(request.binaryFolder, seenFolders.binary),
		hasAgentCommand: false,
		run: async (script, options) => runByExec(client, {namespace, pod: name, container: readerContainer}, script, options),
		close: async () => removeHelperPod(client, namespace, name),
	};
}

function seen(host: string | undefined, folder: string): SeenFolder | undefined {
	return host === undefined ? undefined : {host, seen: folder};
}
