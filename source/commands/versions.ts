import {newestKnown, oldestKnown, whyUnknown} from '../cilium/releases.ts';
import {ActionableError, exitCode, type ExitCode} from '../errors.ts';
import {readServerVersion} from '../evidence/cluster-evidence.ts';
import {readAgentPods} from '../evidence/objects/agent-pods.ts';
import {versionOfImage} from '../evidence/objects/image-version.ts';
import {objectReader} from '../evidence/objects/object-reader.ts';
import {printableLine} from '../foreign-text.ts';
import {columns} from '../output/columns.ts';
import {version} from '../version.ts';
import type {CommandContext} from './command.ts';
import {openConnection} from '../session/connection.ts';
import {textFlag} from './flag-values.ts';
import {sessionOf} from './session-of.ts';
import {tellGaps} from './tell.ts';

/** `version -o json`. */
type Versions = {
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

const ofClient: Versions = {
	apiVersion: 'hostport.dev/v1',
	kind: 'Version',
	client: version,
	knownCilium: {oldest: oldestKnown, newest: newestKnown},
	server: null,
	cilium: null,
};

/** `version`: what could be read goes to stdout also where no cluster answers; that ends with 3 then, with why on stderr. */
export async function run(context: CommandContext): Promise<ExitCode> {
	if (context.flags['client'] === true) {
		show(context, ofClient);
		return exitCode.well;
	}

	try {
		return await ofCluster(context);
	} catch (error) {
		if (error instanceof ActionableError && !context.signal.aborted) show(context, ofClient);
		throw error;
	}
}

async function ofCluster(context: CommandContext): Promise<ExitCode> {
	const client = await openConnection(sessionOf(context));
	try {
		const reader = objectReader(client, context.signal);
		const kubernetes = await readServerVersion(reader);
		const isListed = reader.gaps.length;
		const agents = await readAgentPods(reader);
		const images = Map.groupBy([...agents.values()], ({evidence}) => evidence.image);
		show(context, {
			...ofClient,
			server: {address: client.server, kubernetes},
			cilium:
				reader.gaps.length > isListed && images.size === 0
					? null
					: [...images].map(([image, {length}]) => ({version: versionOfImage(image), image, agents: length})),
		});
		tellGaps(context, reader);
		return reader.gaps.length === 0 ? exitCode.well : exitCode.incomplete;
	} finally {
		await client.close();
	}
}

function show({flags, stdout}: CommandContext, versions: Versions): void {
	stdout.write(textFlag(flags, 'output') === 'json' ? `${JSON.stringify(versions, null, 2)}\n` : textOf(versions));
}

function textOf({client, knownCilium, server, cilium}: Versions): string {
	const rows = [
		['Client', client],
		['Known Cilium', `${knownCilium.oldest} to ${knownCilium.newest}`],
	];
	if (server !== null) rows.push(['Kubernetes', `${server.kubernetes || 'unknown'} at ${server.address}`]);
	if (server !== null && cilium?.length === 0) rows.push(['Cilium', 'no agents found']);
	for (const {version: found, image, agents} of cilium ?? []) {
		const why = found === '' ? `the image names no version: ${image}` : whyUnknown(found);
		rows.push(['Cilium', `${found || 'unknown'} on ${agents} ${agents === 1 ? 'node' : 'nodes'}${why === '' ? '' : ` (${why})`}`]);
	}

	return columns(rows.map(row => row.map(cell => printableLine(cell))));
}
