import {createHash} from 'node:crypto';
import {isVersion} from '../../cilium/version.ts';
import {ActionableError, UsageError} from '../../errors.ts';
import {elfHeader} from './elf.ts';
import {soundRelease} from './known-versions.ts';
import {newestCniVersion} from './cni-version-of.ts';
import type {Portmap} from './portmap.ts';

/** No published portmap is larger than 6 MB; more is a mistake or worse. */
export const largestBinary = 32 * 1024 * 1024;

/**
 * Checks that some bytes are portmap, built for a known architecture, and tells what can be told of it.
 * @throws UsageError where they are not
 */
export function inspectPortmap(content: Uint8Array, origin: string, version = ''): Portmap {
	if (content.length > largestBinary)
		throw new UsageError(
			`${origin} is too large for a portmap binary (${content.length} bytes)`,
			'Name the portmap binary itself or an archive of containernetworking/plugins.',
		);
	const header = elfHeader(content);
	if (header === undefined)
		throw new UsageError(
			`${origin} is not a Linux program, or it is truncated`,
			'Name the portmap binary itself or an archive of containernetworking/plugins.',
		);
	if (!bufferOf(content).includes(ownChain))
		throw new UsageError(
			`${origin} is a Linux program, but not portmap or only part of it: it does not contain the name of portmap's chain ${ownChain}`,
			'Name the portmap binary itself: with another program under that name no pod could start.',
		);
	return {
		content,
		sha256: sha256Of(content),
		...header,
		version: version || versionIn(content),
		cniVersion: newestCniVersion(bufferOf(content)),
		origin,
	};
}

/** The chain that portmap makes, in every release since its first (containernetworking/plugins 0.6.0, plugins/meta/portmap/portmap.go). */
const ownChain = 'CNI-HOSTPORT-DNAT';
const bufferOf = (content: Uint8Array): Buffer => Buffer.from(content.buffer, content.byteOffset, content.byteLength);

/** Refuses a binary that a node of this architecture cannot run. */
export function assertArchitecture(portmap: Portmap, architecture: string, node: string): void {
	if (portmap.architecture === architecture || architecture === '') return;
	throw new ActionableError(
		`${node} is ${architecture}, and the portmap from ${portmap.origin} is for ${portmap.architecture}`,
		'Nothing was changed. Name a source for that architecture too: --portmap can be repeated.',
	);
}

/**
 * Refuses a binary that a runtime could not call: asked with a version of the CNI specification that it does not know, a plugin fails,
 * and no pod starts or stops. Where the file does not tell what it knows, the node asks it before it is put in place.
 */
export function assertCniVersions(portmap: OldOrNew, asked: readonly string[]): void {
	const clash = cniClash(portmap, asked, 'the CNI file');
	if (clash !== '') throw new ActionableError(clash, `Nothing was changed. ${useNewer}`);
}

/** What tells whether a portmap is too old. */
export type OldOrNew = Pick<Portmap, 'version' | 'cniVersion' | 'origin'>;

/** Why a portmap cannot be used where somebody asks it for these versions, in one sentence without a full stop; empty where it can, or nothing tells. */
export function cniClash({version, cniVersion, origin}: OldOrNew, asked: readonly string[], asker: string): string {
	const refused = cniVersion === '' ? [] : asked.filter(each => isVersion(each, `>${cniVersion}`));
	return refused.length === 0
		? ''
		: `portmap ${version === '' ? '' : `${version} `}from ${origin} knows CNI up to ${cniVersion}, and ${asker} asks for ${refused.join(' and ')}: no pod could start or stop`;
}

/** What to do about it. */
export const useNewer = `Use containernetworking/plugins 1.0 or later: --portmap ${soundRelease}, or a file of it.`;

/** sha256 of a content, hexadecimal. */
export function sha256Of(content: Uint8Array): string {
	return createHash('sha256').update(content).digest('hex');
}

/** The version that the build wrote into it (Go's build information keeps the linker flags of containernetworking/plugins' build_linux.sh). */
function versionIn(content: Uint8Array): string {
	const text = bufferOf(content);
	const mark = Buffer.from('buildversion.BuildVersion=');
	const at = text.indexOf(mark);
	const word = at === -1 ? '' : text.subarray(at + mark.length, at + mark.length + 24).toString('latin1');
	return /^v?(\d+\.\d+\.\d+)/.exec(word)?.[1] ?? '';
}
