import type {ClusterClient} from '../cluster/cluster-client.ts';
import type {NodeAccess} from './access.ts';
import {runByExec} from './exec-run.ts';
import {removeHelperPod} from './helper-pods.ts';
import {putByExec} from './put-by-exec.ts';
import {readerContainer, readerPodManifest, seenFolders, type ReaderPodRequest} from './reader-pod-manifest.ts';
import {startHelperPod} from './start-helper-pod.ts';

/** The folder that the pod may write to, and nothing else of the node. */
export type HostPodRequest = Omit<ReaderPodRequest, 'configurationFolder' | 'binaryFolder' | 'writable'> & {readonly binaryFolder: string};

const hint = 'Nothing was changed on that node. kubectl describe and the events of that pod show more; --via ssh is another way in.';

/**
 * Makes a pod that can write into the folder of CNI binaries of its node: the reader pod with that one folder writable, still
 * without any capability and without the host's processes. `close` asks for its removal.
 * @param announce is shown the pod before it is made
 * @throws ClusterError where the server refuses the pod
 * @throws ActionableError where the node does
 */
export async function openHostPod(
	client: ClusterClient,
	request: HostPodRequest,
	signal: AbortSignal,
	announce?: (manifest: object) => void,
): Promise<NodeAccess> {
	const {namespace, name, node, binaryFolder} = request;
	const manifest = readerPodManifest({...request, configurationFolder: undefined, writable: true});
	announce?.(manifest);
	await startHelperPod(client, {namespace, name, node, called: 'the pod that writes', hint}, manifest, signal);
	const target = {namespace, pod: name, container: readerContainer};
	const folder = {host: binaryFolder, seen: seenFolders.binary};
	return {
		way: 'pod',
		node,
		label: `pod ${namespace}/${name}`,
		configurationFolder: undefined,
		binaryFolder: folder,
		hasAgentCommand: false,
		run: async (script, options) => runByExec(client, target, script, options),
		put: async (file, options) => putByExec(client, target, folder, file, options),
		close: async () => removeHelperPod(client, namespace, name),
	};
}
