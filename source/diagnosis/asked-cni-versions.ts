import {refusedVersions, supportedVersions} from '../cilium/cni-versions.ts';
import {releaseOf} from '../cilium/releases.ts';
import {versionsAskedBy} from '../cilium/loaded-file.ts';
import type {Evidence} from '../evidence/evidence.ts';
import {conflistChange} from './conflist-change.ts';
import type {NodeView} from './node-view.ts';

type Seen = {readonly evidence: Pick<Evidence, 'cilium'>};

/**
 * Versions of the CNI specification with which the runtime of a node calls a chained portmap, now and after the agent's next start: of the
 * file that stands there, and of the one that Cilium writes, also in the version that the DaemonSet is about to bring. A file that Cilium
 * does not write keeps its version.
 */
export function askedCniVersions(node: NodeView, {evidence}: Seen): readonly string[] {
	const {loaded, version} = node;
	const agents = [version, evidence.cilium?.version ?? ''].filter(Boolean);
	const written = conflistChange(node, 'portmap').byCilium ? agents.map(agent => releaseOf(agent).cniVersion) : [];
	return [...new Set([...(loaded === undefined ? [] : versionsAskedBy(loaded)), ...written])];
}

/** Those of them that the portmap of a node refuses; empty where it takes all, or did not say what it takes. */
export function refusedCniVersions(node: NodeView, seen: Seen): readonly string[] {
	return refusedVersions(node.binary.file?.versionAnswer ?? '', askedCniVersions(node, seen));
}

/** The portmap of a node in one line: `portmap knows CNI up to 0.4.0, and is asked for 1.0.0`. */
export function clashText(node: NodeView, refused: readonly string[]): string {
	const supported = supportedVersions(node.binary.file?.versionAnswer ?? '');
	return `portmap knows CNI ${supported.join(', ')}, but the CNI file asks for ${refused.join(' and ')}`;
}
