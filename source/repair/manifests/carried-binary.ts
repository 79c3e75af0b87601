import {gzipSync} from 'node:zlib';
import type {Portmap} from '../sources/portmap.ts';

/** What the shell scripts read: one line an architecture. */
export type TableLine = {
	/** GOARCH name, or `any`. */
	readonly architecture: string;
	/** Of the binary where it is carried, of what is fetched where it is an address; `-`: not compared. */
	readonly sha256: string;
	/** `carried`, an absolute path, or an https address. */
	readonly where: string;
};

/** Where the binary comes from: carried along, in another image, or behind an address. */
export type PortmapSource =
	| {readonly kind: 'carried'; readonly binaries: readonly Portmap[]}
	| {readonly kind: 'image'; readonly image: string}
	| {readonly kind: 'url'; readonly addresses: ReadonlyArray<{readonly url: string; readonly sha256: string}>};

/** Path of the binary in a container that has it from another image. */
export const copiedBinary = '/image/portmap';

/** The lines by which a script finds the binary of its machine. */
export function tableOf(source: PortmapSource): readonly TableLine[] {
	if (source.kind === 'carried') return source.binaries.map(({architecture, sha256}) => ({architecture, sha256, where: 'carried'}));
	if (source.kind === 'image') return [{architecture: 'any', sha256: '-', where: copiedBinary}];
	return source.addresses.map(({url, sha256}) => ({architecture: architectureIn(url), sha256, where: url}));
}

/**
 * A shell function `table`, and `asked`: the versions of the CNI specification that the binary has to know. The words hold nothing that a
 * shell reads: digests, GOARCH names, versions, and addresses without blanks or quotes.
 */
export function tableFunction(lines: readonly TableLine[], cniVersions: readonly string[]): string {
	return `asked='${cniVersions.join(' ')}'
table() {
	cat <<'TABLE'
${lines.map(({architecture, sha256, where}) => `${architecture} ${sha256} ${where}`).join('\n')}
TABLE
}
`;
}

/** Smallest form in which a binary is carried. */
export const packed = ({content}: Portmap): Uint8Array => gzipSync(content, {level: 9});

/**
 * kubectl apply keeps the whole object in an annotation, and annotations of an object may hold 256 KiB; in base64 this is
 * 240 KiB. A ConfigMap itself may hold 1 MiB.
 */
const partBytes = 180 * 1024;

/** A binary in parts that fit into ConfigMaps. */
export function partsOf(content: Uint8Array): readonly Uint8Array[] {
	return Array.from({length: Math.ceil(content.length / partBytes)}, (_, index) =>
		content.subarray(index * partBytes, (index + 1) * partBytes),
	);
}

/** `any` where the address names none: the scripts run a binary before they put it in place, so a wrong one is never used. */
function architectureIn(url: string): string {
	return /\b(amd64|arm64|arm|386|s390x|ppc64le|riscv64|mips64le|loong64)\b/u.exec(new URL(url).pathname.replaceAll('_', '-'))?.[1] ?? 'any';
}
