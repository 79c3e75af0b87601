import type {PortmapSource} from './carried-binary.ts';
import {packed, tableFunction, tableOf} from './carried-binary.ts';
import portmapBinary from '../acts/portmap-binary.sh';
import initNode from './init-node.sh';
import portmapSource from './portmap-source.sh';

type InitScriptRequest = {
	/** Folder of CNI binaries on the nodes. */
	readonly folder: string;
	/** An image cannot be used before a node has joined. */
	readonly source: Exclude<PortmapSource, {kind: 'image'}>;
};

/**
 * The init script of a node pool, POSIX sh: puts portmap in place before the kubelet starts. It compares the checksum, runs
 * the binary before it renames it into place, and does nothing where the right one is there already.
 */
export function initScript({folder, source}: InitScriptRequest): string {
	return `#!/bin/sh
# Installs the CNI plugin portmap in the folder of CNI binaries of a new node. Safe to run again. Written by kubectl hostport.
${source.kind === 'carried' ? '# The binary is in this script: it needs no network.' : '# It fetches the binary with curl or wget and compares its checksum.'}
set -u
folder=\${1:-${quoted(folder)}}

${tableFunction(tableOf(source), [])}
${carriedFunction(source)}
binary() {
	sh -s -- "$@" <<'SCRIPT'
${portmapBinary}SCRIPT
}

${portmapSource}
${initNode}`;
}

function carriedFunction(source: InitScriptRequest['source']): string {
	if (source.kind === 'url') return 'carried() { return 1; }\n';
	return `decoded() { if command -v base64 >/dev/null 2>&1; then base64 -d; else openssl base64 -d; fi; }
carried() {
	case $1 in
${source.binaries
	.map(
		binary => `	${binary.architecture})
		decoded <<'BINARY'
${Buffer.from(packed(binary))
	.toString('base64')
	.replaceAll(/(.{76})/gu, '$1\n')}
BINARY
		;;
`,
	)
	.join('')}	*) return 1 ;;
	esac
}
`;
}

const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;
