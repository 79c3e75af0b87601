import {ActionableError} from '../errors.ts';

/** A node that does not come by an image, or does not give it to our pod. */
export class UnpulledImage extends ActionableError {
	override readonly name = 'UnpulledImage';
}

/** What helps; part of a sentence or one of its own. */
export const unpulledHint =
	'--image-pull-secret NAME names a Secret of the pod’s namespace that the image is pulled with, --image IMAGE one that needs none, and --via ssh makes no pod';

/** Whether a kubelet's words say so: its reasons (k8s.io/kubernetes, pkg/kubelet/images/types.go) stand first in a pod's status, and in its events behind `Failed`. */
export function saysUnpulled(why: string): boolean {
	return /^(?:Failed: )?(?:Error: )?(?:ErrImagePull|ImagePullBackOff|ErrImageNeverPull|ErrImageNeverPullPolicy|RegistryUnavailable|InvalidImageName|ImageInspectError|SignatureValidationFailed)\b|^Failed: Failed to pull image/u.test(
		why,
	);
}
