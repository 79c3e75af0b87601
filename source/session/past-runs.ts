import type {ClusterClient} from '../cluster/cluster-client.ts';
import {UsageError} from '../errors.ts';
import type {Evidence} from '../evidence/evidence.ts';
import {withConnection} from './connection.ts';
import type {Session} from './session.ts';
import {wholeEvidence} from './whole-evidence.ts';
import {contradiction} from '../repair/run/journal-copies.ts';
import {isUnfinished, type Journal} from '../repair/journal.ts';
import {journalName, listJournals, type DamagedJournal} from '../repair/run/journal-config-map.ts';
import {listJournalFiles, runsFolder} from '../repair/run/journal-file.ts';

type PastJournals = {
	/** Newest first. */
	readonly journals: readonly Journal[];
	/** Those that only this machine has. */
	readonly local: ReadonlySet<Journal>;
	/** ConfigMaps that cannot be read, or that this machine's copy contradicts. */
	readonly damaged: readonly DamagedJournal[];
};

/** The journals of a cluster: its own, and for those that are gone there the copies of this machine. */
export async function pastJournals(
	client: ClusterClient,
	namespace: string,
	environment: NodeJS.ProcessEnv,
	signal: AbortSignal,
): Promise<PastJournals> {
	const {journals, damaged} = namespace === '' ? {journals: [], damaged: []} : await listJournals(client, namespace, signal);
	const copies = (await listJournalFiles(runsFolder(environment))).filter(({plan}) => plan.server === client.server);
	const copyOf = new Map(copies.map(copy => [copy.id, copy]));
	const refused = journals.flatMap(journal => {
		const copy = copyOf.get(journal.id);
		const error = copy && contradiction(journal, copy);
		if (error === undefined) return [];
		const {id, outcome} = journal;
		return [{name: journalName(id), id, isEnded: !isUnfinished(journal), isUndone: outcome === 'rolled-back', error}];
	});
	const known = new Set([...journals.map(({id}) => id), ...damaged.map(({id}) => id)]);
	const isRefused = new Set(refused.map(({id}) => id));
	const local = copies.filter(({id, plan}) => !known.has(id) && plan.namespace === namespace);
	return {
		journals: [...journals.filter(({id}) => !isRefused.has(id)), ...local].sort((a, b) => (a.id < b.id ? 1 : -1)),
		local: new Set(local),
		damaged: [...damaged, ...refused],
	};
}

/** Runs as they are listed. */
type ListedRuns = {
	/** Newest first. */
	readonly runs: readonly Journal[];
	/** Where the journal of a run is, in words. */
	readonly keptIn: (journal: Journal) => string;
	readonly damaged: PastJournals['damaged'];
	/** What could not be read where Cilium may only not have been seen: its journals were not looked for then. */
	readonly unseen: Evidence['gaps'];
};

/**
 * The runs that the session's cluster and this machine know of.
 * @param wanted the id of one; absent: all
 * @throws UsageError where everything was read and none has that id
 */
export async function runsOf(session: Session, wanted: string | undefined): Promise<ListedRuns> {
	return withConnection(session, async client => {
		const {evidence} = await wholeEvidence(client, session.signal);
		const namespace = evidence.cilium?.namespace ?? '';
		const {journals, local, damaged} = await pastJournals(client, namespace, session.environment, session.signal);
		const unseen = namespace === '' ? evidence.gaps : [];
		const runs = journals.filter(({id}) => wanted === undefined || id === wanted);
		if (wanted !== undefined && runs.length === 0 && unseen.length === 0 && !damaged.some(({id}) => id === wanted)) throw noSuchRun(wanted);
		return {
			runs,
			keptIn: journal => (local.has(journal) ? 'this machine only' : `configmap ${namespace}/${journalName(journal.id)}`),
			damaged,
			unseen,
		};
	});
}

/** What is said where a run that was named is not recorded. */
export const noSuchRun = (id: string): UsageError => new UsageError(`there is no run ${id}`, 'See: kubectl hostport runs');
