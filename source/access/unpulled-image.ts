import {ActionableError} from '../errors.ts';

/** A node that does not come by an image, or does not give it to our pod. */
export class UnpulledImage extends ActionableError {
	override readonly name = 'UnpulledImage';
}

/** What helps; part of a sentence or one of its own. */
export const unpulledHint =
	'--image-pull-secret NAME with a Secret of the pod’s namespace, --image IMAGE with an image that needs none, or --via ssh, which creates no pod';

/** Whether a kubelet's words say so: its reasons (k8s.io/kubernetes, pkg/kubelet/images/types.go) stand first in a pod's status, and in its events behind `Failed`. */
export function saysUnpulled(why: string): boolean {
	return /^(?:Failed: )?(?:Error: )?(?:ErrImagePull|ImagePullBackOff|ErrImageNeverPull|ErrImageNeverPullPolicy|RegistryUnavailable|InvalidImageName|ImageInspectError|SignatureValidationFailed)\b|^Failed: Failed to pull image/u.test(
		why,
	);
}
