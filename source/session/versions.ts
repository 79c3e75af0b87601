import {newestKnown, oldestKnown} from '../cilium/releases.ts';
import type {Evidence} from '../evidence/evidence.ts';
import {readServerVersion} from '../evidence/cluster-evidence.ts';
import {readAgentPods} from '../evidence/objects/agent-pods.ts';
import {versionOfImage} from '../evidence/objects/image-version.ts';
import {objectReader} from '../evidence/objects/object-reader.ts';
import {version} from '../version.ts';
import {withConnection} from './connection.ts';
import type {Session} from './session.ts';

/** `version -o json`. */
export type Versions = {
	readonly apiVersion: 'hostport.dev/v1';
	readonly kind: 'Version';
	/** Of this program. */
	readonly client: string;
	/** Minor versions of Cilium between which this program knows what differs. */
	readonly knownCilium: {readonly oldest: string; readonly newest: string};
	/** Null where no cluster was asked or none answered; `kubernetes` is empty where it could not be read. */
	readonly server: {readonly address: string; readonly kubernetes: string} | null;
	/** By the images of its agents; `version` is empty where an image names none. Null where no cluster answered or its pods could not be listed. */
	readonly cilium: ReadonlyArray<{readonly version: string; readonly image: string; readonly agents: number}> | null;
};

/** What is known without a cluster. */
export const clientVersions: Versions = {
	apiVersion: 'hostport.dev/v1',
	kind: 'Version',
	client: version,
	knownCilium: {oldest: oldestKnown, newest: newestKnown},
	server: null,
	cilium: null,
};

/** The same with what the cluster tells, and what of it could not be read. @throws ClusterError where no server answers */
export async function clusterVersions(session: Session): Promise<{readonly versions: Versions; readonly gaps: Evidence['gaps']}> {
	return withConnection(session, async client => {
		const reader = objectReader(client, session.signal);
		const kubernetes = await readServerVersion(reader);
		const isListed = reader.gaps.length;
		const agents = await readAgentPods(reader);
		const images = Map.groupBy([...agents.values()], ({evidence}) => evidence.image);
		const rows = [...images].map(([image, {length}]) => ({version: versionOfImage(image), image, agents: length}));
		const cilium = reader.gaps.length > isListed && images.size === 0 ? null : rows;
		return {versions: {...clientVersions, server: {address: client.server, kubernetes}, cilium}, gaps: reader.gaps};
	});
}
