import {randomBytes} from 'node:crypto';
import type {V1Pod} from '@kubernetes/client-node';
import type {PodImage} from '../../access/helper-pod-image.ts';
import {helperPodManifest} from '../../access/helper-pod-manifest.ts';
import {podPath, removeHelperPod} from '../../access/helper-pods.ts';
import {failureIn, isRunning, type SeenPod} from '../../access/reader-pod-failure.ts';
import {ask} from '../../cluster/typed-api.ts';
import {ActionableError} from '../../errors.ts';
import {until} from '../acts/patience.ts';
import type {StepContext} from '../step-work.ts';
import {inspectPortmap, largestBinary} from './inspect.ts';
import type {Portmap} from './portmap.ts';

type ImageRequest = PodImage & {
	/** A node of the architecture that is wanted. */
	readonly node: string;
	readonly namespace: string;
};

// Where images that carry the reference plugins have them.
/** Where images keep portmap. */
export const places = [
	'/opt/cni/bin/portmap',
	'/usr/lib/cni/portmap',
	'/usr/libexec/cni/portmap',
	'/opt/cni-plugins/portmap',
	'/plugins/portmap',
	'/bin/portmap',
	'/portmap',
];

/**
 * The binary out of an image, read from a pod that runs it on one node; the image needs `sh`, `sleep` and `cat`.
 * @throws ActionableError where the pod does not run or has no portmap
 */
export async function portmapFromImage(
	context: Pick<StepContext, 'client' | 'clock' | 'signal' | 'run'>,
	request: ImageRequest,
): Promise<Portmap> {
	const {client, clock, signal, run} = context;
	const {image, node, namespace} = request;
	const name = `hostport-image-${randomBytes(4).toString('hex')}`;
	const hint = 'The node has to be able to pull the image, which needs sh, sleep and cat. Otherwise choose another source.';
	try {
		const body = manifest(request, name, run);
		await ask(client, {signal}, async ({core}) => core.createNamespacedPod({namespace, body}));
		await until(
			async () => {
				const pod = await client.request<SeenPod>({path: podPath(namespace, name), signal});
				if (isRunning(pod)) return {value: true};
				const failure = failureIn(pod);
				if (failure !== undefined) throw new ActionableError(`the image ${image} does not run on ${node}: ${failure}`, hint);
				return {stillAt: pod.status?.phase ?? 'Pending'};
			},
			{clock, signal, what: `the image ${image} on ${node}`, hint, limitMilliseconds: 180_000},
		);
		for (const place of places) {
			const {stdout, exitCode, truncated} = await client.exec({namespace, pod: name, container: 'image'}, ['cat', place], {
				signal,
				timeoutMilliseconds: 120_000,
				maximumOutputBytes: largestBinary + 1,
			});
			if (exitCode === 0 && !truncated && stdout.length > 0) return inspectPortmap(stdout, `image ${image}`);
		}
	} finally {
		await removeHelperPod(client, namespace, name);
	}

	throw new ActionableError(`the image ${image} has no portmap in ${places.join(', ')}`, 'Choose another image or another source.');
}

// hostNetwork, because on a node whose CNI is broken no other pod starts.
function manifest(
	{image, imagePullPolicy = 'IfNotPresent', imagePullSecrets, node, namespace}: ImageRequest,
	name: string,
	run: string,
): V1Pod {
	return helperPodManifest(
		{name, namespace, run, node, deadlineSeconds: 300, imagePullSecrets},
		{
			hostNetwork: true,
			containers: [
				{
					name: 'image',
					image,
					imagePullPolicy,
					command: ['sh', '-c', "trap 'exit 0' TERM INT; sleep 300 & wait"],
					securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: ['ALL']}},
				},
			],
		},
	);
}
