import type {ClusterClient} from '../cluster/cluster-client.ts';
import type {Journal} from '../repair/journal.ts';
import {listJournals} from '../repair/journal-config-map.ts';
import {listJournalFiles, runsFolder} from '../repair/journal-file.ts';

export type PastJournals = {
	/** Newest first. */
	readonly journals: readonly Journal[];
	/** Those that only this machine has. */
	readonly local: ReadonlySet<Journal>;
	/** ConfigMaps that cannot be read. */
	readonly damaged: readonly string[];
};

/** The journals of a cluster: its own, and for those that are gone there the copies of this machine. */
export async function pastJournals(
	client: ClusterClient,
	namespace: string,
	environment: NodeJS.ProcessEnv,
	signal: AbortSignal,
): Promise<PastJournals> {
	const {journals, damaged} = namespace === '' ? {journals: [], damaged: []} : await listJournals(client, namespace, signal);
	const local = (await listJournalFiles(runsFolder(environment))).filter(
		({id, plan}) => plan.server === client.server && !journals.some(each => each.id === id),
	);
	return {journals: [...journals, ...local].sort((a, b) => (a.id < b.id ? 1 : -1)), local: new Set(local), damaged};
}
