import {createHash} from 'node:crypto';
import {ActionableError, UsageError} from '../../errors.ts';
import {elfHeader} from './elf.ts';
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
			`${origin} is not a program for Linux, or it is cut off`,
			'Name the portmap binary itself or an archive of containernetworking/plugins.',
		);
	if (!bufferOf(content).includes(ownChain))
		throw new UsageError(
			`${origin} is a program for Linux, but not portmap, or only a part of it: nothing in it names portmap's chain ${ownChain}`,
			'Under the name portmap another program would leave no pod able to start. Name the portmap binary itself.',
		);
	return {content, sha256: sha256Of(content), ...header, version: version || versionIn(content), origin};
}

/** The chain that portmap makes, in every release since its first (containernetworking/plugins 0.6.0, plugins/meta/portmap/portmap.go). */
const ownChain = 'CNI-HOSTPORT-DNAT';
const bufferOf = (content: Uint8Array): Buffer => Buffer.from(content.buffer, content.byteOffset, content.byteLength);

/** Refuses a binary that a node of this architecture cannot run. */
export function assertArchitecture(portmap: Portmap, architecture: string, node: string): void {
	if (portmap.architecture === architecture || architecture === '') return;
	throw new ActionableError(
		`${node} is ${architecture}, and the portmap from ${portmap.origin} is for ${portmap.architecture}`,
		'Nothing was changed. Name a source for that architecture too: --portmap may be given several times.',
	);
}

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
