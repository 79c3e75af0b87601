import type {V1Pod, V1PodSpec} from '@kubernetes/client-node';
import {pullSecretRefs, type PodImage} from './helper-pod-image.ts';
import {managedBy, runLabel} from './helper-pods.ts';

/** What every pod that we make for a moment has of its own. */
export type HelperPod = Pick<PodImage, 'imagePullSecrets'> & {
	readonly name: string;
	readonly namespace: string;
	/** The run of this program that it belongs to. */
	readonly run: string;
	readonly node: string;
	/** Seconds after which the kubelet ends it, whatever becomes of us. */
	readonly deadlineSeconds: number;
	readonly annotations?: Record<string, string> | undefined;
};

/** What differs between them; what makes a pod of ours end by itself and hold no token is none of it. */
type OwnSpec = Omit<
	V1PodSpec,
	'nodeName' | 'restartPolicy' | 'activeDeadlineSeconds' | 'automountServiceAccountToken' | 'tolerations' | 'imagePullSecrets'
>;

/**
 * A pod for a moment, as it is sent: found again by its labels (`cleanup`, the sweep of each command), ended by its deadline, started by no
 * scheduler and kept away by no taint, and without a token of the cluster. `spec` says what it is for.
 */
export function helperPodManifest(
	{name, namespace, run, node, deadlineSeconds, imagePullSecrets, annotations}: HelperPod,
	spec: OwnSpec,
): V1Pod {
	return {
		apiVersion: 'v1',
		kind: 'Pod',
		metadata: {
			name,
			namespace,
			labels: {[managedBy.label]: managedBy.value, [runLabel]: run},
			...(annotations !== undefined && {annotations}),
		},
		spec: {
			nodeName: node,
			restartPolicy: 'Never',
			activeDeadlineSeconds: deadlineSeconds,
			terminationGracePeriodSeconds: 1,
			automountServiceAccountToken: false,
			enableServiceLinks: false,
			tolerations: [{operator: 'Exists'}],
			...pullSecretRefs(imagePullSecrets),
			...spec,
		},
	};
}
