import type {V1ConfigMap} from '@kubernetes/client-node';
import {managedBy} from '../../access/helper-pods.ts';
import type {ClusterClient, Wire} from '../../cluster/cluster-client.ts';
import {ClusterError} from '../../cluster/cluster-error.ts';
import {ask} from '../../cluster/typed-api.ts';
import {ActionableError, messageOf} from '../../errors.ts';
import {printableLine} from '../../foreign-text.ts';
import type {Journal} from '../journal.ts';
import {readJournal, UnreadableJournal} from './journal-schema.ts';
import {furtherIn, joined} from './journal-places.ts';
import {unpackedPlan, unpackedStates} from './journal-states.ts';
import {absent} from '../acts/patience.ts';

/** Label of a journal's ConfigMaps: `run` of the first, `run-part` of the further ones. */
export const kindLabel = 'hostport.dev/kind';

type SeenConfigMap = Wire<V1ConfigMap>;

/** Name of the ConfigMap of a run's journal, the first where it takes several. */
export const journalName = (id: string): string => `hostport-run-${id}`;

const collection = (namespace: string): string => `/api/v1/namespaces/${encodeURIComponent(namespace)}/configmaps`;

/**
 * A journal that cannot be read: its ConfigMap, what it says of itself, and why nothing of it is acted on. `isEnded`: there is nothing to
 * resume; `isUndone`: nor anything to roll back.
 */
export type DamagedJournal = {
	readonly name: string;
	readonly id: string;
	readonly isEnded: boolean;
	readonly isUndone: boolean;
	readonly error: ActionableError;
};

type ListedJournals = {
	readonly journals: Journal[];
	readonly damaged: DamagedJournal[];
	/** By the name of a run's first ConfigMap those of the further ones that it names. */
	readonly further: ReadonlyMap<string, ReadonlySet<string>>;
};

/** The journals of the cluster, newest first. One that cannot be read, or that this program could not have written, is named in `damaged`. */
export async function listJournals(client: ClusterClient, namespace: string, signal: AbortSignal): Promise<ListedJournals> {
	const all = await listKind(client, namespace, 'run', signal);
	const journals: Journal[] = [];
	const damaged: DamagedJournal[] = [];
	const further = new Map<string, ReadonlySet<string>>();
	// One after another: what a small ConfigMap unpacks to may be large.
	for (const each of all) {
		signal.throwIfAborted();
		const name = printableLine(each.metadata?.name ?? '', 253);
		further.set(name, new Set(furtherIn(each.data?.['parts'] ?? '', name)?.map(part => part.name)));
		try {
			journals.push(await unpackedJournal(await whole(client, each.data ?? {}, name, namespace, signal), name, namespace));
		} catch (error) {
			// That a part cannot be fetched says nothing of the journal.
			if (error instanceof ClusterError) throw error;
			const {id = '', outcome = ''} = each.data ?? {};
			damaged.push({
				name,
				id: printableLine(id, 64),
				isEnded: ['done', 'nothing-to-do', 'rolled-back'].includes(outcome),
				isUndone: ['nothing-to-do', 'rolled-back'].includes(outcome),
				error: error instanceof ActionableError ? error : new UnreadableJournal(name, messageOf(error)),
			});
		}
	}

	return {journals: journals.sort((a, b) => (a.id < b.id ? 1 : -1)), damaged, further};
}

/** ConfigMaps of parts of journals, of all runs. */
export const listParts = async (client: ClusterClient, namespace: string, signal: AbortSignal): Promise<readonly SeenConfigMap[]> =>
	listKind(client, namespace, 'run-part', signal);

const listKind = async (client: ClusterClient, namespace: string, kind: string, signal: AbortSignal): Promise<SeenConfigMap[]> => {
	const labelSelector = `${managedBy.label}=${managedBy.value},${kindLabel}=${kind}`;
	return client.list<SeenConfigMap>(collection(namespace), {query: {labelSelector}, signal, pageSize: 20});
};

/** What stands in a run's first ConfigMap and in those that it names. @throws UnreadableJournal where one is not there, or is another */
async function whole(
	client: ClusterClient,
	data: Readonly<Record<string, string | undefined>>,
	first: string,
	namespace: string,
	signal: AbortSignal,
	isAgain = false,
): Promise<Readonly<Record<string, string | undefined>>> {
	const read = async (name: string): Promise<Pick<V1ConfigMap, 'metadata' | 'data'> | undefined> =>
		ask(client, {signal}, async ({core}) => core.readNamespacedConfigMap({name, namespace})).catch(absent);
	const further = furtherIn(data['parts'] ?? '', first);
	if (further === undefined) throw new UnreadableJournal(first, 'what it names as its parts are none');
	const all = [data];
	for (const {name, uid} of further) {
		const part = await read(name);
		// Whoever may create a ConfigMap gives it any name and content, and no uid.
		if (part !== undefined && part.metadata?.uid !== uid)
			throw new UnreadableJournal(first, `${name} is not the part that the run has written`);
		if (part === undefined) {
			const now = await read(first);
			// A run that was resumed in between has others.
			if (!isAgain && now !== undefined && now.data?.['parts'] !== data['parts'])
				return whole(client, now.data ?? {}, first, namespace, signal, true);
			throw new UnreadableJournal(first, `its part ${name} is missing`);
		}

		all.push(part.data ?? {});
	}

	return joined(all);
}

async function unpackedJournal(data: Readonly<Record<string, string | undefined>>, name: string, namespace: string): Promise<Journal> {
	const {id = '', startedAt = '', updatedAt = '', by = '', outcome = 'running'} = data;
	if (name !== journalName(id)) throw new UnreadableJournal(name, `it belongs to run ${id}`);
	const plan = await unpackedPlan(data);
	const entries = await unpackedStates(data, name);
	const journal = readJournal({apiVersion: 'hostport.dev/v1', kind: 'Journal', id, startedAt, updatedAt, by, plan, entries, outcome}, name);
	if (journal.plan.namespace !== namespace) throw new UnreadableJournal(name, `it is for the namespace ${journal.plan.namespace}`);
	return journal;
}
