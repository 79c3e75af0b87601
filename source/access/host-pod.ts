import type {ClusterClient} from '../cluster/cluster-client.ts';
import type {NodeAccess, SeenFolder} from './access.ts';
import {runByExec} from './exec-run.ts';
import {putByExec} from './put-by-exec.ts';
import {openReaderPod} from './reader-pod.ts';
import {readerContainer, readerPodManifest, seenFolders, type ReaderPodRequest} from './reader-pod-manifest.ts';
import type {PodPower} from './pod-powers.ts';

/** A reader pod with powers on its node. */
export type HostPodRequest = ReaderPodRequest & {readonly powers: readonly PodPower[]};

/** Is told each pod before it is made. */
export type AnnouncePod = (manifest: object, powers: readonly PodPower[]) => Promise<void>;

/** Into the mount namespace of the node's first process, and out of what the image has set. Both util-linux and busybox read these words. */
const enterHost = ['nsenter', '-t', '1', '-m', '--', 'env', '-i', 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'];

/**
 * Makes a reader pod that may do more, just what its powers are, and waits until it runs; `close` asks for its removal. Without
 * powers it is a reader pod.
 * With `host` its scripts run in the node's own mount namespace, and no folder has to be mounted for them.
 * @throws ClusterError where the server refuses the pod
 * @throws ActionableError where the node does
 */
export async function openHostPod(
	client: ClusterClient,
	request: HostPodRequest,
	signal: AbortSignal,
	announce?: AnnouncePod,
): Promise<NodeAccess> {
	const {namespace, name, powers, configurationFolder, binaryFolder, agentContainer} = request;
	const isOnNode = powers.includes('host');
	await announce?.(hostPodManifest(request), powers);
	const access = await openReaderPod(client, mounted(request), signal);
	const target = {namespace, pod: name, container: readerContainer};
	const folder = {host: binaryFolder ?? '', seen: seenFolders.binary};
	return {
		...access,
		...(isOnNode && {
			isOnNode,
			...(agentContainer !== undefined && {agentContainer}),
			configurationFolder: itself(configurationFolder),
			binaryFolder: itself(binaryFolder),
			run: async (script, options) => runByExec(client, target, script, options, enterHost),
		}),
		...(powers.includes('write') && {put: async (file, options) => putByExec(client, target, folder, file, options)}),
	};
}

/** The manifest of such a pod. */
export function hostPodManifest(request: HostPodRequest): object {
	return readerPodManifest(mounted(request));
}

/** Whoever is in the node's own namespaces needs no mount. */
function mounted(request: HostPodRequest): HostPodRequest {
	return request.powers.includes('host') ? {...request, configurationFolder: undefined, binaryFolder: undefined} : request;
}

function itself(folder: string | undefined): SeenFolder | undefined {
	return folder === undefined ? undefined : {host: folder, seen: folder};
}
