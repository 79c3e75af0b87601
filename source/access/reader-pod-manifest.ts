import type {V1Pod} from '@kubernetes/client-node';
import type {PodImage} from './helper-pod-image.ts';
import {helperPodManifest} from './helper-pod-manifest.ts';
import {needsOf, type PodPower} from './pod-powers.ts';

/** Where the reader pod sees the node's folders. */
export const seenFolders = {configuration: '/host/cni-configuration', binary: '/host/cni-binaries'} as const;
/** Name of the one container of a helper pod. */
export const readerContainer = 'reader';

/** Where a reader pod is made, and of which image. */
export type ReaderPodRequest = PodImage & {
	readonly node: string;
	readonly namespace: string;
	/** Pod name; chosen by us, so that it can be removed even if the answer to its creation is lost. */
	readonly name: string;
	/** This run's id, in a label. */
	readonly run: string;
	/** The node's folders to see, by the node's own names; a folder not given is not mounted. */
	readonly configurationFolder: string | undefined;
	readonly binaryFolder: string | undefined;
	/** Id of the agent's container, which a pod in the node's own namespaces asks too. */
	readonly agentContainer?: string | undefined;
	/** What it may do beyond reading: that makes it a host pod (host-pod.ts). */
	readonly powers?: readonly PodPower[];
};

/** Seconds after which the kubelet ends the pod, should we have been killed before we could remove it. */
const deadlineSeconds = 300;

/**
 * A pod that can read one or two folders of its node, and do nothing else but what its powers are. hostNetwork, because on a node whose CNI is
 * broken no other pod starts. Root without any capability, because hardened nodes keep the folders closed to others.
 * The shell waits instead of sleeping itself: as process 1 it would not hear SIGTERM without a trap.
 */
export function readerPodManifest({
	node,
	namespace,
	name,
	run,
	image,
	configurationFolder,
	binaryFolder,
	powers = [],
	imagePullPolicy = 'IfNotPresent',
	imagePullSecrets,
}: ReaderPodRequest): V1Pod {
	const {capabilities, hostPID, isWritable} = needsOf(powers);
	const folders = [
		{name: 'cni-configuration', path: configurationFolder, mountPath: seenFolders.configuration},
		{name: 'cni-binaries', path: binaryFolder, mountPath: seenFolders.binary},
	].filter((folder): folder is typeof folder & {path: string} => folder.path !== undefined);
	// AppArmor's profile for containers lets nobody look at process 1. (Servers from 1.30 on turn this into the field.)
	const annotations = hostPID ? {[`container.apparmor.security.beta.kubernetes.io/${readerContainer}`]: 'unconfined'} : undefined;
	return helperPodManifest(
		{name, namespace, run, node, deadlineSeconds, imagePullSecrets, annotations},
		{
			hostNetwork: true,
			...(hostPID && {hostPID}),
			dnsPolicy: 'Default',
			containers: [
				{
					name: readerContainer,
					image,
					imagePullPolicy,
					command: ['sh', '-c', `trap 'exit 0' TERM INT; sleep ${deadlineSeconds} & wait`],
					resources: {requests: {cpu: '0', memory: '0'}},
					securityContext: {
						runAsUser: 0,
						runAsGroup: 0,
						privileged: false,
						allowPrivilegeEscalation: false,
						readOnlyRootFilesystem: true,
						capabilities: {drop: ['ALL'], ...(capabilities.length > 0 && {add: [...capabilities]})},
						seccompProfile: {type: 'RuntimeDefault'},
					},
					volumeMounts: folders.map(({name: volume, mountPath}) => ({name: volume, mountPath, readOnly: !isWritable})),
				},
			],
			// `Directory`: a folder that is not there is an answer; runtimes would make it.
			volumes: folders.map(({name: volume, path}) => ({name: volume, hostPath: {path, type: 'Directory'}})),
		},
	);
}
