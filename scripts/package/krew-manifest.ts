import {isDeepStrictEqual} from 'node:util';
import {parseDocument} from 'yaml';
import {PackageError} from './compile.ts';
import {archiveOf, programOf, targets, type Target} from './targets.ts';

type Platform = {
	readonly selector: {readonly matchLabels: {readonly os: string; readonly arch: string}};
	readonly uri: string;
	readonly sha256: string;
	readonly bin: string;
};

/** What stands for a checksum in the template: only a release has one. */
const noChecksum = '0'.repeat(64);

/** One row of a manifest, undefined for what krew cannot tell apart. */
function platformOf(
	target: Target,
	{homepage, version, sha256}: {homepage: string; version: string; sha256: string},
): Platform | undefined {
	return (
		target.krew && {
			selector: {matchLabels: {os: target.krew.os, arch: target.krew.arch}},
			uri: `${homepage}/releases/download/v${version}/${archiveOf(target, version)}`,
			sha256,
			bin: programOf(target),
		}
	);
}

/**
 * The manifest of a release, `hostport.yaml` as krew's index wants it: the template with the checksums of what was built, and only that.
 * @throws PackageError where the template tells of another version, other platforms or other archives than are built
 */
export function releaseManifest(template: string, version: string, built: ReadonlyMap<Target, string>): string {
	// What the template says of itself is no part of a release.
	const manifest = parseDocument(template.replace(/^(?:#.*\n)+/u, ''));
	const homepage = String(manifest.getIn(['spec', 'homepage']));
	const expected = targets.flatMap(target => platformOf(target, {homepage, version, sha256: noChecksum}) ?? []);
	const {spec} = manifest.toJS() as {spec: {version: string; platforms: unknown}};
	if (spec.version !== `v${version}` || !isDeepStrictEqual(spec.platforms, expected)) {
		throw new PackageError(
			`krew-manifest.yaml does not describe what is built at version ${version}\nSet its version to v${version} and its platforms to:\n${JSON.stringify(expected, undefined, 2)}`,
		);
	}

	const platforms = [...built].flatMap(([target, sha256]) => platformOf(target, {homepage, version, sha256}) ?? []);
	manifest.setIn(['spec', 'platforms'], platforms);
	return manifest.toString({lineWidth: 0});
}
