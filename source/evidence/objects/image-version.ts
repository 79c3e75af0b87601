/**
 * Cilium's version by the agent image's reference: `1.10.16` of `quay.io/cilium/cilium:v1.10.16@sha256:…`, also of
 * mirrors and of tags with a suffix (`v1.14.5-eksbuild.1`). Release candidates keep theirs: `1.19.0-rc.1`.
 * Empty where the tag names no version.
 */
export function versionOfImage(image: string): string {
	const [reference = ''] = image.split('@');
	const tag = reference.slice(reference.lastIndexOf('/') + 1).split(':')[1] ?? '';
	const match = /(?:^|[^\d.])v?(?<version>\d+\.\d+\.\d+(?:-(?:rc|pre|snapshot|alpha|beta)[.\d]*)?)/u.exec(tag);
	return match?.groups?.['version'] ?? '';
}
